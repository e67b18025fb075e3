//! Scales, chords and progressions.

/// A chord: semitones of its root above the key, and its notes above the root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chord {
    pub(crate) root: i32,
    pub(crate) notes: &'static [i32],
}

const fn chord(root: i32, notes: &'static [i32]) -> Chord {
    Chord { root, notes }
}

/// Major triad on a degree given in semitones; so for the others.
pub(crate) const fn major(root: i32) -> Chord {
    chord(root, &[0, 4, 7])
}

pub(crate) const fn minor(root: i32) -> Chord {
    chord(root, &[0, 3, 7])
}

pub(crate) const fn diminished(root: i32) -> Chord {
    chord(root, &[0, 3, 6])
}

pub(crate) const fn seventh(root: i32) -> Chord {
    chord(root, &[0, 4, 7, 10])
}

pub(crate) const fn minor7(root: i32) -> Chord {
    chord(root, &[0, 3, 7, 10])
}

pub(crate) const fn major7(root: i32) -> Chord {
    chord(root, &[0, 4, 7, 11])
}

pub(crate) const fn ninth(root: i32) -> Chord {
    chord(root, &[0, 4, 10, 14])
}

pub(crate) const fn minor9(root: i32) -> Chord {
    chord(root, &[0, 3, 10, 14])
}

pub(crate) const fn major9(root: i32) -> Chord {
    chord(root, &[0, 4, 11, 14])
}

pub(crate) const fn half_diminished(root: i32) -> Chord {
    chord(root, &[0, 3, 6, 10])
}

/// Notes of a scale in semitones above the key.
pub(crate) type Scale = &'static [i32];

pub(crate) const MAJOR: Scale = &[0, 2, 4, 5, 7, 9, 11];
pub(crate) const MINOR: Scale = &[0, 2, 3, 5, 7, 8, 10];
pub(crate) const HARMONIC_MINOR: Scale = &[0, 2, 3, 5, 7, 8, 11];
pub(crate) const DORIAN: Scale = &[0, 2, 3, 5, 7, 9, 10];
pub(crate) const MIXOLYDIAN: Scale = &[0, 2, 4, 5, 7, 9, 10];
pub(crate) const PHRYGIAN: Scale = &[0, 1, 3, 5, 7, 8, 10];
pub(crate) const BLUES: Scale = &[0, 3, 5, 6, 7, 10];
pub(crate) const MAJOR_PENTATONIC: Scale = &[0, 2, 4, 7, 9];
pub(crate) const MINOR_PENTATONIC: Scale = &[0, 3, 5, 7, 10];

/// The song's harmony.
#[derive(Clone, Copy)]
pub(crate) struct Harmony {
    /// Pitch class of the key, 0 for C.
    pub(crate) key: i32,
    /// The progression, over and over.
    pub(crate) chords: &'static [Chord],
    /// Beats that each chord lasts.
    pub(crate) beats: usize,
    /// What melodies are made of.
    pub(crate) scale: Scale,
}

impl Harmony {
    /// The chord at a beat counted from the beginning of the song, its root now above C.
    pub(crate) fn at(&self, beat: usize) -> Chord {
        let chord = match self.chords {
            [] => major(0),
            chords => chords[beat / self.beats.max(1) % chords.len()],
        };
        Chord { root: (chord.root + self.key).rem_euclid(12), notes: chord.notes }
    }

    /// The pitch of a scale step counted from the key's note in the octave above MIDI pitch `low`.
    pub(crate) fn pitch(&self, low: i32, step: i32) -> f32 {
        let size = self.scale.len().max(1) as i32;
        let tone = self.scale.get(step.rem_euclid(size) as usize).copied().unwrap_or(0);
        let tonic = low + (self.key - low).rem_euclid(12);
        (tonic + 12 * step.div_euclid(size) + tone) as f32
    }
}
