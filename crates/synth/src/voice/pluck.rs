//! Plucked strings (Karplus and Strong 1983, tuned and damped as in Jaffe and Smith 1983).

use super::Note;
use crate::dice::Dice;
use crate::filter::{FLOOR, OnePole};
use crate::oscillator::{RATE, hertz};

/// A plucked string.
#[derive(Clone, Copy)]
pub(crate) struct Pluck {
    /// 0 (thumb, felt) to 1 (plectrum, steel).
    pub(crate) brightness: f32,
    /// Time in s in which the string falls by 60 dB.
    pub(crate) sustain: f32,
    /// Where it is plucked, as a part of the string from the bridge, 0 to 0.5.
    pub(crate) position: f32,
    /// Time in s to fall by 60 dB once the finger leaves.
    pub(crate) release: f32,
}

impl Pluck {
    pub(super) fn play(&self, note: &Note, out: &mut [f32], dice: &mut Dice) {
        let frequency = hertz(note.pitch);
        let period = RATE / frequency;
        // The loop's low-pass averages neighbours; its phase delay and the all-pass's fraction complete the period.
        let blend = 0.5 - 0.42 * self.brightness;
        let whole = (period - blend - 0.1).max(2.0) as usize;
        let fraction = (period - blend - whole as f32).clamp(0.05, 1.2);
        let allpass = (1.0 - fraction) / (1.0 + fraction);
        let loss = |seconds: f32| libm::expf(-6.9078 / (frequency * seconds.max(0.02)));
        let (mut gain, damped) = (loss(self.sustain), loss(self.release.min(self.sustain)));

        let mut line = self.excitation(whole, note.velocity, dice);
        let held = (note.length * f64::from(RATE)) as usize;
        let end = held + (self.release * RATE) as usize;
        let (mut before, mut input, mut output, mut at) = (0.0, 0.0, 0.0, 0);
        for (n, sample) in out.iter_mut().take(end).enumerate() {
            if n == held {
                gain *= damped;
            }
            let head = line[at];
            let smooth = gain * ((1.0 - blend) * head + blend * before) + FLOOR;
            before = head;
            output = allpass * (smooth - output) + input;
            input = smooth;
            line[at] = output;
            at = if at + 1 == whole { 0 } else { at + 1 };
            *sample += head;
        }
    }

    /// One period of noise: duller when played softly, with the notches of the plucking place, and without an offset.
    fn excitation(&self, period: usize, velocity: f32, dice: &mut Dice) -> Vec<f32> {
        let mut noise = dice.noise();
        let mut tone = OnePole::new(600.0 + 9000.0 * self.brightness * (0.4 + 0.6 * velocity));
        let raw: Vec<f32> = (0..period).map(|_| tone.low(noise.next())).collect();
        let shift = ((self.position * period as f32) as usize).max(1);
        let mut line: Vec<f32> = (0..period).map(|i| raw[i] - raw[(i + period - shift.min(period)) % period]).collect();
        let mean = line.iter().sum::<f32>() / period as f32;
        let power = line.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / period as f32;
        let scale = 0.3 * velocity / f32::sqrt(power).max(1e-3);
        line.iter_mut().for_each(|x| *x = (*x - mean) * scale);
        line
    }
}
