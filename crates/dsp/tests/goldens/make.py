#!/usr/bin/env python3
"""Makes the golden values of the tests: what librosa 0.7.2, librosa 0.11.0 and Essentia say about the signals below.

One command makes all, given interpreters of a suitable age; it installs the pinned packages into temporary
environments and runs itself in each:

    python3 crates/dsp/tests/goldens/make.py python3.7 python3.11

In an environment that already has one of the three, `make.py --here` makes that one's values only.

Each writes pairs of files beside this one: `<name>.json` (the features of every signal, and an index of the matrices) and
`<name>.f32` (the matrices' values, little-endian, row after row). `librosa-0.7` and `librosa-0.11` have the 57 classic
features, `extended-0.7` those of the extended set that librosa 0.7.2 gives, and `essentia-2.1` the statistics of its bark
bands. Essentia is here to compare with only: nothing of it is in the program.

The signals are built from additions and multiplications of doubles alone, which every machine rounds alike, so the Rust
tests build the very same samples (`signals.rs`; the index holds a hash of each signal's samples to prove it).
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
RATE = 22050
HOP = 512


def main():
    if sys.argv[1:] == ["--here"]:
        write_goldens()
    elif len(sys.argv) == 3:
        old, new = sys.argv[1:]
        for python, version in ((old, "0.7"), (new, "0.11"), (new, "essentia")):
            requirements = "requirements-%s.txt" % version
            with tempfile.TemporaryDirectory() as folder:
                subprocess.check_call([python, "-m", "venv", folder])
                python = os.path.join(folder, "bin", "python")
                subprocess.check_call([python, "-m", "pip", "install", "-q", "-r", os.path.join(HERE, requirements)])
                subprocess.check_call([python, os.path.abspath(__file__), "--here"])
    else:
        sys.exit(__doc__)


# Signals. `signals.rs` repeats these definitions line by line.


def sine(turns):
    """Sine of a number of turns, to 6e-8, by the same operations everywhere."""
    import numpy as np

    x = turns - np.floor(turns + 0.5)
    x = np.where(x > 0.25, 0.5 - x, np.where(x < -0.25, -0.5 - x, x))
    y = x * 6.283185307179586
    z = y * y
    series = 1.0 - z * (1.0 / 110.0)
    for divisor in (72.0, 42.0, 20.0, 6.0):
        series = 1.0 - z * (1.0 / divisor) * series
    return y * series


def noise(count, seed):
    """Uniform noise in [-1, 1)."""
    import numpy as np

    values = np.empty(count)
    state = seed
    for i in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = (state >> 8) * (1.0 / 8388608.0) - 1.0
    return values


def decay(count, period, factor):
    """1, then `factor` times the value before, starting anew every `period` samples."""
    import numpy as np

    values = np.empty(count)
    value = 1.0
    for i in range(count):
        value = 1.0 if i % period == 0 else value * factor
        values[i] = value
    return values


def signals():
    import numpy as np

    def ticks(count):
        return np.arange(count, dtype=np.float64)

    def tone(count, hz):
        return sine(ticks(count) * (hz * (1.0 / RATE)))

    def chord(count, hz):
        total = np.zeros(count)
        for ratio in (1.0, 1.25, 1.5, 2.0, 3.0):
            total = total + tone(count, hz * ratio) * (1.0 / ratio)
        return total * 0.2

    def quantised(values):
        return np.floor(values * 32768.0 + 0.5) * (1.0 / 32768.0)

    def only(count, where, value):
        values = np.zeros(count)
        values[where] = value
        return values

    yield "tone_on_bin", tone(33075, 93.0 * RATE / 2048.0) * 0.5
    yield "tone_between_bins", tone(33075, 40.37 * RATE / 2048.0) * 0.5
    n = ticks(44100)
    yield "chirp", sine(n * (100.0 / RATE) + n * n * (3950.0 / 44100.0 / RATE)) * 0.7
    yield "detuned_chord", quantised(chord(66149, 223.3) * decay(66149, 16000, 0.9999))
    clicks = decay(132300, 13230, 0.995) * noise(132300, 5)
    yield "clicks_at_100_bpm", quantised(clicks * 0.8)
    yield "noise_bursts", quantised(noise(66150, 7) * decay(66150, 9450, 0.9993) * 0.9)
    music = chord(110000, 131.1) * decay(110000, 22050, 0.9999) + chord(110000, 392.7) * decay(110000, 11025, 0.9998) * 0.5
    music = music + noise(110000, 11) * decay(110000, 5512, 0.997) * 0.3
    yield "music", quantised(music)
    yield "white_noise", noise(44100, 1)
    yield "quiet_noise", noise(30000, 3) * 1e-5
    yield "silence", np.zeros(22050)
    yield "dc", np.zeros(22050) + 0.5
    yield "click", only(22050, 9000, 1.0)
    yield "full_scale_square", np.where(ticks(33000) % 50.0 < 25.0, 1.0, -1.0)
    half = tone(40000, 440.0) * 0.3
    half[:20000] = 0.0
    yield "silence_then_tone", half
    yield "one_window", tone(2048, 700.0) * 0.5
    yield "one_window_and_one", tone(2049, 700.0) * 0.5
    # Refused by our extractor; librosa's answer is kept for the record.
    yield "one_window_minus_one", tone(2047, 700.0) * 0.5
    yield "one_sample", only(1, 0, 0.5)


# Signals whose matrices are kept, too.
STAGED = ("chirp", "detuned_chord", "clicks_at_100_bpm", "music", "silence_then_tone")


def fnv1a(samples):
    """Hash of the samples' bits: 64-bit FNV-1a over 32-bit words."""
    import numpy as np

    value = 0xCBF29CE484222325
    for word in samples.view(np.uint32).tolist():
        value = ((value ^ word) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return "%016x" % value


# What librosa says.


def describe(y, rate=RATE):
    """The 57 features, in the order of the GTZAN dataset's columns, and the matrices they come from."""
    import librosa
    import numpy as np

    power = np.abs(librosa.stft(y)) ** 2
    tempo, _ = librosa.beat.beat_track(y=y, sr=rate)
    onset = librosa.onset.onset_strength(y=y, sr=rate, aggregate=np.median)
    harmonic, percussive = librosa.effects.hpss(y)
    stages = {
        "magnitude": np.abs(librosa.stft(y)),
        "tuning": np.array([[librosa.estimate_tuning(S=power, sr=rate, bins_per_octave=12)]]),
        "chroma": librosa.feature.chroma_stft(y=y, sr=rate),
        "rms": librosa.feature.rms(y=y),
        "centroid": librosa.feature.spectral_centroid(y=y, sr=rate),
        "bandwidth": librosa.feature.spectral_bandwidth(y=y, sr=rate),
        "rolloff": librosa.feature.spectral_rolloff(y=y, sr=rate),
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(y),
        "harmonic": waveform_rows(harmonic),
        "percussive": waveform_rows(percussive),
        "mel_db": librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=rate)),
        "log_mel": librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=rate), ref=np.max),
        "mfcc": librosa.feature.mfcc(y=y, sr=rate, n_mfcc=20),
        "onset": onset[np.newaxis],
        "tempogram": librosa.feature.tempogram(onset_envelope=onset, sr=rate, win_length=8 * rate // HOP),  # beat_track's
    }
    features = []
    for stage in ("chroma", "rms", "centroid", "bandwidth", "rolloff", "zero_crossing_rate"):
        features += [stages[stage].mean(), stages[stage].var()]
    for values in (harmonic, percussive):
        features += [values.mean(), values.var()]
    features.append(np.atleast_1d(tempo)[0])
    for row in stages["mfcc"]:
        features += [row.mean(), row.var()]
    return [float(value) for value in features], stages


