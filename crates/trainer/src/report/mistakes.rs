//! The verdicts that were surest and wrong: what they sounded like.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dsp::{AudioBuffer, LoadOptions, SampleRate};
use extraction::chain;
use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::page::percent;
use crate::error::{Error, Result};
use crate::experiment::Song;
use crate::pictures;

/// How many are shown.
const SHOWN: usize = 9;

/// Length in s and rate in Hz of an embedded clip, from the middle of the song.
const CLIP_SECONDS: f64 = 8.0;
const CLIP_RATE: u32 = 16_000;

/// What stands as it is in a link to a file.
const LINK: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'.').remove(b'-').remove(b'_').remove(b'~');

/// Cards of the most confident mistakes. A song's player links to its file as seen from `folder`, or has a clip of it inside.
pub fn mistakes(songs: &[Song], labels: &[String], folder: &Path, embed_audio: bool) -> Markup {
    let mut wrong: Vec<&Song> = songs.iter().filter(|song| !song.is_right()).collect();
    wrong.sort_by(|a, b| b.confidence().total_cmp(&a.confidence()));
    let count = wrong.len();
    wrong.truncate(SHOWN);
    html! {
        p.faint {
            @if count == 0 { "Every verdict is right." }
            @else { (format!("{} of {count} wrong verdicts, the surest first.", wrong.len())) }
        }
        div.cards { @for song in wrong {
            div.card {
                h3 { (song.track) }
                p { b { (labels[song.verdict()]) } " with " (percent(song.confidence())) ", but it is " b { (labels[song.label]) }
                    " (" (percent(f64::from(song.probabilities[song.label]))) ")" }
                (sound(song, folder, embed_audio))
            }
        } }
    }
}

/// Spectrogram and player of a song.
fn sound(song: &Song, folder: &Path, embed_audio: bool) -> Markup {
    let Some(path) = &song.path else {
        return html! { p.faint { "No audio: the features came from a table." } };
    };
    let picture = pictures::thumbnail(path, "");
    // A song that is too long for a picture has its clip from where a picture would have ended.
    let seconds = picture.as_ref().map_or(f64::from(plot::MAX_SECONDS), |(_, seconds)| *seconds);
    let source = if embed_audio { clip(path, seconds) } else { Ok(link(path, folder)) };
    html! {
        @match picture {
            Ok((png, _)) => {
                img alt=(format!("mel spectrogram of {}", song.track)) width="432" height="288"
                    src=(format!("data:image/png;base64,{}", STANDARD.encode(png))) {}
            }
            Err(error) => p.faint { "No picture: " (chain(&error)) }
        }
        @match source {
            Ok(source) => audio controls preload="none" src=(source) {}
            Err(error) => p.faint { "No clip: " (chain(&error)) }
        }
    }
}

/// A few seconds from the middle of a file of so many, as a WAV inside a link.
fn clip(path: &Path, seconds: f64) -> Result<String> {
    let offset = (0.5 * (seconds - CLIP_SECONDS)).max(0.0);
    let options =
        LoadOptions { rate: SampleRate::Hz(CLIP_RATE), offset, duration: Some(CLIP_SECONDS), ..LoadOptions::default() };
    let AudioBuffer { samples, rate } = dsp::load(path, &options)?;
    let mut bytes = Cursor::new(Vec::new());
    let spec =
        hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let written = hound::WavWriter::new(&mut bytes, spec).and_then(|mut writer| {
        for sample in &samples {
            writer.write_sample((sample.clamp(-1.0, 1.0) * 32_767.0) as i16)?;
        }
        writer.finalize()
    });
    written.map_err(|error| Error::write(path)(std::io::Error::other(error)))?;
    Ok(format!("data:audio/wav;base64,{}", STANDARD.encode(bytes.into_inner())))
}

/// Where a file lies, seen from a folder, as a link.
fn link(path: &Path, folder: &Path) -> String {
    let seen = relative(path, folder).unwrap_or_else(|| path.to_owned());
    let text = seen.to_string_lossy().replace('\\', "/");
    utf8_percent_encode(&text, LINK).to_string()
}

/// `path` relative to `folder`, if both are there.
fn relative(path: &Path, folder: &Path) -> Option<PathBuf> {
    let (path, folder) = (path.canonicalize().ok()?, folder.canonicalize().ok()?);
    let shared = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| Path::new(".."));
    Some(up.map(Path::as_os_str).chain(path.components().skip(shared).map(|part| part.as_os_str())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_page_to_the_file() {
        let root = tempfile::tempdir().unwrap();
        let run = root.path().join("runs/a");
        let music = root.path().join("my music/50% \"rock\"");
        std::fs::create_dir_all(&run).unwrap();
        std::fs::create_dir_all(&music).unwrap();
        let song = music.join("a&b.wav");
        std::fs::write(&song, "").unwrap();
        assert_eq!(link(&song, &run), "../../my%20music/50%25%20%22rock%22/a%26b.wav");
    }
}
