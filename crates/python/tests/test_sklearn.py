"""``AudioFeatures`` in scikit-learn's pipelines, and before its checks."""

import numpy as np
import pytest

sklearn = pytest.importorskip("sklearn")

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import gtzan
from conftest import music, write_wav
from gtzan.sklearn import AudioFeatures


@parametrize_with_checks([AudioFeatures()])
def test_scikit_learn_is_content(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def songs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("songs")
    random = np.random.default_rng(0)
    kinds = (lambda number: music(1.5, number), lambda _: (0.1 * random.standard_normal(33075)).clip(-1, 1))
    paths = [write_wav(folder / f"{number}.wav", kinds[number % 2](number)) for number in range(12)]
    return [str(path) for path in paths], np.arange(12) % 2


def test_songs_are_classified(songs):
    paths, genres = songs
    pipe = make_pipeline(AudioFeatures(), StandardScaler(), LogisticRegression())
    assert cross_val_score(pipe, paths, genres, cv=3).mean() > 0.9
    search = GridSearchCV(pipe, {"audiofeatures__descriptors": ["classic", "extended"]}, cv=2).fit(paths, genres)
    assert search.predict([paths[0]]) == [0]


def test_rows_are_those_of_the_library(songs):
    paths, _ = songs
    transform = clone(AudioFeatures(descriptors="extended"))
    rows = transform.fit_transform(paths)
    assert rows.shape == (12, 349) and list(transform.get_feature_names_out()) == gtzan.EXTENDED_NAMES
    loaded = [gtzan.load(path)[0] for path in paths]
    np.testing.assert_array_equal(rows, [gtzan.features(y, descriptors="extended") for y in loaded])
    np.testing.assert_array_equal(AudioFeatures(descriptors="extended").fit_transform(np.stack(loaded)), rows)
    frame = AudioFeatures().set_output(transform="pandas").fit_transform(paths)
    assert list(frame.columns) == gtzan.FEATURE_NAMES


def test_clips_are_averaged(tmp_path):
    path = write_wav(tmp_path / "long.wav", music(7.0))
    table = gtzan.extract(path, 3, progress=False)
    rows = AudioFeatures(clip_seconds=3).fit_transform([str(path)])
    np.testing.assert_allclose(rows[0], table.to_numpy(gtzan.FEATURE_NAMES).mean(axis=0))


def test_a_song_that_cannot_be_used_is_named(songs, tmp_path):
    with pytest.raises(gtzan.AudioError, match="<bytes>") as caught:
        AudioFeatures().fit_transform([songs[0][0], b"garbage"])
    assert caught.value.kind == "unsupported"
    for number in range(2):
        write_wav(tmp_path / f"{number}.wav", music(1.0))
    with pytest.raises(ValueError, match="give files"):
        AudioFeatures().fit_transform([str(tmp_path)])
    with pytest.raises(ValueError, match="list of songs"):
        AudioFeatures().fit_transform(songs[0][0])
