//! The orchestra: each instrument drawn from the range in which it is still itself.

use crate::dice::Dice;
use crate::envelope::Envelope;
use crate::voice::{Fm, Pluck, Saw, Struck, Sung, Voice, Vowel};

const HARMONICS: [(f32, f32); 10] = [
    (1.0, 1.0),
    (2.0, 1.0),
    (3.0, 1.0),
    (4.0, 1.0),
    (5.0, 1.0),
    (6.0, 1.0),
    (7.0, 1.0),
    (8.0, 1.0),
    (9.0, 1.0),
    (10.0, 1.0),
];
const DRAWBARS: [(f32, f32); 6] = [(0.5, 0.7), (1.0, 1.0), (1.5, 0.6), (2.0, 0.5), (3.0, 0.35), (4.0, 0.4)];
const VIBRAPHONE: [(f32, f32); 3] = [(1.0, 1.0), (4.0, 1.2), (10.0, 1.0)];

pub(crate) fn piano(dice: &mut Dice) -> Voice {
    Voice::Struck(Struck {
        partials: &HARMONICS,
        tilt: dice.range(0.7, 1.5),
        attack: 0.002,
        sustain: dice.ratio(3.0, 8.0),
        damping: dice.range(0.25, 0.7),
        stiffness: 0.0004,
        release: dice.range(0.15, 0.5),
    })
}

pub(crate) fn organ(dice: &mut Dice) -> Voice {
    Voice::Struck(Struck {
        partials: &DRAWBARS,
        tilt: dice.range(0.0, 1.0),
        attack: 0.008,
        sustain: 300.0,
        damping: 0.0,
        stiffness: 0.0,
        release: 0.08,
    })
}

pub(crate) fn vibraphone(dice: &mut Dice) -> Voice {
    Voice::Struck(Struck {
        partials: &VIBRAPHONE,
        tilt: dice.range(1.2, 1.8),
        attack: 0.002,
        sustain: dice.ratio(3.0, 6.0),
        damping: 0.8,
        stiffness: 0.0,
        release: 0.6,
    })
}

pub(crate) fn upright_bass(dice: &mut Dice) -> Voice {
    Voice::Struck(Struck {
        partials: HARMONICS.split_at(6).0,
        tilt: dice.range(1.0, 1.7),
        attack: 0.012,
        sustain: dice.ratio(0.8, 1.6),
        damping: 0.9,
        stiffness: 0.0,
        release: 0.12,
    })
}

/// Nylon or gut.
pub(crate) fn soft_guitar(dice: &mut Dice) -> Voice {
    pluck(dice.range(0.35, 0.6), dice.ratio(2.0, 4.0), dice.range(0.2, 0.4), 0.2)
}

pub(crate) fn steel_guitar(dice: &mut Dice) -> Voice {
    pluck(dice.range(0.65, 0.95), dice.ratio(2.5, 6.0), dice.range(0.1, 0.3), 0.15)
}

pub(crate) fn electric_guitar(dice: &mut Dice) -> Voice {
    pluck(dice.range(0.55, 0.85), dice.ratio(3.0, 7.0), dice.range(0.1, 0.25), 0.1)
}

pub(crate) fn banjo(dice: &mut Dice) -> Voice {
    pluck(dice.range(0.85, 1.0), dice.ratio(0.5, 1.1), dice.range(0.06, 0.15), 0.1)
}

pub(crate) fn harpsichord(dice: &mut Dice) -> Voice {
    pluck(dice.range(0.9, 1.0), dice.ratio(2.0, 4.0), dice.range(0.08, 0.2), 0.15)
}

pub(crate) fn electric_bass(dice: &mut Dice) -> Voice {
    pluck(dice.range(0.3, 0.7), dice.ratio(2.5, 6.0), dice.range(0.1, 0.3), 0.12)
}

fn pluck(brightness: f32, sustain: f32, position: f32, release: f32) -> Voice {
    Voice::Pluck(Pluck { brightness, sustain, position, release })
}

pub(crate) fn electric_piano(dice: &mut Dice) -> Voice {
    Voice::Fm(Fm {
        ratio: dice.pick([1.0, 1.0, 14.0]),
        index: dice.range(0.5, 1.8),
        index_decay: dice.range(0.3, 1.2),
        drop: 0.0,
        envelope: Envelope { attack: 0.003, decay: dice.range(3.0, 6.0), sustain: 0.0, release: 0.3 },
    })
}

