//! What is known of the GTZAN dataset, for model cards.

use std::collections::BTreeSet;

use super::{FeatureTable, split};

/// Fingerprint of the merged table of published descriptors of its 1000 tracks.
const PUBLISHED: &str = "ba85fff1953833522a4bb1ffd86829cbebf7071d0e4c98a10a0b1a2e2dc4508d";

const SOURCE: &str = "Its descriptors were not computed by this program: they are the dataset's own CSV and the tables of all 1000 tracks published in joshprewer/MusicGenreClassification on GitHub (made by librosa 0.6 to 0.7 and Essentia), merged; variances are the squares of the published standard deviations. From the audio of 25 of the tracks this program computes the same numbers, to 1e-4 of the value or of the column's spread, bark bands to 2e-3; only the frame at the cut end of one track differs more.";

/// Whether a table is GTZAN: most of its tracks have names of tracks in GTZAN's fault-filtered lists.
pub fn is_gtzan(table: &FeatureTable) -> bool {
    let known: BTreeSet<String> = split::fault_filtered_tracks();
    let tracks = table.tracks();
    let hits = tracks.keys().filter(|track| known.contains(**track)).count();
    2 * hits > tracks.len()
}

/// Sentences on what is wrong with GTZAN and whose it is, and where the descriptors of a table with this fingerprint come from,
/// if that is known; none for other music.
///
/// The faults are those of B. L. Sturm, The GTZAN dataset: its contents, its faults, their effects on evaluation, and its
/// future use (2013).
pub fn gtzan_notes(table: &FeatureTable, fingerprint: &str) -> Vec<String> {
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
    .into_iter()
    .chain((fingerprint == PUBLISHED).then_some(SOURCE))
    .map(String::from)
    .collect()
}
