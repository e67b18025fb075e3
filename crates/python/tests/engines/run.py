"""Extraction in Ray, Spark and Daft for real, on this machine: every file accounted for, none twice, bits as on one machine.

    python run.py [--clips 2000] [--only ray,kill,resume,spark,daft]

It needs gtzan, numpy, pyarrow, ray[data], pyspark, daft, moto[server] and boto3, and Java for Spark. The programs are those of
docs/engines.md. Exits with 1 when anything is lost, twice or different.
"""

import argparse
import collections
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import unquote

import boto3
import clips
import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.fs
import pyarrow.parquet as pq

import gtzan

DOCS = Path(__file__).resolve().parents[2] / "docs/engines.md"
BUCKET = "music"
CLIPS = f"s3://{BUCKET}/clips/"
# What another run may say differently of the same failure: bytes that were asked for, a process's number.
VARY = {"message", "path"}


def recipe(name, folder, report):
    """The program of that name in the documentation, with this test's options, and small blocks."""
    code = re.search(rf"<!-- recipe: {name} -->\n```python\n(.*?)```", DOCS.read_text(), re.DOTALL).group(1)
    code, times = re.subn(r"^OPTIONS = .*$", f"OPTIONS = {report.options!r}", code, flags=re.MULTILINE)
    assert times == 1, name
    if report.title == "predicting":
        code = code.replace("Extract", "Predict")
    code = re.sub(r"^BLOCK = .*$", "BLOCK = 32", code, flags=re.MULTILINE)
    path = folder / f"{name}_recipe.py"
    path.write_text(code)
    return path


