"""The spectrogram, and crossings of zero, as librosa's functions of these names have them."""

import numpy as np
from numpy.typing import NDArray

from . import _gtzan


def stft(y: NDArray[np.floating]) -> NDArray[np.complex64]:
    """Short-time Fourier transform of samples ``[n]``, ``[1025, 1 + n // 512]``.

    Windows of 2048 samples (Hann), 512 apart, centred and padded with zeros: ``librosa.stft``'s defaults.
    """
    return _gtzan.stft(y)


def zero_crossings(y: NDArray[np.floating], *, threshold: float = 1e-10, pad: bool = True) -> NDArray[np.bool_]:
    """Whether the sign of each sample differs from the one before (``librosa.zero_crossings``).

    Samples no farther than ``threshold`` from zero count as zero, which is positive. The first sample, which has none before
    it, is what ``pad`` says.
    """
    negative = np.signbit(np.where(np.abs(y) <= threshold, 0.0, y))
    crossings = np.empty(np.shape(y), dtype=bool)
    crossings[..., :1] = pad
    crossings[..., 1:] = negative[..., 1:] != negative[..., :-1]
    return crossings
