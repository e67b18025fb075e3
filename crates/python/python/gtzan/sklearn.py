"""Songs to rows as a step of scikit-learn's pipelines."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_array

from . import _gtzan
from ._songs import extract, features


class AudioFeatures(TransformerMixin, BaseEstimator):
    """Descriptors of songs.

    ``transform`` takes paths, bytes or ``(name, bytes)``, of which each song is one row, the mean of its clips; or samples,
    ``[songs, samples]``, at the rate ``sr``. It gives ``[songs, 57]``, or ``[songs, 349]`` with ``descriptors="extended"``.

    Parameters
    ----------
    descriptors : {"classic", "extended"}
    convention : {"librosa-0.7", "librosa-0.11"}
    clip_seconds : float
        Length of the clips that files are cut into.
    sr : float
        Sampling rate of samples; files have their own, and are taken at 22 050 Hz.
    jobs : int or None
        Processes that read files, one a core unless told otherwise.
    """

    def __init__(
        self,
        descriptors: str = "classic",
        convention: str = "librosa-0.7",
        clip_seconds: float = 30.0,
        sr: float = 22050,
        jobs: int | None = None,
    ) -> None:
        self.descriptors = descriptors
        self.convention = convention
        self.clip_seconds = clip_seconds
        self.sr = sr
        self.jobs = jobs

    def fit(self, X: Any, y: Any = None) -> "AudioFeatures":
        """Learns nothing, but the number of samples of songs that are samples."""
        if not _are_songs(X):
            self.n_features_in_ = self._samples(X).shape[1]
        return self

    def transform(self, X: Any) -> NDArray[np.float64]:
        """The rows of songs. Raises for the first song that can't be used."""
        if _are_songs(X):
            return self._rows_of_songs(list(X))
        samples = self._samples(X)
        expected = getattr(self, "n_features_in_", samples.shape[1])
        if samples.shape[1] != expected:
            raise ValueError(
                f"X has {samples.shape[1]} features, but {type(self).__name__} is expecting {expected} features as input"
            )
        return np.stack([features(song, self.sr, self.descriptors, self.convention) for song in samples])

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the descriptors."""
        return np.array(_gtzan.feature_names(self.descriptors), dtype=object)

    def _samples(self, X: Any) -> NDArray[np.floating]:
        samples: NDArray[np.floating] = check_array(X, dtype=(np.float64, np.float32), estimator=self)
        return samples

    def _rows_of_songs(self, songs: Sequence[Any]) -> NDArray[np.float64]:
        table = extract(
            songs,
            self.clip_seconds,
            self.jobs,
            progress=False,
            descriptors=self.descriptors,
            convention=self.convention,
        )
        for path, status, kind, message in zip(table["path"], table["status"], table["kind"], table["message"]):
            if status != "ok":
                error = _gtzan.AudioError(f"{path}: {message}")
                error.path, error.kind = path, kind
                raise error
        rows = table.to_numpy(_gtzan.feature_names(self.descriptors))
        first = np.flatnonzero(table["clip"] == 0)
        if len(first) != len(songs):
            raise ValueError(f"{len(songs)} paths are {len(first)} songs; give files, and not folders")
        return np.add.reduceat(rows, first, axis=0) / np.diff(first, append=len(rows))[:, None]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.input_tags.string = True
        return tags


def _are_songs(X: Any) -> bool:
    """Whether these are songs, and not samples."""
    if isinstance(X, (str, bytes, os.PathLike)):
        raise ValueError("X must be a list of songs, not one")
    try:
        first = X[0]
    except (TypeError, KeyError, IndexError, NotImplementedError):
        return False
    if isinstance(first, tuple):
        return bool(first) and isinstance(first[0], str)
    return isinstance(first, (str, bytes, os.PathLike, _gtzan.Song))
