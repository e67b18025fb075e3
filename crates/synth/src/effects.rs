//! What happens to a stem on its way to the mix: drive, tone, tremolo; and the echo and the room of the mix.

use crate::arrangement::{Channel, Room};
use crate::filter::{OnePole, StateVariable};
use crate::oscillator::{Phase, RATE, amplitude, sine};

/// Runs a stem through its channel and brings it to the channel's level.
pub(crate) fn process(stem: &mut [f32], channel: &Channel) {
    if channel.drive > 0.0 {
        level(stem, 0.2);
        distort(stem, channel.drive);
    }
    if let Some(cutoff) = channel.low_pass {
        let mut cabinet = StateVariable::new(cutoff, 0.75);
        stem.iter_mut().for_each(|x| *x = cabinet.run(*x).low);
    }
    if let Some(cutoff) = channel.high_pass {
        let mut edge = StateVariable::new(cutoff, 0.707);
        stem.iter_mut().for_each(|x| *x = edge.run(*x).high);
    }
    if let Some((rate, depth)) = channel.tremolo {
        let mut lfo = Phase::default();
        stem.iter_mut().for_each(|x| *x *= 1.0 - depth * (0.5 + 0.5 * sine(lfo.advance(rate / RATE))));
    }
    level(stem, amplitude(channel.level));
}

/// Brings the stem's loudness, its RMS where it sounds, to `target`.
fn level(stem: &mut [f32], target: f32) {
    let (mut power, mut sounding) = (0.0f64, 0usize);
    for block in stem.chunks(512) {
        let energy: f32 = block.iter().map(|x| x * x).sum();
        if energy > 1e-5 * block.len() as f32 {
            power += f64::from(energy);
            sounding += block.len();
        }
    }
    if sounding > 0 {
        let rms = f64::sqrt(power / sounding as f64) as f32;
        let scale = target / rms;
        stem.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Soft clipping with `drive` dB of gain before it, slightly lopsided as valves are. Halfway points are clipped too and
/// averaged in: the cheapest oversampling, which takes the worst of the aliasing away.
fn distort(stem: &mut [f32], drive: f32) {
    let gain = amplitude(drive);
    let clip = |x: f32| {
        let x = x * gain + 0.1;
        x / f32::sqrt(1.0 + x * x)
    };
    let mut before = 0.0;
    let mut blocker = OnePole::new(30.0);
    for x in stem {
        let between = 0.5 * (before + *x);
        before = *x;
        *x = blocker.high(0.5 * (clip(between) + clip(before)));
    }
}

/// The echo and reverberation of what is sent to the room.
pub(crate) fn reverberate(send: &mut [f32], room: &Room) {
    if let Some((seconds, feedback)) = room.echo {
        echo(send, seconds, feedback);
    }
    // Four damped combs and two all-passes in series (Schroeder 1962, Moorer 1979); lengths in samples at 22 050 Hz.
    let mut combs = [558.0, 594.0, 638.0, 711.0].map(|length: f32| {
        let length = (length * room.size) as usize;
        // Gain of one pass that makes the ring fall by 60 dB in the reverberation time.
        Comb::new(length, libm::expf(-6.9078 * length as f32 / (room.seconds * RATE)), room.damping)
    });
    let mut diffusers = [170, 113].map(Diffuser::new);
    let mut rumble = OnePole::new(120.0);
    for x in send {
        let input = rumble.high(*x);
        let ring: f32 = combs.iter_mut().map(|comb| comb.run(input)).sum();
        *x = room.wet * diffusers.iter_mut().fold(0.3 * ring, |x, diffuser| diffuser.run(x));
    }
}

fn echo(send: &mut [f32], seconds: f32, feedback: f32) {
    let mut line = vec![0.0; ((seconds * RATE) as usize).max(1)];
    let mut tone = OnePole::new(2500.0);
    let mut at = 0;
    for x in send {
        let heard = *x + tone.low(line[at]);
        line[at] = feedback * heard;
        at = (at + 1) % line.len();
        *x = heard;
    }
}

struct Comb {
    line: Vec<f32>,
    at: usize,
    gain: f32,
    damping: OnePole,
}

impl Comb {
    fn new(length: usize, gain: f32, cutoff: f32) -> Self {
        Self { line: vec![0.0; length.max(1)], at: 0, gain, damping: OnePole::new(cutoff) }
    }

    fn run(&mut self, x: f32) -> f32 {
        let out = self.line[self.at];
        self.line[self.at] = x + self.gain * self.damping.low(out);
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
        out
    }
}

struct Diffuser {
    line: Vec<f32>,
    at: usize,
}

impl Diffuser {
    fn new(length: usize) -> Self {
        Self { line: vec![0.0; length], at: 0 }
    }

    fn run(&mut self, x: f32) -> f32 {
        let delayed = self.line[self.at];
        let inner = x + 0.5 * delayed;
        self.line[self.at] = inner;
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
        delayed - 0.5 * inner
    }
}