pub(crate) fn bell_synth(dice: &mut Dice) -> Voice {
    Voice::Fm(Fm {
        ratio: dice.pick([2.0, 3.0, 3.5, 7.0]),
        index: dice.range(1.0, 3.0),
        index_decay: dice.range(0.3, 0.9),
        drop: 0.0,
        envelope: Envelope { attack: 0.002, decay: dice.range(0.8, 2.0), sustain: 0.0, release: 0.3 },
    })
}

pub(crate) fn sub_bass(dice: &mut Dice) -> Voice {
    Voice::Fm(Fm {
        ratio: 1.0,
        index: dice.range(0.1, 0.9),
        index_decay: 0.5,
        drop: dice.range(0.0, 14.0),
        envelope: Envelope { attack: 0.004, decay: dice.range(1.5, 5.0), sustain: 0.2, release: 0.2 },
    })
}

/// A saw to start from: bright, steady, without vibrato.
fn plain_saw(cutoff: f32, envelope: Envelope) -> Saw {
    Saw {
        voices: 1,
        detune: 0.0,
        hollow: 0.0,
        cutoff,
        sweep: 0.0,
        sweep_decay: 0.5,
        resonance: 0.75,
        vibrato: 0.0,
        vibrato_rate: 5.5,
        slide: 0.0,
        breath: 0.0,
        envelope,
    }
}

pub(crate) fn synth_bass(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: 0.004, decay: dice.range(0.6, 2.0), sustain: 0.4, release: 0.08 };
    Voice::Saw(Saw {
        hollow: dice.pick([0.0, 0.0, 0.9]),
        sweep: dice.range(1.0, 3.0),
        sweep_decay: dice.range(0.2, 0.8),
        resonance: dice.range(0.8, 2.5),
        ..plain_saw(dice.ratio(250.0, 700.0), envelope)
    })
}

pub(crate) fn strings(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: dice.range(0.05, 0.3), decay: 4.0, sustain: 0.85, release: 0.5 };
    Voice::Saw(Saw {
        voices: 3,
        detune: dice.range(6.0, 16.0),
        vibrato: dice.range(6.0, 20.0),
        breath: 0.03,
        ..plain_saw(dice.ratio(1200.0, 4500.0), envelope)
    })
}

pub(crate) fn pad(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: dice.range(0.1, 0.6), decay: 5.0, sustain: 0.8, release: 0.9 };
    Voice::Saw(Saw {
        voices: 3,
        detune: dice.range(8.0, 22.0),
        hollow: dice.pick([0.0, 0.5]),
        ..plain_saw(dice.ratio(600.0, 4000.0), envelope)
    })
}

pub(crate) fn synth_lead(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: 0.006, decay: 1.5, sustain: 0.6, release: 0.15 };
    Voice::Saw(Saw {
        voices: 2,
        detune: dice.range(4.0, 14.0),
        hollow: dice.pick([0.0, 0.9]),
        sweep: dice.range(0.0, 2.0),
        resonance: dice.range(0.8, 2.0),
        vibrato: dice.range(0.0, 15.0),
        ..plain_saw(dice.ratio(1200.0, 5000.0), envelope)
    })
}

pub(crate) fn brass(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: dice.range(0.02, 0.06), decay: 1.5, sustain: 0.75, release: 0.12 };
    Voice::Saw(Saw {
        voices: 2,
        detune: 5.0,
        sweep: dice.range(0.8, 1.8),
        sweep_decay: 1.2,
        vibrato: dice.range(5.0, 20.0),
        ..plain_saw(dice.ratio(900.0, 2600.0), envelope)
    })
}

/// Saxophone, clarinet, muted trumpet.
pub(crate) fn reed(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: dice.range(0.02, 0.06), decay: 2.0, sustain: 0.8, release: 0.12 };
    Voice::Saw(Saw {
        hollow: dice.range(0.0, 0.95),
        sweep: 0.6,
        resonance: dice.range(0.8, 2.0),
        vibrato: dice.range(8.0, 30.0),
        vibrato_rate: dice.range(4.5, 6.0),
        breath: dice.range(0.03, 0.2),
        ..plain_saw(dice.ratio(900.0, 2800.0), envelope)
    })
}

pub(crate) fn flute(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: dice.range(0.04, 0.1), decay: 3.0, sustain: 0.85, release: 0.15 };
    Voice::Saw(Saw {
        hollow: 0.7,
        vibrato: dice.range(8.0, 25.0),
        breath: dice.range(0.05, 0.15),
        ..plain_saw(dice.ratio(600.0, 1100.0), envelope)
    })
}

