"""Tempo and beats, as ``librosa.beat`` has them."""

import numpy as np
from numpy.typing import NDArray

from . import _gtzan

HOP_LENGTH = 512
"""Samples between frames."""


def beat_track(
    *, y: NDArray[np.floating], sr: float = 22050, units: str = "frames"
) -> tuple[NDArray[np.float64], NDArray[np.int64] | NDArray[np.float64]]:
    """Tempo in beats per minute, ``[1]``, and where the beats are, in ``frames``, ``samples`` or s (``time``)."""
    if units not in ("frames", "samples", "time"):
        raise ValueError(f"units must be frames, samples or time, not {units!r}")
    tempo, frames = _gtzan.beat_track(y, sr)
    if units == "frames":
        return np.array([tempo]), frames
    samples = HOP_LENGTH * frames
    return np.array([tempo]), samples if units == "samples" else samples / sr
