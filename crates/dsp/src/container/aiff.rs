//! AIFF and AIFC (Apple, 1989 and 1991): `COMM` and `SSND`, and nothing else of the file.

use symphonia::core::common::FourCc;
use symphonia::core::formats::{FormatId, FormatInfo};

use super::Sound;
use super::pcm::{Encoding, Pcm};
use super::scan::Scan;
use super::wav::extent;
use crate::Result;

/// Chunks looked at before the search for the audio is given up.
const MAX_CHUNKS: usize = 1024;

static AIFF: FormatInfo = FormatInfo {
    format: FormatId::new(FourCc::new(*b"aiff")),
    short_name: "aiff",
    long_name: "Audio Interchange File Format",
};

/// Where the sound of the file is whose header stands at `start`.
pub(super) fn find(scan: &mut Scan<'_>, start: u64) -> Result<Sound> {
    let Some(whole) = scan.array_at(start + 4)?.map(u32::from_be_bytes) else { return Err(scan.ends_early()) };
    let (mut common, mut data) = (None, None);
    let mut place = start + 12;
    for _ in 0..MAX_CHUNKS {
        let Some([a, b, c, d, size @ ..]) = scan.array_at::<8>(place)? else { break };
        let (size, body) = (u64::from(u32::from_be_bytes(size)), place + 8);
        match &[a, b, c, d] {
            b"COMM" if common.is_none() => common = Some(scan.bytes_at(body, size.min(22) as usize)?),
            b"SSND" if data.is_none() => {
                // What follows the offset is the size of blocks to which some programs align; the samples lie as always.
                let offset = scan.array_at(body)?.map_or(0, u32::from_be_bytes);
                let (range, missing) = extent(scan.len, body, size, start + u64::from(whole) < body);
                let from = (body + 8 + u64::from(offset)).min(range.end);
                let missing = missing.map(|(missing, _)| (missing, range.end - from));
                data = Some((from..range.end, missing));
            }
            _ => {}
        }
        if let (Some(common), Some((range, missing))) = (&common, &data) {
            let pcm = common_chunk(scan, common)?;
            return Ok(Sound::Pcm { pcm, range: range.clone(), missing: *missing });
        }
        place = behind(scan, body, size)?;
    }
    Err(scan.ends_early())
}

/// Where the next chunk begins: behind this one, unless that leads nowhere; then where the next that matters is found.
fn behind(scan: &mut Scan<'_>, body: u64, size: u64) -> Result<u64> {
    let next = body + size + (size & 1);
    if scan.is_chunk_at(next)? {
        return Ok(next);
    }
    scan.next_known(body, 8, |bytes| bytes.starts_with(b"SSND") || bytes.starts_with(b"COMM"))
}

/// What `COMM` says. Samples are in as few bytes as they need, their bits the upper ones.
fn common_chunk(scan: &Scan<'_>, bytes: &[u8]) -> Result<Pcm> {
    let Some((&[c0, c1, _, _, _, _, b0, b1, r @ ..], kind)) = bytes.split_first_chunk::<18>() else {
        return Err(scan.ends_early());
    };
    let width = u64::from(u16::from_be_bytes([b0, b1]).div_ceil(8));
    let encoding = match kind {
        [] | b"NONE" | b"twos" => Encoding::integer(width, true),
        b"sowt" => Encoding::integer(width, false),
        b"raw " => Some(Encoding::UNSIGNED_8),
        b"in24" => Encoding::integer(3, true),
        b"42ni" => Encoding::integer(3, false),
        b"23ni" => Encoding::integer(4, false),
        b"in32" => Encoding::integer(4, true),
        b"fl32" | b"FL32" => Encoding::float(4, true),
        b"fl64" | b"FL64" => Encoding::float(8, true),
        b"alaw" | b"ALAW" => Some(Encoding::A_LAW),
        b"ulaw" | b"ULAW" => Some(Encoding::MU_LAW),
        _ => None,
    };
    let Some(encoding) = encoding else {
        let what = match kind {
            b"ima4" => "IMA ADPCM in AIFF".to_owned(),
            b"MAC3" | b"MAC6" => "MACE in AIFF".to_owned(),
            b"GSM " | b"agsm" => "GSM 6.10 in AIFF".to_owned(),
            b"QDM2" | b"QDMC" => "QDesign Music in AIFF".to_owned(),
            [] | b"NONE" | b"twos" | b"sowt" => format!("AIFF of {} bits", 8 * width),
            kind => format!("AIFF with the compression {:?}", String::from_utf8_lossy(kind)),
        };
        return Err(scan.unsupported(&what));
    };
    let channels = u32::from(u16::from_be_bytes([c0, c1]));
    Ok(Pcm { info: &AIFF, encoding, rate: extended(r), channels })
}

/// A number of the 80 bits of IEEE 754's extended format, rounded; 0 where it is none from 0 to 2³².
fn extended(bytes: [u8; 10]) -> u32 {
    let [s, e, mantissa @ ..] = bytes;
    let exponent = i32::from(u16::from_be_bytes([s, e])) - 16_383;
    let value = u64::from_be_bytes(mantissa) as f64 * f64::from(exponent - 63).exp2();
    if value < f64::from(u32::MAX) { value.round() as u32 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sampling_rates_are_read_from_extended_numbers() {
        let of = |exponent: u16, mantissa: u64| {
            let mut bytes = [0; 10];
            bytes[..2].copy_from_slice(&exponent.to_be_bytes());
            bytes[2..].copy_from_slice(&mantissa.to_be_bytes());
            extended(bytes)
        };
        assert_eq!(of(0x400e, 0xac44_0000_0000_0000), 44_100);
        assert_eq!(of(0x400d, 0xac44_0000_0000_0000), 22_050);
        assert_eq!(of(0x400c, 0xad9c_5d17_45d1_745d), 11_111);
        assert_eq!((of(0, 0), of(0x7fff, u64::MAX), of(0xc00e, 0xac44_0000_0000_0000)), (0, 0, 0));
    }
}
