//! Pictures of samples.

use ::plot::{Analysis, Format, PlotKind, Style, Theme, draw};
use dsp::AudioBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::audio::{hertz, samples};
use crate::errors;

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(draw_plot, module)?)?;
    module.add("PLOT_KINDS", PlotKind::ALL.map(PlotKind::name).to_vec())
}

/// A picture's file: SVG or PNG.
#[pyfunction(name = "draw")]
fn draw_plot<'py>(
    y: &Bound<'py, PyAny>,
    sr: f64,
    kind: &str,
    format: &str,
    theme: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    let unknown = |what: &str, got: &str, known: &str| {
        Err(PyValueError::new_err(format!("unknown {what} {got:?}; there are {known}")))
    };
    let names = PlotKind::ALL.map(PlotKind::name).join(", ");
    let Some(kind) = PlotKind::ALL.into_iter().find(|known| known.name() == kind) else {
        return unknown("picture", kind, &names);
    };
    let format = match format {
        "svg" => Format::Svg,
        "png" => Format::Png,
        format => return unknown("format", format, "svg, png"),
    };
    let theme = match theme {
        "light" => Theme::Light,
        "dark" => Theme::Dark,
        theme => return unknown("theme", theme, "light, dark"),
    };
    let (py, audio) = (y.py(), AudioBuffer { samples: samples(y)?, rate: hertz(sr)? });
    let picture = py.detach(|| draw(&Analysis::of(audio)?, kind, Style { format, theme }));
    Ok(PyBytes::new(py, &picture.map_err(|error| errors::of_plot(py, &error))?.bytes))
}
