//! Files to songs: an album image that a CUE sheet divides is as many songs as it has tracks.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use dsp::AudioInput;

use crate::cue::{CueSheet, CueTrack, Image};
use crate::outcome::{FailedInput, Failure, FailureKind};
use crate::scan::{Found, PassedOver, audio_files, entries, has_audio_ending, has_cue_ending, nfc};

/// Most characters of a title in a song's name.
const TITLE_CHARS: usize = 80;

/// What there is to listen to.
#[derive(Debug, Clone, Default)]
pub struct Songs {
    /// Files, and the tracks of those that a sheet divides, in the order of the files. A track is called as its file, with
    /// number and title behind the stem: `music/album#03 So What.flac`.
    pub inputs: Vec<AudioInput>,
    /// Folders that can't be read, and sheets among the files given that lead to no song, or not to all that they list.
    pub unreadable: Vec<FailedInput>,
    /// Sheets beside files that can't be used, and why: an image that one may have divided is one song.
    pub sheets_refused: Vec<FailedInput>,
    /// What else lies in the folders.
    pub passed_over: PassedOver,
}

/// What a path stands for.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// Songs in their order, and what leads to none with the reason.
    pub songs: Vec<ListedSong>,
    /// Sheets that can't be used, and why.
    pub sheets_refused: Vec<FailedInput>,
    /// What else lies in a folder.
    pub passed_over: PassedOver,
}

/// A song, or what should have been one.
#[derive(Debug, Clone)]
pub struct ListedSong {
    /// Its path; of a track of an album image, what the track is called.
    pub path: PathBuf,
    /// What to listen to, or why there is nothing.
    pub input: Result<AudioInput, Failure>,
}

/// Takes apart the album images among files.
///
/// A CUE sheet in the same folder divides a file if it lists two or more tracks of sound for it under the file's name, or
/// under that name with another audio ending (`album.wav`, where `album.flac` lies beside the sheet). One that lists a
/// single file which isn't there divides the file of its own name, as `album.cue` or `album.flac.cue` does `album.flac`.
/// Capitals and Unicode's forms don't count. Of several such sheets, the first by name is taken, after those among the
/// files themselves; these stand for the files they list. A sheet never leads out of its folder.
///
/// A track goes from its `INDEX 01` to that of the next.
#[derive(Default)]
pub struct SongFinder {
    folders: HashMap<PathBuf, Folder>,
    /// Files that were given out.
    seen: HashSet<PathBuf>,
    /// Sheets that divided a file or were told as refused.
    used: HashSet<PathBuf>,
}

impl SongFinder {
    /// The songs that a file or folder stands for, without those that it gave before. A path that leads nowhere is one, whose
    /// input says why.
    pub fn at(&mut self, path: &Path) -> Listing {
        let found = match audio_files(&[path.to_owned()]) {
            Ok(found) => found,
            Err(error) => {
                let song = ListedSong { path: path.to_owned(), input: Err(Failure::from(&error)) };
                return Listing { songs: vec![song], ..Listing::default() };
            }
        };
        let Songs { inputs, unreadable, sheets_refused, passed_over } = self.songs(found);
        let named = |input: AudioInput| match input {
            AudioInput::Path(path) => ListedSong { path: path.clone(), input: Ok(AudioInput::Path(path)) },
            part => ListedSong { path: part.name().into(), input: Ok(part) },
        };
        let failed = |input: FailedInput| ListedSong { path: input.name.into(), input: Err(input.failure) };
        let songs = inputs.into_iter().map(named).chain(unreadable.into_iter().map(failed)).collect();
        Listing { songs, sheets_refused, passed_over }
    }

    /// The songs of what was found, without those that it gave before. It remembers folders, so that asking about the files of
    /// one by one costs no more than about all.
    pub fn songs(&mut self, found: Found) -> Songs {
        let Found { files, unreadable, passed_over, sheets } = found;
        let mut songs = Songs { unreadable, passed_over, ..Songs::default() };
        let named: Vec<PathBuf> = files.iter().filter(|file| has_cue_ending(file)).cloned().collect();
        // What they say counts before what a folder's other sheets do.
        self.folders.retain(|place, folder| !named.iter().any(|sheet| folder.is_news(place, sheet)));
        for file in files {
            let place = file.parent().unwrap_or(Path::new("")).to_owned();
            let folder = self.folders.entry(place).or_insert_with_key(|place| Folder::open(place, &named));
            for (sheet, refusal) in folder.refused.drain(..) {
                if self.used.insert(sheet.clone()) {
                    songs.sheets_refused.push(refusal.of(sheet.display().to_string()));
                }
            }
            let images = if has_cue_ending(&file) { folder.images(&file, &mut songs.unreadable) } else { vec![file] };
            for image in images.into_iter().filter(|image| self.seen.insert(image.clone())) {
                match folder.tracks.get(&key_of(&image)) {
                    None => songs.inputs.push(AudioInput::Path(image)),
                    Some((sheet, tracks)) => {
                        self.used.insert(sheet.clone());
                        songs.inputs.extend(tracks.iter().map(|track| excerpt(&image, track)));
                    }
                }
            }
        }
        // Used or refused, they are told elsewhere.
        let used = sheets.iter().filter(|sheet| self.used.contains(*sheet)).count();
        songs.passed_over.other_files = songs.passed_over.other_files.saturating_sub(used);
        songs
    }
}

