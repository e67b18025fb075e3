//! Drums: each sound of a kit is rendered once and then struck as often as the pattern says.

use crate::dice::Dice;
use crate::filter::{OnePole, StateVariable};
use crate::oscillator::{Phase, RATE, decay, sine};

/// A sound of the kit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Drum {
    Kick,
    Snare,
    /// Stick across the rim.
    Rim,
    Clap,
    HatClosed,
    HatOpen,
    Ride,
    Crash,
    Tom,
    /// Wire brush swept over the snare.
    Brush,
    Shaker,
}

/// How a kit sounds; each number is 1 for a plain kit.
#[derive(Clone, Copy)]
pub(crate) struct Kit {
    /// Pitch of the skins.
    pub(crate) tune: f32,
    /// Length of the kick: 0.5 damped, 4 an 808's.
    pub(crate) boom: f32,
    /// Click of the kick's beater, 0 to 2.
    pub(crate) click: f32,
    /// Snare wires against skin, 0.3 to 2.
    pub(crate) snap: f32,
    /// Brightness and length of the metal, 0.5 to 1.6.
    pub(crate) metal: f32,
}

/// Ratios of the six squares that make metal (the TR-808's cymbal oscillators, over the lowest).
const METAL: [f32; 6] = [1.0, 1.483, 1.800, 2.548, 2.630, 3.897];

impl Kit {
    /// The drum's sound for a full stroke, peak about 1.
    pub(crate) fn sound(&self, drum: Drum, dice: &mut Dice) -> Vec<f32> {
        let mut sound = match drum {
            Drum::Kick => self.skin(48.0 * self.tune, 3.2, 0.28 * self.boom, 0.35 * self.click, dice),
            Drum::Tom => self.skin(105.0 * self.tune, 0.6, 0.45, 0.2, dice),
            Drum::Snare => self.snare(dice),
            Drum::Rim => self.burst(1750.0 * self.tune, 5.0, &[0.0], 0.06, dice),
            Drum::Clap => self.burst(1150.0 * self.tune, 1.4, &[0.0, 0.011, 0.023], 0.22, dice),
            Drum::HatClosed => self.cymbal(320.0, 6500.0, 0.09 * self.metal, dice),
            Drum::HatOpen => self.cymbal(320.0, 6000.0, 0.55 * self.metal, dice),
            Drum::Ride => self.cymbal(410.0, 4200.0, 1.1 * self.metal, dice),
            Drum::Crash => self.cymbal(290.0, 2600.0, 2.4 * self.metal, dice),
            Drum::Brush => self.sweep(2300.0, 0.09, 0.24, dice),
            Drum::Shaker => self.sweep(5500.0, 0.03, 0.1, dice),
        };
        let peak = sound.iter().fold(1e-6f32, |peak, x| peak.max(x.abs()));
        sound.iter_mut().for_each(|x| *x /= peak);
        sound
    }

    /// A sine that falls `sweep` octaves' worth to its pitch, with a click.
    fn skin(&self, pitch: f32, sweep: f32, length: f32, click: f32, dice: &mut Dice) -> Vec<f32> {
        let (mut phase, mut noise, mut tone) = (Phase::default(), dice.noise(), OnePole::new(3000.0));
        let (mut level, mut bend, mut tick) = (1.0, sweep, click);
        let (fall, unbend, untick) = (decay(length * 1.8), decay(0.12), decay(0.02));
        (0..(length * 2.0 * RATE) as usize)
            .map(|_| {
                let step = pitch * (1.0 + bend) / RATE;
                let x = level * sine(phase.advance(step)) + tick * tone.low(noise.next());
                level *= fall;
                bend *= unbend;
                tick *= untick;
                x
            })
            .collect()
    }

    fn snare(&self, dice: &mut Dice) -> Vec<f32> {
        let (mut low, mut high, mut noise) = (Phase::default(), Phase::default(), dice.noise());
        let mut wires = StateVariable::new(1500.0 + 1500.0 * self.metal, 0.7);
        let (mut body, mut rattle) = (0.8f32, 0.75 * self.snap);
        let (body_fall, rattle_fall) = (decay(0.16), decay(0.14 + 0.14 * self.snap));
        (0..(0.4 * RATE) as usize)
            .map(|_| {
                let skin =
                    sine(low.advance(182.0 * self.tune / RATE)) + 0.6 * sine(high.advance(331.0 * self.tune / RATE));
                let buzz = wires.run(noise.next());
                let x = 0.6 * body * skin + rattle * (buzz.high + 0.5 * buzz.band);
                body *= body_fall;
                rattle *= rattle_fall;
                x
            })
            .collect()
    }

    /// Band-passed noise struck at the given times (s): one for a rim, several for hands that don't clap as one.
    fn burst(&self, centre: f32, q: f32, strokes: &[f32], length: f32, dice: &mut Dice) -> Vec<f32> {
        let (mut noise, mut band) = (dice.noise(), StateVariable::new(centre, q));
        let last = strokes.len().saturating_sub(1);
        let mut level = 0.0;
        let (tail, between) = (decay(length), decay(0.03));
        (0..((length + 0.05) * RATE) as usize)
            .map(|n| {
                let stroke = strokes.iter().position(|&at| n == (at * RATE) as usize);
                level = if stroke.is_some() { 1.0 } else { level };
                let ringing = n >= strokes.get(last).map_or(0, |&at| (at * RATE) as usize);
                let x = level * band.run(noise.next()).band;
                level *= if ringing { tail } else { between };
                x
            })
            .collect()
    }

    fn cymbal(&self, base: f32, floor: f32, length: f32, dice: &mut Dice) -> Vec<f32> {
        let mut phases = METAL.map(|_| Phase::at(dice.unit()));
        let (mut noise, mut edge) = (dice.noise(), StateVariable::new(floor * self.metal.clamp(0.6, 1.3), 0.8));
        let (mut level, fall) = (1.0, decay(length));
        (0..(length * 1.1 * RATE) as usize)
            .map(|_| {
                let mut sum = 1.3 * noise.next();
                for (phase, ratio) in phases.iter_mut().zip(METAL) {
                    sum += if phase.advance(base * ratio / RATE) < 0.5 { 0.3 } else { -0.3 };
                }
                let x = level * edge.run(sum).high;
                level *= fall;
                x
            })
            .collect()
    }

    /// Noise that swells and goes: brushes, shakers.
    fn sweep(&self, floor: f32, rise: f32, length: f32, dice: &mut Dice) -> Vec<f32> {
        let (mut noise, mut edge) = (dice.noise(), StateVariable::new(floor * self.metal.clamp(0.6, 1.3), 0.7));
        let fall = decay(length);
        let mut level = 1.0;
        (0..((rise + length) * RATE) as usize)
            .map(|n| {
                let swell = (n as f32 / (rise * RATE)).min(1.0);
                if swell >= 1.0 {
                    level *= fall;
                }
                swell * level * edge.run(noise.next()).high
            })
            .collect()
    }
}
