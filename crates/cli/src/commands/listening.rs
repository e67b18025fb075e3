//! Verdicts on audio files, in processes of their own where there are several.

use std::ops::ControlFlow;

use anyhow::Context;
use dsp::AudioInput;
use extraction::{Extraction, Failure, FailureKind, Limits, Progress, chain};
use model::{Listener, ModelBundle, Verdict};

use super::limits::workers;
use crate::interrupt;
use crate::progress::TrackBar;

/// What was heard of an input.
pub type Heard = Result<Verdict, Failure>;

/// Listens to inputs, and hands each to `tell` with what goes with it, in their order. What has no input takes its turn in
/// the row. Ends early when `tell` says so, or after Ctrl-C with the songs that are being read.
pub fn listen<T>(
    inputs: Vec<(T, Option<AudioInput>)>,
    bundle: ModelBundle,
    limits: Limits,
    mut tell: impl FnMut(T, Option<Heard>) -> anyhow::Result<ControlFlow<()>>,
) -> anyhow::Result<()> {
    interrupt::listen().context("can't listen for Ctrl-C")?;
    let spec = bundle.inputs().audio()?.clone();
    let songs: Vec<AudioInput> = inputs.iter().filter_map(|(_, input)| input.clone()).collect();
    let workers = if songs.len() > 1 { workers()? } else { None };
    let extraction = Extraction { limits, workers, stop: Some(interrupt::flag()), ..Extraction::new(spec) };
    let listener = Listener::new(bundle);
    let bar = TrackBar::default();
    bar.report(Progress::Started { what: "listening", tracks: songs.len() });
    let mut outcomes = extraction.outcomes(songs);
    for (about, input) in inputs {
        let heard = match input {
            None => None,
            Some(_) => {
                let Some(outcome) = outcomes.next() else { break };
                bar.report(outcome.progress());
                let verdict =
                    |track| listener.verdict(&track).map_err(|error| Failure::new(FailureKind::Crashed, chain(&error)));
                Some(outcome.result.and_then(verdict))
            }
        };
        if bar.suspend(|| tell(about, heard))?.is_break() {
            break;
        }
    }
    bar.report(Progress::Finished);
    Ok(())
}
