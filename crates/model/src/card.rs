//! The model card: what a model is, what it was made of and how far it can be trusted, for people.

use std::fmt::{self, Write};

use dsp::Descriptors;

use crate::facts::{GenreFacts, ProtocolFacts, SplitFacts};
use crate::{Abstention, HIDDEN, Inputs, ModelBundle, Transform};

/// File of the card inside a bundle.
pub const CARD_FILE: &str = "MODEL_CARD.md";

impl ModelBundle {
    /// The card as Markdown. Every figure is one of the bundle's facts.
    pub fn card(&self) -> String {
        let mut card = String::new();
        // Writing to a string can't fail.
        let _ = self.write_card(&mut card);
        card
    }

    fn write_card(&self, out: &mut String) -> fmt::Result {
        let facts = self.facts();
        writeln!(out, "# Model card: {}\n", facts.name)?;
        let names = match self.inputs() {
            Inputs::Audio(_) => "Names the genre of a song",
            Inputs::Table(_) => "Names what the numbers of a table's row stand for",
        };
        writeln!(
            out,
            "{names}: {}. Written by the program that trained the model; every figure was measured by it.\n",
            self.labels().names().join(", ")
        )?;
        self.write_network(out)?;
        self.write_data(out)?;

        writeln!(out, "\n## Results\n")?;
        match &facts.test {
            None => writeln!(out, "This model was not tested: its split has no test part.")?,
            Some(test) => {
                if test.scores.protocol == "random-clips" {
                    let (_, _, clips) = self.told();
                    writeln!(
                        out,
                        "**The first row leaks: {clips} of one recording lie on both sides of its split.**\n"
                    )?;
                }
                let (songs, _, clips) = self.told();
                writeln!(
                    out,
                    "{songs} that the tested weights had never seen, each by the mean of its {clips}' probabilities:\n"
                )?;
                write_protocols(out, std::iter::once(&test.scores).chain(&facts.protocols))?;
                writeln!(
                    out,
                    "\nThe first row is this run's own test; further rows are the same recipe under other protocols. The weights in this folder were fitted to {}.\n",
                    facts.fitted_to.describe()
                )?;
                write_genres(out, &test.per_genre)?;
            }
        }
        self.write_confidence(out)?;
        self.write_limits(out)
    }

    /// What is tested, in capitals and without, and what it consists of.
    fn told(&self) -> (&'static str, &'static str, &'static str) {
        match self.inputs() {
            Inputs::Audio(_) => ("Songs", "songs", "clips"),
            Inputs::Table(_) => ("Tracks", "tracks", "rows"),
        }
    }

    fn write_limits(&self, out: &mut String) -> fmt::Result {
        let known = self.labels().len();
        writeln!(out, "\n## Use and limits\n")?;
        let spec = match self.inputs() {
            Inputs::Audio(spec) => spec,
            Inputs::Table(columns) => {
                writeln!(
                    out,
                    "For sorting and browsing, and for teaching. Not for decisions about people or money.\n"
                )?;
                writeln!(
                    out,
                    "- It knows {known} names and no others: a row of any other kind gets the least wrong of them, or `unsure`."
                )?;
                writeln!(
                    out,
                    "- It sees {} columns ({columns}) and can't listen: rows come from a table, by `gtzan predict --features`.",
                    columns.names().len()
                )?;
                return writeln!(
                    out,
                    "- What the numbers mean is known to who made them. Made in another way they mean something else to it, and \
                     nothing tells it so."
                );
            }
        };
        writeln!(
            out,
            "For sorting and browsing a music library, and for teaching. Not for decisions about people or money.\n"
        )?;
        writeln!(
            out,
            "- It knows {known} names and no others: a song of any other kind gets the least wrong of them, or `unsure`."
        )?;
        writeln!(out, "- Genre is a convention: people agree on about 70 % of three-second clips in ten genres.")?;
        let heard = match spec.descriptors() {
            Some(Descriptors::Extended) => "timbre, loudness, rhythm and harmony",
            _ => "timbre, loudness and tempo",
        };
        writeln!(out, "- It hears {heard} in {}-s clips; no melody, words or form.", spec.clip_seconds())?;
        writeln!(
            out,
            "- Recordings of other years, studios and formats than those it learnt from are harder for it than the test shows."
        )
    }

