//! Decoders by codec, and the names of codecs without one.

use std::sync::LazyLock;

use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};
use symphonia::core::codecs::registry::CodecRegistry;

use crate::opus::OpusDecoder;

/// Symphonia's decoders, and the one for Opus.
pub(crate) static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<OpusDecoder>();
    codecs
});

/// Codecs that containers name and that symphonia doesn't decode.
const UNSUPPORTED: [(AudioCodecId, &str); 24] = [
    (CODEC_ID_SPEEX, "Speex"),
    (CODEC_ID_MUSEPACK, "Musepack"),
    (CODEC_ID_AC3, "AC-3"),
    (CODEC_ID_EAC3, "E-AC-3"),
    (CODEC_ID_AC4, "AC-4"),
    (CODEC_ID_DCA, "DTS"),
    (CODEC_ID_TRUEHD, "TrueHD"),
    (CODEC_ID_ATRAC1, "ATRAC"),
    (CODEC_ID_ATRAC3, "ATRAC3"),
    (CODEC_ID_ATRAC3PLUS, "ATRAC3plus"),
    (CODEC_ID_ATRAC9, "ATRAC9"),
    (CODEC_ID_WMA, "Windows Media Audio"),
    (CODEC_ID_RA10, "RealAudio"),
    (CODEC_ID_RA20, "RealAudio"),
    (CODEC_ID_SIPR, "RealAudio"),
    (CODEC_ID_COOK, "RealAudio"),
    (CODEC_ID_RALF, "RealAudio"),
    (CODEC_ID_WAVPACK, "WavPack"),
    (CODEC_ID_MONKEYS_AUDIO, "Monkey's Audio"),
    (CODEC_ID_TTA, "True Audio"),
    (CODEC_ID_ADPCM_G722, "G.722"),
    (CODEC_ID_ADPCM_G726, "G.726"),
    (CODEC_ID_ADPCM_G726LE, "G.726"),
    (CODEC_ID_SBC, "SBC"),
];

/// Name of a codec that isn't decoded, if it is known.
pub(crate) fn unsupported_name(parameters: &AudioCodecParameters) -> Option<String> {
    if parameters.codec == CODEC_ID_AAC {
        return Some(aac_name(parameters));
    }
    UNSUPPORTED.iter().find(|(id, _)| *id == parameters.codec).map(|(_, name)| (*name).to_owned())
}

/// AAC by its object type (ISO/IEC 14496-3, table 1.17) and channels: of these, mono and stereo of low complexity are decoded.
fn aac_name(parameters: &AudioCodecParameters) -> String {
    let config = parameters.extra_data.as_deref().unwrap_or_default();
    let kind = config.first().map_or(2, |first| first >> 3);
    let channels = config.get(1).map_or(0, |second| second >> 3 & 15);
    match kind {
        1 => "AAC Main".to_owned(),
        3 => "AAC-SSR".to_owned(),
        4 => "AAC-LTP".to_owned(),
        5 => "HE-AAC".to_owned(),
        29 => "HE-AAC v2".to_owned(),
        23 | 39 => "AAC-LD".to_owned(),
        42 => "xHE-AAC".to_owned(),
        _ if channels > 2 => format!("AAC with {} channels", if channels == 7 { 8 } else { channels }),
        kind => format!("AAC of object type {kind}"),
    }
}
