//! Playlists by genre: extended M3U in UTF-8.

use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, bail};
use dsp::AudioInput;
use extraction::{files, slashed};
use model::Verdict;

use crate::console::say;

/// How a playlist begins.
const HEAD: &str = "#EXTM3U";
/// Most bytes of a genre in a file's name; most systems allow 255 with the ending.
const LONGEST: usize = 200;
/// Names that Windows keeps to itself, whatever the ending.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The songs of each genre, on their way into playlists.
pub struct Playlists {
    /// The folder, links followed: `..` leads out of it as it does for the player.
    folder: PathBuf,
    lists: Vec<Playlist>,
    /// Songs that no genre was named for.
    unsure: usize,
    /// Songs that a playlist can't name, with the reason.
    left_out: Vec<String>,
}

struct Playlist {
    genre: String,
    path: PathBuf,
    /// Whether there is one already.
    exists: bool,
    entries: String,
    count: usize,
}

impl Playlists {
    /// Empty ones in a folder, which is made if it's missing.
    ///
    /// # Errors
    /// A playlist is there and not to be replaced, or something else of its name is.
    pub fn new(folder: &Path, genres: &[String], replace: bool) -> anyhow::Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("can't make {}", folder.display()))?;
        let real = folder.canonicalize().with_context(|| format!("can't read {}", folder.display()))?;
        let mut lists = Vec::new();
        for (genre, name) in genres.iter().zip(file_names(genres)) {
            let shown = folder.join(&name);
            let exists = is_playlist(&shown)?;
            if exists && !replace {
                bail!("{}: is there already; --replace replaces it, or give another folder", shown.display());
            }
            lists.push(Playlist {
                genre: genre.clone(),
                path: real.join(name),
                exists,
                entries: String::new(),
                count: 0,
            });
        }
        Ok(Self { folder: real, lists, unsure: 0, left_out: Vec::new() })
    }

    /// Adds a song to the playlist of its genre.
    pub fn add(&mut self, song: &AudioInput, verdict: &Verdict) {
        let Some(genre) = &verdict.genre else {
            self.unsure += 1;
            return;
        };
        let entry = match song {
            AudioInput::Path(path) => entry(&self.folder, path),
            AudioInput::Excerpt { .. } => Err("it is a part of a file"),
            AudioInput::Bytes { .. } => Err("it has no path"),
        };
        match (entry, self.lists.iter_mut().find(|list| list.genre == *genre)) {
            (Ok((title, path)), Some(list)) => {
                list.count += 1;
                list.entries += &format!("#EXTINF:{:.0},{title}\n{path}\n", verdict.decoded.seconds);
            }
            (Err(reason), _) => self.left_out.push(format!("{}: {reason}", song.name())),
            (Ok(_), None) => {}
        }
    }

    /// Writes those that hold songs, and empties those of genres that have none any more.
    ///
    /// # Errors
    /// One can't be written.
    pub fn write(self) -> anyhow::Result<()> {
        let mut written = 0;
        for Playlist { genre, path, entries, .. } in self.lists.iter().filter(|list| list.count > 0 || list.exists) {
            files::write(path, |out| write!(out, "{HEAD}\n#PLAYLIST:{genre}\n{entries}"))?;
            written += 1;
        }
        let songs: usize = self.lists.iter().map(|list| list.count).sum();
        for left_out in &self.left_out {
            say(format_args!("in no playlist: {left_out}"));
        }
        let many = |count: usize| if count == 1 { "" } else { "s" };
        let mut told = format!("{songs} song{} in {written} playlist{}", many(songs), many(written));
        if self.unsure > 0 {
            told += &format!(", {} unsure", self.unsure);
        }
        if !self.left_out.is_empty() {
            told += &format!(", {} left out", self.left_out.len());
        }
        say(told);
        Ok(())
    }
}