/// The sheets of a folder.
#[derive(Default)]
struct Folder {
    /// Audio files by what they are found under, several with different endings.
    audio: HashMap<String, Vec<PathBuf>>,
    /// What the sheets say that were among the files given.
    named: HashMap<PathBuf, crate::Result<CueSheet>>,
    /// By what an image is found under, the sheet that divides it and its tracks.
    tracks: HashMap<String, (PathBuf, Vec<CueTrack>)>,
    /// Sheets that can't be used.
    refused: Vec<(PathBuf, Failure)>,
}

impl Folder {
    /// Reads the sheets in a folder, those among `named` first. One that can't be listed has only these.
    fn open(place: &Path, named: &[PathBuf]) -> Self {
        let mut folder = Self::default();
        let listed = if place.as_os_str().is_empty() { Path::new(".") } else { place };
        let beside = entries(listed).unwrap_or_default();
        // As the files were named, without a dot in front.
        let beside: Vec<PathBuf> = beside.iter().filter_map(|path| Some(place.join(path.file_name()?))).collect();
        let named = || named.iter().filter(|sheet| sheet.parent() == Some(place));
        let others = beside.iter().filter(|path| has_cue_ending(path) && !named().any(|sheet| sheet == *path));
        let sheets: Vec<&PathBuf> = named().chain(others.filter(|path| path.is_file())).collect();
        if sheets.is_empty() {
            return folder;
        }
        for path in beside.iter().filter(|path| has_audio_ending(path)) {
            folder.audio.entry(key_of(path)).or_default().push(path.clone());
        }
        let count = named().count();
        for (at, path) in sheets.into_iter().enumerate() {
            let sheet = CueSheet::read(path);
            match &sheet {
                Ok(sheet) => folder.divide(path, sheet),
                Err(error) if at >= count => folder.refused.push((path.clone(), error.into())),
                Err(_) => {}
            }
            if at < count {
                folder.named.insert(path.clone(), sheet);
            }
        }
        folder
    }

    /// Whether this is a sheet of the folder at `place` that wasn't among the files given when it was opened.
    fn is_news(&self, place: &Path, sheet: &Path) -> bool {
        sheet.parent() == Some(place) && !self.named.contains_key(sheet)
    }

    /// Takes up what a sheet says, as far as none before it did.
    fn divide(&mut self, path: &Path, sheet: &CueSheet) {
        for image in sheet.images.iter().filter(|image| image.tracks.len() > 1) {
            let key = self.key(path, sheet, image);
            self.tracks.entry(key).or_insert_with(|| (path.to_owned(), image.tracks.clone()));
        }
    }

    /// Under what an image is found: its name, or if there is none of this name that of a sheet which lists no other.
    fn key(&self, path: &Path, sheet: &CueSheet, image: &Image) -> String {
        let key = key_of(Path::new(&image.name));
        if sheet.images.len() > 1 || self.audio.contains_key(&key) {
            return key;
        }
        let own = key_of(&path.with_extension(""));
        if self.audio.contains_key(&own) { own } else { key }
    }

    /// The files that a sheet among the files given stands for; what it lists and isn't there is a failure.
    fn images(&self, path: &Path, failures: &mut Vec<FailedInput>) -> Vec<PathBuf> {
        let name = path.display().to_string();
        let sheet = match self.named.get(path) {
            Some(Ok(sheet)) => sheet,
            Some(Err(error)) => {
                failures.push(Failure::from(error).of(name));
                return Vec::new();
            }
            None => return Vec::new(),
        };
        let mut found = Vec::new();
        for image in sheet.images.iter().filter(|image| !image.tracks.is_empty()) {
            let files = self.audio.get(&self.key(path, sheet, image)).map(Vec::as_slice).unwrap_or_default();
            let exact = |file: &&PathBuf| {
                file.file_name().is_some_and(|name| folded(&name.to_string_lossy()) == folded(&image.name))
            };
            match files.iter().find(exact).or(files.first()) {
                Some(file) => found.push(file.clone()),
                None => {
                    let reason =
                        format!("the CUE sheet lists `{}`, which doesn't lie beside it", printable(&image.name));
                    failures.push(Failure::new(FailureKind::Unreadable, reason).of(name.clone()));
                }
            }
        }
        if sheet.images.iter().all(|image| image.tracks.is_empty()) {
            failures.push(Failure::new(FailureKind::NoAudio, "the CUE sheet lists no tracks of sound").of(name));
        }
        found
    }
}

/// Under what a file is found: its name without an audio ending, in one form.
fn key_of(path: &Path) -> String {
    let name = if has_audio_ending(path) { path.file_stem() } else { path.file_name() };
    folded(&name.unwrap_or_default().to_string_lossy())
}

/// A name by which capitals and Unicode's forms don't count.
fn folded(name: &str) -> String {
    nfc(&name.to_lowercase()).into_owned()
}

/// A track as a song of its own.
fn excerpt(image: &Path, track: &CueTrack) -> AudioInput {
    let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = text(image.file_stem()).unwrap_or_default();
    let ending = text(image.extension()).map(|ending| format!(".{ending}")).unwrap_or_default();
    let title: String = printable(&track.title).chars().take(TITLE_CHARS).collect();
    let between = if title.is_empty() { "" } else { " " };
    let name = format!("{stem}#{:02}{between}{}{ending}", track.number, title.trim_end());
    let name = image.with_file_name(name).display().to_string();
    AudioInput::Excerpt { path: image.to_owned(), name, start: track.start, end: track.end }
}

/// A text of a sheet without what separates folders or moves a terminal's cursor.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\') { '_' } else { c }).collect()
}
