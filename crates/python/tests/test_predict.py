"""Verdicts: of one song, of many, and of rows."""

import pickle

import numpy as np
import pytest

import gtzan
from conftest import music, write_wav


def test_a_song_has_a_genre_or_a_doubt(song):
    verdict = gtzan.predict(song)
    assert verdict.path == str(song)
    assert (verdict.genre == "unsure") == (verdict.doubt is not None)
    assert len(verdict.top) == 10 and verdict.top[0][1] == pytest.approx(verdict.confidence)
    assert sum(probability for _, probability in verdict.top) == pytest.approx(1, abs=1e-5)
    assert verdict.clips[0]["start"] == 0
    told = verdict.to_dict()
    assert told["path"] == str(song) and told["genre"] == verdict.genre
    assert repr(verdict).startswith("gtzan.Prediction(")


def test_notebooks_show_bars_a_strip_and_a_player(tmp_path):
    path = write_wav(tmp_path / "<b>.wav", music(65.0))
    shown = gtzan.predict(path)._repr_html_()
    assert "<audio controls src=" in shown and "&lt;b&gt;.wav" in shown and "<b>.wav" not in shown
    assert shown.count("<span title=") == 2
    verdict = gtzan.predict(path)
    path.unlink()
    assert "<audio" not in verdict._repr_html_()


def test_many_songs_are_a_table_with_the_same_verdicts(song, tmp_path):
    other = write_wav(tmp_path / "other.wav", music(5.0, 3))
    table = gtzan.predict_many([song, b"garbage", other], progress=False)
    labels = gtzan.Predictor().labels
    probabilities = table.to_numpy([f"p_{label}" for label in labels])
    assert table["status"] == ["ok", "failed", "ok"] and np.isnan(probabilities[1]).all()
    for row, path in ((0, song), (2, other)):
        verdict = gtzan.predict(path)
        assert table["genre"][row] == verdict.genre and table["doubt"][row] == verdict.doubt
        assert dict(zip(labels, probabilities[row])) == pytest.approx(dict(verdict.top))


@pytest.mark.parametrize("name", [None, "gtzan-features", "gtzan-extended"])
def test_rows_have_the_probabilities_of_their_song(song, name):
    model = gtzan.Model.load(name)
    y, sr = gtzan.load(song)
    descriptors = "classic" if len(model.columns) == 57 else "extended"
    assert model.columns == gtzan.feature_names(descriptors)
    row = gtzan.features(y, sr, descriptors)[None]
    probabilities = model.predict_proba(row)
    assert probabilities.dtype == np.float32 and probabilities.shape == (1, len(model.labels))
    assert dict(zip(model.labels, probabilities[0])) == pytest.approx(dict(model.listen(song).top), abs=1e-6)
    np.testing.assert_allclose(model.predict_proba(row.astype(np.float32)), probabilities, atol=1e-5)
    assert model.predict(np.repeat(row, 3, 0)[::2]) == [model.listen(song).top[0][0]] * 2
    assert model.predict_proba(row[:0]).shape == (0, 10)


def test_a_model_is_saved_and_loaded(song, tmp_path):
    model = gtzan.Model.load()
    model.save(tmp_path / "mine")
    again = gtzan.Model.load(tmp_path / "mine")
    assert again.card == model.card and again.spec == model.spec and again.labels == model.labels
    assert again.listen(song).top == model.listen(song).top == gtzan.predict(song, tmp_path / "mine").top
    with pytest.raises((OSError, ValueError), match="will not be replaced"):
        model.save(tmp_path)


def test_models_that_are_none_are_exceptions(tmp_path):
    with pytest.raises(FileNotFoundError, match="gtzan-extended"):
        gtzan.Model.load("no-such-model")
    with pytest.raises(gtzan.ModelError, match="no model here"):
        gtzan.Model.load(tmp_path)
    (tmp_path / "bundle.json").write_text("{}")
    (tmp_path / "model.bpk").write_bytes(b"weights")
    with pytest.raises(gtzan.ModelError, match="not a model's description"):
        gtzan.Model.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        gtzan.predict_many([], model="nowhere", progress=False)


@pytest.mark.parametrize(
    ("rows", "error", "word"),
    [
        (np.zeros((3, 57)), ValueError, "57 columns, and the model takes 349"),
        (np.zeros(349), TypeError, r"shape \(349,\)"),
        (np.zeros((1, 349), dtype=int), TypeError, "int64"),
        (np.full((2, 349), np.nan), ValueError, "row 0, column 0"),
        (np.full((1, 349), np.inf, dtype=np.float32), ValueError, "not a finite number"),
        ([[0.0] * 349], TypeError, "not list"),
    ],
)
def test_rows_that_are_none_are_exceptions(rows, error, word):
    with pytest.raises(error, match=word):
        gtzan.Model.load().predict_proba(rows)


def test_songs_that_are_none_are_exceptions(tmp_path):
    with pytest.raises(FileNotFoundError):
        gtzan.predict(tmp_path / "nowhere.mp3")
    with pytest.raises(gtzan.AudioError) as caught:
        gtzan.predict(b"garbage" * 100)
    assert caught.value.kind == "unsupported"
    short = write_wav(tmp_path / "short.wav", music(0.05))
    with pytest.raises(gtzan.AudioError) as caught:
        gtzan.predict(short)
    assert (caught.value.kind, caught.value.path) == ("too_short", str(short))
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.kind, str(again)) == ("too_short", str(caught.value))
