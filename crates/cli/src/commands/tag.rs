//! `gtzan tag`: the genre of songs, in their own tags.

mod genres;
mod told;
mod undoing;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;
use dsp::{AudioInput, InputLimits};
use extraction::tags::{GenreTag, Journal, Plan, Refusal, RefusalKind, TagField, Target};
use extraction::{Failure, ListedSong};
use model::Verdict;
use trainer::backend::Backend;

use self::genres::Genres;
use self::told::{Teller, Told};
use super::limits::LimitArgs;
use super::listening::{Heard, listen};
use crate::backend::{backends, device};
use crate::console::{self, say};
use crate::input;
use crate::interrupt::{self, INTERRUPTED};

/// Write the genre of songs into their own tags, where players look.
///
/// Without --write nothing is written: each file is named with what would be. With it, the genre goes into files whose verdict
/// isn't `unsure` and that have no genre yet; --replace replaces one that is there. It stands in GENRE (ID3v2 `TCON`, MP4 `©gen`,
/// Vorbis comments `GENRE`), or with --field gtzan in GTZAN_GENRE, beside GTZAN_PROBABILITY from 0 to 1, of which players know
/// nothing. Formats with tags are MP3 and its relatives, FLAC, Ogg Vorbis and Opus, M4A/MP4, AAC, WAV and AIFF. APE and ID3v1 tags
/// that name a genre get the same one, and so does WAV's list INFO; ID3v1 none, where its own list lacks it.
///
/// The tags are written in a copy beside the file, `.gtzan-…`, which takes the file's place only when it decodes to the same samples,
/// holds every other tag and picture unchanged, and is on the disk. So a file is at any moment the old or the new one, even after
/// `kill -9`, which may leave the copy behind. Owner, permissions and (on Linux) extended attributes stay.
///
/// Before that, the journal is told how to get the old file back: --undo JOURNAL does, to the byte and with its time of change. It
/// leaves files alone that somebody has changed since, can be stopped and begun again, and does no harm twice.
///
/// Left as they are, each named and counted with the reason: unsure songs, files with a genre, formats without tags, read-only
/// files, tracks of album images, files with several names (hard links), files whose tags can't be read and kept whole. Symbolic
/// links are followed, and the file they lead to is written once.
///
/// Songs are heard as by `gtzan predict`. Ctrl-C ends the work after the file that is being written, a second one at once.
///
/// Exits with 0 when all was done or skipped, with 1 when some files failed, with 2 when all did, and with 130 after Ctrl-C.
#[derive(clap::Args)]
pub struct Args {
    /// Audio files, and folders to be searched for them.
    #[arg(required_unless_present = "undo", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A model's folder, the folder of the run that made it, or the name of one in the box [default: gtzan-extended].
    #[arg(long, value_name = "MODEL")]
    model: Option<PathBuf>,
    /// What computes the network.
    #[arg(long, value_name = "B", value_parser = backends(), default_value_t)]
    backend: Backend,
    /// Write, rather than only say what would be written.
    #[arg(long)]
    write: bool,
    /// Replace genres that are there.
    #[arg(long)]
    replace: bool,
    /// Where to write.
    #[arg(long, value_enum, default_value_t)]
    field: Field,
    /// What you call the model's genres: a TOML file with lines such as hiphop = "Hip-Hop".
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// Leave the files' times of change as they are; players may then not notice.
    #[arg(long)]
    keep_mtime: bool,
    /// Where to write down how to undo it [default: gtzan-tags-TIME.journal in the current folder, with the time in UTC].
    #[arg(long, value_name = "FILE", requires = "write")]
    journal: Option<PathBuf>,
    /// Give the files of a journal back what they were.
    #[arg(long, value_name = "JOURNAL", conflicts_with_all =
        ["paths", "model", "write", "replace", "field", "map", "keep_mtime", "limits"])]
    undo: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// The names of [`TagField`] on the command line.
