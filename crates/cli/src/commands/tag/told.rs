//! What is told of each file, and of all.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use extraction::Failure;
use extraction::tags::{GenreTag, Refusal, RefusalKind, TagField};
use model::{Doubt, GenreScore, UNSURE};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::verdicts::unsure;
use super::named;
use crate::console::{self, say};

/// What became of a file.
#[derive(Clone)]
pub enum Told {
    /// This was written in place of that, or would be.
    Tagged(GenreTag, Vec<String>),
    /// This stands there already.
    Unchanged(GenreTag),
    /// Something else than this stands there.
    Kept(GenreTag, Vec<String>),
    /// No genre is to be believed, the most probable one neither.
    Unsure(Option<Doubt>, Option<GenreScore>),
    /// It can't or needn't be written.
    Refused(Refusal),
    /// It is a file that had its turn under this name.
    Repeated(PathBuf),
    /// It can't be heard.
    Unheard(Failure),
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent_encoded: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    genre: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f32>,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<Vec<String>>,
    /// Why it was skipped or failed, as a word and in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// Tells what became of files.
pub struct Teller {
    json: bool,
    write: bool,
    field: TagField,
    tagged: usize,
    unchanged: usize,
    failed: usize,
    /// How many were skipped for each reason.
    skipped: BTreeMap<&'static str, usize>,
}

impl Teller {
    /// Has told nothing yet.
    pub fn new(json: bool, write: bool, field: TagField) -> Self {
        Self { json, write, field, tagged: 0, unchanged: 0, failed: 0, skipped: BTreeMap::new() }
    }

    /// Results go to stdout, what was skipped or failed to stderr; with `--json` all of it to stdout too.
    pub fn tell(&mut self, path: &Path, told: Told) -> anyhow::Result<()> {
        let (name, path_percent_encoded) = named(path);
        let mut line = Line {
            path: name.clone(),
            path_percent_encoded,
            status: "skipped",
            genre: None,
            probability: None,
            was: None,
            reason: None,
            message: None,
        };
        let field = self.field.name();
        let shown = |tag: &GenreTag| format!("{} ({:.1} %)", tag.genre, 100.0 * tag.probability);
        let mut result = None;
        match &told {
            Told::Tagged(tag, was) => {
                self.tagged += 1;
                line.status = if self.write { "written" } else { "would_write" };
                let before = if was.is_empty() { String::new() } else { format!("{} -> ", was.join(", ")) };
                result = Some(format!("{field}: {before}{}", shown(tag)));
            }
            Told::Unchanged(tag) => {
                self.unchanged += 1;
                line.status = "unchanged";
                result = Some(format!("{field}: {}, as it is", shown(tag)));
            }
            Told::Kept(tag, was) => {
                let was = was.join(", ");
                let message = format!("its genre is {was}, heard is {}; --replace replaces it", shown(tag));
                self.skip(&mut line, "with a genre", json!("has_genre"), message);
            }
            Told::Unsure(doubt, best) => {
                let mut message = doubt.map_or(UNSURE.to_owned(), |doubt| unsure(doubt, "music"));
                // Of what can't be heard, nothing is said that could be taken for a guess.
                if let (Some(Doubt::LowConfidence), Some(best)) = (doubt, best) {
                    message += &format!(", at best {} ({:.1} %)", best.genre, 100.0 * best.probability);
                }
                self.skip(&mut line, "unsure", json!("unsure"), message);
            }
            Told::Repeated(first) => {
                let message = format!("it is the same file as {}", first.display());
                self.skip(&mut line, "named twice", json!("named_twice"), message);
            }
            Told::Refused(refusal) if refusal.kind.is_failure() => {
                self.fail(&mut line, json!(refusal.kind), refusal.message.clone());
            }
            Told::Refused(refusal) => {
                self.skip(&mut line, words(refusal.kind), json!(refusal.kind), refusal.message.clone());
            }
            Told::Unheard(failure) => self.fail(&mut line, json!(failure.kind), failure.message.clone()),
        }
        if let Told::Tagged(tag, _) | Told::Unchanged(tag) | Told::Kept(tag, _) = &told {
            (line.genre, line.probability) = (Some(tag.genre.clone()), Some(tag.probability));
        }
        if let Told::Tagged(_, was) | Told::Kept(_, was) = told {
            line.was = Some(was);
        }
        if let Some(message) = &line.message {
            say(format_args!("{}: {name}: {message}", line.status));
        }
        if self.json {
            writeln!(console::results(), "{}", serde_json::to_string(&line)?)?;
        } else if let Some(result) = result {
            writeln!(console::results(), "{}: {}", console::escaped(&name), console::escaped(&result))?;
        }
        Ok(())
    }

    fn skip(&mut self, line: &mut Line, words: &'static str, reason: Value, message: String) {
        *self.skipped.entry(words).or_default() += 1;
        (line.reason, line.message) = (Some(reason), Some(message));
    }

    fn fail(&mut self, line: &mut Line, reason: Value, message: String) {
        self.failed += 1;
        line.status = "failed";
        (line.reason, line.message) = (Some(reason), Some(message));
    }

    /// How many files were told of.
    pub fn count(&self) -> usize {
        self.tagged + self.unchanged + self.failed + self.skipped.values().sum::<usize>()
    }

    /// All of it in a line on stderr.
    pub fn sum(&self) {
        let files = |count: usize| format!("{count} file{}", if count == 1 { "" } else { "s" });
        let done = if self.write { "tagged" } else { "would be tagged" };
        let mut sum = format!("{} {done}", files(self.tagged));
        if self.unchanged > 0 {
            sum += &format!(", {} unchanged", self.unchanged);
        }
        if !self.skipped.is_empty() {
            let reasons: Vec<String> = self.skipped.iter().map(|(words, count)| format!("{count} {words}")).collect();
            sum += &format!(", {} skipped ({})", self.skipped.values().sum::<usize>(), reasons.join(", "));
        }
        if self.failed > 0 {
            sum += &format!(", {} failed", self.failed);
        }
        if !self.write && self.tagged > 0 {
            sum += "; --write does it";
        }
        say(sum);
    }

    /// 0 where no file failed, 1 where some did, 2 where all did.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.failed {
            0 => 0,
            failed if failed == self.count() => 2,
            _ => 1,
        })
    }
}

/// A reason to skip a file, in few words.
fn words(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::NoTags => "without tags in their format",
        RefusalKind::ReadOnly => "read-only",
        RefusalKind::HardLinked => "with several names",
        RefusalKind::AlbumTrack => "on album images",
        _ => "no regular files",
    }
}
