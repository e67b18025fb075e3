//! Writes tags into a copy, proves that nothing else changed, and puts it in the file's place.

use std::fs::File;
use std::io;

use dsp::InputLimits;

use super::GenreTag;
use super::aside::Aside;
use super::container::{Manner, Tags};
use super::difference::difference;
use super::journal::{Journal, Record};
use super::rebuild::{Hashed, rebuild};
use super::refusal::{Refusal, RefusalKind};
use super::sound::Sound;
use super::target::{Target, guarded};
use crate::error::Result;

/// Characters of a lost item that are told.
const TOLD: usize = 60;

impl Target {
    /// Writes a genre into the tags. The file is at any moment as it was or whole and new, and keeps its permissions and owner;
    /// with `keep_modified`, also its time of change. The journal knows how to undo it before it is done.
    ///
    /// # Errors
    /// The journal can't be written: nothing more should be. Of the file itself, what it says is inside.
    pub fn write(
        &self,
        wanted: &GenreTag,
        limits: InputLimits,
        keep_modified: bool,
        journal: &mut Journal,
    ) -> Result<Result<(), Refusal>> {
        let (aside, record) = match self.prepare(wanted, limits, keep_modified) {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Err(refusal)),
        };
        journal.append(&record)?;
        Ok(self.check_place().and_then(|()| aside.replace(&self.place)))
    }

    /// The copy that is to take the file's place, and how to get the file back from it.
    fn prepare(&self, wanted: &GenreTag, limits: InputLimits, keep_modified: bool) -> Result<(Aside, Record), Refusal> {
        let (mut original, container) = self.open()?;
        let mut aside = Aside::beside(&self.place)?;
        let before = aside.copy(&original)?;
        let sound = Sound::of(aside.path(), limits)?;
        let manners = guarded(|| Tags::read(&mut original, container, Manner::AsTheyAre))?.manners();
        let mut done = Ok(());
        for (attempt, manner) in manners.iter().enumerate() {
            if attempt > 0 {
                aside.copy(&original)?;
            }
            done = guarded(|| edit(aside.file(), container, wanted, *manner));
            if done.is_ok() {
                break;
            }
        }
        done?;
        if Sound::of(aside.path(), limits)? != sound {
            let message = "it would not sound the same with the tags written, which is a fault of ours or of the file";
            return Err(Refusal::new(RefusalKind::SoundChanged, message));
        }
        let pieces = difference(&original, aside.file())?;
        let mut back = Hashed::new(io::sink());
        rebuild(&pieces, aside.file(), &mut back)?;
        if back.content() != before {
            return Err(Refusal::new(RefusalKind::Changed, "somebody else changes it; try again"));
        }
        aside.dress(&original, self.modified().filter(|_| keep_modified))?;
        let record = Record::new(&self.place, before, self.modified(), aside.content()?, pieces)?;
        Ok((aside, record))
    }
}

/// Writes into a file and reads it again: it must say what is wanted, and everything else that it said before.
fn edit(file: &mut File, container: &str, wanted: &GenreTag, manner: Manner) -> Result<(), Refusal> {
    let tags = Tags::read(file, container, manner)?;
    let before = tags.others(wanted);
    tags.write(file, wanted, manner)?;
    let written = Tags::read(file, container, manner)?;
    if !written.says(wanted) {
        let message = "what was written can't be read again; its tags are probably damaged";
        return Err(Refusal::new(RefusalKind::Damaged, message));
    }
    let after = written.others(wanted);
    if before == after {
        return Ok(());
    }
    let lost = before.iter().find(|line| !after.contains(line)).or(after.iter().find(|line| !before.contains(line)));
    let lost: String = lost.map_or("", String::as_str).chars().take(TOLD).collect();
    Err(Refusal::new(RefusalKind::WouldLose, format!("another tag would not stay as it is: {lost}")))
}
