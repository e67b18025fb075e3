//! Several runs side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use maud::{Markup, html};
use plot::category;

use super::charts::{self, Curve};
use super::page::{page, percent, section};
use crate::error::Result;
use crate::run::{EpochRow, Figures, RunFolder};

/// What a page needs of a run's folder.
struct Run {
    /// Its name, with the folder's where several have the same.
    name: String,
    figures: Figures,
    history: Vec<EpochRow>,
    /// `training.epochs` and so on with their values.
    settings: BTreeMap<String, String>,
}

/// A page that compares the runs in some folders: accuracies with intervals, curves, and the settings that differ.
///
/// # Errors
/// [`RunFile`](crate::Error::RunFile) where a folder holds no complete run.
pub fn compare(folders: &[PathBuf]) -> Result<String> {
    let mut runs = folders.iter().map(|folder| Run::read(folder)).collect::<Result<Vec<_>>>()?;
    let mut seen = BTreeMap::<String, usize>::new();
    for run in &runs {
        *seen.entry(run.name.clone()).or_default() += 1;
    }
    for (run, folder) in runs.iter_mut().zip(folders) {
        if seen.get(&run.name).is_some_and(|&count| count > 1) {
            run.name = format!("{} ({})", run.name, folder.display());
        }
    }
    let protocols: BTreeSet<&str> = runs.iter().map(|run| run.figures.protocol.as_str()).collect();
    let data: BTreeSet<&str> = runs.iter().map(|run| run.figures.data_fingerprint.as_str()).collect();
    let body = html! {
        h1 { "gtzan: " (runs.len()) @if runs.len() == 1 { " run" } @else { " runs" } }
        @if protocols.len() > 1 || data.len() > 1 {
            p.warn {
                "These runs were tested on different tracks ("
                @if data.len() > 1 { (data.len()) " sets of data" }
                @if data.len() > 1 && protocols.len() > 1 { ", " }
                @if protocols.len() > 1 { "protocols " (protocols.into_iter().collect::<Vec<_>>().join(", ")) }
                "): their accuracies can't be compared directly."
            }
        }
        (section("accuracy", "Accuracy", &accuracies(&runs)))
        (section("curves", "Learning curves", &curves(&runs)))
        (section("settings", "Settings that differ", &differences(&runs)))
    };
    Ok(page("gtzan: comparison of runs", &body))
}

impl Run {
    fn read(folder: &Path) -> Result<Self> {
        let folder = RunFolder::at(folder);
        let (figures, history) = (folder.figures()?, folder.history()?);
        let mut settings = BTreeMap::new();
        flatten("", &folder.settings()?, &mut settings);
        Ok(Self { name: figures.name.clone(), figures, history, settings })
    }
}

/// `{a: {b: 1}}` to `a.b = 1`.
fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(table) => flatten(&key, table, into),
            value => drop(into.insert(key, value.to_string())),
        }
    }
}

/// A table, and the intervals drawn on one scale.
fn accuracies(runs: &[Run]) -> Markup {
    let at = |share: f64| (share * 2000.0).round() / 10.0;
    html! {
        div.scroll { table {
            thead { tr { th { "run" } th { "protocol" } th { "tracks" } th { "accuracy" } th { "95 % interval" } th { "0 to 100 %" }
                th { "macro F1" } th { "log-loss" } th { "calibration error" } th { "trained in" } } }
            tbody { @for (index, run) in runs.iter().enumerate() {
                @let test = &run.figures.test;
                tr {
                    td { (run.name) }
                    td { (run.figures.protocol) @if run.figures.leaks_by_design { " (leaks)" } }
                    td { (test.count) }
                    td { b { (percent(test.accuracy)) } }
                    td { (format!("{:.1} to {:.1} %", 100.0 * test.interval.low, 100.0 * test.interval.high)) }
                    td { svg viewBox="0 0 200 16" style="width:200px" role="img" aria-label=(percent(test.accuracy)) {
                        line.grid x1="0" x2="200" y1="8" y2="8" {}
                        line x1=(at(test.interval.low)) x2=(at(test.interval.high)) y1="8" y2="8" stroke=(category(index).css) stroke-width="3" {}
                        circle cx=(at(test.accuracy)) cy="8" r="5" fill=(category(index).css) data-tip=(percent(test.accuracy)) {}
                    } }
                    td { (format!("{:.3}", test.macro_f1)) }
                    td { (format!("{:.3}", test.loss)) }
                    td { (format!("{:.3}", test.ece)) }
                    td { (format!("{:.1} s", run.figures.train_seconds)) }
                }
            } }
        } }
    }
}

/// All runs' curves in one chart a quantity.
fn curves(runs: &[Run]) -> Markup {
    let chart = |title: &str, unit: &str, value: &dyn Fn(&EpochRow) -> Option<f64>| {
        let curves: Vec<Curve> = runs
            .iter()
            .enumerate()
            .map(|(at, run)| Curve {
                name: &run.name,
                class: "",
                colour: Some(category(at).css),
                points: run.history.iter().filter_map(|row| Some((row.epoch as f64, value(row)?))).collect(),
            })
            .filter(|curve| !curve.points.is_empty())
            .collect();
        html! { @if !curves.is_empty() { div.card { h3 { (title) } (charts::curves(title, unit, &curves)) } } }
    };
    html! { div.cards {
        (chart("Training loss", "cross-entropy (nats)", &|row| Some(row.train_loss)))
        (chart("Validation loss", "cross-entropy (nats)", &|row| row.valid_loss))
        (chart("Training accuracy", "share of clips", &|row| Some(row.train_accuracy)))
        (chart("Validation accuracy", "share of clips", &|row| row.valid_accuracy))
    } }
}

fn differences(runs: &[Run]) -> Markup {
    let keys: BTreeSet<&String> = runs.iter().flat_map(|run| run.settings.keys()).collect();
    let differ = |key: &&String| runs.iter().any(|run| run.settings.get(*key) != runs[0].settings.get(*key));
    let keys: Vec<&String> = keys.into_iter().filter(differ).collect();
    html! {
        @if keys.is_empty() { p.faint { "None." } }
        @else { div.scroll { table {
            thead { tr { th { "setting" } @for run in runs { th { (run.name) } } } }
            tbody { @for key in keys { tr {
                td { (key) }
                @for run in runs { td { (run.settings.get(key).map_or("–", String::as_str)) } }
            } } }
        } } }
    }
}
