//! A learning curve in a line of text.

/// Columns of a curve, at most.
const WIDTH: usize = 24;

/// Heights, from the least loss to the greatest.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The losses of all epochs so far, the first on the left; of many, each column is the mean of some. Nothing for fewer than
/// two, or where one is no number.
pub fn curve(losses: &[f64]) -> String {
    if losses.len() < 2 {
        return String::new();
    }
    let columns = WIDTH.min(losses.len());
    let means: Vec<f64> = (0..columns)
        .map(|column| {
            let part = &losses[column * losses.len() / columns..(column + 1) * losses.len() / columns];
            part.iter().sum::<f64>() / part.len() as f64
        })
        .collect();
    let (low, high) = means.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &m| (l.min(m), h.max(m)));
    if means.iter().any(|mean| !mean.is_finite()) {
        return String::new();
    }
    let height = |mean: f64| ((mean - low) / (high - low).max(f64::MIN_POSITIVE) * 7.0).round() as usize;
    means.into_iter().map(|mean| LEVELS[height(mean).min(7)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_falling_loss_is_a_falling_line() {
        assert_eq!(curve(&[8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]), "█▇▆▅▄▃▂▁");
        let long: Vec<f64> = (0..1000).map(|epoch| 1000.0 - f64::from(epoch)).collect();
        let line = curve(&long);
        assert_eq!(line.chars().count(), WIDTH);
        assert!(line.starts_with('█') && line.ends_with('▁'));
    }

    #[test]
    fn what_is_no_line_is_nothing() {
        assert_eq!(curve(&[]), "");
        assert_eq!(curve(&[1.0]), "");
        assert_eq!(curve(&[1.0, f64::NAN]), "");
        assert_eq!(curve(&[2.0, 2.0]), "▁▁");
    }
}
