"""``gtzan.feature`` and its kin beside librosa 0.11."""

import numpy as np
import pytest

import gtzan
from conftest import RATE, music


def tone():
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(3 * RATE) / RATE)).astype(np.float32)


def sweep():
    t = np.arange(4 * RATE) / RATE
    return (0.4 * np.sin(2 * np.pi * (60 * t + 900 * t**2))).astype(np.float32)


SIGNALS = {
    "music": music(6.0),
    "other music": music(5.3, 5),
    "tone": tone(),
    "sweep": sweep(),
    "noise": (0.1 * np.random.default_rng(1).standard_normal(2 * RATE)).astype(np.float32),
    "one window": music(1, 7)[:2048],
    "less than one": music(1, 8)[:700],
    "silence and sound": np.concatenate([np.zeros(RATE, np.float32), music(2, 9)]),
}


def matches(ours, theirs, scale=None):
    """Within 1e-4 of the value, or of the greatest one."""
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4 * (scale or np.abs(theirs).max()))


FUNCTIONS = {
    "stft": lambda lib, y: lib.stft(y),
    "melspectrogram": lambda lib, y: lib.feature.melspectrogram(y=y, sr=RATE),
    "mfcc": lambda lib, y: lib.feature.mfcc(y=y, sr=RATE),
    "mfcc of 13": lambda lib, y: lib.feature.mfcc(y=y, sr=RATE, n_mfcc=13),
    "chroma_stft": lambda lib, y: lib.feature.chroma_stft(y=y, sr=RATE),
    "spectral_centroid": lambda lib, y: lib.feature.spectral_centroid(y=y, sr=RATE),
    "spectral_bandwidth": lambda lib, y: lib.feature.spectral_bandwidth(y=y, sr=RATE),
    "spectral_contrast": lambda lib, y: lib.feature.spectral_contrast(y=y, sr=RATE),
    "spectral_flatness": lambda lib, y: lib.feature.spectral_flatness(y=y),
    "rms": lambda lib, y: lib.feature.rms(y=y),
    "zero_crossing_rate": lambda lib, y: lib.feature.zero_crossing_rate(y),
    "onset_strength": lambda lib, y: lib.onset.onset_strength(y=y, sr=RATE),
    "onset_strength by median": lambda lib, y: lib.onset.onset_strength(y=y, sr=RATE, aggregate=np.median),
    "harmonic": lambda lib, y: lib.effects.harmonic(y),
    "percussive": lambda lib, y: lib.effects.percussive(y),
    "zero_crossings": lambda lib, y: lib.zero_crossings(y, pad=False),
}


@pytest.fixture(scope="session")
def librosa():
    return pytest.importorskip("librosa")


# Of less than a window librosa's own separation is NaN.
PAIRS = [(n, s) for n in FUNCTIONS for s in SIGNALS if n not in ("harmonic", "percussive") or s != "less than one"]


@pytest.mark.parametrize(("name", "signal"), PAIRS)
@pytest.mark.filterwarnings("ignore")
def test_librosa_gives_the_same(librosa, name, signal):
    y = SIGNALS[signal]
    theirs = FUNCTIONS[name](librosa, y)
    matches(FUNCTIONS[name](gtzan, y), theirs, scale=1.0 if theirs.dtype == bool else None)


@pytest.mark.parametrize("signal", SIGNALS)
@pytest.mark.filterwarnings("ignore")
def test_roll_off_is_a_bin_of_librosas(librosa, signal):
    ours = gtzan.feature.spectral_rolloff(y=SIGNALS[signal], sr=RATE)
    theirs = librosa.feature.spectral_rolloff(y=SIGNALS[signal], sr=RATE)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    # Where the threshold falls between two equal sums, the last bit decides.
    bins = np.abs(ours - theirs) / (RATE / 2048)
    assert bins.max() <= 1.001 and (bins > 0.001).mean() < 0.01


