"""``gtzan.extract``: many files to a table, whatever is among them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import gtzan
from conftest import RATE, music, write_wav


@pytest.fixture
def library(tmp_path):
    """Songs in folders, and what lies beside them."""
    for number, genre in enumerate(("jazz", "rock")):
        (tmp_path / genre).mkdir()
        for song in range(2):
            write_wav(tmp_path / genre / f"{genre}.{song}.wav", music(3.0, 10 * number + song))
    (tmp_path / "jazz" / "broken.wav").write_bytes(b"RIFF" + bytes(100))
    (tmp_path / "jazz" / "empty.mp3").write_bytes(b"")
    (tmp_path / "rock" / "cover.jpg").write_bytes(b"\xff\xd8")
    return tmp_path


def test_a_library_is_a_table(library):
    with pytest.warns(UserWarning, match="passed over"):
        table = gtzan.extract(library, progress=False)
    assert table.num_rows == len(table) == 6
    assert table.column_names == ["path", "clip", "start", "end", "length", *gtzan.FEATURE_NAMES, "status", "kind", "message"]
    assert table["status"].count("ok") == 4 and table["status"].count("failed") == 2
    for path, status, kind, message in zip(table["path"], table["status"], table["kind"], table["message"]):
        assert (status == "ok") == (kind is None) == (message is None)
        assert os.path.basename(path) in ("broken.wav", "empty.mp3") or status == "ok"


def test_rows_are_those_of_single_clips(library):
    paths = sorted(library.glob("*/*.?.wav"))
    table = gtzan.extract(paths, progress=False, descriptors="extended")
    values = table.to_numpy(gtzan.EXTENDED_NAMES)
    assert values.shape == (4, 349) and values.dtype == np.float64
    for path, row in zip(paths, values):
        y, sr = gtzan.load(path)
        np.testing.assert_array_equal(row, gtzan.features(y, sr, descriptors="extended"))


def test_long_songs_are_clips(tmp_path):
    path = write_wav(tmp_path / "long.wav", music(7.0))
    table = gtzan.extract(path, clip_seconds=3, progress=False)
    assert table["clip"].tolist() == [0, 1] and table["path"] == [str(path)] * 2
    # Clips have the dataset's length, which is a sample less than their distance.
    np.testing.assert_allclose(table["start"], [0, 66150 / RATE])
    np.testing.assert_allclose(table["end"], [66149 / RATE, (66150 + 66149) / RATE])


def test_bytes_files_and_paths_come_in_their_order(song):
    with song.open("rb") as file:
        table = gtzan.extract([("b", song.read_bytes()), song, b"garbage" * 9, file, "missing.wav"], progress=False)
    assert table["path"] == ["b", str(song), "<bytes>", str(song), "missing.wav"]
    assert table["kind"] == [None, None, "unsupported", None, "unreadable"]
    assert np.isnan(table["tempo"][[2, 4]]).all() and (table["tempo"][:2] == table["tempo"][3]).all()


def test_pandas_polars_and_pyarrow_take_it(library):
    pandas, pyarrow = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    table = gtzan.extract(sorted(library.glob("*/*")), progress=False)
    frame, arrow = table.to_pandas(), table.to_pyarrow()
    assert isinstance(frame, pandas.DataFrame) and isinstance(arrow, pyarrow.Table)
    assert list(frame.columns) == arrow.column_names == table.column_names
    assert arrow.equals(pyarrow.table(table)) and arrow["tempo"].null_count == 3
    np.testing.assert_array_equal(frame["tempo"].to_numpy(float), table["tempo"])
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(table)["status"].to_list() == table["status"]


def test_progress_counts_songs_and_may_end_the_work(library):
    songs, seen = gtzan.find(sorted(library.glob("*/*.wav"))), []
    gtzan.Extractor().extract(songs, lambda: seen.append(1))
    assert len(seen) == len(songs) == 5

    class Enough(Exception):
        pass

    def stop():
        raise Enough

    with pytest.raises(Enough):
        gtzan.Extractor(jobs=1).extract(songs * 100, stop)


def test_a_cue_sheet_makes_songs(tmp_path):
    write_wav(tmp_path / "album.wav", music(8.0))
    (tmp_path / "album.cue").write_text(
        'FILE "album.wav" WAVE\n TRACK 01 AUDIO\n  TITLE "One"\n  INDEX 01 00:00:00\n'
        ' TRACK 02 AUDIO\n  TITLE "Two"\n  INDEX 01 00:04:00\n'
    )
    songs = gtzan.find([tmp_path])
    assert [os.path.basename(song.name) for song in songs] == ["album#01 One.wav", "album#02 Two.wav"]
    assert gtzan.extract(songs, progress=False)["status"] == ["ok", "ok"]


HANGS = """
import os, sys
import gtzan
table = gtzan.extract(sys.argv[1:], progress=False, jobs=1, limits={"time": 1.0})
print(table["status"], table["kind"])
"""


def test_a_file_that_hangs_costs_itself_alone(song, tmp_path):
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    # Somebody holds it open and writes nothing.
    holder = os.open(pipe, os.O_RDWR)
    try:
        out = subprocess.run([sys.executable, "-c", HANGS, pipe, song], capture_output=True, text=True, timeout=60)
    finally:
        os.close(holder)
    assert out.stdout.strip() == "['failed', 'ok'] ['timeout', None]", out.stderr


def test_a_file_that_needs_too_much_memory_costs_itself_alone(song, tmp_path):
    # One clip of ten minutes is more than the worker may have; the next song has a new worker.
    long = write_wav(tmp_path / "long.wav", np.tile(music(60.0), 10))
    table = gtzan.extract([long, song], jobs=1, clip_seconds=600, progress=False, limits={"memory": 200})
    assert table["status"] == ["failed", "ok"] and table["kind"][0] == "crashed"
    assert "limit `memory`" in table["message"][0]


INTERRUPTED = """
import sys, time
import gtzan
print("begun", flush=True)
try:
    gtzan.Extractor().extract(sys.argv[1:] * 50000)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_ctrl_c_ends_it(song):
    process = subprocess.Popen([sys.executable, "-c", INTERRUPTED, song], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "interrupted\n" and process.returncode == 0


@pytest.mark.parametrize(
    ("options", "error", "word"),
    [
        ({"clip_seconds": 0.01}, ValueError, "clip"),
        ({"clip_seconds": float("nan")}, ValueError, "clip"),
        ({"jobs": 0}, ValueError, "jobs"),
        ({"jobs": -1}, OverflowError, ""),
        ({"limits": {"speed": 1}}, ValueError, "limits: unknown field `speed`"),
        ({"limits": {"time": "long"}}, ValueError, "limits"),
        ({"limits": 7}, ValueError, "limits"),
        ({"descriptors": "all"}, ValueError, "all"),
        ({"descriptors": "extended", "convention": "librosa-0.11"}, ValueError, "no librosa-0.11 form"),
    ],
)
def test_options_that_mean_nothing_are_refused(song, options, error, word):
    with pytest.raises(error, match=word):
        gtzan.extract(song, progress=False, **options)


def test_what_is_no_song_is_refused():
    for inputs in ([7], [None], [np.zeros(9)], [("a", 7)]):
        with pytest.raises(TypeError):
            gtzan.extract(inputs, progress=False)
    with pytest.raises(KeyError):
        gtzan.extract([b""], progress=False)["no such column"]
    with pytest.raises(TypeError, match="no numbers"):
        gtzan.extract([b""], progress=False).to_numpy(["path"])


def test_nothing_is_an_empty_table():
    table = gtzan.extract([], progress=False)
    assert len(table) == 0 and table.to_numpy(gtzan.FEATURE_NAMES).shape == (0, 57)


def children():
    """Processes of this one, by their numbers."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_workers_wait_for_the_next_call_and_go_with_the_extractor(song):
    before, extractor = children(), gtzan.Extractor(jobs=1)
    rows = [extractor.extract([song])["tempo"]]
    workers = children() - before
    assert len(workers) == 1
    rows.append(extractor.extract([song])["tempo"])
    assert children() - before == workers and rows[0] == rows[1]
    # One that is killed while it waits is replaced.
    os.kill(int(workers.pop()), signal.SIGKILL)
    assert extractor.extract([song])["status"] == ["ok"]
    del extractor
    assert children() == before


FORKED = """
import os, sys
import gtzan
extractor = gtzan.Extractor(jobs=1)
first = extractor.extract([sys.argv[1]])["tempo"][0]
child = os.fork()
again = extractor.extract([sys.argv[1]] * 20)["tempo"]
assert len(again) == 20 and (again == first).all()
if child:
    assert os.waitpid(child, 0)[1] == 0
    print("done")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system can't fork")
def test_a_fork_has_workers_of_its_own(song):
    out = subprocess.run([sys.executable, "-W", "ignore", "-c", FORKED, song], capture_output=True, text=True, timeout=60)
    assert out.stdout == "done\n", out.stderr
