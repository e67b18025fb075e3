"""Batches without any engine: what comes in goes out, file by file, whatever the files are."""

import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import clips
import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.fs  # noqa: E402, F401

import gtzan  # noqa: E402
from gtzan.batches import Extract, Predict  # noqa: E402

LIMITS = {"time": 5, "file": 1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("music")
    (folder / "a b#1%20.wav").write_bytes(clips.clip(1))
    (folder / "long.wav").write_bytes(clips.clip(2) + bytes(2**20))
    (folder / "text.wav").write_text("no music" * 99)
    return folder


def rows(batch, **options):
    return Extract(limits=LIMITS, **options)(batch).to_pylist()


def of_paths(*paths, name="path"):
    return pa.table({name: pa.array([path and str(path) for path in paths], pa.string())})


def test_a_row_is_what_an_extractor_gives(folder):
    path = str(folder / "a b#1%20.wav")
    expected = pa.table(gtzan.Extractor(limits=LIMITS).extract([path])).to_pylist()
    assert rows(of_paths(path)) == expected
    assert expected[0]["status"] == "ok"


def test_other_columns_are_kept_and_repeated_for_every_clip(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(clips.clip(3))
    batch = pa.table({"id": [7, 8, 9], "url": [str(path), None, str(path)], "tags": [["x"], [], None]})
    found = rows(batch, column="url", clip_seconds=0.25)
    for number in (7, 9):
        of_file = [row["clip"] for row in found if row["id"] == number]
        assert of_file == list(range(len(of_file)))
        assert len(of_file) > 3
    assert [row["tags"] for row in found if row["id"] == 7][-1] == ["x"]
    assert all(row["path"] == row["url"] for row in found)
    assert [row["kind"] for row in found if row["id"] == 8] == ["unreadable"]


def test_what_is_unreachable_is_a_row(folder, tmp_path):
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        closed = server.server_address[1]
    paths = [
        None, "", folder, folder / "none.wav", f"http://127.0.0.1:{closed}/a.wav", "http://no such host/", "http://",
        "gopher://x/y", "s3://", "://", "file://", "file://music/a.wav", "http://[/", "\x00",
        folder / "text.wav", folder / "a b#1%20.wav",
    ]
    found = rows(of_paths(*paths))
    assert [row["path"] for row in found] == [None, *map(str, paths[1:])]
    assert {row["kind"] for row in found[:-2]} == {"unreadable"}
    assert all(row["message"] for row in found[:-1])
    assert [row["kind"] for row in found[-2:]] == ["unsupported", None]


def test_a_file_is_the_same_by_path_by_url_by_filesystem_and_by_bytes(folder):
    name = "a b#1%20.wav"
    path = folder / name
    expected = rows(of_paths(path))
    inside = pa.fs.SubTreeFileSystem(str(folder), pa.fs.LocalFileSystem())
    for found in (
        rows(of_paths(path.as_uri())),
        rows(of_paths(name), filesystem=inside),
        rows(of_paths("s3://" + name), filesystem=inside),
        rows(pa.table({"path": [name], "audio": [path.read_bytes()]}), bytes_column="audio"),
        rows(pa.table({"audio": [path.read_bytes()]}), bytes_column="audio"),
    ):
        assert [{**row, "path": None} for row in found] == [{**row, "path": None} for row in expected]


def test_a_file_that_a_store_lacks_says_so(folder):
    fsspec = pytest.importorskip("fsspec")
    for store in (pa.fs.LocalFileSystem(), fsspec.filesystem("file")):
        (found,) = rows(of_paths(folder / "none.wav"), filesystem=store)
        assert (found["kind"], found["message"]) == ("unreadable", "can't read the file: there is none")
        assert [row["status"] for row in rows(of_paths(folder / "a b#1%20.wav"), filesystem=store)] == ["ok"]


def test_no_more_is_downloaded_than_allowed(folder):
    inside = pa.fs.SubTreeFileSystem(str(folder), pa.fs.LocalFileSystem())
    assert [row["kind"] for row in rows(of_paths("long.wav"), filesystem=inside)] == ["too_long"]


def test_the_web_is_read_within_bounds(folder):
    sound = (folder / "a b#1%20.wav").read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = {"/ok": sound, "/cut": sound}.get(self.path)
            self.send_response(200 if body or self.path == "/endless" else 503)
            if body:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                if self.path == "/endless":
                    while True:
                        self.wfile.write(bytes(65536))
                elif body:
                    self.wfile.write(body if self.path == "/ok" else body[:1000])
            except OSError:
                pass

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    root = f"http://127.0.0.1:{server.server_address[1]}"
    found = rows(of_paths(*(f"{root}/{name}" for name in ("ok", "gone", "cut", "endless", "ok"))))
    server.shutdown()
    assert [row["kind"] for row in found] == [None, "unreadable", "unreadable", "too_long", None]
    assert "503" in found[1]["message"]


def test_null_bytes_are_a_row():
    found = rows(pa.table({"audio": pa.array([None, b""], pa.binary())}), bytes_column="audio")
    assert [row["status"] for row in found] == ["failed", "failed"]
    assert found[0]["kind"] == "unreadable"


@pytest.mark.parametrize("kind", [Extract, Predict])
def test_every_batch_has_one_schema(folder, kind):
    made = kind(limits=LIMITS)
    given = pa.schema([("id", pa.int64()), ("path", pa.string())])
    schema = made.schema(given)
    good, bad = folder / "a b#1%20.wav", folder / "none.wav"
    for paths in ([], [good], [bad], [bad, good]):
        batch = pa.table({"id": list(range(len(paths))), "path": [str(path) for path in paths]}, schema=given)
        assert made(batch).schema == schema
        for part in batch.to_batches():
            assert made(part).schema == schema
    large = pa.table({"path": pa.array([str(good)], pa.large_string())})
    assert made(large)["status"].to_pylist() == ["ok"]


def test_the_native_part_is_not_pickled(folder):
    batch = of_paths(folder / "a b#1%20.wav")
    for made in (Extract(limits=LIMITS), Predict(limits=LIMITS)):
        before = made(batch)
        assert pickle.loads(pickle.dumps(made))(batch).equals(before)


def test_a_column_that_is_missing_or_taken_is_refused_by_name():
    with pytest.raises(ValueError, match="no column `path`, but url"):
        rows(of_paths("a.wav", name="url"))
    with pytest.raises(ValueError, match="rename them: kind"):
        rows(pa.table({"path": ["a.wav"], "kind": ["x"]}))
