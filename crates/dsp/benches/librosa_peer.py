#!/usr/bin/env python3
"""Times librosa 0.11 on one thread and this crate on the same tracks, and prints the ratios.

    python3.11 -m venv ENV && ENV/bin/pip install -r crates/dsp/tests/goldens/requirements-0.11.txt    (once)
    ENV/bin/python crates/dsp/benches/librosa_peer.py [FILE or FOLDER]...

librosa runs first, then `cargo bench -p dsp --bench tracks` on the same files. Both decode the file and compute all 57
features under librosa 0.11's convention; each figure is the best of five passes after one that warms up, in ms a track,
averaged over the tracks. A row of librosa's includes the spectrogram that the call computes for itself; ours is computed
once for all rows. The log-mel row starts from the decoded clip.
"""

import json
import os
import subprocess
import sys
import time
import warnings

for variable in ("OMP", "MKL", "OPENBLAS", "NUMBA"):
    os.environ[variable + "_NUM_THREADS"] = "1"

import librosa  # noqa: E402
import numpy as np  # noqa: E402

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
    ("decode and 57 features", ["whole"]),
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
    """The 57 values and the seconds of each call."""
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
    for coefficient in librosa.feature.mfcc(y=y, sr=rate, n_mfcc=20):
        moments(coefficient)
    lap("mfcc")
    seconds["whole"] = last - begin
    assert len(values) == 57
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


def ours_ms(paths):
    command = ["cargo", "bench", "-q", "-p", "dsp", "--bench", "tracks", "--", "--json", "--convention", "librosa-0.11"]
    printed = subprocess.run(command + paths, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout
    return dict(json.loads(printed)["ms"])


def main():
    paths = [os.path.abspath(path) for path in tracks(sys.argv[1:])]
    if not paths:
        sys.exit(__doc__)
    warnings.simplefilter("ignore")
    theirs = librosa_ms(paths)
    ours = ours_ms(paths)
    print("%d tracks, ms a track, one thread, librosa %s, numpy %s" % (len(paths), librosa.__version__, np.__version__))
    print("%-32s%12s%12s%10s" % ("", "ours", "librosa", "ratio"))
    for row, calls in ROWS:
        peer = sum(theirs[call] for call in calls)
        ratio = "%12.1f%9.1fx" % (peer, peer / ours[row]) if calls else "%12s" % "in each"
        print("%-32s%12.2f%s" % (row, ours[row], ratio))


if __name__ == "__main__":
    main()
