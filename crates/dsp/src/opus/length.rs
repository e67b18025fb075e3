//! How long a packet is, without decoding it.

/// Most samples of a packet: 120 ms.
pub(crate) const MAX_PACKET_SAMPLES: u64 = 5_760;

/// Samples per channel at 48 kHz that a packet decodes to (RFC 6716, section 3.1); 0 if it is damaged.
pub(crate) fn packet_samples(packet: &[u8]) -> u64 {
    let Some(&first) = packet.first() else { return 0 };
    let size = u64::from(first >> 3 & 3);
    let frame = match first >> 3 {
        // SILK: 10, 20, 40 or 60 ms.
        0..12 => [480, 960, 1_920, 2_880][size as usize],
        // Both: 10 or 20 ms.
        12..16 => 480 << (size & 1),
        // CELT: 2.5, 5, 10 or 20 ms.
        _ => 120 << size,
    };
    let frames = match first & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |count| u64::from(count & 63)),
    };
    Some(frames * frame).filter(|&samples| samples <= MAX_PACKET_SAMPLES).unwrap_or_default()
}
