"""Training from folders, tables and arrays."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import gtzan
from conftest import music, write_wav

FEW = {"training": {"epochs": 30}}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """Songs of two genres, music and noise."""
    folder, random = tmp_path_factory.mktemp("corpus"), np.random.default_rng(0)
    for number in range(12):
        for genre in ("music", "noise"):
            (folder / genre).mkdir(exist_ok=True)
            samples = music(1.5, number) if genre == "music" else (0.1 * random.standard_normal(33075)).clip(-1, 1)
            write_wav(folder / genre / f"{number}.wav", samples)
    return folder


def rows(count=90):
    random = np.random.default_rng(0)
    y = np.array(["low", "high"] * (count // 2))
    X = random.standard_normal((count, 5)) + 3 * (y == "high")[:, None]
    return X, y


def test_a_folder_of_music_is_learnt(corpus, tmp_path):
    run = gtzan.train(corpus, out=tmp_path / "run", config=FEW, progress=False)
    assert run.folder == tmp_path / "run" and run.accuracy > 0.9
    assert run.metrics["test"]["accuracy"] == run.accuracy
    assert len(run.history) == 30 and run.history[-1]["train_loss"] < run.history[0]["train_loss"]
    assert run.model.listen(corpus / "music" / "0.wav").top[0][0] == "music"
    page = run.report()
    assert page.path.is_file() and page._repr_html_().startswith("<iframe srcdoc=")
    assert gtzan.Model.load(tmp_path / "run").labels == ["music", "noise"]


def test_arrays_are_learnt(tmp_path):
    X, y = rows()
    run = gtzan.train(X=X, y=y, config=FEW, columns=["a", "b", "c", "d", "e"], progress=False)
    assert run.accuracy > 0.9 and run.model.columns == ["a", "b", "c", "d", "e"] and run.model.spec is None
    assert np.mean(np.array(run.model.predict(X)) == y) > 0.9
    backwards = gtzan.train(X=X, y=y, config=FEW, columns=["e", "d", "c", "b", "a"], progress=False)
    assert backwards.model.columns == ["e", "d", "c", "b", "a"]
    np.testing.assert_array_equal(backwards.model.predict_proba(X), run.model.predict_proba(X))
    many = np.concatenate([X, np.zeros((len(X), 7))], axis=1)
    assert gtzan.train(X=many, y=y, config=FEW, progress=False).model.columns == [f"x{at}" for at in range(12)]
    with pytest.raises(ValueError, match="trained on a table"):
        run.model.listen(write_wav(tmp_path / "a.wav", music(1.0)))
    assert gtzan.train(X=X.astype(np.float32), y=list(y), config=FEW, progress=False).accuracy > 0.9
    assert gtzan.train(X=(100 * X).astype(int), y=list(y), config=FEW, progress=False).accuracy > 0.9


def test_rows_of_a_group_are_one_song():
    X, y = rows(120)
    groups = np.repeat(np.arange(60), 2)
    run = gtzan.train(X=X, y=np.repeat(y[:60], 2), groups=groups, config=FEW, progress=False)
    assert sum(run.metrics[part] for part in ("n_train", "n_valid", "n_test")) == 60


def test_a_table_is_learnt_and_settings_may_lie_in_a_file(corpus, tmp_path):
    table = gtzan.extract(corpus, progress=False).to_pandas()
    table["filename"] = table["path"]
    table["label"] = [path.split("/")[-2] for path in table["path"]]
    table.to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "few.toml").write_text('name = "few"\n[training]\nepochs = 30\n')
    run = gtzan.train(
        features=tmp_path / "table.csv", config=tmp_path / "few.toml", out=tmp_path / "run", progress=False
    )
    assert run.accuracy > 0.9


def test_files_that_cannot_be_used_are_told(corpus, tmp_path):
    (corpus / "noise" / "broken.wav").write_bytes(b"RIFF")
    try:
        with pytest.warns(UserWarning, match="skipped: .*broken.wav"):
            gtzan.train(corpus, out=tmp_path / "run", config=FEW, progress=False)
    finally:
        (corpus / "noise" / "broken.wav").unlink()


STOPPED = """
import sys
import gtzan
class Told(gtzan._train._Progress):
    def epoch(self, event):
        print(event["epoch"], flush=True)
