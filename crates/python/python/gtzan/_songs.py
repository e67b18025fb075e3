"""Songs to rows and verdicts."""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _gtzan
from ._gtzan import Extractor, Model, Prediction, Predictor, Song, Table
from ._progress import counted

Source = Any
"""A path, bytes, ``(name, bytes)``, a file that is open for reading bytes, or a ``Song``."""


def features(
    y: NDArray[np.floating], sr: float = 22050, descriptors: str = "classic", convention: str = "librosa-0.7"
) -> NDArray[np.float64]:
    """The descriptors of a clip, ``[57]`` or, with ``descriptors="extended"``, ``[349]``.

    ``FEATURE_NAMES`` and ``EXTENDED_NAMES`` are their names. ``convention`` says whose numbers: ``librosa-0.7``, the GTZAN
    dataset's own, or ``librosa-0.11``.
    """
    return _gtzan.features(y, sr, descriptors, convention)


def extract(
    paths: Source | Iterable[Source],
    clip_seconds: float = 30,
    jobs: int | None = None,
    progress: bool = True,
    *,
    descriptors: str = "classic",
    convention: str = "librosa-0.7",
    limits: dict[str, float] | None = None,
) -> Table:
    """Descriptors of songs and folders of songs, a row a clip.

    The table has ``path``, ``clip``, ``start`` and ``end`` in s, ``length`` in samples, the descriptors, ``status``, ``kind`` and
    ``message``. Files are read by ``jobs`` processes, one a core unless told otherwise. A file that can't be used, or that
    crashes or hangs the process that reads it, is a row with ``status`` ``failed`` and nulls. ``limits`` changes what a file may
    take: ``file`` and ``memory`` in MiB, ``seconds`` of sound, ``channels``, ``rate`` in Hz, ``time`` in s.
    """
    extractor = Extractor(
        descriptors=descriptors, convention=convention, clip_seconds=clip_seconds, jobs=jobs, limits=limits
    )
    songs = _songs(paths)
    with counted(len(songs), "song", progress) as step:
        return extractor.extract(songs, step)


def predict(song: Source, model: Model | str | os.PathLike[str] | None = None) -> Prediction:
    """The genre of a song.

    ``model`` is a ``Model``, the folder of one, or a name in the box; the best in the box unless told otherwise.

    Raises ``AudioError`` for a song that can't be used, ``FileNotFoundError`` and its kin for one that can't be read.
    """
    return (model if isinstance(model, Model) else _model(model)).listen(song)


def predict_many(
    paths: Source | Iterable[Source],
    model: Model | str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    progress: bool = True,
    *,
    limits: dict[str, float] | None = None,
) -> Table:
    """The genres of songs and folders of songs, a row a song, failed ones included; see ``extract`` and ``Predictor``."""
    predictor = Predictor(model=model, jobs=jobs, limits=limits)
    songs = _songs(paths)
    with counted(len(songs), "song", progress) as step:
        return predictor.predict(songs, step)


def _model(name: str | os.PathLike[str] | None) -> Model:
    # Those in the box don't change; a folder may hold another model the next time.
    return _boxed() if name is None else Model.load(name)


@lru_cache(maxsize=1)
def _boxed() -> Model:
    return Model.load()


def _songs(sources: Source | Iterable[Source]) -> Sequence[Source]:
    """Songs in the order of what is given; paths are looked into."""
    if isinstance(sources, (str, os.PathLike, bytes, bytearray, memoryview, tuple, Song)) or hasattr(sources, "read"):
        sources = [sources]
    songs: list[Source] = []
    paths: list[Source] = []
    for source in sources:
        if isinstance(source, (str, os.PathLike)):
            paths.append(source)
            continue
        songs += _gtzan.find(paths)
        paths.clear()
        songs.append(source)
    return songs + _gtzan.find(paths)
