//! Drawing a share of every genre.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::dataset::FeatureTable;
use crate::error::{Error, Result};

/// Rows of one track.
pub(super) type Track = Vec<usize>;

/// The tracks of each genre in the order of their names.
pub(super) fn by_genre(table: &FeatureTable) -> Vec<Vec<Track>> {
    let mut genres = vec![Vec::new(); table.labels.len()];
    for rows in table.tracks().into_values() {
        let label = rows.first().and_then(|&row| table.rows.get(row)).map(|row| row.label);
        if let Some(genre) = label.and_then(|label| genres.get_mut(label)) {
            genre.push(rows);
        }
    }
    genres
}

/// Refuses genres with fewer items than `needed`.
pub(super) fn check<T>(genres: &[Vec<T>], labels: &[String], needed: usize) -> Result<()> {
    let few = genres.iter().zip(labels).filter(|(items, _)| items.len() < needed);
    let few: Vec<String> = few.map(|(items, label)| format!("{label} ({})", items.len())).collect();
    if few.is_empty() { Ok(()) } else { Err(Error::TooFewTracks { genres: few, needed }) }
}

/// Shuffles every genre.
pub(super) fn shuffle<T>(genres: &mut [Vec<T>], rng: &mut ChaCha8Rng) {
    genres.iter_mut().for_each(|items| items.shuffle(rng));
}

/// How many of each genre's items make up `fraction` of all: whole numbers below or above the exact share, by the
/// method of the largest remainder, so that they add up to the rounded total.
pub(super) fn quotas(sizes: &[usize], fraction: f64) -> Vec<usize> {
    let total = (sizes.iter().sum::<usize>() as f64 * fraction).round() as usize;
    let exact: Vec<f64> = sizes.iter().map(|&size| size as f64 * fraction).collect();
    let mut quotas: Vec<usize> = exact.iter().map(|share| share.floor() as usize).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    let missing = total.saturating_sub(quotas.iter().sum());
    for &genre in order.iter().take(missing) {
        quotas[genre] += 1;
    }
    quotas
}
