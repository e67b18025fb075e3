//! Bare pictures of a clip, for those who draw the axes, a cursor and the like around them: the whole clip from edge to edge.

use crate::analysis::Analysis;
use crate::axis::Scale;
use crate::colour::ColourMap;
use crate::error::Result;
use crate::heat::rgb;
use crate::kinds::{RANGE_DB, frequency_axis};
use crate::picture::png;

/// Names of frequencies on an axis, at most about.
const TICKS: usize = 6;

impl Analysis {
    /// The least and the greatest sample of each of so many columns, which are equal lengths of the clip. Where there are more
    /// columns than samples, a column without one of its own has the one before it.
    pub fn waveform(&self, columns: usize) -> Vec<[f32; 2]> {
        let samples = &self.audio.samples;
        let edge = |column: usize| (column as u128 * samples.len() as u128 / columns.max(1) as u128) as usize;
        let extremes = |column: usize| {
            let (from, to) = (edge(column), edge(column + 1));
            let own = samples.get(from..to.max(from + 1)).unwrap_or_default();
            own.iter().fold([f32::INFINITY, f32::NEG_INFINITY], |[least, greatest], &sample| {
                [least.min(sample), greatest.max(sample)]
            })
        };
        (0..columns).map(extremes).collect()
    }

    /// The mel spectrogram as a PNG without axes: the whole clip across, in the columns of the pictures of
    /// [`PlotKind::Mel`](crate::PlotKind::Mel) and its colours for 80 dB, and a row for each of the 128 mel bands, the lowest at
    /// the bottom.
    ///
    /// # Errors
    /// [`Error::Drawing`](crate::Error::Drawing), which would be a defect.
    pub fn mel_image(&self) -> Result<Vec<u8>> {
        let (columns, bands) = (self.mel_db.frames(), self.mel_db.bins());
        let mut values = Vec::with_capacity(columns * bands);
        for band in (0..bands).rev() {
            values.extend(self.mel_db.rows().map(|column| column[band]));
        }
        let size = (columns as u32, bands as u32);
        png(&rgb(&values, &ColourMap::amounts(-RANGE_DB..=0.0)), size, None)
    }

    /// Round frequencies in Hz, each with how far it lies from the bottom of the mel spectrogram, from 0 to 1: as on the axis of
    /// [`PlotKind::Mel`](crate::PlotKind::Mel), which half a row of [`mel_image`](Self::mel_image) may differ from.
    pub fn mel_ticks(&self) -> Vec<(f64, f64)> {
        let axis = frequency_axis(self, Scale::Mel);
        axis.ticks(TICKS).into_iter().map(|(hz, _)| (hz, axis.share(hz))).collect()
    }
}