/// Whether a playlist is there.
///
/// # Errors
/// Something else is.
fn is_playlist(path: &Path) -> anyhow::Result<bool> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        metadata => metadata.with_context(|| format!("can't read {}", path.display()))?,
    };
    let mut head = Vec::new();
    if metadata.is_file() {
        let file = fs::File::open(path).with_context(|| format!("can't read {}", path.display()))?;
        file.take(HEAD.len() as u64).read_to_end(&mut head)?;
    }
    if head == HEAD.as_bytes() {
        return Ok(true);
    }
    bail!("{}: is there already and is no extended M3U; give another folder, or move it away", path.display());
}

/// Title and path of a song as they stand in a playlist.
fn entry(folder: &Path, song: &Path) -> Result<(String, String), &'static str> {
    let place = song.parent().map(|place| if place.as_os_str().is_empty() { Path::new(".") } else { place });
    let place = place.and_then(|place| place.canonicalize().ok()).ok_or("its folder can't be read any more")?;
    let path = relative(folder, &place.join(song.file_name().unwrap_or_default()));
    let mut text = match path.to_str() {
        Some(_) => slashed(&path),
        None => return Err("its name is no Unicode"),
    };
    if text.contains(char::is_control) {
        return Err("its name has a control character in it");
    }
    // It would be a comment.
    if text.starts_with('#') {
        text.insert_str(0, "./");
    }
    let title = song.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok((title, text))
}

/// A path as it is reached from a folder; as it is where no way leads there.
fn relative(folder: &Path, path: &Path) -> PathBuf {
    let (from, to): (Vec<_>, Vec<_>) = (folder.components().collect(), path.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    if shared == 0 {
        return path.to_owned();
    }
    let up = from[shared..].iter().map(|_| Component::ParentDir);
    up.chain(to[shared..].iter().copied()).collect()
}

/// A file's name for each genre that every system takes, no two alike.
fn file_names(genres: &[String]) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut name = |genre: &String| {
        let stem = stem(genre);
        let numbered = |number: usize| if number == 1 { stem.clone() } else { format!("{stem}-{number}") };
        let free = (1..).map(numbered).find(|name| taken.insert(name.to_lowercase()));
        format!("{}.m3u8", free.unwrap_or_default())
    };
    genres.iter().map(&mut name).collect()
}

/// A genre without what file names can't hold, or what would lead elsewhere or hide it.
fn stem(genre: &str) -> String {
    let is_bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let mut stem: String = genre.chars().map(|c| if is_bad(c) { '_' } else { c }).collect();
    while stem.len() > LONGEST {
        stem.pop();
    }
    let kept = stem.trim_matches([' ', '.']);
    let before_dot = kept.split('.').next().unwrap_or_default().to_lowercase();
    let device = before_dot.trim_end_matches(|c: char| c.is_ascii_digit());
    if kept.is_empty() || RESERVED.contains(&device) { format!("_{kept}") } else { kept.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_genre_leads_out_of_the_folder_or_onto_another() {
        let genres =
            ["jazz", "../../etc/passwd", "R&B/Soul", "..", "Jazz", "CON", "com1.x", "a\\b", " rock. ", "Ålesund"];
        let names = file_names(&genres.map(str::to_owned));
        let wanted = ["jazz", "_.._etc_passwd", "R&B_Soul", "_", "Jazz-2", "_CON", "_com1.x", "a_b", "rock", "Ålesund"];
        assert_eq!(names, wanted.map(|name| format!("{name}.m3u8")));
        let long = file_names(&["é".repeat(300), "é".repeat(301)]);
        assert!(long.iter().all(|name| name.len() < 255) && long[0] != long[1]);
    }

    #[test]
    fn paths_lead_from_the_playlist_to_the_song() {
        let way = |folder: &str, path: &str| relative(Path::new(folder), Path::new(path)).display().to_string();
        assert_eq!(way("/music/lists", "/music/jazz/a.mp3"), "../jazz/a.mp3");
        assert_eq!(way("/music", "/music/jazz/a.mp3"), "jazz/a.mp3");
        assert_eq!(way("/lists", "/music/a.mp3"), "../music/a.mp3");
    }
}
