//! Where the sound of a file is found, among and inside tags.

use crate::heard::hear_twice;

/// What stands before and behind the bytes.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Name of the input, whose ending says what may start with junk.
    pub name: &'static str,
    /// Put in front.
    pub head: &'static [u8],
    /// Put behind.
    pub tail: &'static [u8],
}

const fn view(name: &'static str, head: &'static [u8], tail: &'static [u8]) -> View {
    View { name, head, tail }
}

/// The `fmt ` chunk of one channel of 16 bits at 8 kHz.
const FORMAT: &[u8] = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0";

/// A `COMM` chunk of the same.
const COMMON: &[u8] = b"FORM\0\0\xff\xffAIFFCOMM\0\0\0\x12\0\x01\0\0\0\x40\0\x10\x40\x0b\xfa\0\0\0\0\0\0\0";

/// The beginning of Wave64.
const WAVE64: &[u8] = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0\xff\xff\0\0\0\0\0\0wave\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a";

/// A tag of no items, seen from behind.
const APE: &[u8] = b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Choices of the first byte.
pub const VIEWS: [View; 19] = [
    view("input", b"", b""),
    view("input.mp3", b"", b""),
    view("input", b"RIFF\xff\xff\xff\xffWAVE", b""),
    view("input", FORMAT, b""),
    view("input", b"RIFX\xff\xff\xff\xffWAVE", b""),
    view("input", b"RF64\xff\xff\xff\xffWAVE", b""),
    view("input", WAVE64, b""),
    view("input", b"FORM\0\0\xff\xffAIFF", b""),
    view("input", b"FORM\0\0\xff\xffAIFC", b""),
    view("input", COMMON, b""),
    view("input", b"fLaC", b""),
    view("input", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", b""),
    view("input.mp3", b"\xff\xfb", b""),
    view("input", b"ID3\x04\0\0", b""),
    view("input.mp3", b"APETAGEX", b""),
    view("input.mp3", b"", APE),
    view("input.mp3", b"", b"LYRICS200"),
    view("input", b"caff\0\x01\0\0desc", b""),
    view("input", b"\x1a\x45\xdf\xa3", b""),
];

/// The first byte chooses what the others are put between.
pub fn views(bytes: &[u8]) {
    let Some((choice, rest)) = bytes.split_first() else { return };
    let View { name, head, tail } = VIEWS[usize::from(*choice) % VIEWS.len()];
    hear_twice(name, &[head, rest, tail].concat(), 1 << 16);
}
