//! Decoders by codec, and the names of codecs without one.

use std::sync::LazyLock;

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::*;
use symphonia::core::codecs::registry::CodecRegistry;

use crate::opus::OpusDecoder;

/// Symphonia's decoders, and the one for Opus.
pub(crate) static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<OpusDecoder>();
    codecs
});

/// Codecs that containers name and that symphonia doesn't decode, or only with features that may be left out.
const UNSUPPORTED: [(AudioCodecId, &str); 26] = [
    (CODEC_ID_SPEEX, "Speex"),
    (CODEC_ID_MUSEPACK, "Musepack"),
    (CODEC_ID_MP1, "MPEG audio layer I"),
    (CODEC_ID_MP2, "MPEG audio layer II"),
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

/// Name of a codec without decoder, if it is known.
pub(crate) fn unsupported_name(codec: AudioCodecId) -> Option<&'static str> {
    UNSUPPORTED.iter().find(|(id, _)| *id == codec).map(|(_, name)| *name)
}
