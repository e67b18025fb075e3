"""Harmonic and percussive parts, as ``librosa.effects`` has them."""

import numpy as np
from numpy.typing import NDArray

from . import _gtzan


def hpss(y: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The harmonic and the percussive waveform, each as long as ``y``. Together they are ``y``."""
    harmonic, percussive = _gtzan.hpss(y)
    return harmonic, percussive


def harmonic(y: NDArray[np.floating]) -> NDArray[np.float32]:
    """The harmonic waveform."""
    return hpss(y)[0]


def percussive(y: NDArray[np.floating]) -> NDArray[np.float32]:
    """The percussive waveform."""
    return hpss(y)[1]
