"""Times and numbers of gtzan beside librosa's: python librosa_peer.py AUDIO…

Both are in the Python that runs this. Prints two tables: seconds from a cold start, each in processes of its own, the least of
three; and for each function the milliseconds of a warm call, and how far apart the results are on all of the files.
"""

import os
import subprocess
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")
warnings.filterwarnings("ignore")

import librosa
import numpy as np

import gtzan

RATE = 22050
FUNCTIONS = {
    "load": None,
    "stft": lambda lib, y: lib.stft(y),
    "feature.melspectrogram": lambda lib, y: lib.feature.melspectrogram(y=y, sr=RATE),
    "feature.mfcc": lambda lib, y: lib.feature.mfcc(y=y, sr=RATE),
    "feature.chroma_stft": lambda lib, y: lib.feature.chroma_stft(y=y, sr=RATE),
    "feature.spectral_centroid": lambda lib, y: lib.feature.spectral_centroid(y=y, sr=RATE),
    "feature.spectral_bandwidth": lambda lib, y: lib.feature.spectral_bandwidth(y=y, sr=RATE),
    "feature.spectral_rolloff": lambda lib, y: lib.feature.spectral_rolloff(y=y, sr=RATE),
    "feature.spectral_contrast": lambda lib, y: lib.feature.spectral_contrast(y=y, sr=RATE),
    "feature.spectral_flatness": lambda lib, y: lib.feature.spectral_flatness(y=y),
    "feature.rms": lambda lib, y: lib.feature.rms(y=y),
    "feature.zero_crossing_rate": lambda lib, y: lib.feature.zero_crossing_rate(y),
    "onset.onset_strength": lambda lib, y: lib.onset.onset_strength(y=y, sr=RATE),
    "beat.beat_track": lambda lib, y: np.concatenate([part.astype(float) for part in lib.beat.beat_track(y=y, sr=RATE)]),
    "effects.hpss": lambda lib, y: np.stack(lib.effects.hpss(y)),
}


def least(call, turns=3):
    """The least time of some calls, in s, and what the last gave."""
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        result = call()
        times.append(time.perf_counter() - start)
    return min(times), result


def cold(module, code):
    """Seconds of a new process."""
    return least(lambda: subprocess.run([sys.executable, "-W", "ignore", "-c", f"import {module}\n{code}"], check=True))[0]


def starts(file):
    bare = cold("numpy", "")
    print(f"from a cold start, s, NumPy's {bare:.2f} included\n\n| | gtzan | librosa {librosa.__version__} |\n|---|---|---|")
    first = "y, sr = {0}.load({1!r}); {0}.feature.mfcc(y=y, sr=sr)"
    print(f"| import | {cold('gtzan', ''):.2f} | {cold('librosa', ''):.2f} |")
    call = [cold(module, first.format(module, file)) for module in ("gtzan", "librosa")]
    print(f"| import, load, MFCCs | {call[0]:.2f} | {call[1]:.2f} |")
    call = [cold(module, first.format(module, file) + f"; {module}.beat.beat_track(y=y, sr=sr)") for module in ("gtzan", "librosa")]
    print(f"| and beats | {call[0]:.2f} | {call[1]:.2f} |\n")


def apart(ours, theirs):
    """The greatest difference, as a share of the greatest value."""
    if ours.shape != theirs.shape or ours.dtype != theirs.dtype:
        return f"{ours.shape} {ours.dtype}, librosa {theirs.shape} {theirs.dtype}"
    return np.abs(ours - theirs).max() / np.abs(theirs).max()


def main(files):
    starts(files[0])
    print(f"{len(files)} files; ms of a warm call, the least of three on the first\n")
    print("| function | gtzan | librosa | ratio | worst difference, of the greatest value |\n|---|---|---|---|---|")
    sounds = [librosa.load(file)[0] for file in files]
    for name, function in FUNCTIONS.items():
        calls = [
            (lambda lib=lib: lib.load(files[0])[0]) if function is None else (lambda lib=lib: function(lib, sounds[0]))
            for lib in (gtzan, librosa)
        ]
        calls[1]()  # what librosa compiles on the first call
        ours, theirs = (least(call)[0] for call in calls)
        pairs = (
            [(gtzan.load(file)[0], sound) for file, sound in zip(files, sounds)]
            if function is None
            else [(function(gtzan, sound), function(librosa, sound)) for sound in sounds]
        )
        worst = [apart(*pair) for pair in pairs]
        told = next((text for text in worst if isinstance(text, str)), None) or f"{max(worst):.1e}"
        print(f"| {name} | {1e3 * ours:.2f} | {1e3 * theirs:.1f} | {theirs / ours:.0f} | {told} |")


if __name__ == "__main__":
    main(sys.argv[1:])