gtzan._train._Progress = Told
try:
    gtzan.train(sys.argv[1], out=sys.argv[2], config={"training": {"epochs": 20000}}, progress=False)
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_stops_a_training_that_can_go_on(corpus, tmp_path):
    arguments = [sys.executable, "-c", STOPPED, corpus, tmp_path / "run"]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "1\n"
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0].endswith("stopped\n") and process.returncode == 0
    assert not (tmp_path / "run").exists() or not (tmp_path / "run" / "metrics.json").exists()
    with pytest.raises(OSError, match="stopped"):
        gtzan.train(corpus, out=tmp_path / "run", config=FEW, progress=False)


READING = """
import sys
import gtzan
try:
    gtzan.train(sys.argv[1], out=sys.argv[2], progress=False)
except KeyboardInterrupt:
    print("stopped")
"""


def test_ctrl_c_stops_the_reading_of_tracks(corpus, tmp_path):
    music, cache = tmp_path / "music", tmp_path / "cache"
    for genre in ("music", "noise"):
        (music / genre).mkdir(parents=True)
        for number in range(2000):
            content = bytearray((corpus / genre / "0.wav").read_bytes())
            content[1000:1004] = number.to_bytes(4, "little")
            (music / genre / f"{number}.wav").write_bytes(content)
    arguments = [sys.executable, "-c", READING, music, tmp_path / "run"]
    environment = {**os.environ, "GTZAN_CACHE": str(cache)}
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment)
    while not list(cache.rglob("*")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "stopped\n" and process.returncode == 0
    assert len(list(cache.rglob("*"))) < 4000
    # Nothing was begun that could be gone on with.
    assert not list(tmp_path.glob("run*"))


@pytest.mark.parametrize(
    ("arguments", "error", "word"),
    [
        ({"data": "nowhere"}, ValueError, "nowhere"),
        ({"features": "nowhere.csv"}, (OSError, ValueError), "nowhere.csv"),
        ({"data": "a", "features": "b"}, ValueError, "one of"),
        ({"X": np.zeros((4, 2))}, ValueError, "X goes with y"),
        ({"y": ["a"]}, ValueError, "X goes with y"),
        ({"groups": ["a"]}, ValueError, "go with X"),
        ({"X": np.zeros(4), "y": list("abab")}, ValueError, "shape"),
        ({"X": np.zeros((4, 2)), "y": list("aba")}, ValueError, "4 rows and 3 labels"),
        ({"X": np.zeros((4, 2)), "y": list("abab"), "groups": [1]}, ValueError, "4 rows and 1 groups"),
        ({"X": np.zeros((4, 2)), "y": list("abab"), "columns": ["a"]}, ValueError, "columns"),
        ({"X": np.zeros((4, 1)), "y": list("abab"), "columns": ["label"]}, ValueError, "called label"),
        ({"X": np.zeros((4, 2)), "y": list("abab"), "columns": ["a", "a"]}, ValueError, "stands twice"),
        ({"X": np.full((4, 2), np.nan), "y": list("abab")}, ValueError, r"X\[0, 0\]"),
        ({"X": np.array([["a", "b"]] * 4), "y": list("abab")}, TypeError, "float"),
        ({"X": np.zeros((4, 2)), "y": list("aaaa")}, ValueError, ""),
        ({"config": {"training": {"epoch": 5}}}, ValueError, "did you mean `epochs`"),
        ({"config": {"training": {"epochs": 0}}}, ValueError, "epochs"),
        ({"config": "nowhere.toml"}, OSError, "nowhere.toml"),
        ({"config": {"backend": "abacus"}}, ValueError, "unknown value `abacus`"),
    ],
)
def test_what_cannot_be_learnt_is_an_exception(tmp_path, arguments, error, word):
    with pytest.raises(error, match=word):
        gtzan.train(**arguments, out=tmp_path / "run", progress=False)
    assert not list(tmp_path.glob("run*"))


def test_what_is_no_run_is_not_replaced(corpus, tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(OSError, match="no earlier run"):
        gtzan.train(corpus, out=tmp_path, config=FEW, progress=False)
    with pytest.raises(OSError):
        gtzan.resume(tmp_path / "nowhere", progress=False)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_the_demo_corpus_is_the_same_each_time(tmp_path):
    first = gtzan.demo(tmp_path / "a", tracks_per_genre=1, seconds=0.5)
    second = gtzan.demo(tmp_path / "b", tracks_per_genre=1, seconds=0.5)
    assert len(first) == 10 and [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with pytest.raises(ValueError):
        gtzan.demo(tmp_path / "c", tracks_per_genre=0)