def describe_extended(y):
    """The features of the extended set that librosa gives, in the order of its columns, and their matrices.

    librosa 0.7's `chroma_cens` and `chroma_cqt` have 12 bins an octave unless told otherwise."""
    import librosa
    import numpy as np

    chroma = librosa.feature.chroma_cqt(y=y, sr=RATE)
    stages = {
        "contrast": librosa.feature.spectral_contrast(y=y, sr=RATE),
        "flatness": librosa.feature.spectral_flatness(y=y),
        "mfcc_diff": np.diff(librosa.feature.mfcc(y=y, sr=RATE, n_mfcc=20)[:10]),
        "cqt_tuning": np.array([[librosa.estimate_tuning(y=y, sr=RATE, bins_per_octave=12)]]),
        "cqt": np.abs(librosa.cqt(y, sr=RATE, tuning=None)),
        "chroma_cqt": chroma,
        "cens": librosa.feature.chroma_cens(y=y, sr=RATE),
        "tonnetz": librosa.feature.tonnetz(y=y, sr=RATE),
        "onset_mean": librosa.onset.onset_strength(y=y, sr=RATE)[np.newaxis],
        "tempogram_384": librosa.feature.tempogram(y=y, sr=RATE)[:40],
    }
    features = []
    for stage in ("contrast", "flatness"):
        features += [stages[stage].mean(), stages[stage].var()]
    features += [row.var() for row in stages["mfcc_diff"]]
    for row in np.vstack([stages["cens"], stages["tonnetz"]]):
        features += [row.mean(), row.var(), np.diff(row).var()]
    for row in stages["tempogram_384"]:
        features += [row.mean(), row.var()]
    return [float(value) for value in features], stages


