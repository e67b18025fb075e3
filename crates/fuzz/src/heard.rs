//! Sound of an input, checked while it is read.

use dsp::{AudioInput, AudioReader, DecodeReport, Error, ErrorKind, LoadOptions, MAX_RATE, MIN_RATE, SampleRate};

/// What was read of an input.
pub(crate) struct Heard {
    pub(crate) samples: Vec<f32>,
    pub(crate) report: DecodeReport,
    /// Whether it was read to its end.
    pub(crate) ended: bool,
    pub(crate) error: Option<Error>,
}

/// Reads up to `most` samples, or a few more, in pieces of `step`; `None` is an input that can't be opened.
pub(crate) fn hear(name: &str, bytes: &[u8], rate: SampleRate, most: usize, step: usize) -> Option<Heard> {
    let options = LoadOptions { rate, ..LoadOptions::default() };
    let mut reader = match AudioReader::open(AudioInput::bytes(name, bytes), &options) {
        Ok(reader) => reader,
        Err(e) => {
            check_error(name, &e);
            return None;
        }
    };
    assert!((MIN_RATE..=MAX_RATE).contains(&reader.format().rate), "{:?}", reader.format());
    let (mut samples, mut ended, mut error) = (Vec::new(), false, None);
    while !ended && error.is_none() && samples.len() < most {
        let before = samples.len();
        match reader.read(&mut samples, step) {
            Ok(count) => {
                assert_eq!(samples.len(), before + count, "samples and their number");
                ended = count == 0;
            }
            Err(e) => {
                check_error(name, &e);
                error = Some(e);
            }
        }
    }
    assert!(samples.iter().all(|sample| sample.is_finite()), "a sample is not finite");
    let report = reader.report().clone();
    check_report(&report);
    if ended || matches!(&error, Some(e) if e.kind() != ErrorKind::NoAudio) {
        assert!(matches!(reader.read(&mut samples, step), Ok(0) | Err(_)), "sound behind the end");
    }
    Some(Heard { samples, report, ended, error })
}

/// Reads an input twice, in pieces of different lengths, which makes no difference.
pub(crate) fn hear_twice(name: &str, bytes: &[u8], most: usize) {
    let [once, twice] = [4096, 777].map(|step| hear(name, bytes, SampleRate::Native, most, step));
    let (Some(once), Some(twice)) = (&once, &twice) else {
        assert!(once.is_none() && twice.is_none(), "it can be opened only at times");
        return;
    };
    let common = once.samples.len().min(twice.samples.len());
    assert!(once.samples[..common] == twice.samples[..common], "samples differ");
    if once.ended || once.error.is_some() {
        assert_eq!(once.samples.len(), twice.samples.len(), "lengths differ");
        let texts = [once, twice].map(|heard| heard.error.as_ref().map(ToString::to_string));
        assert_eq!(texts[0], texts[1], "errors differ");
        assert_eq!(once.report, twice.report, "reports differ");
    }
}

/// An error is about the input, and no defect of ours.
pub(crate) fn check_error(name: &str, error: &Error) {
    assert!(!matches!(error.kind(), ErrorKind::Internal | ErrorKind::Invalid | ErrorKind::Unreadable), "{error}");
    assert_eq!(error.name(), Some(name), "{error}");
}

/// The numbers of a report are possible.
pub(crate) fn check_report(report: &DecodeReport) {
    assert!(report.packets_lost <= report.packets, "{report:?}");
    for seconds in [report.seconds, report.seconds_lost, report.broke_off.unwrap_or_default()] {
        assert!(seconds.is_finite() && seconds >= 0.0, "{report:?}");
    }
    assert!((0.0..=1.0).contains(&report.lost_share()), "{report:?}");
}