@pytest.mark.parametrize("signal", ["music", "other music", "silence and sound"])
@pytest.mark.filterwarnings("ignore")
def test_beats_are_librosas(librosa, signal):
    y = SIGNALS[signal]
    for units in ("frames", "samples", "time"):
        ours, theirs = (lib.beat.beat_track(y=y, sr=RATE, units=units) for lib in (gtzan, librosa))
        np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-6)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-9)
    np.testing.assert_allclose(gtzan.feature.tempo(y=y, sr=RATE), librosa.feature.tempo(y=y, sr=RATE), rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_real_tracks_have_librosas_numbers(librosa, gtzan_data):
    tracks = sorted((gtzan_data / "genres_original").glob("*/*"))[::12]
    assert tracks
    for track in tracks:
        y, _ = gtzan.load(track)
        for name, function in FUNCTIONS.items():
            theirs = function(librosa, y)
            matches(function(gtzan, y), theirs, scale=1.0 if theirs.dtype == bool else None)


def test_rows_are_the_datasets_own(gtzan_data):
    import csv

    with (gtzan_data / "features_30_sec.csv").open() as file:
        table = {row["filename"]: row for row in csv.DictReader(file)}
    tracks = sorted((gtzan_data / "genres_original").glob("*/*.wav"))[::6]
    assert tracks
    for track in tracks:
        y, sr = gtzan.load(track)
        expected = np.array([float(table[track.name][name]) for name in gtzan.FEATURE_NAMES])
        np.testing.assert_allclose(gtzan.features(y, sr), expected, rtol=1e-4, atol=1e-4)


def test_rows_have_the_names_they_are_said_to_have():
    y = SIGNALS["music"]
    assert gtzan.features(y).shape == (len(gtzan.FEATURE_NAMES),) == (57,)
    extended = gtzan.features(y, descriptors="extended")
    assert extended.shape == (len(gtzan.EXTENDED_NAMES),) == (349,)
    np.testing.assert_array_equal(extended[:57], gtzan.features(y))
    assert gtzan.features(y, descriptors="classic", convention="librosa-0.11").dtype == np.float64


def test_views_and_doubles_are_the_same():
    y = SIGNALS["music"]
    expected = gtzan.feature.mfcc(y=y)
    np.testing.assert_array_equal(gtzan.feature.mfcc(y=y.astype(np.float64)), expected)
    np.testing.assert_array_equal(gtzan.feature.mfcc(y=np.repeat(y, 2)[::2]), expected)
    backwards = np.ascontiguousarray(y[::-1])
    np.testing.assert_array_equal(gtzan.feature.mfcc(y=backwards[::-1]), expected)
    y.flags.writeable = False
    np.testing.assert_array_equal(gtzan.feature.mfcc(y=y), expected)
    y.flags.writeable = True


BAD = {
    "NaN": (np.array([0.0, np.nan] * 3000, dtype=np.float32), ValueError, "sample 1 is NaN"),
    "infinity": (np.array([0.0, 0.0, np.inf] * 3000), ValueError, "sample 2 is inf"),
    "whole numbers": (np.zeros(5000, dtype=np.int16), TypeError, "int16"),
    "half precision": (np.zeros(5000, dtype=np.float16), TypeError, "float16"),
    "complex numbers": (np.zeros(5000, dtype=complex), TypeError, "complex128"),
    "objects": (np.array([None] * 5000), TypeError, "object"),
    "two dimensions": (np.zeros((2, 5000), dtype=np.float32), ValueError, r"\[2, 5000\]"),
    "none": (np.zeros((), dtype=np.float32), ValueError, r"\[\]"),
    "nothing": (np.zeros(0, dtype=np.float32), ValueError, "no samples"),
    "a list": ([0.0] * 5000, TypeError, "not list"),
    "a word": ("song.wav", TypeError, "not str"),
}
ENTRIES = {
    "features": gtzan.features,
    "stft": gtzan.stft,
    "mfcc": lambda y: gtzan.feature.mfcc(y=y),
    "contrast": lambda y: gtzan.feature.spectral_contrast(y=y),
    "rms": lambda y: gtzan.feature.rms(y=y),
    "zero crossings": gtzan.feature.zero_crossing_rate,
    "onset": lambda y: gtzan.onset.onset_strength(y=y),
    "tempo": lambda y: gtzan.feature.tempo(onset_envelope=y),
    "beats": lambda y: gtzan.beat.beat_track(y=y),
    "hpss": gtzan.effects.hpss,
    "plot": gtzan.plot.mel,
}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_are_no_samples_is_an_exception(entry, bad):
    y, error, word = BAD[bad]
    with pytest.raises(error, match=word):
        ENTRIES[entry](y)


def test_arguments_that_mean_nothing_are_refused():
    y = SIGNALS["music"]
    for call in (
        lambda: gtzan.feature.mfcc(y=y, n_mfcc=0),
        lambda: gtzan.feature.mfcc(y=y, n_mfcc=21),
        lambda: gtzan.feature.mfcc(y=y, sr=0),
        lambda: gtzan.features(y, descriptors="all"),
        lambda: gtzan.features(y, convention="librosa-0.8"),
        lambda: gtzan.features(y, 100),
        lambda: gtzan.features(y, 44100, descriptors="extended"),
        lambda: gtzan.feature.spectral_contrast(y=y, sr=44100),
        lambda: gtzan.onset.onset_strength(y=y, aggregate=np.max),
        lambda: gtzan.beat.beat_track(y=y, units="bars"),
        lambda: gtzan.feature.tempo(),
        lambda: gtzan.plot.mel(y, theme="blue"),
        lambda: gtzan.plot.mel(y[:100]),
        lambda: gtzan.feature_names("none"),
    ):
        with pytest.raises(ValueError):
            call()


def test_pictures_are_shown_and_saved(tmp_path):
    y = SIGNALS["music"]
    kinds = [name for name in dir(gtzan.plot) if callable(getattr(gtzan.plot, name)) and name.islower()]
    assert len(kinds) == 11
    for kind in kinds:
        picture = getattr(gtzan.plot, kind)(y)
        assert picture._repr_svg_().startswith("<svg")
    picture.save(tmp_path / "a.svg")
    picture.save(tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(ValueError, match="neither .svg nor .png"):
        picture.save(tmp_path / "a.gif")
