//! Two maps of all tracks: principal components, and t-SNE.

use std::collections::BTreeMap;

use bhtsne::{Neighbor, tSNE};
use maud::{Markup, html};
use model::GenreClassifier;
use nalgebra::{DMatrix, SymmetricEigen};
use plot::category;

use super::page::percent;
use crate::dataset::FeatureTable;
use crate::error::Result;
use crate::experiment::Song;

/// Tracks on a map at most: more hide each other, and make the page heavy.
const MOST_TRACKS: usize = 2000;

/// Principal components that t-SNE starts from.
const COMPONENTS: usize = 50;

/// Neighbours that t-SNE keeps together, and its rounds.
const PERPLEXITY: f64 = 30.0;
const EPOCHS: usize = 500;

/// Half the width of a map, and its dots.
const HALF: f64 = 200.0;

/// A track on the maps.
struct Place {
    label: usize,
    /// What the pointer is told.
    tip: String,
    /// Whether the test asked for it, and the verdict was right.
    right: Option<bool>,
}

/// Maps of the tracks of a table, as the network sees them: each track at the mean of its clips' normalised features.
/// `songs` are those that were tested.
///
/// # Errors
/// Rows that the network can't take.
pub fn maps(table: &FeatureTable, classifier: &GenreClassifier, songs: &[Song]) -> Result<Markup> {
    let transform = classifier.transform()?;
    let tested: BTreeMap<&str, &Song> = songs.iter().map(|song| (song.track.as_str(), song)).collect();
    let tracks = table.tracks();
    let step = tracks.len().div_ceil(MOST_TRACKS).max(1);
    let (mut places, mut points) = (Vec::new(), Vec::new());
    for (track, rows) in tracks.iter().step_by(step) {
        let Some(label) = rows.first().and_then(|&row| table.rows.get(row)).map(|row| row.label) else { continue };
        let mut raw = Vec::new();
        table.values.gather(rows, &mut raw)?;
        let raw: Vec<&[f32]> = raw.chunks(table.values.width().max(1)).collect();
        let values = transform.apply(&raw, 0)?;
        let width = transform.inputs();
        let mean = (0..width).map(|column| {
            values.iter().skip(column).step_by(width).map(|&value| f64::from(value)).sum::<f64>() / rows.len() as f64
        });
        points.extend(mean);
        let song = tested.get(track);
        let tip = match song {
            Some(song) => describe(song, &table.labels),
            None => format!("{track}: {}, not tested", table.labels[label]),
        };
        places.push(Place { label, tip, right: song.map(|song| song.is_right()) });
    }
    let points = DMatrix::from_row_slice(places.len(), transform.inputs(), &points);
    let components = principal_components(points);
    let plane = |columns: &DMatrix<f64>| -> Vec<[f64; 2]> {
        (0..columns.nrows()).map(|row| [0, 1].map(|at| columns.get((row, at)).copied().unwrap_or_default())).collect()
    };
    let pca = plane(&components);
    let embedded = embed(&components);
    Ok(html! {
        div.cards {
            div.card { h3 { "Principal components" } (draw(&places, &pca)) }
            @if let Some(embedded) = embedded {
                div.card { h3 { "t-SNE" } (draw(&places, &embedded)) }
            } @else {
                div.card { h3 { "t-SNE" } p.faint { "There is none of fewer than ten tracks, or of tracks that are all alike." } }
            }
        }
        div.key { @for (label, name) in table.labels.iter().enumerate() {
            span { i style=(format!("background:{}", category(label).css)) {} (name) }
        } }
        p.faint {
            "Each dot is a track at the mean of its clips' features as the network sees them. Large dots were tested; a ring "
            "is a wrong verdict."
            @if step > 1 { (format!(" Every {step}th of {} tracks is shown.", tracks.len())) }
        }
    })
}

/// A tested song in one line.
fn describe(song: &Song, labels: &[String]) -> String {
    let (truth, verdict, sure) = (&labels[song.label], &labels[song.verdict()], percent(song.confidence()));
    match song.is_right() {
        true => format!("{}: {truth}, found with {sure}", song.track),
        false => format!("{}: {truth}, taken for {verdict} with {sure}", song.track),
    }
}

/// The first components of the rows, at most fifty, the widest first.
fn principal_components(mut points: DMatrix<f64>) -> DMatrix<f64> {
    let (rows, columns) = points.shape();
    for mut column in points.column_iter_mut() {
        let mean = column.mean();
        column.add_scalar_mut(-mean);
    }
    // The smaller of the two products has the same components.
    let few_columns = columns <= rows;
    let product = if few_columns { points.tr_mul(&points) } else { &points * points.transpose() };
    let SymmetricEigen { eigenvalues, eigenvectors } = SymmetricEigen::new(product);
    let mut order: Vec<usize> = (0..eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigenvalues[b].total_cmp(&eigenvalues[a]));
    order.truncate(COMPONENTS);
    let mut axes = eigenvectors.select_columns(&order);
    // The sign of an eigenvector is anyone's; its largest part shall be positive, so that maps look alike every time.
    for mut axis in axes.column_iter_mut() {
        if axis.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).is_some_and(|largest| largest < 0.0) {
            axis.neg_mut();
        }
    }
    if few_columns {
        return points * axes;
    }
    for (mut axis, &at) in axes.column_iter_mut().zip(&order) {
        axis *= eigenvalues[at].max(0.0).sqrt();
    }
    axes
}

