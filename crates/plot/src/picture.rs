//! Pictures as bytes of a file.

use std::sync::OnceLock;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use crate::analysis::Analysis;
use crate::error::{Error, Result};
use crate::kinds::PlotKind;
use crate::plane::Panel;
use crate::theme::Theme;

/// How a picture is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Sharp at any size; spectrograms are embedded images.
    #[default]
    Svg,
    /// Pixels.
    Png,
}

impl Format {
    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// How a picture looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// How it is kept.
    pub format: Format,
    /// On what page it stands.
    pub theme: Theme,
}

/// A picture, ready to be written.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The file's content.
    pub bytes: Vec<u8>,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Where its data lie, from top to bottom.
    pub panels: Vec<Panel>,
}

/// Draws one kind of picture.
///
/// # Errors
/// [`Error::Drawing`], which would be a defect.
pub fn draw(analysis: &Analysis, kind: PlotKind, style: Style) -> Result<Picture> {
    prepare_fonts()?;
    let size = kind.size();
    match style.format {
        Format::Svg => {
            let mut text = String::new();
            let panels = paint(SVGBackend::with_string(&mut text, size), analysis, kind, style.theme)?;
            Ok(Picture { bytes: text.into_bytes(), size, panels })
        }
        Format::Png => {
            let mut pixels = vec![0; size.0 as usize * size.1 as usize * 3];
            let panels = paint(BitMapBackend::with_buffer(&mut pixels, size), analysis, kind, style.theme)?;
            Ok(Picture { bytes: png(&pixels, size, None)?, size, panels })
        }
    }
}

fn paint<DB: DrawingBackend>(backend: DB, analysis: &Analysis, kind: PlotKind, theme: Theme) -> Result<Vec<Panel>> {
    let failed = |error: DrawingAreaErrorKind<DB::ErrorType>| Error::Drawing(error.to_string());
    let area: DrawingArea<DB, Shift> = backend.into_drawing_area();
    let palette = theme.palette();
    area.fill(&palette.background).map_err(failed)?;
    let panels = kind.paint(&area, palette, analysis)?;
    area.present().map_err(failed)?;
    Ok(panels)
}

/// Gives the drawing library its one font, so that pictures need none from the system and are the same everywhere.
fn prepare_fonts() -> Result<()> {
    static READY: OnceLock<bool> = OnceLock::new();
    let register = || register_font("sans-serif", FontStyle::Normal, include_bytes!("../fonts/DejaVuSans.ttf")).is_ok();
    if *READY.get_or_init(register) { Ok(()) } else { Err(Error::Drawing("the font can't be read".to_owned())) }
}

/// RGB pixels as a PNG, with a text inside if there is one to carry.
pub(crate) fn png(pixels: &[u8], (width, height): (u32, u32), text: Option<(&str, &str)>) -> Result<Vec<u8>> {
    let failed = |error: png::EncodingError| Error::Drawing(error.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Default);
    if let Some((keyword, text)) = text {
        encoder.add_text_chunk(keyword.to_owned(), text.to_owned()).map_err(failed)?;
    }
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}
