//! Time: tempo, swing, rubato, and rhythms written as text.

/// Steps of a beat: rhythms are written in sixteenths.
pub(crate) const STEPS: usize = 4;

/// Which notes are swung.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Swung {
    Eighths,
    Sixteenths,
}

/// How the song moves.
#[derive(Clone, Copy)]
pub(crate) struct Groove {
    /// Beats a minute.
    pub(crate) tempo: f32,
    /// Beats a bar.
    pub(crate) beats: usize,
    /// Part of a pair that its first note takes: 0.5 straight, 0.667 triplets.
    pub(crate) swing: f32,
    pub(crate) swung: Swung,
    /// How far free time strays from the beat, in beats, below 0.5.
    pub(crate) rubato: f32,
    /// How far players are off the beat, in s.
    pub(crate) looseness: f32,
    /// How much loudness moves over a phrase, 0 to 1.
    pub(crate) dynamics: f32,
}

impl Groove {
    /// When a step counted from the beginning sounds, in s. Never decreasing.
    pub(crate) fn seconds(&self, step: usize) -> f64 {
        let steps_of_pair = match self.swung {
            Swung::Eighths => STEPS,
            Swung::Sixteenths => STEPS / 2,
        };
        let half = steps_of_pair as f64 / 2.0;
        let (pair, within) = (step / steps_of_pair, (step % steps_of_pair) as f64);
        let swing = f64::from(self.swing);
        let share = if within < half { within / half * swing } else { swing + (within - half) / half * (1.0 - swing) };
        let beat = (pair as f64 + share) * steps_of_pair as f64 / STEPS as f64;
        let free = f64::from(self.rubato) * libm::sin(beat * std::f64::consts::TAU / 8.0);
        (beat + free) * 60.0 / f64::from(self.tempo)
    }

    /// Steps of a bar.
    pub(crate) fn bar(&self) -> usize {
        self.beats * STEPS
    }

    /// Loudness at a step, 1 at the height of an eight-bar phrase.
    pub(crate) fn loudness(&self, step: usize) -> f32 {
        let phrase = step as f32 / (8 * self.bar()).max(1) as f32;
        let height = 0.5 - 0.5 * libm::cosf(phrase * std::f32::consts::TAU);
        1.0 - self.dynamics * (1.0 - height)
    }
}

/// A rhythm: one character a sixteenth, `X` accented, `x` plain, `o` soft, anything else a rest; repeated for ever.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rhythm(pub(crate) &'static str);

impl Rhythm {
    /// The stroke at a step counted from the beginning of the song.
    pub(crate) fn at(&self, step: usize) -> Option<f32> {
        let steps = self.0.as_bytes();
        match steps.get(step.checked_rem(steps.len())?)? {
            b'X' => Some(1.0),
            b'x' => Some(0.75),
            b'o' => Some(0.5),
            _ => None,
        }
    }

    /// Steps from one stroke to the next.
    pub(crate) fn gap(&self, step: usize) -> usize {
        (1..=self.0.len()).find(|ahead| self.at(step + ahead).is_some()).unwrap_or(1)
    }
}