def describe_bark(y):
    """Mean, variance, median, skewness, kurtosis and maximum of 24 bark bands, by Essentia at 44 100 Hz."""
    import essentia.standard as es
    import numpy as np
    from scipy.stats import kurtosis, skew

    y = es.Resample(inputSampleRate=RATE, outputSampleRate=2 * RATE, quality=0)(y)
    window, spectrum, bark = es.Windowing(type="hann"), es.Spectrum(), es.BarkBands()
    frames = es.FrameGenerator(y, frameSize=1024, hopSize=512, startFromZero=True)
    bands = np.array([bark(spectrum(window(frame)))[:24] for frame in frames])
    features = []
    for band in bands.astype(np.float64).T:
        features += [band.mean(), band.var(), np.median(band), skew(band), kurtosis(band), band.max()]
    return [float(value) for value in features], {"bark": bands.T}


def waveform_rows(y):
    """A waveform as a matrix of one column a hop, the last one filled up with zeros."""
    import numpy as np

    return np.append(y, np.zeros(-len(y) % HOP, dtype=y.dtype)).reshape(-1, HOP).T


def kept_frames(count, width):
    """All frames of narrow matrices; of wide ones the first, the last and some between."""
    if width <= 24 or count <= 10:
        return list(range(count))
    return [0, 1, 2, count // 3, count // 2, 2 * count // 3, count - 3, count - 2, count - 1]


def write_goldens():
    warnings.simplefilter("ignore")
    try:
        import librosa
    except ImportError:
        import essentia

        write("essentia-2.1", {"essentia": essentia.__version__}, describe_bark)
        return
    version = {"0.7.2": "0.7", "0.11.0": "0.11"}[librosa.__version__]
    write("librosa-" + version, {"librosa": librosa.__version__}, describe)
    if version == "0.7":
        write("extended-0.7", {"librosa": librosa.__version__}, describe_extended)


def write(file_name, index, function):
    """Writes the pair of files of what one function says about every signal."""
    import numpy as np

    index.update({"numpy": np.__version__, "signals": {}})
    blob = []
    for name, samples in signals():
        samples = np.ascontiguousarray(samples, dtype=np.float32)
        entry, stages = {"samples": len(samples), "hash": fnv1a(samples)}, {}
        try:
            entry["features"], stages = function(samples)
        except Exception as error:  # The refusal is the golden value.
            entry["raises"] = "%s: %s" % (type(error).__name__, str(error).splitlines()[0])
        if file_name == "librosa-0.11" and "features" in entry:
            import librosa

            entry["beats"] = librosa.beat.beat_track(y=samples, sr=RATE)[1].tolist()
        if function is describe and name == "music":
            # The same samples, taken for audio of another rate.
            entry["features_at"] = {str(rate): describe(samples, rate)[0] for rate in (8000, 44100)}
        if name in STAGED:
            entry["stages"] = {}
            for stage, matrix in stages.items():
                frames = kept_frames(matrix.shape[1], matrix.shape[0])
                rows = np.ascontiguousarray(matrix.T[frames], dtype="<f4")
                entry["stages"][stage] = {
                    "frames": matrix.shape[1],
                    "bins": matrix.shape[0],
                    "kept": frames,
                    "offset": sum(map(len, blob)) // 4,
                }
                blob.append(rows.tobytes())
        index["signals"][name] = entry
        print(file_name, name, entry.get("raises", "ok"))
    with open(os.path.join(HERE, "%s.json" % file_name), "w") as file:
        text = json.dumps(index)
        file.write(text.replace('}, "', '},\n"').replace("NaN", "null") + "\n")
    with open(os.path.join(HERE, "%s.f32" % file_name), "wb") as file:
        file.write(b"".join(blob))


if __name__ == "__main__":
    main()
