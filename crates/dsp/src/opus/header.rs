//! The header of a stream (`OpusHead`).

/// What every header begins with.
const MAGIC: &[u8; 8] = b"OpusHead";

/// Index of a channel that is silent.
const SILENT: u8 = 255;

/// The parameters of a stream (RFC 7845, section 5.1).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Header {
    /// Channels, at least 1.
    pub(crate) channels: u8,
    /// Samples at 48 kHz at the start that are not part of the sound.
    pub(crate) skip: u16,
    /// Factor for all samples.
    pub(crate) gain: f32,
    /// Streams in a packet, at least 1.
    pub(crate) streams: u8,
    /// Those of them that have two channels; they come first.
    pub(crate) coupled: u8,
    /// For each channel, its index among the channels of the streams.
    pub(crate) mapping: Vec<u8>,
}

impl Header {
    /// Reads a header. `None` if it is none, is damaged, or maps the channels in a way that isn't defined for playback.
    ///
    /// MP4 has the same fields behind version 0, with the high bytes first.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let fields = bytes.strip_prefix(MAGIC)?;
        let &[version, channels, skip_0, skip_1, _, _, _, _, gain_0, gain_1, family, ref table @ ..] = fields else {
            return None;
        };
        let (skip, gain) = match version {
            0 => (u16::from_be_bytes([skip_0, skip_1]), i16::from_be_bytes([gain_0, gain_1])),
            1..16 => (u16::from_le_bytes([skip_0, skip_1]), i16::from_le_bytes([gain_0, gain_1])),
            _ => return None,
        };
        let (streams, coupled, mapping) = match (family, channels, table) {
            (0, 1..=2, _) => (1, channels - 1, (0..channels).collect()),
            (1, 1..=8, [streams, coupled, mapping @ ..]) | (255, 1.., [streams, coupled, mapping @ ..]) => {
                (*streams, *coupled, mapping.get(..usize::from(channels))?.to_vec())
            }
            _ => return None,
        };
        let decoded = streams.checked_add(coupled)?;
        let fits = |&index: &u8| index < decoded || index == SILENT;
        let valid = streams > 0 && coupled <= streams && mapping.iter().all(fits);
        // In decibels, as a number with 8 bits behind the point.
        let gain = 10f32.powf(f32::from(gain) / (20.0 * 256.0));
        valid.then_some(Self { channels, skip, gain, streams, coupled, mapping })
    }

    /// Channels of each stream.
    pub(crate) fn stream_channels(&self) -> impl Iterator<Item = usize> {
        let coupled = self.coupled;
        (0..self.streams).map(move |stream| if stream < coupled { 2 } else { 1 })
    }
}
