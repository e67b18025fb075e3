//! The recording: what tape, disc and mastering do to a mix before anybody hears it.

use crate::dice::Dice;
use crate::filter::{OnePole, StateVariable};
use crate::oscillator::{Phase, RATE, amplitude, decay, sine};

/// Loudest sample of a finished clip.
const CEILING: f32 = 0.98;

/// The colour of a recording.
#[derive(Clone, Copy)]
pub(crate) struct Recording {
    /// Band that gets through, in Hz.
    pub(crate) low_cut: f32,
    pub(crate) high_cut: f32,
    /// Compression: 0 leaves the dynamics, 1 takes them away.
    pub(crate) squash: f32,
    /// Tape saturation: dB of gain into a soft clipper, 0 for none.
    pub(crate) tape: f32,
    /// Level of hiss under the music, in dB.
    pub(crate) hiss: f32,
    /// Level of mains hum under the music, in dB.
    pub(crate) hum: f32,
    /// Clicks a second of a worn disc.
    pub(crate) crackle: f32,
    /// Tilt of the spectrum in dB: treble up and bass down by half of it each.
    pub(crate) tilt: f32,
    /// Loudness of the clip, RMS in dB of full scale.
    pub(crate) loudness: f32,
}

impl Recording {
    /// Turns the mix into the finished clip: at most ±0.99, without an offset.
    pub(crate) fn master(&self, mix: &mut [f32], dice: &mut Dice) {
        self.equalise(mix);
        normalise(mix, 0.12);
        self.compress(mix);
        normalise(mix, 0.12);
        self.saturate(mix);
        self.age(mix, dice);
        let mut low = [StateVariable::new(self.high_cut, 0.6), StateVariable::new(self.high_cut, 0.9)];
        let mut high = StateVariable::new(self.low_cut, 0.707);
        mix.iter_mut().for_each(|x| *x = high.run(low.iter_mut().fold(*x, |x, filter| filter.run(x).low)).high);
        normalise(mix, amplitude(self.loudness));
        limit(mix);
    }

    fn equalise(&self, mix: &mut [f32]) {
        let mut split = OnePole::new(1100.0);
        let (bass, treble) = (amplitude(-self.tilt / 2.0), amplitude(self.tilt / 2.0));
        for x in mix {
            let low = split.low(*x);
            *x = bass * low + treble * (*x - low);
        }
    }

    /// A feed-forward compressor that follows the loudness (attack 5 ms, release 200 ms) and turns what is above RMS down.
    fn compress(&self, mix: &mut [f32]) {
        let (attack, release) = (1.0 - decay(0.035), 1.0 - decay(1.4));
        let mut follower = 0.0f32;
        let mut gain = 1.0;
        for (n, x) in mix.iter_mut().enumerate() {
            let loud = x.abs();
            follower += (if loud > follower { attack } else { release }) * (loud - follower);
            if n % 16 == 0 {
                gain = libm::powf((follower / 0.12).max(0.05), -self.squash);
            }
            *x *= gain;
        }
    }

    fn saturate(&self, mix: &mut [f32]) {
        if self.tape > 0.0 {
            let gain = amplitude(self.tape);
            mix.iter_mut().for_each(|x| {
                let y = *x * gain;
                *x = y / (f32::sqrt(1.0 + y * y) * gain);
            });
        }
    }

    fn age(&self, mix: &mut [f32], dice: &mut Dice) {
        let mut noise = dice.noise();
        let (hiss, hum) = (1.7 * 0.12 * amplitude(self.hiss), 1.4 * 0.12 * amplitude(self.hum));
        let mut mains = Phase::at(dice.unit());
        let odds = self.crackle / RATE;
        let (mut click, click_fall) = (0.0, decay(0.004));
        for x in mix {
            if odds > 0.0 && noise.next().abs() < odds {
                click = 0.35 * noise.next();
            }
            *x += hiss * noise.next() + hum * sine(mains.advance(60.0 / RATE)) + click;
            click *= click_fall;
        }
    }
}

fn normalise(mix: &mut [f32], target: f32) {
    let power = mix.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / mix.len().max(1) as f64;
    let scale = (f64::from(target) / f64::sqrt(power).max(1e-9)) as f32;
    mix.iter_mut().for_each(|x| *x *= scale);
}

/// Takes the offset away and rounds off what is above the knee: nothing exceeds the ceiling.
fn limit(mix: &mut [f32]) {
    const KNEE: f32 = 0.7;
    let room = CEILING - KNEE;
    for x in mix.iter_mut() {
        let over = (x.abs() - KNEE) / room;
        if over > 0.0 {
            *x = (KNEE + room * over / (1.0 + over)).copysign(*x);
        }
    }
    let mean = (mix.iter().map(|x| f64::from(*x)).sum::<f64>() / mix.len().max(1) as f64) as f32;
    mix.iter_mut().for_each(|x| *x = (*x - mean).clamp(-CEILING, CEILING));
}
