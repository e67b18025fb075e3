//! How a song's verdict looks on a terminal: a bar for each genre, and a strip of the verdict over time.

use std::fmt::Write;

use model::GenreScore;
use plot::category;

/// Length of a bar, and of the strip, in columns.
const BAR: usize = 32;
const STRIP: usize = 60;

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// With ANSI's 256 colours.
    Ansi,
    /// Not at all.
    None,
}

impl Colours {
    /// What a terminal's user wants: none where the environment has `NO_COLOR` or a dumb terminal.
    pub fn of_terminal() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if set("NO_COLOR") || dumb { Self::None } else { Self::Ansi }
    }

    fn paint(self, text: &str, place: usize) -> String {
        match self {
            Self::Ansi => format!("\x1b[38;5;{}m{text}\x1b[0m", category(place).ansi),
            Self::None => text.to_owned(),
        }
    }
}

/// A line for each genre, the most probable first; full length is certainty.
pub fn bars(scores: &[GenreScore], colours: Colours) -> String {
    let width = scores.iter().map(|score| score.genre.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (place, score) in scores.iter().enumerate() {
        let eighths = (f64::from(score.probability) * (8 * BAR) as f64).round() as usize;
        let part = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8];
        let bar = format!("{:<BAR$}", format!("{}{part}", "█".repeat(eighths / 8)));
        let percent = 100.0 * score.probability;
        // Writing to a string can't fail.
        let _ = writeln!(text, "  {:<width$} {} {percent:5.1} %", score.genre, colours.paint(&bar, place));
    }
    text
}

/// The verdicts over time, `(start, end, genre)` in seconds: a strip with the genre's place in `scores` in every column, 1 for
/// the most probable, and under it the stretches by name. Nothing for a single clip.
pub fn strip(clips: &[(f64, f64, &str)], scores: &[GenreScore], colours: Colours) -> String {
    let (Some(first), Some(last)) = (clips.first(), clips.last()) else { return String::new() };
    if clips.len() < 2 {
        return String::new();
    }
    let place = |genre: &str| scores.iter().position(|score| score.genre == genre).unwrap_or(scores.len());
    let mut text = format!("  {} ", clock(first.0));
    for column in 0..STRIP {
        let seconds = first.0 + (last.1 - first.0) * (column as f64 + 0.5) / STRIP as f64;
        let clip = clips.iter().find(|clip| seconds < clip.1).unwrap_or(last);
        let place = place(clip.2);
        let sign = match place {
            0..9 => ((b'1' + place as u8) as char).to_string(),
            _ => "+".to_owned(),
        };
        text += &colours.paint(&sign, place);
    }
    let _ = writeln!(text, " {}", clock(last.1));
    let mut stretches: Vec<(f64, f64, &str)> = Vec::new();
    for &(start, end, genre) in clips {
        match stretches.last_mut() {
            Some(stretch) if stretch.2 == genre => stretch.1 = end,
            _ => stretches.push((start, end, genre)),
        }
    }
    let stretches: Vec<String> = stretches
        .into_iter()
        .map(|(start, end, genre)| format!("{} to {} {genre}", clock(start), clock(end)))
        .collect();
    let _ = writeln!(text, "  {}", stretches.join(", "));
    text
}

/// Minutes and seconds.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(probabilities: &[(&str, f32)]) -> Vec<GenreScore> {
        let score = |&(genre, probability): &(&str, f32)| GenreScore { genre: genre.to_owned(), probability };
        probabilities.iter().map(score).collect()
    }

    #[test]
    fn bars_are_as_long_as_probabilities() {
        let text = bars(&scores(&[("disco", 0.75), ("pop", 0.25), ("jazz", 0.0)]), Colours::None);
        let lines: Vec<&str> = text.lines().collect();
        let length = |line: &str| line.chars().filter(|&c| c == '█').count();
        assert_eq!(lines.iter().map(|line| length(line)).collect::<Vec<_>>(), [24, 8, 0]);
        assert!(lines[0].starts_with("  disco █") && lines[0].ends_with("  75.0 %"), "{text}");
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{text}");
    }

    #[test]
    fn the_strip_tells_the_verdicts_over_time() {
        let scores = scores(&[("disco", 0.6), ("pop", 0.4)]);
        let clips = [(0.0, 30.0, "pop"), (30.0, 60.0, "disco"), (60.0, 90.0, "disco"), (90.0, 120.0, "pop")];
        let text = strip(&clips, &scores, Colours::None);
        let wanted = format!("  0:00 {}{}{} 2:00\n", "2".repeat(15), "1".repeat(30), "2".repeat(15));
        assert_eq!(text, wanted + "  0:00 to 0:30 pop, 0:30 to 1:30 disco, 1:30 to 2:00 pop\n");
        assert!(strip(&clips, &scores, Colours::Ansi).contains("\x1b[38;5;33m1\x1b[0m"));
        assert_eq!(strip(&clips[..1], &scores, Colours::None), "");
    }
}