/// Violin, or a fiddle.
pub(crate) fn violin(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: dice.range(0.03, 0.12), decay: 3.0, sustain: 0.85, release: 0.2 };
    Voice::Saw(Saw {
        vibrato: dice.range(10.0, 30.0),
        breath: dice.range(0.02, 0.06),
        slide: dice.pick([0.0, 0.0, 1.0]),
        resonance: 1.0,
        ..plain_saw(dice.ratio(1800.0, 4500.0), envelope)
    })
}

pub(crate) fn harmonica(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: 0.03, decay: 2.0, sustain: 0.8, release: 0.1 };
    Voice::Saw(Saw {
        voices: 2,
        detune: 6.0,
        hollow: 0.5,
        vibrato: dice.range(10.0, 40.0),
        slide: dice.range(0.0, 1.5),
        breath: 0.08,
        resonance: 1.5,
        ..plain_saw(dice.ratio(1500.0, 2800.0), envelope)
    })
}

/// Pedal steel: slides into its notes.
pub(crate) fn pedal_steel(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: 0.02, decay: 3.0, sustain: 0.5, release: 0.4 };
    Voice::Saw(Saw {
        voices: 2,
        detune: 3.0,
        vibrato: dice.range(8.0, 25.0),
        slide: dice.range(1.0, 3.0),
        ..plain_saw(dice.ratio(900.0, 2200.0), envelope)
    })
}

/// The sustained string of an overdriven guitar before its amplifier; `slide` in semitones for bends.
pub(crate) fn lead_guitar(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: 0.004, decay: dice.range(2.0, 6.0), sustain: 0.2, release: 0.1 };
    Voice::Saw(Saw {
        vibrato: dice.range(8.0, 35.0),
        slide: dice.pick([0.0, 1.0, 2.0]),
        sweep: 1.0,
        ..plain_saw(dice.ratio(1500.0, 3500.0), envelope)
    })
}

/// The strings of a rhythm guitar before a distorting amplifier.
pub(crate) fn rhythm_guitar(dice: &mut Dice) -> Voice {
    let envelope = Envelope { attack: 0.002, decay: dice.range(2.0, 5.0), sustain: 0.1, release: 0.06 };
    Voice::Saw(Saw {
        voices: 2,
        detune: dice.range(2.0, 7.0),
        sweep: 1.2,
        sweep_decay: 0.6,
        ..plain_saw(dice.ratio(1800.0, 4000.0), envelope)
    })
}

pub(crate) fn singer(dice: &mut Dice) -> Voice {
    Voice::Sung(Sung {
        throat: dice.range(0.95, 1.25),
        vowel: Vowel::Any,
        breath: dice.range(0.02, 0.25),
        consonant: dice.range(0.3, 1.2),
        fall: dice.range(-1.5, 0.0),
        vibrato: dice.range(5.0, 35.0),
        envelope: Envelope { attack: 0.04, decay: 3.0, sustain: 0.8, release: 0.15 },
    })
}

pub(crate) fn choir(dice: &mut Dice) -> Voice {
    Voice::Sung(Sung {
        throat: dice.range(1.0, 1.25),
        vowel: Vowel::Only(dice.below(6)),
        breath: 0.1,
        consonant: 0.0,
        fall: 0.0,
        vibrato: dice.range(10.0, 30.0),
        envelope: Envelope { attack: 0.15, decay: 4.0, sustain: 0.9, release: 0.5 },
    })
}

pub(crate) fn rapper(dice: &mut Dice) -> Voice {
    Voice::Sung(Sung {
        throat: dice.range(0.9, 1.15),
        vowel: Vowel::Any,
        breath: dice.range(0.15, 0.5),
        consonant: dice.range(0.8, 2.0),
        fall: dice.range(1.0, 5.0),
        vibrato: 0.0,
        envelope: Envelope { attack: 0.01, decay: 0.8, sustain: 0.5, release: 0.06 },
    })
}

pub(crate) fn screamer(dice: &mut Dice) -> Voice {
    Voice::Sung(Sung {
        throat: dice.range(0.85, 1.15),
        vowel: Vowel::Any,
        breath: dice.range(1.0, 3.0),
        consonant: dice.range(0.5, 1.5),
        fall: dice.range(0.0, 3.0),
        vibrato: 0.0,
        envelope: Envelope { attack: 0.03, decay: 3.0, sustain: 0.8, release: 0.15 },
    })
}
