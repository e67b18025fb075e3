"""Makes the encoded files beside this script and golden.json. Needs ffmpeg (made with 5.1) and librosa==0.11.0.

The signal is the one of `sound()` in ../written/mod.rs: nothing here comes from a recording.
"""
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


ENCODED = {
    "lame.mp3": (44100, 11025, ["-c:a", "libmp3lame", "-b:a", "64k"]),
    "headerless.mp3": (44100, 11025, ["-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0"]),
    "variable.mp3": (44100, 11025, ["-c:a", "libmp3lame", "-q:a", "5", "-write_xing", "0", "-id3v2_version", "0"]),
    "vorbis.ogg": (44100, 11025, ["-c:a", "libvorbis", "-q:a", "1"]),
    "priming.m4a": (44100, 11025, ["-c:a", "aac", "-b:a", "64k"]),
    "stereo.flac": (22050, 2400, ["-c:a", "flac", "-sample_fmt", "s16"]),
    "unhandled.ogg": (48000, 2400, ["-c:a", "libopus", "-b:a", "32k"]),
}


def main():
    golden = {"stride": STRIDE, "files": {}, "resampled": {}}
    with tempfile.TemporaryDirectory() as folder:
        for name, (rate, frames, arguments) in ENCODED.items():
            wav = Path(folder) / "signal.wav"
            soundfile.write(wav, sound(rate, frames), rate, subtype="PCM_16")
            subprocess.check_call(
                ["ffmpeg", "-v", "error", "-y", "-i", wav, "-map_metadata", "-1", "-fflags", "+bitexact", *arguments,
                 "-flags:a", "+bitexact", HERE / name])
            if name in ("unhandled.ogg", "variable.mp3"):
                continue
            y, rate = librosa.load(HERE / name, sr=None)
            values = [round(float(v), 8) for v in y[::STRIDE]]
            golden["files"][name] = {"rate": rate, "samples": len(y), "values": values}
    for rate in [44100, 48000, 32000, 16000, 8000]:
        y = librosa.resample(sweep(rate), orig_sr=rate, target_sr=22050)
        golden["resampled"][str(rate)] = {"samples": len(y), "values": [round(float(v), 7) for v in y[::STRIDE]]}
    (HERE / "golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