    fn write_network(&self, out: &mut String) -> fmt::Result {
        let facts = self.facts();
        let [first, second, third] = HIDDEN;
        let input = match self.inputs() {
            Inputs::Audio(spec) => {
                let what = match spec.descriptors() {
                    Some(set) => format!("{} {set} descriptors ({} numbers)", spec.len(), spec.convention()),
                    None => format!("a log-mel spectrogram of {} numbers", spec.len()),
                };
                format!("{what} of {}-s clips at {} Hz", spec.clip_seconds(), spec.sample_rate())
            }
            Inputs::Table(columns) => format!("{} columns of a table ({columns})", columns.names().len()),
        };
        let transform = match self.transform().transform() {
            Transform::None => "standardised",
            Transform::SignedLog => "signed logarithm, standardised",
            Transform::Rank => "quantile-transformed to normal scores, standardised",
        };
        writeln!(out, "| | |\n|---|---|")?;
        writeln!(out, "| network | {first}-{second}-{third}-{} perceptron, ReLU, softmax |", self.labels().len())?;
        writeln!(out, "| input | {input}, {transform} |")?;
        writeln!(
            out,
            "| training | epoch {} of {}, seed {}, backend {} |",
            facts.best_epoch, facts.epochs_run, facts.seed, facts.backend
        )?;
        let versions: Vec<String> = facts.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        writeln!(out, "| versions | {} |", versions.join(", "))
    }

    fn write_data(&self, out: &mut String) -> fmt::Result {
        let facts = self.facts();
        writeln!(out, "\n## Data\n")?;
        let tracks = facts.data.genres.values().fold(0usize, |sum, &count| sum.saturating_add(count));
        let genres: Vec<String> = facts.data.genres.iter().map(|(genre, count)| format!("{genre} {count}")).collect();
        writeln!(out, "{tracks} tracks: {}. Fingerprint `{}`.\n", genres.join(", "), facts.data.fingerprint)?;
        let SplitFacts { protocol, train, valid, test } = &facts.split;
        writeln!(
            out,
            "Split `{protocol}`: {train} rows to train, {valid} to choose and calibrate by, {test} to test."
        )?;
        if !facts.data.notes.is_empty() {
            writeln!(out)?;
        }
        facts.data.notes.iter().try_for_each(|note| writeln!(out, "- {note}"))
    }

    fn write_confidence(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "\n## Confidence\n")?;
        match &self.facts().calibration {
            None => writeln!(
                out,
                "Probabilities are `uncalibrated`: the network's own, for lack of validation tracks to fit a temperature to.\n"
            )?,
            Some(calibration) => writeln!(
                out,
                "Probabilities are calibrated: one temperature ({:.3}) for all logits, fitted to {} validation tracks. Expected calibration error there {:.3} before and {:.3} after, log-loss {:.3} and {:.3}.\n",
                calibration.temperature,
                calibration.tracks,
                calibration.ece_before,
                calibration.ece_after,
                calibration.log_loss_before,
                calibration.log_loss_after
            )?,
        }
        let Abstention { least_confidence, most_out_of_range, songs } = *self.abstention();
        let (confidence, range) = (percent(f64::from(least_confidence)), percent(most_out_of_range));
        match self.inputs() {
            Inputs::Audio(_) => writeln!(
                out,
                "A verdict is `unsure` where the most probable genre has less than {confidence} %, or where most clips are unlike all music that the model learnt from (more than {range} % of their columns outside its range): noise, plain tones, many kinds of speech. Clips of digital silence have no part in it.\n"
            )?,
            Inputs::Table(_) => writeln!(
                out,
                "A verdict is `unsure` where the most probable name has less than {confidence} %, or where most rows of a track are unlike all that the model learnt from (more than {range} % of their columns outside its range).\n"
            )?,
        }
        let (_, told, _) = self.told();
        match songs {
            0 => writeln!(
                out,
                "These thresholds were not set from {told} of this model's own: how often they are wrong here is not known."
            ),
            songs => writeln!(
                out,
                "These thresholds are the model's own, set from {songs} {told} so that at most {} % of the right verdicts on validation {told} are called `unsure` for want of confidence, and at most {} % of {told} like those it learnt from for being unlike them.",
                percent(Abstention::RIGHT_CALLED_UNSURE),
                percent(Abstention::KNOWN_CALLED_UNFAMILIAR)
            ),
        }
    }
}

/// A share in percent, with a decimal where it needs one.
fn percent(share: f64) -> f64 {
    (1000.0 * share).round() / 10.0
}

fn write_protocols<'a>(out: &mut String, rows: impl Iterator<Item = &'a ProtocolFacts>) -> fmt::Result {
    writeln!(out, "| protocol | tracks | accuracy | 95 % interval | macro F1 | log-loss | calibration error |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for row in rows {
        writeln!(
            out,
            "| {} | {} | {:.1} % | {:.1} to {:.1} % | {:.3} | {:.3} | {:.3} |",
            row.protocol,
            row.tracks,
            100.0 * row.accuracy,
            100.0 * row.low,
            100.0 * row.high,
            row.macro_f1,
            row.log_loss,
            row.ece
        )?;
    }
    Ok(())
}

fn write_genres(out: &mut String, rows: &[GenreFacts]) -> fmt::Result {
    writeln!(out, "| genre | tracks | precision | recall | F1 |\n|---|---|---|---|---|")?;
    for row in rows {
        writeln!(out, "| {} | {} | {:.2} | {:.2} | {:.2} |", row.genre, row.tracks, row.precision, row.recall, row.f1)?;
    }
    Ok(())
}