#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Field {
    /// GENRE.
    #[default]
    Genre,
    /// GTZAN_GENRE and GTZAN_PROBABILITY.
    Gtzan,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(journal) = &args.undo {
        return undoing::run(journal, args.json);
    }
    if args.paths.iter().any(|path| input::is_standard(path)) {
        bail!("-: what comes through standard input has no place to be written to; give the path of a file");
    }
    let device = device(args.backend)?;
    let bundle = match &args.model {
        Some(model) => crate::bundle::load(model, &device)?.0,
        None => model::pretrained(&device)?,
    };
    let limits = args.limits.limits()?;
    let field = match args.field {
        Field::Genre => TagField::Genre,
        Field::Gtzan => TagField::Gtzan,
    };
    let mut tagger = Tagger {
        field,
        replace: args.replace,
        keep_modified: args.keep_mtime,
        limits: limits.input(),
        genres: Genres::load(args.map.as_deref(), bundle.labels())?,
        journal: if args.write { Some(Journal::create(args.journal.as_deref())?) } else { None },
    };
    let mut teller = Teller::new(args.json, args.write, field);
    let songs = found(input::songs(&args.paths));
    let count = songs.len();
    let heard = listen(songs, bundle, limits, |song, heard| {
        if let Some(Ok(Verdict { decoded, .. })) = &heard
            && !decoded.is_whole()
        {
            say(format_args!("lost: {}: {decoded}", song.path.display()));
        }
        let told = tagger.told(&song, heard)?;
        teller.tell(&song.path, told)?;
        // Files are written whether or not somebody reads of it.
        let idle = !args.write && console::nobody_reads();
        Ok(if idle || interrupt::wanted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    let journal = tagger.journal.map(Journal::finish).transpose();
    heard?;
    teller.sum();
    if let Some(Some(journal)) = journal? {
        say(format_args!("how to undo it stands in {0}: gtzan tag --undo {0}", journal.display()));
    }
    if interrupt::wanted() {
        say(format_args!("stopped: {} of {count} files are done", teller.count()));
        return Ok(ExitCode::from(INTERRUPTED));
    }
    Ok(teller.exit_code())
}

/// A song, and where it would be written.
struct Song {
    path: PathBuf,
    target: Result<Target, Told>,
}

/// What there is to listen to, without what couldn't be written in any case.
fn found(songs: Vec<ListedSong>) -> Vec<(Song, Option<AudioInput>)> {
    let mut places: HashMap<PathBuf, PathBuf> = HashMap::new();
    let mut found = |song: ListedSong| {
        let target = match &song.input {
            Err(failure) => Err(Told::Unheard(failure.clone())),
            Ok(AudioInput::Path(path)) => Target::find(path).map_err(Told::Refused),
            Ok(_) => {
                let message = "it is a track of an album image, whose tags are the album's";
                Err(Told::Refused(Refusal::new(RefusalKind::AlbumTrack, message)))
            }
        };
        let target = target.and_then(|target| match places.get(&target.place) {
            Some(first) => Err(Told::Repeated(first.clone())),
            None => {
                places.insert(target.place.clone(), song.path.clone());
                Ok(target)
            }
        });
        let input = song.input.ok().filter(|_| target.is_ok());
        (Song { path: song.path, target }, input)
    };
    songs.into_iter().map(&mut found).collect()
}

/// Writes, or says what it would.
struct Tagger {
    field: TagField,
    replace: bool,
    keep_modified: bool,
    limits: InputLimits,
    genres: Genres,
    /// Where it is written down, if anything is written.
    journal: Option<Journal>,
}

impl Tagger {
    fn told(&mut self, song: &Song, heard: Option<Heard>) -> anyhow::Result<Told> {
        let target = match &song.target {
            Ok(target) => target,
            Err(told) => return Ok(told.clone()),
        };
        match heard {
            Some(Ok(Verdict { genre: Some(genre), confidence, .. })) => {
                let genre = self.genres.called(&genre);
                self.tag(target, GenreTag { field: self.field, genre, probability: confidence })
            }
            Some(Ok(Verdict { doubt, top, .. })) => Ok(Told::Unsure(doubt, top.into_iter().next())),
            Some(Err(failure)) => Ok(Told::Unheard(failure)),
            None => Ok(Told::Unheard(Failure::crashed())),
        }
    }

    fn tag(&mut self, target: &Target, wanted: GenreTag) -> anyhow::Result<Told> {
        let was = match target.plan(&wanted, self.replace) {
            Ok(Plan::Unchanged) => return Ok(Told::Unchanged(wanted)),
            Ok(Plan::Kept(was)) => return Ok(Told::Kept(wanted, was)),
            Ok(Plan::Write(was)) => was,
            Err(refusal) => return Ok(Told::Refused(refusal)),
        };
        if let Some(journal) = &mut self.journal
            && let Err(refusal) = target.write(&wanted, self.limits, self.keep_modified, journal)?
        {
            return Ok(Told::Refused(refusal));
        }
        Ok(Told::Tagged(wanted, was))
    }
}

/// A path as it is printed, and its bytes where it is no Unicode.
fn named(path: &Path) -> (String, Option<String>) {
    (path.to_string_lossy().into_owned(), console::lossless(path))
}
