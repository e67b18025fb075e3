//! Vorbis in Ogg: three headers, then sound. Granule positions count samples.

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;

use super::codec::Mapping;

/// Bytes of the identification header.
const IDENTIFICATION_LEN: usize = 30;

/// Bits of a mode in the setup header after its flag: window, transform and mapping.
const MODE_BITS: usize = 40;

/// Most modes; the number of one fits the first byte of a packet.
const MAX_MODES: usize = 63;

/// A Vorbis stream.
pub(super) struct Vorbis {
    identification: [u8; IDENTIFICATION_LEN],
    /// The setup header and the lengths of the modes' blocks.
    setup: Option<(Box<[u8]>, Vec<u64>)>,
    /// Length of the block before.
    previous: Option<u64>,
    /// Packets that came, up to the third.
    packets: usize,
}

impl Vorbis {
    /// A stream that begins with this packet.
    pub(super) fn new(packet: &[u8]) -> Option<Self> {
        let identification = *packet.first_chunk::<IDENTIFICATION_LEN>()?;
        // The version is 0.
        identification.starts_with(b"\x01vorbis\0\0\0\0").then_some(Self {
            identification,
            setup: None,
            previous: None,
            packets: 0,
        })
    }

    /// The lengths of the two kinds of blocks.
    fn block_lengths(&self) -> [u64; 2] {
        let exponents = self.identification[28];
        [1 << (exponents & 15), 1 << (exponents >> 4)]
    }

    /// Length of a packet's block.
    fn block(&self, packet: &[u8]) -> Option<u64> {
        let (_, modes) = self.setup.as_ref()?;
        let number_bits = (modes.len() - 1).checked_ilog2().map_or(0, |bits| bits + 1);
        let number = usize::from(*packet.first()? >> 1) & ((1 << number_bits) - 1);
        modes.get(number).copied()
    }
}

impl Mapping for Vorbis {
    fn header(&mut self, packet: &[u8]) -> bool {
        // The comments don't matter, so they may be damaged; and headers may be repeated.
        if packet.starts_with(b"\x05vorbis")
            && self.setup.is_none()
            && let Some(flags) = long_modes(packet)
        {
            let lengths = self.block_lengths();
            let modes = flags.into_iter().map(|long| lengths[usize::from(long)]).collect();
            self.setup = Some((packet.into(), modes));
        }
        // The second packet is the comments, whatever is in it.
        self.packets = (self.packets + 1).min(3);
        self.packets == 2 || packet.first().is_some_and(|kind| kind & 1 != 0)
    }

    fn ready(&self) -> bool {
        self.setup.is_some()
    }

    fn parameters(&self) -> AudioCodecParameters {
        let rate = u32::from_le_bytes([12, 13, 14, 15].map(|at: usize| self.identification[at]));
        let setup = self.setup.as_ref().map_or(&[][..], |(packet, _)| packet);
        let mut parameters = AudioCodecParameters::new();
        parameters
            .for_codec(CODEC_ID_VORBIS)
            .with_sample_rate(rate)
            .with_channels(Channels::Discrete(u16::from(self.identification[11])))
            .with_extra_data([&self.identification[..], setup].concat().into_boxed_slice());
        parameters
    }

    /// A block gives sound from its middle on, together with the next one: the first gives none.
    fn samples(&mut self, packet: &[u8]) -> u64 {
        let Some(block) = self.block(packet) else { return 0 };
        self.previous.replace(block).map_or(0, |previous| (previous + block) / 4)
    }
}

/// Which modes have long blocks.
///
/// They stand at the end of the setup header, behind fields that only a decoder can step over, so they are read from the
/// end, as liboggz and FFmpeg (`vorbis_parser.c`) do: a mode has two fields that are 0, and their number, less one, is in
/// the six bits before them. More than one number can fit; the largest is taken.
fn long_modes(setup: &[u8]) -> Option<Vec<bool>> {
    // The bits of a field come out from the highest to the lowest.
    let bit = |at: usize| setup.get(setup.len().checked_sub(1 + at / 8)?).map(|byte| byte >> (7 - at % 8) & 1);
    let field =
        |at: usize, bits: usize| (at..at + bits).try_fold(0u32, |value, at| Some(value << 1 | u32::from(bit(at)?)));
    // After the modes comes a bit that is 1, and then zeros up to the end of a byte.
    let start = 1 + (0..8 * setup.len()).find(|&at| bit(at) == Some(1))?;
    let (mut at, mut flags, mut fitting) = (start, Vec::new(), 0);
    while flags.len() < MAX_MODES
        && field(at, 8).is_some_and(|mapping| mapping < 64)
        && field(at + 8, MODE_BITS - 8) == Some(0)
        && let Some(flag) = bit(at + MODE_BITS)
    {
        flags.push(flag == 1);
        at += MODE_BITS + 1;
        if field(at, 6) == Some(flags.len() as u32 - 1) {
            fitting = flags.len();
        }
    }
    flags.truncate(fitting);
    flags.reverse();
    (fitting > 0).then_some(flags)
}
