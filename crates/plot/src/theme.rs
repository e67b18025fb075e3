//! Colours of everything but the data.

use plotters::style::RGBColor;

/// On what kind of page a picture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// Dark on white.
    #[default]
    Light,
    /// Light on near-black.
    Dark,
}

/// The colours of a theme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Palette {
    pub background: RGBColor,
    pub text: RGBColor,
    pub frame: RGBColor,
    pub grid: RGBColor,
    /// The first series, and what is laid over it.
    pub series: RGBColor,
    pub accent: RGBColor,
}

impl Theme {
    /// Blue and orange stay apart for the colour-blind; both contrast with the background at least 3:1.
    pub(crate) fn palette(self) -> Palette {
        match self {
            Self::Light => Palette {
                background: RGBColor(255, 255, 255),
                text: RGBColor(36, 41, 47),
                frame: RGBColor(110, 119, 129),
                grid: RGBColor(232, 235, 239),
                series: RGBColor(31, 111, 178),
                accent: RGBColor(201, 85, 0),
            },
            Self::Dark => Palette {
                background: RGBColor(13, 17, 23),
                text: RGBColor(230, 237, 243),
                frame: RGBColor(125, 133, 144),
                grid: RGBColor(33, 40, 48),
                series: RGBColor(88, 166, 255),
                accent: RGBColor(255, 166, 87),
            },
        }
    }
}
