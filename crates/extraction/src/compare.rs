//! Two features files side by side.

use std::collections::{HashMap, HashSet};

use dsp::Descriptors;
use serde::Serialize;

use crate::csv::{Record, Records};

/// How far the rows of two files lie apart. The second file is the reference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Rows whose file name stands in both.
    pub common: usize,
    /// File names that only the first file has, in its order.
    pub only_first: Vec<String>,
    /// File names that only the second file has, in its order.
    pub only_second: Vec<String>,
    /// File names with another label in the second file.
    pub other_label: Vec<String>,
    /// `length` and the descriptors that both files have, the worst relative difference first.
    pub columns: Vec<Column>,
}

/// The differences in a column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The greatest relative difference.
    pub relative: Place,
    /// The greatest absolute difference.
    pub absolute: Place,
    /// Rows outside the tolerance.
    pub beyond: usize,
}

/// A difference and where it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Place {
    /// How great it is. A relative one is the absolute one over the second file's value; against a zero it is infinite.
    pub difference: f64,
    /// The row.
    pub filename: String,
    /// The first file's value.
    pub first: f64,
    /// The second file's value.
    pub second: f64,
}

impl Comparison {
    /// Compares the rows that have the same file name. `rtol` is the greatest relative difference that is within the
    /// tolerance; see [`absolute_tolerance`] for means that lie around zero.
    pub fn new(first: &Records, second: &Records, rtol: Option<f64>) -> Self {
        // The classic descriptors are the first of the extended ones.
        let common = [first.descriptors, second.descriptors].map(Descriptors::columns);
        let common = if common[0].len() < common[1].len() { common[0] } else { common[1] };
        let (first, second) = (&first.rows, &second.rows);
        let names: HashSet<&str> = first.iter().map(|record| record.filename.as_str()).collect();
        let by_name: HashMap<&str, &Record> = second.iter().map(|record| (record.filename.as_str(), record)).collect();
        let pairs: Vec<(&Record, &Record)> =
            first.iter().filter_map(|record| Some((record, *by_name.get(record.filename.as_str())?))).collect();

        let length = column("length", &pairs, rtol, |record| record.length as f64);
        let features = common.iter().enumerate();
        let features = features
            .map(|(at, name)| column(name, &pairs, rtol, |record| record.values.get(at).copied().unwrap_or(f64::NAN)));
        let mut columns: Vec<Column> = std::iter::once(length).chain(features).collect();
        columns.sort_by(|a, b| b.relative.difference.total_cmp(&a.relative.difference));
        let without = |records: &[Record], has: &dyn Fn(&str) -> bool| {
            records.iter().map(|record| record.filename.clone()).filter(|name| !has(name)).collect()
        };
        Self {
            common: pairs.len(),
            only_first: without(first, &|name| by_name.contains_key(name)),
            only_second: without(second, &|name| names.contains(name)),
            other_label: pairs.iter().filter(|(a, b)| a.label != b.label).map(|(a, _)| a.filename.clone()).collect(),
            columns,
        }
    }

    /// Whether all common rows have the same label and all values within the tolerance.
    pub fn within(&self) -> bool {
        self.other_label.is_empty() && self.columns.iter().all(|column| column.beyond == 0)
    }
}

/// The absolute difference that is within a relative tolerance of `rtol` whatever the values: the mean MFCCs, the mean
/// samples of the two HPSS waveforms, the mean tonal centroids and the shapes of the bark bands' distributions lie around
/// zero, where a relative difference says nothing.
pub fn absolute_tolerance(column: &str, rtol: f64) -> f64 {
    match column {
        "harmony_mean" | "perceptr_mean" => rtol / 100.0,
        _ if column.starts_with("mfcc") && column.ends_with("_mean") => rtol,
        _ if column.starts_with("tonnetz") && column.ends_with("_mean") => rtol / 10.0,
        _ if column.ends_with("_skewness") || column.ends_with("_kurtosis") => rtol,
        _ => 0.0,
    }
}

