"""``gtzan.load`` beside ``librosa.load`` and the samples that were written."""

import io
import os
import threading
import wave
from pathlib import Path

import numpy as np
import pytest

import gtzan
from conftest import RATE, music, write_wav


def written(samples):
    return (samples * 32767).round().astype(np.int16).astype(np.float32) / 32768


def test_samples_are_those_of_the_file(song):
    y, sr = gtzan.load(song)
    assert (sr, y.dtype, y.ndim) == (RATE, np.float32, 1)
    np.testing.assert_array_equal(y, written(music()))


def test_paths_bytes_and_files_are_the_same(song):
    expected, _ = gtzan.load(str(song))
    content = song.read_bytes()
    for source in (content, bytearray(content), memoryview(content), ("a.wav", content), io.BytesIO(content)):
        np.testing.assert_array_equal(gtzan.load(source)[0], expected)
    with song.open("rb") as file:
        np.testing.assert_array_equal(gtzan.load(file)[0], expected)


def test_a_part_is_where_librosa_has_it(song):
    whole, _ = gtzan.load(song)
    y, _ = gtzan.load(song, offset=0.7303, duration=1.2501)
    np.testing.assert_array_equal(y, whole[int(0.7303 * RATE) :][: int(1.2501 * RATE)])


def test_channels_are_kept_where_they_are_asked_for(tmp_path):
    stereo = np.stack([music(2, 1), music(2, 2)])
    path = write_wav(tmp_path / "stereo.wav", stereo, 44100)
    both, sr = gtzan.load(path, sr=None, mono=False)
    assert sr == 44100
    np.testing.assert_array_equal(both, written(stereo))
    np.testing.assert_array_equal(gtzan.load(path, sr=None)[0], both.mean(axis=0))
    assert gtzan.load(path, mono=False)[0].shape == (2, len(both[0]) // 2)
    mono = write_wav(tmp_path / "mono.wav", music(2))
    assert gtzan.load(mono, mono=False)[0].ndim == 1


def test_librosa_loads_the_same(tmp_path):
    librosa = pytest.importorskip("librosa")
    # Just below the lower rate's half, each resampler has a slope of its own: nothing sounds there.
    for rate in (RATE, 44100, 48000, 16000):
        t = np.arange(3 * rate) / rate
        chords = [sum(0.1 * np.sin(2 * np.pi * f * t) for f in (110, 880 + n, 2500, 5000 + n)) for n in (0, 1)]
        path = write_wav(tmp_path / f"{rate}.wav", np.stack(chords), rate)
        for sr, mono in ((None, True), (None, False), (RATE, True), (RATE, False)):
            ours, theirs = gtzan.load(path, sr=sr, mono=mono), librosa.load(path, sr=sr, mono=mono)
            assert ours[1] == theirs[1] and ours[0].shape == theirs[0].shape and ours[0].dtype == theirs[0].dtype
            if sr is None or rate == sr:
                np.testing.assert_array_equal(ours[0], theirs[0])
            else:
                error = np.sqrt(np.mean((ours[0] - theirs[0]) ** 2) / np.mean(theirs[0] ** 2))
                assert error < 0.02, (rate, error)


def test_real_tracks_load_as_librosa_loads_them(gtzan_data):
    librosa = pytest.importorskip("librosa")
    tracks = sorted((gtzan_data / "genres_original").glob("*/*"))[::8]
    assert tracks
    for track in tracks:
        ours, theirs = gtzan.load(track), librosa.load(track)
        np.testing.assert_array_equal(ours[0], theirs[0])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_others_work_while_it_waits(song, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Holding on to the interpreter, it would wait for this thread for ever.
    writer = threading.Thread(target=lambda: pipe.write_bytes(song.read_bytes()))
    writer.start()
    np.testing.assert_array_equal(gtzan.load(pipe)[0], gtzan.load(song)[0])
    writer.join()


class Closed(io.BytesIO):
    def read(self, *_):
        raise ValueError("I/O operation on closed file")


@pytest.mark.parametrize(
    ("source", "error", "word"),
    [
        (b"la la la " * 100, gtzan.AudioError, "bytes"),
        (b"", gtzan.AudioError, "bytes"),
        (b"RIFF\xff\xff\xff\x7fWAVEfmt ", gtzan.AudioError, "bytes"),
        (Closed(), ValueError, "closed"),
        (io.StringIO("text"), TypeError, '"rb"'),
        (("name", "text"), TypeError, "must be bytes"),
        (7, TypeError, "not int"),
        (None, TypeError, "not NoneType"),
        (np.zeros(9), TypeError, "not ndarray"),
        ("missing.wav", FileNotFoundError, "missing.wav"),
        (Path("missing/x.wav"), FileNotFoundError, "x.wav"),
        ("a\0b", (ValueError, OSError), ""),
    ],
)
def test_what_is_no_audio_is_an_exception(source, error, word):
    with pytest.raises(error, match=word):
        gtzan.load(source)


def test_audio_errors_tell_path_and_kind(tmp_path):
    path = tmp_path / "text.wav"
    path.write_text("la la la" * 100)
    with pytest.raises(gtzan.AudioError) as caught:
        gtzan.load(path)
    assert (caught.value.path, caught.value.kind) == (str(path), "unsupported")
    assert str(caught.value).startswith(str(path))
    with pytest.raises(IsADirectoryError):
        gtzan.load(tmp_path)
    closed = path.open("rb")
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        gtzan.load(closed)


@pytest.mark.parametrize(
    "options",
    [{"sr": 0}, {"sr": -1}, {"sr": 22050.5}, {"sr": float("nan")}, {"sr": 1e12}, {"offset": -1}, {"duration": 0}]
    + [{"offset": float("nan")}, {"duration": float("inf")}],
)
def test_options_that_mean_nothing_are_refused(song, options):
    with pytest.raises(ValueError):
        gtzan.load(song, **options)


def test_an_offset_past_the_end_is_no_audio(song):
    with pytest.raises(gtzan.AudioError, match="past the end"):
        gtzan.load(song, offset=100)


def test_eight_bits_and_three_channels(tmp_path):
    path = tmp_path / "odd.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((3, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(0, 240)) * 40)
    y, sr = gtzan.load(path, sr=None, mono=False)
    assert (y.shape, sr) == ((3, 3200), 8000)
    assert y[1][0] == (1 - 128) / 128
