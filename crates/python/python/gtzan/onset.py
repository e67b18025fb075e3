"""Onsets, as ``librosa.onset`` has them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _gtzan


def onset_strength(
    *, y: NDArray[np.floating], sr: float = 22050, aggregate: Callable[..., Any] | None = None
) -> NDArray[np.float32]:
    """How much louder the mel bands get from frame to frame, ``[frames]``, in dB.

    ``aggregate`` is ``numpy.mean``, the default, or ``numpy.median``, the means of the bands' rises.
    """
    if aggregate not in (None, np.mean, np.median):
        raise ValueError("aggregate must be numpy.mean or numpy.median")
    return _gtzan.onset_envelope(y, sr, aggregate is np.median)
