//! Gives files back what they were before their tags were written.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;

use super::aside::Aside;
use super::journal::{Record, Records};
use super::rebuild::{Content, rebuild};
use super::refusal::{Refusal, RefusalKind};
use super::target::Target;
use crate::error::Result;

/// What became of a file of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undone {
    /// It is again what it was, to the byte.
    Restored,
    /// It was so already: it was undone before, or never replaced.
    Already,
}

/// Undoes what a journal tells, the last file first, and tells what became of each. `tell` may end it.
///
/// A file is restored aside and put in place when its hash is that of the old one, so that this can be stopped at any moment and
/// begun again. One that somebody else has changed since is left as it is.
///
/// # Errors
/// The journal can't be read. What is wrong with a file is told of it.
pub fn undo(
    journal: &Path,
    mut tell: impl FnMut(&Path, Result<Undone, Refusal>, usize) -> ControlFlow<()>,
) -> Result<()> {
    let mut records = Records::open(journal)?;
    while let Some(record) = records.next() {
        let record = record?;
        let path = record.path();
        if tell(&path, restore(&path, &record), records.left()).is_break() {
            break;
        }
    }
    Ok(())
}

fn restore(path: &Path, record: &Record) -> Result<Undone, Refusal> {
    // As it was before it was read: what is done to it meanwhile is noticed.
    let target = Target::find(path);
    let now = File::open(path)?;
    let content = Content::of(&now)?;
    if content == record.before {
        return Ok(Undone::Already);
    }
    if content != record.after {
        let message = "it was changed since its tags were written, and is left as it is";
        return Err(Refusal::new(RefusalKind::Changed, message));
    }
    let target = target?;
    let mut aside = Aside::beside(&target.place)?;
    if aside.fill(|mut out| rebuild(&record.pieces, &now, &mut out))? != record.before {
        let message = "the journal doesn't lead back to what it was; is it damaged?";
        return Err(Refusal::new(RefusalKind::Damaged, message));
    }
    aside.dress(&now, record.modified())?;
    target.check_place()?;
    aside.replace(&target.place)?;
    Ok(Undone::Restored)
}
