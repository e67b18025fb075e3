//! Subtractive voices: up to three detuned saws through a moving low-pass. Strings, brass, reeds, pads, leads, basses
//! and the raw string sound that a distorted guitar starts from.

use super::Note;
use crate::dice::Dice;
use crate::envelope::Envelope;
use crate::filter::StateVariable;
use crate::oscillator::{Phase, RATE, decay, hertz, sine};

/// The filter and the vibrato move once in this many samples.
const CONTROL: usize = 32;

/// Filtered saws.
#[derive(Clone, Copy)]
pub(crate) struct Saw {
    /// Saws side by side, 1 to 3.
    pub(crate) voices: usize,
    /// Spread of the saws in cents.
    pub(crate) detune: f32,
    /// 0 is a saw; 1 takes the even partials away (a square, clarinet-like).
    pub(crate) hollow: f32,
    /// Cutoff of the low-pass in Hz once settled.
    pub(crate) cutoff: f32,
    /// Octaves that the cutoff opens at the attack.
    pub(crate) sweep: f32,
    /// Time in s in which the sweep falls by 60 dB.
    pub(crate) sweep_decay: f32,
    /// Resonance of the low-pass.
    pub(crate) resonance: f32,
    /// Vibrato in cents, fading in over the note's first third of a second.
    pub(crate) vibrato: f32,
    /// Vibrato's rate in Hz.
    pub(crate) vibrato_rate: f32,
    /// Semitones below the note at which it starts, sliding up (pedal steel, bent strings).
    pub(crate) slide: f32,
    /// Breath or bow noise, as a part of the tone.
    pub(crate) breath: f32,
    pub(crate) envelope: Envelope,
}

impl Saw {
    pub(super) fn play(&self, note: &Note, out: &mut [f32], dice: &mut Dice) {
        let base = hertz(note.pitch) / RATE;
        let count = self.voices.clamp(1, 3);
        let mut phases = [(); 3].map(|()| Phase::at(dice.unit()));
        let mut shadows = phases.map(Phase::opposite);
        let spread = [0.0, 1.0, -1.0].map(|side| libm::exp2f(side * self.detune / 1200.0));
        let mut noise = dice.noise();
        let mut filter = StateVariable::new(self.cutoff, self.resonance);
        let mut envelope = self.envelope.start(note.length);
        let (mut sweep, mut slide) = (self.sweep * note.velocity, self.slide);
        let sweep_fall = decay(self.sweep_decay / CONTROL as f32);
        let slide_fall = decay(0.3 / CONTROL as f32);
        let mut lfo = Phase::at(dice.unit());
        let scale = 0.3 * note.velocity / f32::sqrt(count as f32);
        let mut step = base;
        for (n, sample) in out.iter_mut().enumerate() {
            let Some(gain) = envelope.next() else { break };
            if n % CONTROL == 0 {
                let ramp = (n as f32 / (0.33 * RATE)).min(1.0);
                let wobble = self.vibrato * ramp * sine(lfo.advance(self.vibrato_rate * CONTROL as f32 / RATE));
                step = base * libm::exp2f(wobble / 1200.0 - slide / 12.0);
                filter.tune(self.cutoff * libm::exp2f(sweep));
                sweep *= sweep_fall;
                slide *= slide_fall;
            }
            let mut sum = self.breath * noise.next();
            for ((phase, shadow), spread) in phases.iter_mut().zip(&mut shadows).zip(spread).take(count) {
                let step = (step * spread).min(0.45);
                sum += phase.saw(step);
                if self.hollow > 0.0 {
                    sum -= self.hollow * shadow.saw(step);
                }
            }
            *sample += scale * gain * filter.run(sum).low;
        }
    }
}
