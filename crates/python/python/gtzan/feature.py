"""Descriptors frame by frame, with the names, shapes and numbers of ``librosa.feature`` (0.11).

All are of windows of 2048 samples, 512 apart, centred and padded with zeros, librosa's defaults; other windows are not
computed. ``y`` is mono, float32 or float64; the arithmetic is that of librosa's for float32.
"""

import numpy as np
from numpy.typing import NDArray

from . import _gtzan

Samples = NDArray[np.floating]


def mfcc(*, y: Samples, sr: float = 22050, n_mfcc: int = 20) -> NDArray[np.float32]:
    """Mel-frequency cepstral coefficients, ``[n_mfcc, frames]``; at most 20 of them."""
    return _gtzan.mfcc(y, sr, n_mfcc)


def melspectrogram(*, y: Samples, sr: float = 22050) -> NDArray[np.float32]:
    """Power in 128 mel bands, ``[128, frames]``."""
    return _gtzan.melspectrogram(y, sr)


def chroma_stft(*, y: Samples, sr: float = 22050) -> NDArray[np.float32]:
    """Energy of the twelve pitch classes from C to B, the greatest of a frame being 1, ``[12, frames]``."""
    return _gtzan.chroma_stft(y, sr)


def spectral_centroid(*, y: Samples, sr: float = 22050) -> NDArray[np.float64]:
    """Mean frequency in Hz, weighted by magnitude, ``[1, frames]``."""
    return _gtzan.spectral_shape(y, sr)[0]


def spectral_bandwidth(*, y: Samples, sr: float = 22050) -> NDArray[np.float64]:
    """Standard deviation of the frequency in Hz, weighted by magnitude, ``[1, frames]``."""
    return _gtzan.spectral_shape(y, sr)[1]


def spectral_rolloff(*, y: Samples, sr: float = 22050) -> NDArray[np.float64]:
    """Lowest frequency in Hz that at least 85 % of the magnitude lies at or below, ``[1, frames]``."""
    return _gtzan.spectral_shape(y, sr)[2]


def spectral_contrast(*, y: Samples, sr: float = 22050) -> NDArray[np.float64]:
    """Difference in dB of peaks and valleys in seven bands of an octave, ``[7, frames]``; at 22 050 Hz only."""
    return _gtzan.spectral_contrast(y, sr)


def spectral_flatness(*, y: Samples) -> NDArray[np.float32]:
    """Geometric over arithmetic mean of the power: near 1 for noise, near 0 for tones, ``[1, frames]``."""
    return _gtzan.spectral_flatness(y)


def rms(*, y: Samples) -> NDArray[np.float32]:
    """Root of the mean square of each frame, ``[1, frames]``."""
    return _gtzan.rms(y)


def zero_crossing_rate(y: Samples) -> NDArray[np.float64]:
    """Share of a frame's samples at which the sign changes, ``[1, frames]``."""
    return _gtzan.zero_crossing_rate(y)


def tempo(*, y: Samples | None = None, sr: float = 22050, onset_envelope: Samples | None = None) -> NDArray[np.float64]:
    """Tempo in beats per minute, ``[1]``, of samples or of an onset envelope."""
    if onset_envelope is None:
        if y is None:
            raise ValueError("give the samples y, or an onset_envelope")
        onset_envelope = _gtzan.onset_envelope(y, sr, False)
    return np.array([_gtzan.tempo(onset_envelope, sr)])
