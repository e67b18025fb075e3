//! The rows of a table file, to be judged.

use std::collections::HashMap;
use std::path::Path;

use extraction::csv::{Record, group};
use extraction::table::{Request, Rows};
use extraction::{FailedInput, Failure, FailureKind};
use model::Inputs;

use super::tabular::{Columns, named};
use super::values::{Values, ValuesBuilder};
use crate::error::Result;

/// Rows to be judged, whose labels nobody knows.
#[derive(Debug)]
pub struct Unlabelled {
    /// The tracks in the order of their first rows, each with its rows' numbers in the order of its clips.
    pub tracks: Vec<(String, Vec<usize>)>,
    /// The values of the rows.
    pub values: Values,
    /// Rows with values that can't be used.
    pub failures: Vec<FailedInput>,
    /// What was left out, in sentences.
    pub warnings: Vec<String>,
}

/// Reads rows to be judged by a model of these inputs, as [`from_table`](super::from_table) reads labelled ones; no labels and no
/// lengths are needed.
///
/// # Errors
/// Those of [`Columns::of_model`] and [`Rows::open`]. Rows that can't be used are among [`Unlabelled::failures`].
pub fn unlabelled(path: &Path, inputs: &Inputs, allowed: usize) -> Result<Unlabelled> {
    let columns = Columns::of_model(inputs)?;
    let mut rows = Rows::open(path, Request { columns: columns.wanted(), labelled: false })?;
    let mut values = ValuesBuilder::new(rows.columns().len(), allowed);
    let (mut names, mut failures) = (Vec::new(), Vec::new());
    let mut record = Record::default();
    let mut count = 0;
    loop {
        let more = rows.next(&mut record);
        let name = named(&mut record, count);
        count += 1;
        match more {
            Ok(false) => break,
            Ok(true) => {
                values.push(record.values.iter().map(|&value| value as f32))?;
                names.push((name, 0));
            }
            Err(error @ (extraction::Error::BadCell { .. } | extraction::Error::BadValue { .. })) => {
                failures.push(Failure::new(FailureKind::BadRow, error.to_string()).of(name));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let (mut tracks, mut numbers) = (Vec::<(String, Vec<(usize, usize)>)>::new(), HashMap::<String, usize>::new());
    for (row, (track, clip)) in group(&names).rows.into_iter().enumerate() {
        let number = *numbers.entry(track.clone()).or_insert(tracks.len());
        match tracks.get_mut(number) {
            Some((_, clips)) => clips.push((clip, row)),
            None => tracks.push((track, vec![(clip, row)])),
        }
    }
    let in_order = |(track, mut clips): (String, Vec<(usize, usize)>)| {
        clips.sort_unstable();
        (track, clips.into_iter().map(|(_, row)| row).collect())
    };
    let tracks = tracks.into_iter().map(in_order).collect();
    Ok(Unlabelled { tracks, values: values.finish()?, failures, warnings: rows.warnings() })
}
