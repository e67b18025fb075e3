//! What is known of the GTZAN dataset, for model cards.

use std::collections::BTreeSet;

use super::{FeatureTable, split};

/// Whether a table is GTZAN: most of its tracks have names of tracks in GTZAN's fault-filtered lists.
pub fn is_gtzan(table: &FeatureTable) -> bool {
    let known: BTreeSet<String> = split::fault_filtered_tracks();
    let tracks = table.tracks();
    let hits = tracks.keys().filter(|track| known.contains(**track)).count();
    2 * hits > tracks.len()
}

/// Sentences on what is wrong with GTZAN and whose it is; none for other music.
///
/// The faults are those of B. L. Sturm, The GTZAN dataset: its contents, its faults, their effects on evaluation, and its
/// future use (2013).
pub fn gtzan_notes(table: &FeatureTable) -> Vec<String> {
    if !is_gtzan(table) {
        return Vec::new();
    }
    [
        "This is GTZAN (G. Tzanetakis, P. Cook, 2002), the usual set for this task. Its known faults:",
        "14 recordings are there twice bit for bit, and more in other versions or excerpts.",
        "About 10 % of the labels are disputed or wrong.",
        "A few artists fill whole genres: 35 of the 100 reggae clips are by one artist, so a split that keeps artists on both sides measures how well artists are known again.",
        "Some clips are distorted or have gaps; jazz.00054 is damaged in the copy on Kaggle.",
        "The recordings are from before 2002, mostly popular in the United States.",
        "The audio is commercial music without a licence to pass it on; only numbers computed from it are in this model.",
    ]
    .map(String::from)
    .to_vec()
}
