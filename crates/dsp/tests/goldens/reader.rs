//! The files that `make.py` wrote.

use std::path::Path;

use dsp::FrameMatrix;
use serde_json::Value;

/// A pair of files: what one program said about every signal.
pub struct Goldens {
    index: Value,
    matrices: Vec<f32>,
}

/// The frames of a matrix that were kept.
pub struct Kept {
    /// Frames and bins of the whole.
    pub shape: (usize, usize),
    /// Number and values of each frame.
    pub rows: Vec<(usize, Vec<f32>)>,
}

impl Goldens {
    /// Reads `NAME.json` and `NAME.f32`.
    pub fn read(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let bytes = std::fs::read(folder.join(format!("{name}.f32"))).unwrap();
        let matrices = bytes.as_chunks::<4>().0.iter().map(|&word| f32::from_le_bytes(word)).collect();
        Self { index: serde_json::from_str(&text).unwrap(), matrices }
    }

    /// What is known of a signal.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn signal(&self, name: &str) -> &Value {
        &self.index["signals"][name]
    }

    /// The features of a signal, NaN where there is no number; none where the program refused it.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn features(&self, name: &str) -> Option<Vec<f64>> {
        let values = self.signal(name)["features"].as_array()?;
        Some(values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect())
    }

    /// A matrix of a signal, if its matrices were kept.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn stage(&self, name: &str, stage: &str) -> Option<Kept> {
        let entry = self.signal(name)["stages"].as_object()?.get(stage)?;
        let number = |value: &Value| value.as_u64().unwrap() as usize;
        let shape = (number(&entry["frames"]), number(&entry["bins"]));
        let kept = entry["kept"].as_array().unwrap().iter().map(number);
        let rows = self.matrices[number(&entry["offset"])..].chunks_exact(shape.1).map(<[f32]>::to_vec);
        Some(Kept { shape, rows: kept.zip(rows).collect() })
    }
}

impl Kept {
    /// The greatest difference from `got`, as a share of the greatest value, and where it is.
    #[allow(dead_code, reason = "not every test asks")]
    pub fn worst<T: Copy + Default + Into<f64>>(&self, got: &FrameMatrix<T>) -> (f64, String) {
        assert_eq!((got.frames(), got.bins()), self.shape);
        let scale = got.data().iter().fold(f64::from(f32::MIN_POSITIVE), |a, &b| a.max(b.into().abs()));
        let mut worst = (0.0, String::new());
        for (frame, wanted) in &self.rows {
            let row = got.rows().nth(*frame).unwrap();
            for (bin, (&got, &wanted)) in row.iter().zip(wanted).enumerate() {
                let error = (got.into() - f64::from(wanted)).abs() / scale;
                if error.is_nan() || error > worst.0 {
                    worst = (error, format!("frame {frame} bin {bin}: {} instead of {wanted}", got.into()));
                }
            }
        }
        worst
    }
}
