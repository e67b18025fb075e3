//! How the tracks of a table of descriptors were cut into clips.

use std::path::Path;

use dsp::{ClipLength, Convention, FeatureSpec};

use crate::error::{Error, Result};

/// The specification that the rows were computed by: their length tells how tracks were cut.
pub(super) fn spec(
    path: &Path,
    names: &[(String, usize)],
    clip_lengths: &[usize],
    convention: Convention,
    wanted: Option<ClipLength>,
) -> Result<FeatureSpec> {
    let refuse = |reason: String| Error::ClipLength { path: path.to_owned(), reason };
    let usual = ClipLength::TRACK;
    let rate = f64::from(FeatureSpec::features(convention, usual).sample_rate());
    let found = match clip_lengths {
        [] => None,
        // A clip is one sample shorter than the step between clips.
        [samples] => Some((*samples as f64 + 1.0) / rate),
        [a, b, ..] => {
            return Err(refuse(format!("clips of {a} and of {b} samples; all must be equally long")));
        }
    };
    let longest = names.iter().max_by_key(|(_, length)| *length);
    let (name, samples) = longest.map_or(("", 0), |(name, length)| (name.as_str(), *length));
    let seconds = samples as f64 / rate;
    let limit = ClipLength::MAX_SECONDS;
    // A track of one and a half clip lengths is a single clip yet.
    let most = found.map_or(1.5 * limit, |found| if found > limit { limit } else { 1.5 * found });
    // Half a sample of rounding apart.
    if (seconds - most) * rate > 0.5 {
        return Err(refuse(match found {
            Some(found) if found <= limit => format!(
                "`{name}` is a whole track of {seconds:.1} s, and other rows are clips of {found} s; extract all of them alike"
            ),
            _ => format!(
                "`{name}` is {seconds:.1} s long, and no clip can be longer than {limit} s; extract shorter clips"
            ),
        }));
    }
    let clip_seconds = match (wanted.map(ClipLength::seconds), found) {
        (Some(wanted), Some(found)) if (wanted - found).abs() * rate > 1.0 => {
            return Err(refuse(format!(
                "its rows are clips of {found} s, not of {wanted} s; set clip_seconds = {found}"
            )));
        }
        (Some(wanted), None) if seconds > 1.5 * wanted => {
            return Err(refuse(format!("its rows are whole tracks of up to {seconds:.1} s, not clips of {wanted} s")));
        }
        (Some(wanted), _) => wanted,
        (None, Some(found)) => found,
        (None, None) if seconds <= 1.5 * usual.seconds() => usual.seconds(),
        (None, None) => seconds.ceil().min(limit),
    };
    let length = ClipLength::new(clip_seconds).map_err(|error| refuse(error.to_string()))?;
    Ok(FeatureSpec::features(convention, length))
}
