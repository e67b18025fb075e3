#!/usr/bin/env python3
"""Times librosa 0.11 with Essentia on one thread and this crate on the same tracks, and prints the ratios.

    python3.11 -m venv ENV && ENV/bin/pip install -r crates/dsp/tests/goldens/requirements-0.11.txt essentia   (once)
    ENV/bin/python crates/dsp/benches/librosa_peer.py [FILE or FOLDER]...

They run first, then `cargo bench -p dsp --bench tracks` on the same files. Both decode the file and compute the 57 classic
features under librosa 0.11's convention, then the 349 of the extended set, whose bark bands are Essentia's; each figure is the best of five passes after one that warms up, in ms a track,
averaged over the tracks. A row of librosa's includes the spectrogram that the call computes for itself; ours is computed
once for all rows. The log-mel row starts from the decoded clip. Essentia describes the clip at 22 050 Hz, by frames of half
the length: at 44 100 Hz, as its tables have it, it has twice the work.
"""

import json
import os
import subprocess
import sys
import time
import warnings

for variable in ("OMP", "MKL", "OPENBLAS", "NUMBA"):
    os.environ[variable + "_NUM_THREADS"] = "1"

import essentia  # noqa: E402
import librosa  # noqa: E402
import numpy as np  # noqa: E402
from essentia import standard as es  # noqa: E402
from scipy.stats import kurtosis, skew  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
EXTENSIONS = (".wav", ".au", ".flac", ".mp3", ".ogg")
PASSES = 5
# Rows of the table: ours, and the calls of librosa's that give the same numbers.
ROWS = [
    ("decode", ["load"]),
    ("stft", []),
    ("chroma", ["chroma_stft"]),
    ("rms, zero crossings", ["rms", "zero_crossing_rate"]),
    ("centroid, bandwidth, roll-off", ["centroid", "bandwidth", "rolloff"]),
    ("hpss", ["hpss"]),
    ("mfcc", ["mfcc"]),
    ("onset, tempo", ["beat_track"]),
    ("decode and row", ["whole"]),
    ("log-mel spectrogram", ["log_mel"]),
]


def tracks(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders.sort()
            yield from (os.path.join(folder, file) for file in sorted(files) if file.lower().endswith(EXTENSIONS))


def one_pass(path):
    """The seconds of each call for the 349 values."""
    seconds, values = {}, []
    last = time.perf_counter()
    begin = last

    def lap(name):
        nonlocal last
        now = time.perf_counter()
        seconds[name] = now - last
        last = now

    def moments(matrix):
        values.extend([np.mean(matrix), np.var(matrix)])

    y, rate = librosa.load(path, sr=22050)
    lap("load")
    moments(librosa.feature.chroma_stft(y=y, sr=rate))
    lap("chroma_stft")
    moments(librosa.feature.rms(y=y))
    lap("rms")
    moments(librosa.feature.spectral_centroid(y=y, sr=rate))
    lap("centroid")
    moments(librosa.feature.spectral_bandwidth(y=y, sr=rate))
    lap("bandwidth")
    moments(librosa.feature.spectral_rolloff(y=y, sr=rate))
    lap("rolloff")
    moments(librosa.feature.zero_crossing_rate(y))
    lap("zero_crossing_rate")
    for waveform in librosa.effects.hpss(y):
        moments(waveform)
    lap("hpss")
    values.append(np.atleast_1d(librosa.beat.beat_track(y=y, sr=rate)[0])[0])
    lap("beat_track")
    mfcc = librosa.feature.mfcc(y=y, sr=rate, n_mfcc=20)
    for coefficient in mfcc:
        moments(coefficient)
    lap("mfcc")
    seconds["whole"] = last - begin
    assert len(values) == 57
    moments(librosa.feature.spectral_contrast(y=y, sr=rate))
    lap("contrast")
    moments(librosa.feature.spectral_flatness(y=y))
    lap("flatness")
    values.extend(np.diff(mfcc[:10]).var(axis=1))
    lap("mfcc_diff")
    for row in librosa.feature.chroma_cens(y=y, sr=rate, bins_per_octave=12):
        values.extend([row.mean(), row.var(), np.diff(row).var()])
    lap("cens")
    for row in librosa.feature.tonnetz(chroma=librosa.feature.chroma_cqt(y=y, sr=rate, bins_per_octave=12)):
        values.extend([row.mean(), row.var(), np.diff(row).var()])
    lap("tonnetz")
    for row in librosa.feature.tempogram(y=y, sr=rate)[:40]:
        moments(row)
    lap("tempogram")
    window, spectrum, bark = es.Windowing(type="hann"), es.Spectrum(), es.BarkBands(sampleRate=rate, numberBands=24)
    frames = es.FrameGenerator(y, frameSize=512, hopSize=256, startFromZero=True)
    for row in np.array([bark(spectrum(window(frame))) for frame in frames]).T:
        values.extend([row.mean(), row.var(), np.median(row), skew(row), kurtosis(row), row.max()])
    lap("bark")
    seconds["extended"] = last - begin
    assert len(values) == 349
    librosa.power_to_db(librosa.feature.melspectrogram(y=y, sr=rate), ref=np.max).ravel()
    lap("log_mel")
    return seconds


def librosa_ms(paths):
    """Mean over the tracks of each call's best time."""
    total = {}
    for number, path in enumerate(paths, 1):
        one_pass(path)
        passes = [one_pass(path) for _ in range(PASSES)]
        for name in passes[0]:
            total[name] = total.get(name, 0.0) + min(seconds[name] for seconds in passes) * 1e3 / len(paths)
        print("librosa: %d of %d tracks" % (number, len(paths)), end="\r", file=sys.stderr)
    print(file=sys.stderr)
    return total


def ours_ms(paths, *options):
    command = ["cargo", "bench", "-q", "-p", "dsp", "--bench", "tracks", "--", "--json", *options]
    printed = subprocess.run(command + paths, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout
    return dict(json.loads(printed)["ms"])


def main():
    paths = [os.path.abspath(path) for path in tracks(sys.argv[1:])]
    if not paths:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    theirs = librosa_ms(paths)
    ours = ours_ms(paths, "--convention", "librosa-0.11")
    extended = ours_ms(paths, "--descriptors", "extended")
    versions = (len(paths), librosa.__version__, essentia.__version__, np.__version__)
    print("%d tracks, ms a track, one thread, librosa %s, Essentia %s, numpy %s" % versions)
    print("%-32s%12s%12s%10s" % ("", "ours", "librosa", "ratio"))
    for row, calls in ROWS:
        peer = sum(theirs[call] for call in calls)
        ratio = "%12.1f%9.1fx" % (peer, peer / ours[row]) if calls else "%12s" % "in each"
        print("%-32s%12.2f%s" % (row, ours[row], ratio))
    whole = extended["decode and row"]
    print("%-32s%12.2f%12.1f%9.1fx" % ("decode and 349 features", whole, theirs["extended"], theirs["extended"] / whole))
    parts = ("contrast", "flatness", "mfcc_diff", "cens", "tonnetz", "tempogram", "bark")
    print("of librosa's and Essentia's:", ", ".join("%s %.1f" % (part, theirs[part]) for part in parts))


if __name__ == "__main__":
    main()
