//! Charts as SVG. They are 400 units wide, so that their letters are readable on a phone, where one fills the width.

use maud::{Markup, html};
use plot::Axis;

use super::page::percent;
use crate::evaluation::{Confusion, GenreScores, Interval, ReliabilityBin};

const WIDTH: f64 = 400.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const BOTTOM: f64 = 40.0;
const TOP: f64 = 10.0;

/// A curve: its name, its CSS classes and colour, and its points.
pub struct Curve<'a> {
    pub name: &'a str,
    pub class: &'a str,
    pub colour: Option<&'a str>,
    pub points: Vec<(f64, f64)>,
}

/// A rectangle with axes, in which data are drawn.
struct Frame {
    height: f64,
    x: Axis,
    y: Axis,
}

impl Frame {
    fn x(&self, value: f64) -> f64 {
        round(LEFT + self.x.share(value) * (WIDTH - LEFT - RIGHT))
    }

    fn y(&self, value: f64) -> f64 {
        round(self.height - BOTTOM - self.y.share(value) * (self.height - BOTTOM - TOP))
    }

    /// The SVG with axes, ticks and `data`.
    fn draw(&self, name: &str, x_name: &str, y_name: &str, data: &Markup) -> Markup {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (top, bottom) = (TOP, self.height - BOTTOM);
        html! {
            svg viewBox=(format!("0 0 {WIDTH} {}", self.height)) role="img" aria-label=(name) {
                @for (value, tick) in self.x.ticks(6) {
                    line.grid x1=(self.x(value)) x2=(self.x(value)) y1=(top) y2=(bottom) {}
                    text x=(self.x(value)) y=(bottom + 15.0) text-anchor="middle" { (tick) }
                }
                @for (value, tick) in self.y.ticks(5) {
                    line.grid x1=(left) x2=(right) y1=(self.y(value)) y2=(self.y(value)) {}
                    text x=(left - 6.0) y=(self.y(value) + 4.0) text-anchor="end" { (tick) }
                }
                path.axis d=(format!("M{left} {top}V{bottom}H{right}")) {}
                text.faint x=((left + right) / 2.0) y=(self.height - 6.0) text-anchor="middle" { (x_name) }
                text.faint transform=(format!("translate(12 {}) rotate(-90)", (top + bottom) / 2.0)) text-anchor="middle" {
                    (y_name)
                }
                (data)
            }
        }
    }
}

/// Hundredths of a unit are enough, and keep files small.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Curves over epochs, from 0 or the least value up.
pub fn curves(name: &str, y_name: &str, curves: &[Curve]) -> Markup {
    // A training that went astray has losses that can't be drawn.
    let finite = |curve: &Curve| curve.points.iter().copied().filter(|(_, y)| y.is_finite()).collect::<Vec<_>>();
    let points = || curves.iter().flat_map(finite);
    let last = points().map(|point| point.0).fold(1.0, f64::max);
    let top = points().map(|point| point.1).fold(0.0, f64::max);
    let frame = Frame { height: 260.0, x: Axis::linear(1.0, last), y: Axis::linear(0.0, 1.05 * top) };
    let path = |points: &[(f64, f64)]| {
        let point = |(at, &(x, y)): (usize, &(f64, f64))| {
            format!("{}{} {}", if at == 0 { "M" } else { "L" }, frame.x(x), frame.y(y))
        };
        points.iter().enumerate().map(point).collect::<String>()
    };
    let data = html! {
        @for curve in curves {
            @let class = format!("curve {}", curve.class);
            path class=(class) d=(path(&finite(curve))) stroke=[curve.colour] data-tip=(curve.name) {}
        }
    };
    html! { (frame.draw(name, "epoch", y_name, &data)) (key(curves.iter().map(|c| (c.name, c.class, c.colour)))) }
}

/// Names of colours.
pub fn key<'a>(entries: impl Iterator<Item = (&'a str, &'a str, Option<&'a str>)>) -> Markup {
    html! {
        div.key {
            @for (name, class, colour) in entries {
                @let paint = match (colour, class.starts_with("two")) {
                    (Some(colour), _) => colour,
                    (None, true) => "var(--two)",
                    (None, false) => "var(--one)",
                };
                span { i style=(format!("background:{paint}")) {} (name) }
            }
        }
    }
}

/// How often verdicts were right against how sure they were.
pub fn reliability(bins: &[ReliabilityBin]) -> Markup {
    let frame = Frame { height: 300.0, x: Axis::linear(0.0, 1.0), y: Axis::linear(0.0, 1.0) };
    let most = bins.iter().map(|bin| bin.count).max().unwrap_or_default().max(1) as f64;
    let data = html! {
        path.axis.dash d=(format!("M{} {}L{} {}", frame.x(0.0), frame.y(0.0), frame.x(1.0), frame.y(1.0))) {}
        @for bin in bins.iter().filter(|bin| bin.count > 0) {
            @let (said, right) = (bin.confidence / bin.count as f64, bin.right as f64 / bin.count as f64);
            @let interval = Interval::wilson(bin.right as f64, bin.count);
            @let tip = format!("{} verdicts with {} on average: {} right", bin.count, percent(said), percent(right));
            line.one x1=(frame.x(said)) x2=(frame.x(said)) y1=(frame.y(interval.low)) y2=(frame.y(interval.high)) {}
            circle.bar cx=(frame.x(said)) cy=(frame.y(right)) r=(round(3.0 + 6.0 * (bin.count as f64 / most).sqrt()))
                data-tip=(tip) tabindex="0" {}
        }
    };
    frame.draw("Reliability diagram", "confidence of the verdict", "share that is right", &data)
}

