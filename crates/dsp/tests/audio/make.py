"""Makes the encoded files beside this script and golden.json. Needs ffmpeg (made with 5.1) and librosa==0.11.0.

The signal is the one of `sound()` in ../written/mod.rs: nothing here comes from a recording.
"""
import io
import json
import subprocess
import tempfile
from pathlib import Path

import librosa
import numpy as np
import soundfile

HERE = Path(__file__).parent
STRIDE = 23


def sound(rate, frames):
    """Two channels: a tone with a rising chirp, and a lower tone; integers of 16 bits."""
    t = np.arange(frames) / rate
    left = 0.4 * np.sin(2 * np.pi * 440 * t) + 0.2 * np.sin(2 * np.pi * (200 * t + 4000 * t * t))
    right = 0.3 * np.sin(2 * np.pi * 660 * t)
    return np.round(np.stack([left, right], 1) * 32767).astype(np.int16)


def sweep(rate, seconds=0.1):
    """A chirp from 100 Hz to 0.9 of the lower Nyquist frequency, faded in and out."""
    t = np.arange(int(rate * seconds)) / rate
    top = 0.45 * min(rate, 22050)
    phase = 2 * np.pi * (100 * t + (top - 100) / (2 * seconds) * t * t)
    return (0.5 * np.sin(phase) * np.sin(np.pi * t / seconds) ** 2).astype(np.float32)


# Six channels, of which each has its own mixture.
SURROUND = "pan=5.1|FL=c0|FR=c1|FC=0.5*c0+0.5*c1|LFE=0.2*c0|BL=0.7*c1-0.2*c0|BR=0.6*c0"

ENCODED = {
    "lame.mp3": (44100, 11025, ["-c:a", "libmp3lame", "-b:a", "64k"]),
    "headerless.mp3": (44100, 11025, ["-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0"]),
    "variable.mp3": (44100, 11025, ["-c:a", "libmp3lame", "-q:a", "5", "-write_xing", "0", "-id3v2_version", "0"]),
    "low.mp3": (22050, 5512, ["-ac", "1", "-c:a", "libmp3lame", "-b:a", "32k", "-write_xing", "0",
                              "-id3v2_version", "0"]),
    "vorbis.ogg": (44100, 11025, ["-c:a", "libvorbis", "-q:a", "1"]),
    "priming.m4a": (44100, 11025, ["-c:a", "aac", "-b:a", "64k"]),
    "stereo.flac": (22050, 2400, ["-c:a", "flac", "-sample_fmt", "s16"]),
    "pages.ogg": (44100, 88200, ["-c:a", "libvorbis", "-q:a", "-1", "-page_duration", "100000"]),
    "low.ogg": (8000, 8000, ["-ac", "1", "-c:a", "libvorbis", "-q:a", "0"]),
    "flac.ogg": (22050, 2400, ["-c:a", "flac", "-sample_fmt", "s16"]),
    "celt.opus": (48000, 12000, ["-c:a", "libopus", "-b:a", "64k"]),
    "silk.opus": (16000, 8000, ["-ac", "1", "-c:a", "libopus", "-b:a", "12k", "-application", "voip",
                                "-frame_duration", "60"]),
    "hybrid.opus": (24000, 12000, ["-ac", "1", "-c:a", "libopus", "-b:a", "24k", "-application", "voip"]),
    "surround.opus": (48000, 12000, ["-af", SURROUND, "-c:a", "libopus", "-b:a", "160k", "-mapping_family", "1"]),
    "celt.webm": (48000, 12000, ["-c:a", "libopus", "-b:a", "64k"]),
    "celt.mp4": (48000, 12000, ["-c:a", "libopus", "-b:a", "64k"]),
    "blocks.flac": (22050, 9000, ["-ac", "1", "-c:a", "flac", "-sample_fmt", "s16", "-frame_size", "1152"]),
    "long.mp3": (44100, 44100, ["-c:a", "libmp3lame", "-b:a", "48k", "-write_xing", "0", "-id3v2_version", "0"]),
    "layer2.mp2": (44100, 33075, ["-c:a", "mp2", "-b:a", "64k"]),
    "adts.aac": (44100, 33075, ["-c:a", "aac", "-b:a", "64k"]),
    "alac.m4a": (22050, 9000, ["-ac", "1", "-c:a", "alac", "-sample_fmt", "s16p"]),
    "alac.caf": (22050, 9000, ["-ac", "1", "-c:a", "alac", "-sample_fmt", "s16p"]),
    "ms.wav": (22050, 4000, ["-c:a", "adpcm_ms"]),
    "ima.wav": (22050, 4000, ["-c:a", "adpcm_ima_wav"]),
}

# Read by FFmpeg with libopus: libsndfile gives Opus at the rate of what was encoded, and doesn't read every container.
BY_FFMPEG = ("celt.opus", "silk.opus", "hybrid.opus", "surround.opus", "celt.webm", "celt.mp4")

# libsndfile gets it wrong, or a test compares it with something else.
WITHOUT_REFERENCE = ("variable.mp3", "low.mp3", "pages.ogg", "low.ogg", "flac.ogg", "blocks.flac", "long.mp3", "layer2.mp2",
                     "adts.aac", "alac.m4a", "alac.caf", "ms.wav", "ima.wav")


def by_ffmpeg(path):
    """What FFmpeg reads from a file with Opus, as `librosa.load(sr=None)` would give it."""
    to_wav = ["-c:a", "pcm_f32le", "-f", "wav", "-"]
    wav = subprocess.check_output(["ffmpeg", "-v", "error", "-c:a", "libopus", "-i", path, *to_wav])
    y, rate = soundfile.read(io.BytesIO(wav), dtype="float32", always_2d=True)
    return y.mean(axis=1), rate


def main():
    golden = {"stride": STRIDE, "files": {}, "resampled": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, (rate, frames, arguments) in ENCODED.items():
            wav = Path(folder) / "signal.wav"
            soundfile.write(wav, sound(rate, frames), rate, subtype="PCM_16")
            subprocess.check_call(
                ["ffmpeg", "-v", "error", "-y", "-i", wav, "-map_metadata", "-1", "-fflags", "+bitexact", *arguments,
                 "-flags:a", "+bitexact", HERE / name])
            if name in WITHOUT_REFERENCE:
                continue
            y, rate = by_ffmpeg(HERE / name) if name in BY_FFMPEG else librosa.load(HERE / name, sr=None)
            values = [round(float(v), 8) for v in y[::STRIDE]]
            golden["files"][name] = {"rate": rate, "samples": len(y), "values": values}
    for rate in [44100, 48000, 32000, 16000, 8000]:
        y = librosa.resample(sweep(rate), orig_sr=rate, target_sr=22050)
        golden["resampled"][str(rate)] = {"samples": len(y), "values": [round(float(v), 7) for v in y[::STRIDE]]}
    (HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
