//! A panel of a picture: a rectangle with two axes, on which data are drawn.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::axis::Axis;
use crate::colour::ColourMap;
use crate::error::{Error, Result};
use crate::heat::{Cells, rgb};
use crate::theme::Palette;

/// Font size of titles, and of everything else, in pixels.
const TITLE: i32 = 16;
const TEXT: i32 = 13;

/// Width of every picture, in pixels.
pub(crate) const WIDTH: u32 = 900;

/// Room around the data, in pixels: for labels left and below, the title above, and a colour bar to the right.
const LEFT: i32 = 74;
const RIGHT: i32 = 78;
const TOP: i32 = 34;
const BOTTOM: i32 = 46;

/// Pixel columns of data in every picture.
pub(crate) const COLUMNS: usize = (WIDTH as i32 - LEFT - RIGHT) as usize;

/// Where the data of a picture lie, and what its pixels stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Panel {
    /// First pixel column of the data.
    pub left: i32,
    /// First pixel row of the data.
    pub top: i32,
    /// Columns of data.
    pub width: i32,
    /// Rows of data.
    pub height: i32,
    /// What is told from left to right, seconds for most.
    pub x: Axis,
    /// What is told from bottom to top.
    pub y: Axis,
}

impl Panel {
    /// The pixel column that holds a value of the x axis; outside the panel for values outside.
    pub fn column(&self, value: f64) -> i32 {
        self.left + at_end(self.x.share(value) * f64::from(self.width), self.width)
    }

    /// The pixel row that holds a value of the y axis.
    pub fn row(&self, value: f64) -> i32 {
        self.top + self.height - 1 - at_end(self.y.share(value) * f64::from(self.height), self.height)
    }

    /// The value of the x axis in the middle of a pixel column: for tests, which measure pictures by it.
    #[doc(hidden)]
    pub fn across(&self, column: i32) -> f64 {
        self.x.value((f64::from(column - self.left) + 0.5) / f64::from(self.width))
    }

    /// The value of the y axis in the middle of a pixel row: for tests, as [`across`](Self::across).
    #[doc(hidden)]
    pub fn up(&self, row: i32) -> f64 {
        self.y.value((f64::from(self.top + self.height - row) - 0.5) / f64::from(self.height))
    }
}

/// The pixel of a position; the far edge itself belongs to the last one.
fn at_end(position: f64, count: i32) -> i32 {
    if position == f64::from(count) { count - 1 } else { position.floor().clamp(-1e6, 1e6) as i32 }
}

/// What stands around the data.
pub(crate) struct Labels<'a> {
    pub title: &'a str,
    pub x: &'a str,
    pub y: &'a str,
    /// Values of the y axis to name; round ones, where there are none.
    pub y_ticks: Option<Vec<(f64, String)>>,
}

/// A panel being drawn.
pub(crate) struct Plane<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    palette: Palette,
    /// In pixels of the whole picture.
    pub panel: Panel,
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> Error {
    Error::Drawing(error.to_string())
}

impl<'a, DB: DrawingBackend> Plane<'a, DB> {
    /// The panel that fills the rows `rows` of the picture.
    pub fn new(area: &'a DrawingArea<DB, Shift>, palette: Palette, rows: (i32, i32), x: Axis, y: Axis) -> Self {
        let panel = Panel {
            left: LEFT,
            top: rows.0 + TOP,
            width: COLUMNS as i32,
            height: (rows.1 - rows.0 - TOP - BOTTOM).max(1),
            x,
            y,
        };
        Self { area, palette, panel }
    }

    /// Title, axes, ticks and, if asked for, lines at the ticks.
    pub fn frame(&self, labels: &Labels, grid: bool) -> Result<()> {
        let Panel { left, top, width, height, x, y } = self.panel;
        let (right, bottom) = (left + width, top + height);
        let y_ticks = labels.y_ticks.clone().unwrap_or_else(|| y.ticks(6));
        for (value, name) in &x.ticks(10) {
            let column = self.panel.column(*value);
            if grid {
                self.path(vec![(column, top), (column, bottom)], self.palette.grid, 1)?;
            }
            self.path(vec![(column, bottom), (column, bottom + 4)], self.palette.frame, 1)?;
            self.text(name, (column, bottom + 7), TEXT, HPos::Center, VPos::Top)?;
        }
        for (value, name) in &y_ticks {
            let row = self.panel.row(*value);
            if grid {
                self.path(vec![(left, row), (right, row)], self.palette.grid, 1)?;
            }
            self.path(vec![(left - 4, row), (left, row)], self.palette.frame, 1)?;
            self.text(name, (left - 7, row), TEXT, HPos::Right, VPos::Center)?;
        }
        let corners =
            vec![(left - 1, top - 1), (left - 1, bottom), (right, bottom), (right, top - 1), (left - 1, top - 1)];
        self.path(corners, self.palette.frame, 1)?;
        self.text(labels.title, (left, top - 10), TITLE, HPos::Left, VPos::Bottom)?;
        self.text(labels.x, (left + width / 2, bottom + 25), TEXT, HPos::Center, VPos::Top)?;
        let style = self.style(TEXT, HPos::Center, VPos::Top).transform(FontTransform::Rotate270);
        self.area.draw_text(labels.y, &style, (6, top + height / 2)).map_err(failed)
    }

