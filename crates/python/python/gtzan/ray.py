"""For Ray Data: a manifest read with little, and what its rows are mapped with."""

from __future__ import annotations

from typing import Any

import ray.data

from gtzan.batches import Extract, Predict

__all__ = ["Extract", "Predict", "read_manifest"]


def read_manifest(
    path: str | list[str], *, columns: list[str] | None = None, rows_per_block: int = 1000, **options: Any
) -> ray.data.Dataset:
    """A Parquet manifest as a dataset of small blocks.

    Reading takes a quarter of a core from those that decode. A block is what a worker is given at a time, and what is done again
    if its machine is lost: a manifest's own blocks may have millions of rows. Other `options` are :func:`ray.data.read_parquet`'s.
    """
    manifest = ray.data.read_parquet(path, columns=columns, **{"num_cpus": 0.25, **options})
    return manifest.repartition(target_num_rows_per_block=rows_per_block)