fn column(name: &str, pairs: &[(&Record, &Record)], rtol: Option<f64>, value: impl Fn(&Record) -> f64) -> Column {
    let mut column =
        Column { name: name.to_owned(), relative: Place::default(), absolute: Place::default(), beyond: 0 };
    for (a, b) in pairs {
        let (first, second) = (value(a), value(b));
        let absolute = (first - second).abs();
        let relative = if absolute == 0.0 { 0.0 } else { absolute / second.abs() };
        let place = |difference| Place { difference, filename: a.filename.clone(), first, second };
        if column.relative.filename.is_empty() || relative > column.relative.difference {
            column.relative = place(relative);
        }
        if column.absolute.filename.is_empty() || absolute > column.absolute.difference {
            column.absolute = place(absolute);
        }
        if rtol.is_some_and(|rtol| relative > rtol && absolute > absolute_tolerance(name, rtol)) {
            column.beyond += 1;
        }
    }
    column
}

#[cfg(test)]
mod tests {
    use dsp::FEATURE_NAMES;

    use super::*;

    fn classic(rows: &[Record]) -> Records {
        Records { descriptors: Descriptors::Classic, rows: rows.to_vec() }
    }

    fn record(filename: &str, change: &[(&str, f64)]) -> Record {
        let value = |name: &&str| change.iter().find(|(changed, _)| changed == name).map_or(2.0, |(_, value)| *value);
        let values = FEATURE_NAMES.iter().map(value).collect();
        Record { filename: filename.into(), length: 661_500, values, label: "blues".into() }
    }

    #[test]
    fn columns_come_by_their_worst_relative_difference_with_its_place() {
        let first = [record("a.wav", &[("tempo", 3.0)]), record("b.wav", &[("rms_var", 4.0), ("tempo", 2.5)])];
        let second = [record("b.wav", &[]), record("c.wav", &[]), record("a.wav", &[])];
        let comparison = Comparison::new(&classic(&first), &classic(&second), Some(0.6));
        assert_eq!((comparison.common, comparison.only_first.len()), (2, 0));
        assert_eq!(comparison.only_second, ["c.wav"]);
        let place =
            |difference, filename: &str, first| Place { difference, filename: filename.into(), first, second: 2.0 };
        let [worst, next, rest @ ..] = comparison.columns.as_slice() else { panic!() };
        assert_eq!((worst.name.as_str(), worst.beyond), ("rms_var", 1));
        assert_eq!((&worst.relative, &worst.absolute), (&place(1.0, "b.wav", 4.0), &place(2.0, "b.wav", 4.0)));
        assert_eq!((next.name.as_str(), &next.relative, next.beyond), ("tempo", &place(0.5, "a.wav", 3.0), 0));
        assert!(rest.len() == 56 && rest.iter().all(|column| column.relative.difference == 0.0));
    }

    #[test]
    fn means_around_zero_have_an_absolute_tolerance() {
        let within = |name, value: f64, reference: f64| {
            let (a, b) = ([record("a", &[(name, value)])], [record("a", &[(name, reference)])]);
            Comparison::new(&classic(&a), &classic(&b), Some(1e-4)).within()
        };
        assert!(within("mfcc7_mean", 1e-3, 1.09e-3) && !within("mfcc7_mean", 1e-3, 1.2e-3));
        assert!(within("harmony_mean", 1e-7, 1e-6) && !within("harmony_mean", 1e-7, 2e-6));
        assert!(within("perceptr_mean", 0.0, 1e-6) && !within("mfcc7_var", 1e-3, 1.09e-3));
        assert!(within("tempo", 0.0, 0.0) && !within("tempo", 1e-300, 0.0));
    }

    #[test]
    fn tables_of_two_sets_are_compared_by_what_both_have() {
        let original = record("a", &[]);
        let values = Descriptors::Extended.columns().iter().map(|_| 2.0).collect();
        let extended =
            Records { descriptors: Descriptors::Extended, rows: vec![Record { values, ..original.clone() }] };
        let columns = |a: &Records, b: &Records| Comparison::new(a, b, None).columns.len();
        assert_eq!(columns(&extended, &extended), 350);
        assert_eq!(columns(&extended, &classic(std::slice::from_ref(&original))), 58);
        assert_eq!(columns(&classic(&[original]), &extended), 58);
    }

    #[test]
    fn another_label_or_length_is_a_difference() {
        let original = record("a", &[]);
        let other = Record { label: "rock".into(), ..original.clone() };
        assert_eq!(
            Comparison::new(&classic(&[other]), &classic(std::slice::from_ref(&original)), None).other_label,
            ["a"]
        );
        let longer = Record { length: 661_794, ..original.clone() };
        assert!(!Comparison::new(&classic(&[longer]), &classic(&[original]), Some(1e-5)).within());
    }
}