/// t-SNE from the first two components, the same each time; `None` of fewer than ten tracks, or of tracks that are all alike.
fn embed(components: &DMatrix<f64>) -> Option<Vec<[f64; 2]>> {
    let count = components.nrows();
    let spread = components.column_iter().next().map_or(0.0, |first| first.norm() / (count as f64).sqrt());
    if count < 10 || components.ncols() < 2 || spread < 1e-9 {
        return None;
    }
    let rows: Vec<Vec<f64>> = components.row_iter().map(|row| row.iter().copied().collect()).collect();
    // A small start keeps its order and leaves the rounds free to move it.
    let scale = 1e-4 / spread;
    let start: Vec<f64> = rows.iter().flat_map(|row| [row[0] * scale, row[1] * scale]).collect();
    let perplexity = PERPLEXITY.min((count as f64 - 1.0) / 3.0);
    let neighbors: Vec<_> = (0..count).map(|row| nearest(&rows, row, (3.0 * perplexity) as usize)).collect();
    // Threads would add the forces up in the order in which they come, and give another map every time.
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().ok()?;
    let embedding = alone.install(|| {
        let mut tsne: tSNE<'_, f64, Vec<f64>, 2> = tSNE::new(&rows);
        tsne.perplexity(perplexity).epochs(EPOCHS).initial_embedding(start);
        tsne.barnes_hut_with_neighbors(0.5, &neighbors);
        tsne.embedding()
    });
    let places: Vec<[f64; 2]> = embedding.as_chunks::<2>().0.to_vec();
    (places.len() == count && embedding.iter().all(|value| value.is_finite())).then_some(places)
}

/// The `count` nearest neighbours of a row. All are measured: the library's own search begins at random, and gives another
/// map every time.
fn nearest(rows: &[Vec<f64>], row: usize, count: usize) -> Vec<Neighbor<f64>> {
    let distance = |index: usize| {
        let squares = rows[row].iter().zip(&rows[index]).map(|(a, b)| (a - b) * (a - b));
        Neighbor { index, distance: squares.sum::<f64>().sqrt() }
    };
    let mut others: Vec<Neighbor<f64>> = (0..rows.len()).filter(|&index| index != row).map(distance).collect();
    others.sort_by(|a, b| a.distance.total_cmp(&b.distance));
    others.truncate(count);
    others
}

fn draw(places: &[Place], points: &[[f64; 2]]) -> Markup {
    let range = |at: usize| {
        let values = || points.iter().map(|point| point[at]);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let [x, y] = [range(0), range(1)];
    let widest = (x.1 - x.0).max(y.1 - y.0).max(1e-12);
    let at = |value: f64, range: (f64, f64)| {
        let share = (value - (range.0 + range.1) / 2.0) / widest;
        ((HALF + share * (2.0 * HALF - 20.0)) * 10.0).round() / 10.0
    };
    // What matters most comes last, and lies on top.
    let mut dots: Vec<(&Place, &[f64; 2])> = places.iter().zip(points).collect();
    dots.sort_by_key(|(place, _)| place.right.map_or(0, |right| if right { 1 } else { 2 }));
    html! {
        svg viewBox=(format!("0 0 {0} {0}", 2.0 * HALF)) role="img" aria-label="map of the tracks" {
            @for (place, point) in dots {
                @let radius = if place.right.is_some() { 4.0 } else { 2.2 };
                @let wrong = place.right == Some(false);
                circle cx=(at(point[0], x)) cy=(at(point[1], y)) r=(radius) fill=(category(place.label).css)
                    stroke=[wrong.then_some("var(--text)")] data-tip=(place.tip) {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_those_of_the_covariance() {
        // Points on a line through (3, 4)/5 with a little width across: whichever product is used, the same places.
        let along = [-3.0, -1.0, 0.0, 1.0, 3.0];
        let across = [0.1, -0.2, 0.2, -0.2, 0.1];
        let point = |row: usize, column: usize| match column {
            0 => 0.6 * along[row] - 0.8 * across[row] + 7.0,
            1 => 0.8 * along[row] + 0.6 * across[row] - 2.0,
            _ => 5.0,
        };
        for columns in [2, 9] {
            let components = principal_components(DMatrix::from_fn(5, columns, point));
            for row in 0..5 {
                assert!((components[(row, 0)].abs() - along[row].abs()).abs() < 1e-9, "{columns} {components}");
                assert!((components[(row, 1)].abs() - across[row].abs()).abs() < 1e-9, "{columns} {components}");
            }
        }
    }

    #[test]
    fn t_sne_keeps_clusters_together_and_is_the_same_each_time() {
        let value = |row: usize, column: usize| {
            let cluster = if row % 3 == column { 10.0 } else { 0.0 };
            cluster + ((row * 31 + column * 17) % 23) as f64 / 23.0
        };
        let points = DMatrix::from_fn(60, 3, value);
        let places = embed(&principal_components(points.clone())).unwrap();
        let distance = |a: usize, b: usize| (places[a][0] - places[b][0]).hypot(places[a][1] - places[b][1]);
        for row in 0..60 {
            let nearest =
                (0..60).filter(|&other| other != row).min_by(|&a, &b| distance(row, a).total_cmp(&distance(row, b)));
            assert_eq!(nearest.unwrap() % 3, row % 3);
        }
        assert_eq!(embed(&principal_components(points)).unwrap(), places);
    }

    #[test]
    fn few_tracks_and_equal_ones_have_a_map_or_none() {
        assert!(embed(&DMatrix::zeros(9, 3)).is_none());
        for count in [10, 11, 12, 20, 31, 60] {
            let points = DMatrix::from_fn(count, 3, |row, column| ((row * 7 + column * 5) % 11) as f64);
            assert_eq!(embed(&principal_components(points)).unwrap().len(), count);
        }
        assert!(embed(&principal_components(DMatrix::zeros(20, 3))).is_none());
    }
}
