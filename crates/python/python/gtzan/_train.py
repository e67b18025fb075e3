"""Training, and what it leaves behind."""

import csv
import html
import json
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _gtzan
from ._gtzan import Model
from ._progress import bar

StrPath = str | os.PathLike[str]


class Report:
    """A run's page: notebooks show it, and ``path`` is the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _repr_html_(self) -> str:
        page = html.escape(self.path.read_text(encoding="utf-8"), quote=True)
        return f'<iframe srcdoc="{page}" style="width:100%;height:40em;border:0"></iframe>'

    def __repr__(self) -> str:
        return f"gtzan.Report({str(self.path)!r})"


class Run:
    """A training that is over, in its folder."""

    def __init__(self, folder: StrPath) -> None:
        self.folder = Path(folder)
        self.metrics: dict[str, Any] = json.loads((self.folder / "metrics.json").read_text(encoding="utf-8"))
        self.model = Model.load(self.folder)

    @property
    def history(self) -> list[dict[str, float]]:
        """Loss and accuracy of each epoch, on training and validation rows."""
        with (self.folder / "history.csv").open(encoding="utf-8", newline="") as file:
            return [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(file)]

    @property
    def accuracy(self) -> float:
        """Share of the test songs that were named rightly, 0 to 1."""
        return float(self.metrics["test"]["accuracy"])

    def report(self) -> Report:
        """The page with learning curves, confusion matrix and mistakes."""
        return Report(self.folder / "report.html")

    def __repr__(self) -> str:
        return f"gtzan.Run({str(self.folder)!r}, accuracy={self.accuracy:.3f})"


def train(
    data: StrPath | None = None,
    *,
    features: StrPath | None = None,
    X: ArrayLike | None = None,
    y: Sequence[str] | None = None,
    groups: Sequence[object] | None = None,
    columns: Sequence[str] | None = None,
    config: StrPath | Mapping[str, Any] | None = None,
    out: StrPath | None = None,
    seeds: int = 1,
    strict: bool = False,
    progress: bool = True,
) -> Run:
    """Trains a classifier and tests it on songs that it never saw.

    It learns from ``data``, a folder with one folder of audio files a genre; from ``features``, a table as ``gtzan train --features``
    takes it; from rows ``X``, ``[rows, columns]``, with a genre ``y`` each; or, without any, from the embedded demo corpus. Rows of
    one of ``groups`` are a song: they stay on one side of the split, and vote together.

    ``config`` is a file of settings, or a dict of them such as ``{"training": {"epochs": 50}}``. The run lands in ``out``,
    ``artifacts/NAME`` unless told otherwise (a temporary folder for ``X``); an earlier run there is replaced once this one is whole.
    Ctrl-C ends it after the epoch under way, and ``resume(out)`` goes on with it, unless it learns from ``X``.
    """
    if sum(source is not None for source in (data, features, X)) > 1:
        raise ValueError("give one of data, features and X")
    if (X is None) != (y is None) or (X is None and (groups is not None or columns is not None)):
        raise ValueError("X goes with y, and groups and columns go with X")
    file, settings = (None, list(_settings(config))) if isinstance(config, Mapping) else (config, [])
    if data is not None:
        settings.append(_setting("data.dir", os.fspath(data)))
    if features is not None:
        settings.append(_setting("data.features", os.fspath(features)))
    with tempfile.TemporaryDirectory(prefix="gtzan-") as scratch:
        if X is not None and y is not None:
            table = Path(scratch) / "table.csv"
            names = _write(table, X, y, groups, columns)
            # In this order the model takes them.
            settings += [_setting("data.features", str(table)), _setting("input", "table"), _setting("data.columns", names)]
            out = out if out is not None else Path(tempfile.mkdtemp(prefix="gtzan-run-")) / "run"
        with bar(None, "epoch", progress) as shown:
            return Run(_gtzan.train(file, settings, out, seeds, strict, _Progress(shown)))


def resume(out: StrPath, progress: bool = True) -> Run:
    """Goes on with a training into ``out`` that was stopped, to the very model that there would have been without."""
    with bar(None, "epoch", progress) as shown:
        return Run(_gtzan.resume(out, _Progress(shown)))


class _Progress:
    """Hears how a training goes."""

    def __init__(self, shown: Any) -> None:
        self.shown = shown

    def epoch(self, event: dict[str, Any]) -> None:
        if self.shown is None:
            return
        losses = {name: f"{event[name]:.3f}" for name in ("train_loss", "valid_loss") if event[name] is not None}
        self.shown.set_postfix(phase=event["phase"], of=event["epochs"], **losses, refresh=False)
        self.shown.update(1)

    def skipped(self, name: str) -> None:
        warnings.warn(f"skipped: {name}", stacklevel=4)

    def warning(self, text: str) -> None:
        warnings.warn(text, stacklevel=4)


def _settings(config: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Nested settings as ``key.key=value``."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _settings(value, f"{prefix}{key}.")
        else:
            yield _setting(f"{prefix}{key}", value)


def _setting(key: str, value: Any) -> str:
    # TOML's strings, numbers, booleans and lists are JSON's.
    return f"{key}={json.dumps(os.fspath(value) if isinstance(value, os.PathLike) else value)}"


def _write(
    table: Path, X: ArrayLike, y: Sequence[str], groups: Sequence[object] | None, columns: Sequence[str] | None
) -> list[str]:
    """Writes rows as a table, and gives the names of their columns."""
    rows = np.asarray(X)
    if rows.dtype not in (np.float32, np.float64) and np.issubdtype(rows.dtype, np.number):
        rows = rows.astype(np.float64)
    if rows.ndim != 2:
        raise ValueError(f"X must be [rows, columns], not of the shape {rows.shape}")
    names = [f"x{at}" for at in range(rows.shape[1])] if columns is None else [str(name) for name in columns]
    labels = [str(label) for label in y]
    _gtzan.write_table(table, rows, names, labels, None if groups is None else [str(group) for group in groups])
    return names