class Store:
    """A local S3 that keeps a list of what was fetched from it."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        os.environ.update(
            AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1",
            AWS_EC2_METADATA_DISABLED="true",
        )
        self.log = folder / "store.log"
        server = Path(sys.executable).parent / "moto_server"
        with self.log.open("w") as log:
            self.process = subprocess.Popen([server, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
        wait("the store", lambda: not socket.socket().connect_ex(("127.0.0.1", port)))
        self.client = boto3.client("s3")
        self.client.create_bucket(Bucket=BUCKET)
        self.mark = 0

    def opened(self):
        """How often each clip was asked for since the last call."""
        with self.log.open() as log:
            log.seek(self.mark)
            text = log.read()
            self.mark = log.tell()
        return collections.Counter(CLIPS + unquote(key) for key in re.findall(rf"HEAD /{BUCKET}/clips/(\S+) ", text))


def wait(what, ready, seconds=600):
    end = time.monotonic() + seconds
    while not (found := ready()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.5)
    return found


def prepare(store, folder, count):
    """Uploads the clips; the manifest, and what one machine makes of each file without any engine."""
    paths, inputs, expected = [], [], []
    for name, content, kind in clips.files(count):
        store.client.put_object(Bucket=BUCKET, Key=f"clips/{name}", Body=content)
        paths.append(CLIPS + name)
        inputs.append((paths[-1], content))
        expected.append(kind)
    (folder / "local clip.wav").write_bytes(clips.clip(-1 % 2**32))
    os.mkfifo(folder / "hangs.wav")
    for path, kind in ((folder / "local clip.wav", None), (folder / "hangs.wav", "timeout")):
        # Spread, as everything that is wrong.
        paths.insert(len(paths) // 2, path.as_uri())
        inputs.insert(len(inputs) // 2, path)
        expected.insert(len(expected) // 2, kind)
    unreachable = [
        CLIPS + "none.wav", "s3://no-such-bucket/a.wav", "http://127.0.0.1:9/a.wav", "gopher://x/y", str(folder), None,
    ]
    begin = time.monotonic()
    single = pa.table(gtzan.Extractor(**clips.OPTIONS).extract(inputs))
    seconds = time.monotonic() - begin
    names = [given[0] if isinstance(given, tuple) else str(given) for given in inputs]
    assert len(set(names)) == len(names)
    numbers = {name: number for number, name in enumerate(names)}
    single = single.append_column("id", pa.array([numbers[name] for name in single["path"].to_pylist()], pa.int64()))
    kinds = dict(zip(single["id"].to_pylist(), single["kind"].to_pylist()))
    for number, kind in enumerate(expected):
        assert kinds[number] == kind or (kind == "any" and kinds[number]), (names[number], kind, kinds[number])
    failed = {"clip": 0, "status": "failed", "kind": "unreadable", "message": "unreachable"}
    lost = [{"id": len(names) + number, **failed} for number in range(len(unreachable))]
    single = pa.concat_tables([single, pa.Table.from_pylist(lost, schema=single.schema)])
    table = pa.table({"id": list(range(len(single))), "path": pa.array(paths + unreachable, pa.string())})
    order = np.random.default_rng(1).permutation(len(table))
    (folder / "manifest").mkdir()
    # Several parts, in no order, as manifests are.
    for part in range(4):
        pq.write_table(table.take(pa.array(order[part::4])), folder / f"manifest/{part}.parquet")
        store.client.upload_file(str(folder / f"manifest/{part}.parquet"), BUCKET, f"manifest/{part}.parquet")
    return table, single, seconds


def prepare_small(folder, count=40):
    """Files on the disk, as several clips each and as songs to name; what is made of them without an engine."""
    (folder / "small").mkdir()
    paths = [str(folder / f"small/{number}.wav") for number in range(count)]
    for number, path in enumerate(paths):
        Path(path).write_bytes(clips.clip(number) if number % 9 else clips.garbage(number))
    table = pa.table({"id": list(range(count)), "path": paths})
    pq.write_table(table, folder / "small/manifest.parquet")
    reports = []
    for title, options in (
        ("several clips a file", {**clips.OPTIONS, "clip_seconds": 0.25}),
        ("predicting", {"limits": {"time": 30}}),
    ):
        begin = time.monotonic()
        made = gtzan.Predictor(**options).predict(paths) if title == "predicting" else gtzan.Extractor(**options).extract(paths)
        single = pa.table(made)
        seconds = time.monotonic() - begin
        ids = pa.array([paths.index(path) for path in single["path"].to_pylist()], pa.int64())
        report = Report(table, single.append_column("id", ids), title, options)
        report.add("none", single.append_column("id", ids), seconds)
        reports.append(report)
    reports[0].check(len(reports[0].single) > 3 * count, "there are hardly any clips")
    return reports


def bits(table):
    """Rows in the order of files and clips, and of floats their bits."""
    table = table.sort_by([(name, "ascending") for name in ("id", "clip") if name in table.column_names])
    columns = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if pa.types.is_floating(column.type):
            whole = pa.array(np.asarray(column.fill_null(0)).view(f"i{column.type.bit_width // 8}"))
            column = pa.compute.if_else(column.is_valid(), whole, None)
        elif pa.types.is_large_string(column.type):
            column = column.cast(pa.string())
        columns[name] = column.to_pylist()
    return columns


class Report:
    """What became of the files in each engine."""

    def __init__(self, manifest, single, title="", options=clips.OPTIONS):
        self.manifest, self.single, self.title, self.options = manifest, single, title, options
        self.lines, self.faults = [], []

    def add(self, engine, found, seconds):
        engine = ", ".join(filter(None, (engine, self.title)))
        wanted = collections.Counter(self.single["id"].to_pylist())
        got = collections.Counter(found["id"].to_pylist())
        lost, twice = (wanted - got).total(), (got - wanted).total()
        failed = collections.Counter(kind for kind in found["kind"].to_pylist() if kind)
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(failed.items()))
        ok = found["status"].to_pylist().count("ok")
        line = f"| {engine} | {len(self.manifest)} | {len(found)} | {ok} | {kinds} | {lost} | {twice} | {seconds:.1f} |"
        self.lines.append(line)
        print(line, flush=True)
        self.check(not lost and not twice, f"{engine}: {lost} rows lost, {twice} twice")
        ours, theirs = bits(found), bits(self.single)
        if len(found) == len(self.single):
            for name in set(theirs) - VARY:
                self.check(ours[name] == theirs[name], f"{engine}: {name} is different from a single machine's")
        paths = dict(zip(self.manifest["id"].to_pylist(), self.manifest["path"].to_pylist()))
        if engine.partition(",")[0] != "none":
            same = all(paths[number] == path for number, path in zip(ours["id"], ours["path"]))
            self.check(same, f"{engine}: other paths than given")
        told = all(bool(message) == bool(kind) for message, kind in zip(ours["message"], ours["kind"]))
        self.check(told, f"{engine}: a failure without a message, or the other way round")

    def check(self, holds, what):
        if not holds:
            self.faults.append(what)
            print(f"FAULT: {what}", flush=True)


def table_at(place):
    """What an engine wrote to `s3://…` or a folder, without what it hasn't committed."""
    if "://" in place:
        store, root = pa.fs.FileSystem.from_uri(place)
    else:
        store, root = pa.fs.LocalFileSystem(), place
    infos = store.get_file_info(pa.fs.FileSelector(root, recursive=True))
    parts = [info.path for info in infos if info.path.endswith(".parquet") and not info.path.endswith(".pending.parquet")]
    return pa.concat_tables([pq.read_table(path, filesystem=store, partitioning=None) for path in sorted(parts)])


