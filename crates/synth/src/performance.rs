//! Plays an arrangement: sections, notes, stems, room, recording.

mod drumming;
mod lines;

use crate::arrangement::{Arrangement, Channel};
use crate::dice::Dice;
use crate::effects;
use crate::groove::Groove;
use crate::oscillator::RATE;
use crate::voice::{Note, Voice};

/// The finished clip, `seconds` long: somewhere within a song, so it begins in the middle of a bar.
pub(crate) fn perform(arrangement: &Arrangement, seconds: f64, dice: &mut Dice) -> Vec<f32> {
    let groove = &arrangement.groove;
    let lead = groove.seconds(groove.bar()) * f64::from(dice.unit());
    let wanted = (seconds * f64::from(RATE)).round() as usize;
    let skipped = (lead * f64::from(RATE)) as usize;
    let span = Span { samples: skipped + wanted, steps: steps_within(groove, lead + seconds) };

    let rhythm_section = [arrangement.drums.is_some(), arrangement.bass.is_some()];
    let form =
        Form::draw(groove, span.steps, rhythm_section, arrangement.chords.len() + arrangement.melodies.len(), dice);
    let mut mix = Mix { dry: vec![0.0; span.samples], send: vec![0.0; span.samples] };
    if let Some(drums) = &arrangement.drums {
        let mut dice = dice.fork();
        mix.add(drumming::play(drums, groove, &form.layer(0), &span, &mut dice), &drums.channel);
    }
    if let Some(bass) = &arrangement.bass {
        let mut dice = dice.fork();
        let notes = lines::bass(bass, arrangement, &form.layer(1), span.steps, &mut dice);
        mix.add(play(&bass.voice, &notes, &span, &mut dice), &bass.channel);
    }
    for (layer, part) in arrangement.chords.iter().enumerate() {
        let mut dice = dice.fork();
        let notes = lines::chords(part, arrangement, &form.layer(2 + layer), span.steps, &mut dice);
        mix.add(play(&part.voice, &notes, &span, &mut dice), &part.channel);
    }
    for (layer, part) in arrangement.melodies.iter().enumerate() {
        let mut dice = dice.fork();
        let layer = form.layer(2 + arrangement.chords.len() + layer);
        let notes = lines::melody(part, arrangement, &layer, span.steps, &mut dice);
        mix.add(play(&part.voice, &notes, &span, &mut dice), &part.channel);
    }
    effects::reverberate(&mut mix.send, &arrangement.room);
    let mut clip: Vec<f32> = mix.dry.iter().zip(&mix.send).skip(skipped).map(|(dry, wet)| dry + wet).collect();
    arrangement.recording.master(&mut clip, dice);
    clip
}

/// How much is played.
struct Span {
    samples: usize,
    steps: usize,
}

fn steps_within(groove: &Groove, seconds: f64) -> usize {
    // Rubato moves a step by less than half a beat, so that many steps more are enough to begin with.
    let beats = seconds * f64::from(groove.tempo) / 60.0 + 1.0;
    let mut steps = (beats * crate::groove::STEPS as f64) as usize + 1;
    while steps > 0 && groove.seconds(steps - 1) >= seconds {
        steps -= 1;
    }
    steps
}

/// Which layers play in which section: songs have breaks and choruses.
struct Form {
    section: usize,
    playing: Vec<Vec<bool>>,
}

impl Form {
    /// Layers 0 and 1 are drums and bass, whether there or not; `others` follow.
    fn draw(groove: &Groove, steps: usize, rhythm_section: [bool; 2], others: usize, dice: &mut Dice) -> Self {
        let section = groove.bar() * dice.pick([4, 4, 8]);
        let present = others + rhythm_section.into_iter().filter(|present| *present).count();
        let rests = if present > 3 { 0.14 } else { 0.0 };
        let playing = (0..=steps / section.max(1))
            .map(|_| {
                // Drums and bass rest less often than the others.
                (0..others + 2).map(|layer| !dice.chance(if layer < 2 { rests / 3.0 } else { rests })).collect()
            })
            .collect();
        Self { section, playing }
    }

    /// The sections as one layer sees them.
    fn layer(&self, layer: usize) -> Layer<'_> {
        Layer { form: self, layer }
    }
}

/// One layer of the form.
struct Layer<'a> {
    form: &'a Form,
    layer: usize,
}

impl Layer<'_> {
    fn plays(&self, step: usize) -> bool {
        self.form
            .playing
            .get(step / self.form.section)
            .and_then(|section| section.get(self.layer))
            .copied()
            .unwrap_or(true)
    }

    /// Whether a section begins at the step.
    fn begins_at(&self, step: usize) -> bool {
        step.is_multiple_of(self.form.section)
    }

    /// Whether the step lies within the section's last `steps`.
    fn ends_within(&self, step: usize, steps: usize) -> bool {
        step % self.form.section + steps >= self.form.section
    }
}

fn play(voice: &Voice, notes: &[Note], span: &Span, dice: &mut Dice) -> Vec<f32> {
    let mut stem = vec![0.0; span.samples];
    for note in notes {
        voice.play(note, &mut stem, dice);
    }
    stem
}

struct Mix {
    dry: Vec<f32>,
    send: Vec<f32>,
}

impl Mix {
    fn add(&mut self, mut stem: Vec<f32>, channel: &Channel) {
        effects::process(&mut stem, channel);
        for ((dry, send), x) in self.dry.iter_mut().zip(&mut self.send).zip(stem) {
            *dry += x;
            *send += channel.send * x;
        }
    }
}
