//! `gtzan compare`: how far two features CSVs lie apart.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use extraction::{Comparison, Place, csv};
use serde::Serialize;

use crate::console;

/// Names of rows that are shown where there may be thousands.
const SHOWN: usize = 5;

/// Show how far two features CSVs lie apart, column by column.
///
/// Rows are matched by file name and columns by name. B is the reference: a relative difference is |a − b| / |b|. Columns
/// come with the worst relative difference first, and for each the worst relative and the worst absolute difference with
/// the row and the values of A and B.
///
/// With --rtol R a value is within the tolerance when its relative difference is at most R. What lies around zero has an
/// absolute tolerance too: R for the MFCC means, skewness and kurtosis, R / 10 for the tonnetz means, R / 100 for harmony_mean
/// and perceptr_mean. Of two tables of which one has the extended descriptors, those are compared that both have.
///
/// Exits with 1 when --rtol is given and a value of a common row is beyond it or a label differs, and with 2 when a file
/// can't be read or no file name stands in both.
#[derive(clap::Args)]
pub struct Args {
    /// A features CSV.
    #[arg(value_name = "A.csv")]
    first: PathBuf,
    /// The CSV to compare it with, such as the dataset's features_30_sec.csv.
    #[arg(value_name = "B.csv")]
    second: PathBuf,
    /// The greatest relative difference to accept, for example 1e-4.
    #[arg(long, value_name = "R", value_parser = tolerance)]
    rtol: Option<f64>,
    /// Print JSON, with all names of rows that are in one file only; an infinite difference is null.
    #[arg(long)]
    json: bool,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..f64::INFINITY).contains(&value) => Ok(value),
        _ => Err("expected a number that is not negative, such as 1e-4".to_owned()),
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    first: String,
    second: String,
    rtol: Option<f64>,
    within: Option<bool>,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let comparison = Comparison::new(&csv::records(&args.first, None)?, &csv::records(&args.second, None)?, args.rtol);
    if comparison.common == 0 {
        bail!("{} and {}: no file name stands in both", args.first.display(), args.second.display());
    }
    let within = args.rtol.map(|_| comparison.within());
    let (first, second) = (args.first.display().to_string(), args.second.display().to_string());
    let mut out = console::results();
    if args.json {
        let report = Report { first, second, rtol: args.rtol, within, comparison: &comparison };
        writeln!(out, "{}", serde_json::to_string(&report)?)?;
    } else {
        writeln!(out, "{} rows in both", comparison.common)?;
        names(&mut out, &format!("only in {first}"), &comparison.only_first)?;
        names(&mut out, &format!("only in {second}"), &comparison.only_second)?;
        names(&mut out, "with another label", &comparison.other_label)?;
        table(&mut out, &comparison)?;
        if let Some(rtol) = args.rtol {
            verdict(&mut out, &comparison, rtol)?;
        }
    }
    Ok(ExitCode::from(u8::from(within == Some(false))))
}

/// "975 rows only in b.csv: x.wav, y.wav, …", or nothing if there are none.
fn names(out: &mut impl Write, what: &str, names: &[String]) -> io::Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let (rows, more) = (if names.len() == 1 { "row" } else { "rows" }, if names.len() > SHOWN { ", …" } else { "" });
    writeln!(out, "{} {rows} {what}: {shown}{more}", names.len())
}

fn table(out: &mut impl Write, comparison: &Comparison) -> io::Result<()> {
    let difference = |place: &Place| match place.difference {
        0.0 => "0".to_owned(),
        difference => format!("{difference:.1e}"),
    };
    let of = |place: &Place| match place.difference {
        0.0 => String::new(),
        _ => format!("{}: {:?} {:?}", place.filename, place.first, place.second),
    };
    let width = comparison.columns.iter().map(|column| of(&column.relative).len()).max().unwrap_or_default().max(16);
    let titles = ("column", "worst relative", "where: A B", "worst absolute", "where: A B");
    writeln!(out, "{:<23} {:>14}  {:<width$}  {:>14}  {}", titles.0, titles.1, titles.2, titles.3, titles.4)?;
    for column in &comparison.columns {
        let (relative, absolute) = (&column.relative, &column.absolute);
        let line = format!(
            "{:<23} {:>14}  {:<width$}  {:>14}  {}",
            column.name,
            difference(relative),
            of(relative),
            difference(absolute),
            of(absolute)
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn verdict(out: &mut impl Write, comparison: &Comparison, rtol: f64) -> io::Result<()> {
    if comparison.within() {
        return writeln!(out, "all values within {rtol:e}");
    }
    for column in comparison.columns.iter().filter(|column| column.beyond > 0) {
        writeln!(out, "beyond {rtol:e}: {} in {} of {} rows", column.name, column.beyond, comparison.common)?;
    }
    match comparison.other_label.len() {
        0 => Ok(()),
        count => writeln!(out, "another label in {count} of {} rows", comparison.common),
    }
}
