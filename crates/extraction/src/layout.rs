//! Which columns of a table are wanted, and where they stand.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use dsp::Descriptors;

use crate::csv::{columns, same_name};
use crate::error::{Error, Result, clipped};

/// What is to be read of a table. Columns are found by name and may stand in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The values of a row.
    pub columns: Wanted<'a>,
    /// Whether rows need a `label`. Descriptors with labels, which are to be learnt from or tested on, need `filename` and
    /// `length` as well; else there may be a `filename`, and `length` is not read.
    pub labelled: bool,
}

/// Which columns hold the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Those of a set of descriptors, others are ignored. `None` takes what is there, and that is the extended set where the
    /// table has one of the columns that the classic set lacks.
    Descriptors(Option<Descriptors>),
    /// All but `filename`, `length` and `label`, in the order of their names.
    Numbers,
    /// Those of these names, others are ignored.
    Named(&'a [String]),
}

/// Where the columns of a table stand.
#[derive(Debug)]
pub struct Layout {
    pub filename: Option<usize>,
    pub length: Option<usize>,
    pub label: Option<usize>,
    /// The set that the values are of, where that was asked for.
    pub descriptors: Option<Descriptors>,
    /// Names of the values of a row.
    pub names: Vec<String>,
    /// Where they stand.
    pub places: Vec<usize>,
    /// What to do about a value that is no number.
    pub hint: &'static str,
}

impl Layout {
    /// Finds the wanted columns in a table's header.
    pub fn find(header: &[&str], request: Request<'_>, path: &Path) -> Result<Self> {
        let places = Places::new(header.iter().copied());
        let at = |name: &str| places.of(name);
        let (filename, label) = (at("filename"), at("label").filter(|_| request.labelled));
        let mut layout =
            Self { filename, length: None, label, descriptors: None, names: Vec::new(), places: Vec::new(), hint: "" };
        let refuse = |reason: String| Err(Error::Header { path: path.to_owned(), reason });
        match request.columns {
            Wanted::Descriptors(wanted) => {
                let descriptors = wanted.unwrap_or_else(|| set_of(&at));
                let needed = |name: &&'static str| request.labelled || descriptors.columns().contains(name);
                let missing = columns(descriptors).filter(needed).filter(|name| at(name).is_none());
                let missing: Vec<String> = missing.map(String::from).collect();
                if !missing.is_empty() {
                    return Err(Error::MissingColumns { path: path.to_owned(), columns: missing, descriptors });
                }
                layout.length = at("length").filter(|_| request.labelled);
                layout.descriptors = Some(descriptors);
                layout.names = descriptors.columns().iter().map(|name| (*name).to_owned()).collect();
                layout.places = descriptors.columns().iter().filter_map(|name| at(name)).collect();
                return Ok(layout);
            }
            Wanted::Numbers => {
                let reserved = |name: &str| ["filename", "length", "label"].iter().any(|known| same_name(name, known));
                let mut found: Vec<(usize, &str)> =
                    header.iter().copied().enumerate().filter(|(_, name)| !reserved(name)).collect();
                found.sort_by_key(|(_, name)| *name);
                if let Some((place, _)) = found.iter().find(|(_, name)| name.trim().is_empty()) {
                    return refuse(format!(
                        "column {} has no name; give it one, or drop it (pandas: write with index=False)",
                        place + 1
                    ));
                }
                if let Some((_, index)) = found.iter().find(|(_, name)| name.starts_with("__index_level_")) {
                    return refuse(format!(
                        "column `{}` is pandas' index; write the table with index=False",
                        clipped(index)
                    ));
                }
                (layout.places, layout.names) = found.into_iter().map(|(place, name)| (place, name.to_owned())).unzip();
                layout.hint = "; drop the column, or turn it into numbers";
            }
            Wanted::Named(names) => {
                let at = |name: &String| places.of_exactly(name);
                let missing: Vec<String> = names.iter().filter(|name| at(name).is_none()).cloned().collect();
                if !missing.is_empty() {
                    return Err(Error::LacksColumns { path: path.to_owned(), columns: missing, wanted: names.len() });
                }
                (layout.places, layout.names) = (names.iter().filter_map(at).collect(), names.to_vec());
            }
        }
        if request.labelled && label.is_none() {
            return refuse("missing column `label`; it names what a row is to be learnt as".to_owned());
        }
        if layout.names.is_empty() {
            return refuse(
                "no columns besides `filename`, `length` and `label`; there is nothing to learn from".into(),
            );
        }
        let mut seen = HashSet::new();
        if let Some(twice) = layout.names.iter().find(|name| !seen.insert(*name)) {
            return refuse(format!("column `{}` stands twice; give one of them another name", clipped(twice)));
        }
        Ok(layout)
    }
}

/// Where names stand first in a header of any length.
#[derive(Debug)]
pub struct Places<'a> {
    exactly: HashMap<&'a str, usize>,
    in_capitals_or_not: HashMap<String, usize>,
}

impl<'a> Places<'a> {
    /// Of the names of columns, in their order.
    pub fn new(header: impl Iterator<Item = &'a str>) -> Self {
        let mut places = Self { exactly: HashMap::new(), in_capitals_or_not: HashMap::new() };
        for (place, name) in header.enumerate() {
            places.exactly.entry(name).or_insert(place);
            places.in_capitals_or_not.entry(name.to_ascii_lowercase()).or_insert(place);
        }
        places
    }

    /// The column of a name, in capitals or not.
    pub fn of(&self, name: &str) -> Option<usize> {
        self.in_capitals_or_not.get(&name.to_ascii_lowercase()).copied()
    }

    /// The column of this very name.
    pub fn of_exactly(&self, name: &str) -> Option<usize> {
        self.exactly.get(name).copied()
    }
}

/// The set that a table is of.
fn set_of(at: &impl Fn(&str) -> Option<usize>) -> Descriptors {
    let (classic, extended) = (Descriptors::Classic, Descriptors::Extended);
    let mut more = extended.columns().iter().skip(classic.columns().len());
    if more.any(|name| at(name).is_some()) { extended } else { classic }
}

/// The names that rows have had so far, by their hashes: a million names would take more room than their rows' values.
#[derive(Debug, Default)]
pub struct Names {
    seen: HashMap<[u8; 16], (usize, u64)>,
}

impl Names {
    /// Takes note of the name of the row at a place, a file and a line or row in it. Gives the place of an earlier one.
    pub fn note(&mut self, name: &str, place: (usize, u64)) -> Option<(usize, u64)> {
        let mut key = [0; 16];
        key.copy_from_slice(&blake3::hash(name.as_bytes()).as_bytes()[..16]);
        self.seen.insert(key, place)
    }
}