/// Horizontal bars with whiskers: name, value, half the whisker, and what the pointer is told.
pub fn bars(name: &str, x_name: &str, bars: &[(String, f64, f64, String)]) -> Markup {
    const ROW: f64 = 18.0;
    const NAMES: f64 = 172.0;
    let least = bars.iter().map(|bar| bar.1 - bar.2).fold(0.0, f64::min);
    let x = Axis::linear(least, bars.iter().map(|bar| bar.1 + bar.2).fold(0.0, f64::max));
    let at = |value: f64| round(NAMES + x.share(value) * (WIDTH - NAMES - RIGHT));
    let bottom = TOP + ROW * bars.len() as f64;
    html! {
        svg viewBox=(format!("0 0 {WIDTH} {}", bottom + 40.0)) role="img" aria-label=(name) {
            @for (value, tick) in x.ticks(4) {
                line.grid x1=(at(value)) x2=(at(value)) y1=(TOP) y2=(bottom) {}
                text x=(at(value)) y=(bottom + 15.0) text-anchor="middle" { (tick) }
            }
            text.faint x=((NAMES + WIDTH - RIGHT) / 2.0) y=(bottom + 33.0) text-anchor="middle" { (x_name) }
            @for (row, (name, value, whisker, tip)) in bars.iter().enumerate() {
                @let top = TOP + ROW * row as f64;
                @let (from, to) = (at(value.min(0.0)), at(value.max(0.0)));
                text x=(NAMES - 6.0) y=(top + 13.0) text-anchor="end" { (name) }
                rect.bar x=(from) y=(top + 3.0) width=(round(to - from).max(0.5)) height=(ROW - 6.0) data-tip=(tip) tabindex="0" {}
                line.axis x1=(at(value - whisker)) x2=(at(value + whisker)) y1=(top + ROW / 2.0) y2=(top + ROW / 2.0) {}
            }
        }
    }
}

/// Precision, recall and F1 of each genre as bars.
pub fn genres(scores: &[GenreScores]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th { "genre" } th { "tracks" } th { "precision" } th { "recall" } th { "F1" } } }
            tbody { @for genre in scores { tr {
                td { (genre.genre) } td { (genre.count) }
                @for share in [genre.precision, genre.recall, genre.f1] { td { (meter(share)) } }
            } } }
        } }
    }
}

fn meter(share: f64) -> Markup {
    html! {
        svg viewBox="0 0 90 16" style="width:90px" role="img" aria-label=(percent(share)) {
            rect x="0" y="2" width="50" height="12" fill="var(--line)" {}
            rect.bar x="0" y="2" width=(round(50.0 * share)) height="12" {}
            text x="54" y="12" { (format!("{share:.2}")) }
        }
    }
}

/// The confusion matrix, coloured by the share of the row.
pub fn confusion(confusion: &Confusion) -> Markup {
    let labels = confusion.labels();
    let shade = |count: usize, total: usize, hit: bool| {
        let strength = 0.75 * 100.0 * count as f64 / total.max(1) as f64;
        let colour = if hit { "--good" } else { "--bad" };
        format!("background:color-mix(in srgb,var({colour}) {strength:.0}%,transparent)")
    };
    html! {
        div.scroll { table.confusion {
            thead { tr { th { "truth ↓ verdict →" } @for label in labels { th { (label) } } th { "recall" } } }
            tbody { @for (truth, counts) in confusion.counts().iter().enumerate() {
                @let total = counts.iter().sum::<usize>();
                tr {
                    th { (labels[truth]) }
                    @for (verdict, &count) in counts.iter().enumerate() {
                        @let tip = format!("{count} of {total} {} taken for {}", labels[truth], labels[verdict]);
                        td data-tip=(tip) style=(shade(count, total, truth == verdict)) {
                            @if count == 0 { "·" } @else { (count) }
                        }
                    }
                    td { (percent(counts[truth] as f64 / total.max(1) as f64)) }
                }
            } }
        } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_lead_through_their_points() {
        let points = vec![(1.0, 2.0), (2.0, f64::NAN), (3.0, f64::INFINITY), (5.0, 1.0)];
        let text = curves("loss", "nats", &[Curve { name: "a<b", class: "one", colour: None, points }]).into_string();
        // Epochs 1 to 5 lie between the left and the right edge, 0 to 2.1 nats between the lower and the upper one.
        let y = |value: f64| round(220.0 - value / 2.1 * 210.0);
        assert!(text.contains(&format!("M52 {}L388 {}", y(2.0), y(1.0))), "{text}");
        assert!(text.contains("a&lt;b") && !text.contains("NaN") && !text.contains("inf"), "{text}");
    }

    #[test]
    fn a_training_without_a_finite_loss_has_an_empty_chart() {
        let points = vec![(1.0, f64::NAN)];
        let text = curves("loss", "nats", &[Curve { name: "a", class: "one", colour: None, points }]).into_string();
        assert!(!text.contains("NaN"), "{text}");
    }

    #[test]
    fn bars_reach_to_their_values() {
        let bar = |name: &str, value: f64| (name.to_owned(), value, 0.0, String::new());
        let text = bars("importance", "nats", &[bar("loud", 0.2), bar("less", 0.1), bar("worse", -0.2)]).into_string();
        // From -0.2 to 0.2 there are 216 units: zero is in the middle.
        let widths: Vec<&str> =
            text.split("<rect").skip(1).map(|rect| rect.split("width=\"").nth(1).unwrap()).collect();
        assert!(
            widths[0].starts_with("108\"") && widths[1].starts_with("54\"") && widths[2].starts_with("108\""),
            "{text}"
        );
    }
}
