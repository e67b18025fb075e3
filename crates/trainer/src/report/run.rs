//! The page of one run.

use std::path::Path;
use std::time::Duration;

use maud::{Markup, html};
use model::Inputs;

use super::charts::{self, Curve};
use super::importance::{Importance, importance};
use super::map::maps;
use super::mistakes::mistakes;
use super::page::{page, percent, section};
use crate::dataset::FeatureTable;
use crate::error::Result;
use crate::evaluation::reliability;
use crate::experiment::{Experiment, Song, Tested};
use crate::run::Metrics;
use crate::training::{Epoch, Score};

/// How many features are shown by importance.
const FEATURES_SHOWN: usize = 20;

/// Everything that the page of a run tells.
pub struct RunPage<'a> {
    /// What was trained.
    pub experiment: &'a Experiment,
    /// What came of it.
    pub tested: &'a [Tested],
    /// What it made of the first seed's songs.
    pub songs: &'a [Song],
    /// The numbers of `metrics.json`.
    pub metrics: &'a Metrics,
    /// Time that it took to read, or to compute, the features.
    pub reading: Duration,
    /// The folder that the page will lie in: links to audio start there.
    pub folder: &'a Path,
    /// Whether players have clips inside instead of links.
    pub embed_audio: bool,
}

impl RunPage<'_> {
    /// The page as HTML.
    ///
    /// # Errors
    /// A network that can't be asked again.
    pub fn render(&self) -> Result<String> {
        let Self { experiment, tested, songs, metrics, .. } = self;
        let table: &FeatureTable = &experiment.table;
        let (probabilities, truth): (Vec<_>, Vec<_>) =
            songs.iter().map(|song| (song.probabilities.clone(), song.label)).unzip();
        let first = tested.first().zip(experiment.rounds.first());
        let history = first.map_or(&[][..], |(tested, _)| &tested.history);
        let scores = &metrics.test.songs;

        let goes_by = match table.inputs {
            Inputs::Audio(_) => "What the network listens to",
            Inputs::Table(_) => "What the network goes by",
        };
        let body = html! {
            h1 { "gtzan: " (metrics.name) }
            (self.headline())
            (section("leaks", "Leak check", &self.leaks()))
            (section("curves", "Learning curves", &self.curves(history)))
            (section("confusion", "Confusion matrix", &charts::confusion(&scores.confusion)))
            (section("genres", "Genre by genre", &charts::genres(&scores.per_genre)))
            (section("reliability", "Reliability", &html! {
                div.cards { div.card { (charts::reliability(&reliability(&probabilities, &truth))) } }
                p.faint { (format!("Expected calibration error {:.3}. ", scores.ece))
                    "Dots on the dashed line mean what they say; the lines are 95 % intervals." }
            }))
            @if let Some((tested, round)) = first {
                (section("importance", goes_by,
                    &importances(&importance(&tested.classifier, table, &round.split.test, experiment.config.seed)?)))
                (section("map", "Map of the tracks", &maps(table, &tested.classifier, songs)?))
            }
            (section("mistakes", "Most confident mistakes",
                &mistakes(songs, &table.labels, self.folder, self.embed_audio)))
            (section("details", "Configuration, data and versions", &self.details()?))
        };
        Ok(page(&format!("{}: {}", metrics.name, percent(scores.accuracy)), &body))
    }

    fn headline(&self) -> Markup {
        let Metrics { protocol, test, seeds, folds, spread, leaks_by_design, .. } = self.metrics;
        let songs = &test.songs;
        html! {
            p.headline { (percent(songs.accuracy)) }
            p { "of " (songs.count) " tracks named rightly under protocol " b { (protocol) } " (95 % interval "
                (format!("{:.1} to {:.1} %", 100.0 * songs.interval.low, 100.0 * songs.interval.high)) "), macro F1 "
                (format!("{:.3}, log-loss {:.3}", songs.macro_f1, songs.loss)) }
            @if *leaks_by_design {
                p.warn { "This protocol leaks: clips of one recording lie in training and test. The figure says little of new songs." }
            }
            @if let Some(spread) = spread {
                @let plural = |count: &usize| if *count == 1 { "" } else { "s" };
                p.faint {
                    (seeds) " seed" (plural(seeds)) " × " (folds) " fold" (plural(folds))
                    (format!(", standard deviation {:.1} points. ", 100.0 * spread))
                    "Curves, importance and the map are of the first network; verdicts are of the first seed."
                }
            }
        }
    }

    fn leaks(&self) -> Markup {
        let leaks = &self.metrics.leaks;
        let class = if leaks.crosses_test() { "warn" } else { "" };
        // The heading says the first words already.
        let found = leaks.to_string();
        html! { p class=(class) { (found.trim_start_matches("leak check: ")) } }
    }

    fn curves(&self, history: &[Epoch]) -> Markup {
        let of = |name: &'static str, class: &'static str, score: &dyn Fn(&Epoch) -> Option<f64>| Curve {
            name,
            class,
            colour: None,
            points: history.iter().filter_map(|epoch| Some((epoch.number as f64, score(epoch)?))).collect(),
        };
        let chart = |name: &str, unit: &str, value: fn(&Score) -> f64| {
            let training = of("training", "one", &|epoch| Some(value(&epoch.train)));
            let validation = of("validation", "two dash", &|epoch| epoch.valid.as_ref().map(value));
            let both: Vec<Curve> =
                [training, validation].into_iter().filter(|curve| !curve.points.is_empty()).collect();
            html! { div.card { h3 { (name) } (charts::curves(name, unit, &both)) } }
        };
        html! { div.cards {
            (chart("Loss", "cross-entropy (nats)", |score| score.loss))
            (chart("Accuracy", "share of clips", |score| score.accuracy))
        } }
    }

    fn details(&self) -> Result<Markup> {
        let Metrics { n_train, n_valid, n_test, skipped, left_out, .. } = self.metrics;
        let metrics = self.metrics;
        let versions: Vec<String> =
            metrics.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let calibration = metrics.calibration.map(|calibration| {
            format!(
                "temperature {:.2}, error {:.3} before and {:.3} after on {} validation tracks",
                calibration.temperature, calibration.ece_before, calibration.ece_after, calibration.tracks
            )
        });
        let facts = [
            (
                "tracks",
                format!(
                    "{n_train} training, {n_valid} validation, {n_test} test; {skipped} skipped, {left_out} left out"
                ),
            ),
            ("features", format!("read or computed in {:.1} s", self.reading.as_secs_f64())),
            ("data fingerprint", metrics.data_fingerprint.clone()),
            (
                "training",
                format!(
                    "{} epochs, epoch {} kept; {:.1} s in all rounds on {}",
                    metrics.epochs_run, metrics.best_epoch, metrics.train_seconds, metrics.backend
                ),
            ),
            ("weights fitted to", metrics.fitted_to.describe().to_owned()),
            ("calibration", calibration.unwrap_or_else(|| "none".to_owned())),
            ("seed", format!("{}, {} in all", metrics.seed, metrics.seeds)),
            ("versions", versions.join(", ")),
        ];
        let config = self.experiment.config.to_toml()?;
        Ok(html! {
            div.scroll { table { tbody { @for (name, fact) in facts { tr { th { (name) } td.wrap { (fact) } } } } } }
            details { summary { "config.toml" } pre { (config) } }
        })
    }
}

fn importances(all: &[Importance]) -> Markup {
    let bars: Vec<(String, f64, f64, String)> = all
        .iter()
        .take(FEATURES_SHOWN)
        .map(|feature| {
            let Importance { name, loss, deviation, accuracy } = feature;
            let points = 100.0 * accuracy;
            let tip = format!("{name}: log-loss +{loss:.4} ± {deviation:.4}, accuracy −{points:.1} points");
            (name.clone(), *loss, *deviation, tip)
        })
        .collect();
    html! {
        div.cards { div.card { (charts::bars("Permutation importance", "rise of the log-loss (nats)", &bars)) } }
        p.faint {
            (format!("Permutation importance of the first {} of {}: ", bars.len(), all.len()))
            "what it costs on the test when a feature's values are shuffled among its clips (at most 1 000 of them), mean and "
            "standard deviation of five shuffles. Features that say the same share their importance."
        }
    }
}
