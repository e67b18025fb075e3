//! What columns are called when people are spoken to.

use crate::bark::EDGES;
use crate::clip_length::USUAL_RATE;
use crate::stft::HOP;

/// What a column measures, in words that a musician understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// `brightness (spectral centroid), mean`
    pub words: String,
    /// Unit of the column's values, where they have one: `Hz`.
    pub unit: Option<&'static str>,
}

/// Pitch classes, as chroma has them.
const PITCHES: [&str; 12] = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/// The circles of the tonal centroids, on each of which two columns are a place.
const CIRCLES: [&str; 3] = ["fifths", "minor thirds", "major thirds"];

/// How the names of columns end, and what is said of it.
const STATISTICS: [(&str, &str); 7] = [
    // Before that of which it ends with the same.
    ("_diff_var", "variation of its movement"),
    ("_mean", "mean"),
    ("_var", "variation"),
    ("_median", "median"),
    ("_skewness", "lopsidedness"),
    ("_kurtosis", "rarity of extremes"),
    ("_max", "maximum"),
];

/// Words for one of the columns that [`Descriptors::columns`](crate::Descriptors::columns) names. Any other column is called
/// by its name.
///
/// ```
/// let words = dsp::describe_column("spectral_centroid_mean");
/// assert_eq!((&*words.words, words.unit), ("brightness (spectral centroid), mean", Some("Hz")));
/// ```
pub fn describe_column(column: &str) -> Words {
    described(column).unwrap_or_else(|| Words { words: column.to_owned(), unit: None })
}

fn described(column: &str) -> Option<Words> {
    let words = |measured: &str, statistic: &str| format!("{measured}, {statistic}");
    if column == "tempo" {
        return Some(Words { words: "tempo".to_owned(), unit: Some("BPM") });
    }
    let (quantity, ending, statistic) =
        STATISTICS.iter().find_map(|(ending, statistic)| Some((column.strip_suffix(ending)?, *ending, *statistic)))?;
    // Of a waveform the mean is its offset, and the variance its energy.
    if let "harmony" | "perceptr" = quantity {
        let part = if quantity == "harmony" { "sustained tones (harmonic part)" } else { "strokes (percussive part)" };
        let statistic = if ending == "_var" { "energy" } else { "offset" };
        return Some(Words { words: words(part, statistic), unit: None });
    }
    let (measured, unit) = measured(quantity)?;
    let unit = match ending {
        "_mean" | "_median" | "_max" => unit,
        "_var" | "_diff_var" => unit.and_then(squared),
        _ => None,
    };
    Some(Words { words: words(&measured, statistic), unit })
}

/// Words for what is measured, and its unit.
fn measured(quantity: &str) -> Option<(String, Option<&'static str>)> {
    let (words, unit) = match quantity {
        "chroma_stft" => ("density of pitches (chroma)", None),
        "rms" => ("loudness (RMS)", None),
        "spectral_centroid" => ("brightness (spectral centroid)", Some("Hz")),
        "spectral_bandwidth" => ("width of the spectrum (spectral bandwidth)", Some("Hz")),
        "rolloff" => ("upper end of the spectrum (85 % roll-off)", Some("Hz")),
        "zero_crossing_rate" => ("noisiness (zero crossings)", None),
        "spectral_contrast" => ("clearness of tones (spectral contrast)", Some("dB")),
        "spectral_flatness" => ("likeness to noise (spectral flatness)", None),
        "mfcc1" => ("overall level (MFCC 1)", None),
        "mfcc2" => ("bass against treble (MFCC 2)", None),
        _ => return member(quantity).map(|words| (words, None)),
    };
    Some((words.to_owned(), unit))
}

/// Words for a member of a family.
fn member(quantity: &str) -> Option<String> {
    let at = quantity.find(|letter: char| letter.is_ascii_digit())?;
    let (family, number) = quantity.split_at(at);
    let number: usize = number.parse().ok()?;
    // Of lags the first is no lag, all others are counted from 1.
    let index = number.checked_sub(1);
    match family {
        "mfcc" => Some(format!("timbre (MFCC {number})")),
        "chroma_cens" => Some(format!("presence of {} (chroma CENS {number})", PITCHES.get(index?)?)),
        "tonnetz" => {
            let (circle, side) = (CIRCLES.get(index? / 2)?, if index? % 2 == 0 { "sine" } else { "cosine" });
            Some(format!("harmony's place on the circle of {circle} (tonnetz {number}, {side})"))
        }
        "tempogram" if number == 0 => Some("presence of rhythm (tempogram 0)".to_owned()),
        "tempogram" => {
            let seconds = (number * HOP) as f64 / f64::from(USUAL_RATE);
            Some(format!("pulse every {seconds:.2} s (tempogram {number})"))
        }
        "bark" => {
            let (low, high) = (EDGES.get(index?)?, EDGES.get(number)?);
            Some(format!("energy from {low} to {high} Hz (bark band {number})"))
        }
        _ => None,
    }
}

/// The unit of a variance.
fn squared(unit: &str) -> Option<&'static str> {
    match unit {
        "Hz" => Some("Hz²"),
        "dB" => Some("dB²"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Descriptors;

    #[test]
    fn every_column_of_both_sets_has_words_of_its_own() {
        for set in [Descriptors::Classic, Descriptors::Extended] {
            let words: BTreeSet<String> = set
                .columns()
                .iter()
                .map(|column| {
                    let words = described(column).unwrap_or_else(|| panic!("`{column}` has no words")).words;
                    assert!(!words.contains('_'), "{column}: {words}");
                    words
                })
                .collect();
            assert_eq!(words.len(), set.columns().len());
        }
    }

    #[test]
    fn words_are_a_musicians_and_units_the_columns() {
        for (column, words, unit) in [
            ("tempo", "tempo", Some("BPM")),
            ("rms_mean", "loudness (RMS), mean", None),
            ("rolloff_var", "upper end of the spectrum (85 % roll-off), variation", Some("Hz²")),
            ("harmony_var", "sustained tones (harmonic part), energy", None),
            ("perceptr_mean", "strokes (percussive part), offset", None),
            ("mfcc3_diff_var", "timbre (MFCC 3), variation of its movement", None),
            ("spectral_contrast_mean", "clearness of tones (spectral contrast), mean", Some("dB")),
            ("chroma_cens10_mean", "presence of A (chroma CENS 10), mean", None),
            // 20 hops of 512 samples at 22 050 Hz: 0.4644 s
            ("tempogram20_mean", "pulse every 0.46 s (tempogram 20), mean", None),
            ("bark5_skewness", "energy from 200 to 300 Hz (bark band 5), lopsidedness", None),
            ("bark24_max", "energy from 7700 to 9500 Hz (bark band 24), maximum", None),
        ] {
            assert_eq!(describe_column(column), Words { words: words.to_owned(), unit }, "{column}");
        }
    }

    #[test]
    fn other_columns_are_called_by_their_names() {
        for column in ["", "mean", "_mean", "danceability", "bark0_mean", "bark25_mean", "tonnetz7_var", "mfcc_mean"] {
            assert_eq!(describe_column(column), Words { words: column.to_owned(), unit: None });
        }
    }
}
