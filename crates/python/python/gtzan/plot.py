"""Pictures of samples, which notebooks show: the plots of the original notebook, with librosa 0.11's numbers.

``waveform``, ``spectrogram``, ``spectrogram_log``, ``mel``, ``chroma``, ``zero_crossing_rate``, ``zero_crossings`` (20 ms around the
loudest moment), ``onset`` (with beats and tempo), ``shape`` (centroid, bandwidth, roll-off), ``hpss`` and ``mfcc``.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import _gtzan

Samples = NDArray[np.floating]


class Picture:
    """A picture: notebooks show it, ``save`` writes it as SVG or PNG."""

    def __init__(self, y: Samples, sr: float, kind: str, theme: str) -> None:
        self._drawn = (y, sr, kind, theme)
        self.svg: str = self._draw("svg").decode()

    def _draw(self, form: str) -> bytes:
        y, sr, kind, theme = self._drawn
        return _gtzan.draw(y, sr, kind, form, theme)

    @property
    def png(self) -> bytes:
        """The picture as a PNG."""
        return self._draw("png")

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the picture, as its name ends: ``.svg`` or ``.png``."""
        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                target.write_text(self.svg, encoding="utf-8")
            case ".png":
                target.write_bytes(self.png)
            case ending:
                raise ValueError(f"{target}: {ending or 'no ending'} is neither .svg nor .png")

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"gtzan.plot.Picture({self._drawn[2]!r})"


def waveform(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Waveform with its amplitude envelope."""
    return Picture(y, sr, "waveform", theme)


def spectrogram(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Spectrogram in dB over frequencies spread evenly."""
    return Picture(y, sr, "spectrogram", theme)


def spectrogram_log(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Spectrogram in dB over octaves spread evenly."""
    return Picture(y, sr, "spectrogram-log", theme)


def mel(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Mel spectrogram in dB."""
    return Picture(y, sr, "mel", theme)


def chroma(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Chromagram."""
    return Picture(y, sr, "chroma", theme)


def zero_crossing_rate(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Zero-crossing rate."""
    return Picture(y, sr, "zero-crossing-rate", theme)


def zero_crossings(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Twenty milliseconds of waveform with its zero crossings."""
    return Picture(y, sr, "zero-crossings", theme)


def onset(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Onset strength with beats and tempo."""
    return Picture(y, sr, "onset", theme)


def shape(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Spectral centroid, bandwidth and roll-off over the spectrogram."""
    return Picture(y, sr, "shape", theme)


def hpss(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Harmonic and percussive waveforms."""
    return Picture(y, sr, "hpss", theme)


def mfcc(y: Samples, sr: float = 22050, theme: str = "light") -> Picture:
    """Mel-frequency cepstral coefficients."""
    return Picture(y, sr, "mfcc", theme)
