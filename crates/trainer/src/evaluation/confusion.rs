//! Which genres are taken for which.

use std::fmt;
use std::path::Path;

use crate::error::Result;
use extraction::files;

/// Counts `[truth][predicted]` in the order of the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    labels: Vec<String>,
    counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// Counts pairs of (truth, predicted) class indices; pairs beyond the labels are not counted.
    pub fn new(labels: &[String], pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut counts = vec![vec![0; labels.len()]; labels.len()];
        for (truth, predicted) in pairs {
            if let Some(count) = counts.get_mut(truth).and_then(|row| row.get_mut(predicted)) {
                *count += 1;
            }
        }
        Self { labels: labels.to_vec(), counts }
    }

    /// Both counts together; `other` has the same labels.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        for (row, more) in self.counts.iter_mut().zip(&other.counts) {
            row.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        self
    }

    /// The labels in the order of rows and columns.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The counts, `[truth][predicted]`.
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// Hits, items that are of a class, and items taken for it.
    pub fn class(&self, class: usize) -> (usize, usize, usize) {
        let hits = self.counts.get(class).and_then(|row| row.get(class)).copied().unwrap_or_default();
        let truth = self.counts.get(class).map_or(0, |row| row.iter().sum());
        let predicted = self.counts.iter().filter_map(|row| row.get(class)).sum();
        (hits, truth, predicted)
    }

    /// Writes a header `truth,<label>,…` and one line per true label.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let written = files::write(path, |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(std::iter::once("truth").chain(self.labels.iter().map(String::as_str)))?;
            for (label, row) in self.labels.iter().zip(&self.counts) {
                csv.write_field(label)?;
                for count in row {
                    csv.write_field(count.to_string())?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            csv.flush()
        });
        Ok(written?)
    }
}

impl fmt::Display for Confusion {
    /// A table for the terminal: rows are the truth, columns the predictions, a dot stands for none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEADING: usize = 5;
        let digits = self.counts.iter().flatten().max().map_or(1, |count| count.to_string().len());
        let column = digits.max(HEADING) + 1;
        let name = self.labels.iter().map(|label| label.chars().count()).max().unwrap_or(0).clamp(5, 20);
        write!(f, "{:<name$}", "truth")?;
        for label in &self.labels {
            write!(f, "{:>column$}", label.chars().take(HEADING).collect::<String>())?;
        }
        writeln!(f, "  recall")?;
        for (class, (label, row)) in self.labels.iter().zip(&self.counts).enumerate() {
            write!(f, "{:<name$}", label.chars().take(name).collect::<String>())?;
            for count in row {
                match count {
                    0 => write!(f, "{:>column$}", "·")?,
                    _ => write!(f, "{count:>column$}")?,
                }
            }
            match self.class(class) {
                (_, 0, _) => writeln!(f, "       –")?,
                (hits, truth, _) => writeln!(f, "  {:>5.1}%", 100.0 * hits as f64 / truth as f64)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confusion() -> Confusion {
        let labels = ["blues", "classical", "pop"].map(String::from);
        Confusion::new(&labels, [(0, 0), (0, 0), (0, 2), (1, 1), (9, 0)])
    }

    #[test]
    fn the_file_has_the_truth_in_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("confusion.csv");
        confusion().write_csv(&path).unwrap();
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "truth,blues,classical,pop\nblues,2,0,1\nclassical,0,1,0\npop,0,0,0\n"
        );
    }

    #[test]
    fn the_table_lines_up() {
        let expected = "truth     blues class   pop  recall\n\
                        blues         2     ·     1   66.7%\n\
                        classical     ·     1     ·  100.0%\n\
                        pop           ·     ·     ·       –\n";
        assert_eq!(confusion().to_string(), expected);
    }
}