    /// Fills the panel with a matrix, and puts a bar of the colours beside it.
    pub fn heat(&self, cells: &Cells, map: &ColourMap, unit: &str) -> Result<()> {
        let Panel { left, top, width, height, .. } = self.panel;
        let pixels = rgb(&cells.pixels(width as usize, height as usize), map);
        self.image((left, top), (width, height), pixels)?;
        let (bar, thickness) = (left + width + 12, 12);
        let (from, to) = map.range();
        let scale = Axis::linear(from, to);
        let steps = (0..height).rev().map(|row| scale.value((f64::from(row) + 0.5) / f64::from(height)) as f32);
        let colours = steps.flat_map(|value| std::iter::repeat_n(value, thickness as usize)).collect::<Vec<_>>();
        self.image((bar, top), (thickness, height), rgb(&colours, map))?;
        let names = Panel { y: scale, ..self.panel };
        for (value, name) in scale.ticks(5) {
            self.text(&name, (bar + thickness + 4, names.row(value)), TEXT, HPos::Left, VPos::Center)?;
        }
        self.text(unit, (bar, top - 8), TEXT, HPos::Left, VPos::Bottom)
    }

    fn image(&self, at: (i32, i32), (width, height): (i32, i32), rgb: Vec<u8>) -> Result<()> {
        let size = (width as u32, height as u32);
        let image = BitMapElement::with_owned_buffer(at, size, rgb);
        let image = image.ok_or_else(|| Error::Drawing("an image has too few pixels".to_owned()))?;
        self.area.draw(&image).map_err(failed)
    }

    /// The pixel of a point, within the panel.
    pub fn point(&self, x: f64, y: f64) -> (i32, i32) {
        let Panel { left, top, width, height, .. } = self.panel;
        let (column, row) = (self.panel.column(x), self.panel.row(y));
        (column.clamp(left, left + width - 1), row.clamp(top, top + height - 1))
    }

    /// A line through points given by their values.
    pub fn line(&self, points: impl Iterator<Item = (f64, f64)>, colour: RGBColor, thickness: u32) -> Result<()> {
        self.path(points.map(|(x, y)| self.point(x, y)).collect(), colour, thickness)
    }

    /// A line through pixels.
    pub fn path(&self, pixels: Vec<(i32, i32)>, colour: RGBColor, thickness: u32) -> Result<()> {
        self.area.draw(&PathElement::new(pixels, colour.stroke_width(thickness))).map_err(failed)
    }

    /// A filled outline of points given by their pixels.
    pub fn fill(&self, pixels: Vec<(i32, i32)>, colour: RGBAColor) -> Result<()> {
        self.area.draw(&Polygon::new(pixels, colour.filled())).map_err(failed)
    }

    /// A dot at a point given by its values.
    pub fn dot(&self, x: f64, y: f64, colour: RGBColor) -> Result<()> {
        self.area.draw(&Circle::new(self.point(x, y), 3, colour.filled())).map_err(failed)
    }

    /// Names of the lines, from right to left above the panel.
    pub fn legend(&self, lines: &[(&str, RGBColor)]) -> Result<()> {
        let mut right = self.panel.left + self.panel.width;
        let row = self.panel.top - 10;
        for (name, colour) in lines.iter().rev() {
            let style = self.style(TEXT, HPos::Right, VPos::Bottom);
            let (width, _) = self.area.estimate_text_size(name, &style).map_err(failed)?;
            self.area.draw_text(name, &style, (right, row)).map_err(failed)?;
            right -= width as i32 + 6;
            // An edge shows even white on white.
            self.path(vec![(right - 19, row - 6), (right + 1, row - 6)], self.palette.frame, 5)?;
            self.path(vec![(right - 18, row - 6), (right, row - 6)], *colour, 3)?;
            right -= 34;
        }
        Ok(())
    }

    /// The colours of everything.
    pub fn palette(&self) -> Palette {
        self.palette
    }

    fn style(&self, size: i32, horizontal: HPos, vertical: VPos) -> TextStyle<'static> {
        ("sans-serif", size).into_font().color(&self.palette.text).pos(Pos::new(horizontal, vertical))
    }

    fn text(&self, text: &str, at: (i32, i32), size: i32, horizontal: HPos, vertical: VPos) -> Result<()> {
        self.area.draw_text(text, &self.style(size, horizontal, vertical), at).map_err(failed)
    }
}
