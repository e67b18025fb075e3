"""Batches of an engine: an Arrow table of paths, URLs or bytes comes in, one of rows goes out.

:class:`Extract` and :class:`Predict` are called with a :class:`pyarrow.Table` or a record batch, which is what Ray Data, Daft and
Spark hand to a function. Every file gives its rows, or one row whose ``kind`` and ``message`` say why there are none: no file can
end the worker, since each is read in a child process, and none can end the job. They are pickled without what is native in them,
which is made where they are first called.
"""

from __future__ import annotations

import os
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.fs

import gtzan

__all__ = ["Extract", "Predict"]

# MiB of a file that is downloaded, unless `limits` has a `file`: it lies in memory until it is done.
FILE = 512
# Seconds of a download, unless `limits` has a `time`.
TIME = 300


class _Failed(Exception):
    """Why there is nothing to read."""

    def __init__(self, message: str, kind: str = "unreadable") -> None:
        super().__init__(message)
        self.kind = kind


class _Batches:
    """What `Extract` and `Predict` share: where files come from, and which rows are whose."""

    def _run(self, inputs: list[Any]) -> gtzan.Table:
        raise NotImplementedError

    def __init__(
        self,
        *,
        column: str = "path",
        bytes_column: str | None = None,
        filesystem: Any = None,
        downloads: int = 8,
        patience: float = 30.0,
        **options: Any,
    ) -> None:
        self._column = column
        self._bytes_column = bytes_column
        if filesystem is not None and not isinstance(filesystem, pa.fs.FileSystem):
            filesystem = pa.fs.PyFileSystem(pa.fs.FSSpecHandler(filesystem))
        self._filesystem = filesystem
        self._downloads = downloads
        self._patience = patience
        limits = options.get("limits") or {}
        self._most = int(limits.get("file", FILE) * 2**20)
        self._time = limits.get("time", TIME)
        # The engine starts a worker for every core.
        self._options = {"jobs": 1, **options}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("_native", "_schema", "_stores")}

    @cached_property
    def _schema(self) -> pa.Schema:
        return pa.table(self._run([])).schema

    @cached_property
    def _stores(self) -> dict[str, tuple[pa.fs.FileSystem, str]]:
        return {}

    def schema(self, given: pa.Schema) -> pa.Schema:
        """The schema of the table that is made of one with the schema `given`."""
        named = self._bytes_column if self._bytes_column is not None else self._column
        if named not in given.names:
            raise ValueError(f"the batch has no column `{named}`, but {', '.join(given.names)}")
        kept = [field for field in given if field.name not in ("path" if self._column == "path" else None, self._bytes_column)]
        double = [field.name for field in kept if field.name in self._schema.names]
        if double:
            raise ValueError(f"the result has columns of these names too, rename them: {', '.join(double)}")
        return pa.schema(kept + list(self._schema))

    def __call__(self, batch: pa.Table | pa.RecordBatch) -> pa.Table:
        """The rows of a batch's files, in their order; other columns than the bytes are repeated for each of a file's rows."""
        table = batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])
        schema = self.schema(table.schema)
        names = table[self._column].to_pylist() if self._column in table.column_names else [None] * len(table)
        parts = [self._rows(name, source) for name, source in zip(names, self._sources(table, names))]
        if not parts:
            return schema.empty_table()
        rows = pa.concat_tables(parts)
        of = pa.array([index for index, part in enumerate(parts) for _ in range(len(part))], pa.int64())
        columns = {name: rows[name] for name in rows.column_names}
        # A file is called what the batch calls it, not where it was found.
        columns["path"] = pa.array(names, pa.string()).take(of)
        columns |= {name: table[name].take(of) for name in schema.names if name not in columns}
        return pa.table([columns[name] for name in schema.names], schema=schema)

    def _rows(self, name: str | None, source: Any) -> pa.Table:
        if not isinstance(source, _Failed):
            return pa.table(self._run([source]))
        told = {"path": name, "clip": 0, "status": "failed", "kind": source.kind, "message": str(source)}
        return pa.Table.from_pylist([told], schema=self._schema)

    def _sources(self, table: pa.Table, names: list[str | None]) -> Iterator[Any]:
        """What is to be read, file by file; meanwhile the next ones are downloaded, never more than a few."""
        if self._bytes_column is not None:
            for name, value in zip(names, table[self._bytes_column]):
                value = value.as_py()
                yield _Failed("there are no bytes") if value is None else (name or "<bytes>", value)
            return
        with ThreadPoolExecutor(self._downloads) as pool:
            waiting: deque[Future[Any]] = deque()
            for name in names:
                waiting.append(pool.submit(self._source, name))
                if len(waiting) > self._downloads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _source(self, name: str | None) -> Any:
        try:
            return self._find(name)
        except _Failed as error:
            return error
        except FileNotFoundError:
            return _Failed("can't read the file: there is none")
        except Exception as error:  # noqa: BLE001 -- whatever a store raises is this file's fault alone
            return _Failed(f"can't read the file: {' '.join(str(error).split()) or type(error).__name__}")

    def _find(self, name: str | None) -> str | tuple[str, bytes]:
        """A local path, or the name and the bytes of something else."""
        if not name:
            raise _Failed("there is no path")
        scheme = name.partition("://")[0].lower() if "://" in name else ""
        if scheme in ("http", "https"):
            return name, self._fetch(name)
        if self._filesystem is not None:
            return name, self._load(self._filesystem, name.partition("://")[2] if scheme else name)
        if scheme in ("", "file"):
            return self._local(name) if scheme else self._file(name)
        # Object stores' keys are taken as they are: a `#` or a `%20` is part of a name there.
        place, _, key = name.partition("://")[2].partition("/")
        place = f"{scheme}://{place}"
        if place not in self._stores:
            self._stores[place] = pa.fs.FileSystem.from_uri(place)
        store, root = self._stores[place]
        return name, self._load(store, f"{root.rstrip('/')}/{key}")

    def _local(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.netloc not in ("", "localhost"):
            raise _Failed(f"can't read the file: it is on another machine, {parts.netloc}; a local URL has three slashes")
        return self._file(urllib.request.url2pathname(parts.path))

    def _file(self, path: str) -> str:
        # A folder is many files, and may be the whole disk.
        if not path or os.path.isdir(path):
            raise _Failed("can't read the file: it is a folder")
        return path

    def _load(self, store: pa.fs.FileSystem, path: str) -> bytes:
        with store.open_input_file(path) as file:
            size = file.size()
            self._check(size)
            content: bytes = file.read(size)
            return content

    def _fetch(self, url: str) -> bytes:
        end = time.monotonic() + self._time
        with urllib.request.urlopen(url, timeout=self._patience) as answer:
            self._check(int(answer.headers.get("Content-Length") or 0))
            parts, size = [], 0
            while part := answer.read1(1 << 20):
                parts.append(part)
                size += len(part)
                self._check(size)
                if time.monotonic() > end:
                    raise _Failed(f"the download was not done within {self._time:g} s; raise the limit `time`")
        if size < int(answer.headers.get("Content-Length") or 0):
            raise _Failed("can't read the file: the connection ended early")
        return b"".join(parts)

    def _check(self, size: int) -> None:
        if size > self._most:
            raise _Failed(f"at most {self._most / 2**20:g} MiB are downloaded; raise the limit `file`", "too_long")


class Extract(_Batches):
    """Features of the files of a batch: one row for each of a file's clips.

    `column` names the column of paths and URLs: local paths, ``file://``, ``http(s)://``, and all that
    :meth:`pyarrow.fs.FileSystem.from_uri` knows (``s3://``, ``gs://``, ``abfs://`` …), whose keys are taken as they are, unescaped.
    With `filesystem`, of pyarrow or fsspec, all but ``http(s)://`` are read through it. With `bytes_column` the files themselves
    are in that column. `downloads` files at most are fetched ahead; `patience` is the seconds without a byte after which a web
    server is given up. Everything else is :class:`gtzan.Extractor`'s, where `jobs` is 1 unless it is given.
    """

    @cached_property
    def _native(self) -> gtzan.Extractor:
        return gtzan.Extractor(**self._options)

    def _run(self, inputs: list[Any]) -> gtzan.Table:
        return self._native.extract(inputs)


class Predict(_Batches):
    """Genres of the files of a batch, one row each. Arguments are those of :class:`Extract`, and :class:`gtzan.Predictor`'s."""

    @cached_property
    def _native(self) -> gtzan.Predictor:
        return gtzan.Predictor(**self._options)

    def _run(self, inputs: list[Any]) -> gtzan.Table:
        return self._native.predict(inputs)
