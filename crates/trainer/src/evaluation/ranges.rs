//! Where each genre's rows lie, for a model to tell.

use dsp::InputKind;
use model::GenreRanges;

use crate::dataset::FeatureTable;
use crate::error::Result;

/// Rows of a genre that its quartiles are those of, at most: of more, as many that are evenly spread.
const MOST_ROWS: usize = 4096;

/// The ranges of the genres among the rows `fitted` of a table. Only descriptors of audio have them, and not where genres times
/// columns are more than [`GenreRanges::MOST`]; a genre without rows has none.
///
/// # Errors
/// Values that can't be read back.
pub fn ranges(table: &FeatureTable, fitted: &[usize]) -> Result<Option<GenreRanges>> {
    let described = table.inputs.spec().is_some_and(|spec| spec.input() == InputKind::Features);
    let width = table.values.width();
    if !described || table.labels.len() * width > GenreRanges::MOST {
        return Ok(None);
    }
    let mut rows = vec![Vec::new(); table.labels.len()];
    for &row in fitted {
        if let Some(of_genre) = table.rows.get(row).and_then(|row| rows.get_mut(row.label)) {
            of_genre.push(row);
        }
    }
    let mut ranges = GenreRanges::default();
    for (genre, rows) in table.labels.iter().zip(rows).filter(|(_, rows)| !rows.is_empty()) {
        let step = rows.len().div_ceil(MOST_ROWS);
        let rows: Vec<usize> = rows.into_iter().step_by(step).collect();
        let mut values = Vec::new();
        table.values.gather(&rows, &mut values)?;
        ranges.add(genre, &values.chunks(width.max(1)).collect::<Vec<_>>())?;
    }
    Ok(Some(ranges))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Values;
    use crate::dataset::tests::table;

    #[test]
    fn ranges_are_those_of_the_fitted_rows_of_each_genre() {
        let mut table = table(&[("blues", 6), ("jazz", 6), ("rock", 6)], 1);
        for row in 0..18 {
            table.values.row_mut(row)[16] = [90.0, 100.0, 110.0, 120.0, 130.0, 1000.0][row % 6] + row as f32 / 6.0;
        }
        // All but the last track of blues, and none of rock.
        let ranges = ranges(&table, &[0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]).unwrap().unwrap();
        assert_eq!(ranges.of("rock", 16), None);
        // numpy.percentile: of 90.0, 100.2, 110.3, 120.5, 130.7; and of 91.0, 101.2, 111.3, 121.5, 131.7, 1001.8
        assert_eq!(ranges.of("blues", 16), Some((100.2, 120.5)));
        assert_eq!(ranges.of("jazz", 16), Some((103.7, 129.1)));
        assert_eq!((ranges.of("jazz", 56).is_some(), ranges.of("jazz", 57)), (true, None));
    }

    #[test]
    fn nothing_but_descriptors_of_few_genres_has_ranges() {
        let described = table(&[("blues", 2), ("jazz", 2)], 1);
        let rows = [0, 1, 2, 3];
        assert!(ranges(&described, &rows).unwrap().is_some());
        let names = described.inputs.columns();
        let foreign = model::ColumnSet::new(names).unwrap().into();
        assert_eq!(ranges(&FeatureTable { inputs: foreign, ..described.clone() }, &rows).unwrap(), None);
        let spec = dsp::FeatureSpec::spectrogram(dsp::ClipLength::new(0.1).unwrap());
        let values = Values::in_memory(vec![0.0; 4 * spec.len()], spec.len()).unwrap();
        let heard = FeatureTable { inputs: spec.into(), values, ..described.clone() };
        assert_eq!(ranges(&heard, &rows).unwrap(), None);
        let genres: Vec<String> = (0..351).map(|genre| format!("genre {genre:03}")).collect();
        assert!(
            ranges(&FeatureTable { labels: genres[..350].to_vec(), ..described.clone() }, &rows).unwrap().is_some()
        );
        assert_eq!(ranges(&FeatureTable { labels: genres, ..described }, &rows).unwrap(), None);
    }
}
