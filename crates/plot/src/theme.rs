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

/// A colour of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// As SVG and CSS have it, `#rrggbb`.
    pub css: &'static str,
    /// The one of a terminal's 256 that is told apart on light and dark as this one is.
    pub ansi: u8,
}

/// Colours of genres, runs and other categories, made to be told apart; the first two are those of a [`Theme::Light`]
/// picture's series. All contrast with white at least 3:1.
const CATEGORIES: [Colour; 10] = [
    Colour { css: "#1f6fb2", ansi: 33 },
    Colour { css: "#c95500", ansi: 208 },
    Colour { css: "#1a7f37", ansi: 35 },
    Colour { css: "#b04a98", ansi: 169 },
    Colour { css: "#8a6d00", ansi: 136 },
    Colour { css: "#cf222e", ansi: 160 },
    Colour { css: "#0a8f8f", ansi: 37 },
    Colour { css: "#7a6ff0", ansi: 99 },
    Colour { css: "#6b9a00", ansi: 70 },
    Colour { css: "#858f99", ansi: 244 },
];

/// The colour of a category by its number; after ten they begin again.
pub fn category(number: usize) -> Colour {
    CATEGORIES[number % CATEGORIES.len()]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_stand_out_from_white_and_have_the_series_colours_first() {
        let channels = |css: &str| [1, 3, 5].map(|at| u8::from_str_radix(&css[at..at + 2], 16).unwrap());
        // Contrast as the WCAG define it, against white.
        let contrast = |css: &str| {
            let [r, g, b] = channels(css).map(|channel| {
                let share = f64::from(channel) / 255.0;
                if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
            });
            1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05)
        };
        for (number, colour) in CATEGORIES.into_iter().enumerate() {
            assert!(contrast(colour.css) >= 3.0, "{}: {}", colour.css, contrast(colour.css));
            assert_eq!((category(number), category(number + 10)), (colour, colour));
        }
        let Palette { series, accent, .. } = Theme::Light.palette();
        let first = [series, accent].map(|RGBColor(r, g, b)| [r, g, b]);
        assert_eq!([0, 1].map(|number| channels(category(number).css)), first);
    }
}