def count_at(place):
    try:
        return len(table_at(place))
    except (OSError, pa.ArrowInvalid):
        return 0


class Ray:
    """A cluster of two nodes, and jobs on it that are programs of their own."""

    def __init__(self, folder):
        from ray.cluster_utils import Cluster

        self.folder = folder
        memory = {"num_cpus": 2, "object_store_memory": 200 * 2**20, "memory": 4 * 2**30}
        self.node = memory
        self.cluster = Cluster(initialize_head=True, head_node_args={**memory, "include_dashboard": False})
        self.second = self.cluster.add_node(**memory)
        self.cluster.wait_for_nodes()

    def start(self, out, report, manifest=f"s3://{BUCKET}/manifest"):
        places = [manifest, f"s3://{BUCKET}/{out}/rows", f"s3://{BUCKET}/{out}/done"]
        command = [sys.executable, recipe("ray", self.folder, report), *places]
        env = {**os.environ, "RAY_ADDRESS": self.cluster.address}
        with (self.folder / "ray.log").open("a") as log:
            job = subprocess.Popen(command, env=env, stdout=log, stderr=log, start_new_session=True)
        return job, places[1]

    def finish(self, job):
        assert job.wait(1800) == 0, "the job failed, see ray.log:\n" + (self.folder / "ray.log").read_text()[-3000:]

    def plain(self, report, small):
        begin = time.monotonic()
        job, place = self.start("plain", report)
        self.finish(job)
        report.add("Ray, two nodes", table_at(place), time.monotonic() - begin)
        for report in small:
            begin = time.monotonic()
            job, place = self.start(report.title.replace(" ", "-"), report, str(self.folder / "small/manifest.parquet"))
            self.finish(job)
            report.add("Ray", table_at(place), time.monotonic() - begin)

    def node_killed(self, report):
        begin = time.monotonic()
        job, place = self.start("kill", report)
        some = wait("rows", lambda: (count := count_at(place)) >= len(report.manifest) // 5 and count)
        self.cluster.remove_node(self.second, allow_graceful=False)
        print(f"node killed after {some} rows", flush=True)
        report.check(job.poll() is None, "Ray, a node killed: the job was done before")
        self.finish(job)
        report.add("Ray, a node killed", table_at(place), time.monotonic() - begin)
        self.second = self.cluster.add_node(**self.node)
        self.cluster.wait_for_nodes()

    def job_killed(self, report, store):
        begin = time.monotonic()
        job, place = self.start("resume", report)
        done = place.replace("/rows", "/done")
        wait("rows", lambda: count_at(done) >= len(report.manifest) // 3)
        report.check(job.poll() is None, "Ray, the job killed: it was done before")
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        # Its workers end when they miss it.
        wait("quiet", lambda: not store.opened() and (time.sleep(5) or not store.opened()))
        kept = set(table_at(done)["id"].to_pylist())
        job, place = self.start("resume", report)
        self.finish(job)
        report.add("Ray, the job killed and resumed", table_at(place), time.monotonic() - begin)
        ids = {row["path"]: row["id"] for row in report.manifest.to_pylist() if row["path"]}
        opened = {ids[path]: times for path, times in store.opened().items()}
        rest = {number for path, number in ids.items() if path.startswith(CLIPS)} - kept
        print(f"resumed: {len(kept)} of {len(report.manifest)} files were done, {len(opened)} opened after", flush=True)
        report.check(opened == dict.fromkeys(rest, 1), "Ray, resumed: it was not the rest that was computed, each file once")


def spark(folder, report, small):
    import pyspark

    env = {
        **os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "PYSPARK_SUBMIT_ARGS": "--master local-cluster[2,1,1024] --conf spark.ui.enabled=false pyspark-shell",
    }
    program(folder, "spark", "Spark, local-cluster[2,1,1024]", folder / "manifest", report, env)
    for report in small:
        program(folder, "spark", "Spark", folder / "small/manifest.parquet", report, env)


def daft(folder, report, small):
    program(folder, "daft", "Daft", f"{folder}/manifest/*.parquet", report, os.environ)
    for report in small:
        program(folder, "daft", "Daft", folder / "small/manifest.parquet", report, os.environ)


def program(folder, name, engine, manifest, report, env):
    """Runs what the documentation has, on the disk."""
    begin = time.monotonic()
    log, place = folder / f"{name}.log", folder / f"{name} {report.title}".strip().replace(" ", "-")
    with log.open("w") as out:
        command = [sys.executable, recipe(name, folder, report), manifest, place]
        code = subprocess.call(command, env=env, stdout=out, stderr=out, cwd=folder)
    assert code == 0, f"{name} failed, see {log}:\n{log.read_text()[-3000:]}"
    report.add(engine, table_at(str(place)), time.monotonic() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=2000)
    parser.add_argument("--only", default="ray,kill,resume,spark,daft")
    parser.add_argument("--folder", help="keeps what is written there")
    chosen = parser.parse_args()
    only = chosen.only.split(",")
    with tempfile.TemporaryDirectory(prefix="engines.", ignore_cleanup_errors=True) as folder:
        folder = Path(chosen.folder or folder).resolve()
        folder.mkdir(exist_ok=True)
        store = Store(folder)
        try:
            manifest, single, seconds = prepare(store, folder, chosen.clips)
            report = Report(manifest, single)
            report.add("none", single, seconds)
            small = prepare_small(folder)
            if {"ray", "kill", "resume"} & set(only):
                cluster = Ray(folder)
                try:
                    if "ray" in only:
                        cluster.plain(report, small)
                    if "kill" in only:
                        cluster.node_killed(report)
                    if "resume" in only:
                        cluster.job_killed(report, store)
                finally:
                    cluster.cluster.shutdown()
            if "spark" in only:
                spark(folder, report, small)
            if "daft" in only:
                daft(folder, report, small)
        finally:
            store.process.terminate()
        reports = [report, *small]
        print("\n| engine | files | rows | ok | failed | lost | twice | seconds |\n|---|---|---|---|---|---|---|---|")
        for report in reports:
            print(*report.lines, sep="\n")
        faults = [fault for report in reports for fault in report.faults]
        print(*(f"FAULT: {fault}" for fault in faults), sep="\n")
        sys.exit(bool(faults))


if __name__ == "__main__":
    main()
