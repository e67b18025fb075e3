"""The servers that are measured: how each is started, and how it is asked for the genre of a file."""

import asyncio
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import typing

from connection import BrokenOff, Connection, form, request

PEERS = pathlib.Path(__file__).parent / "peers"

# Seconds in which a server must answer after its start: importing librosa takes its time.
START = 120


class Reply(typing.NamedTuple):
    """What a server says of a file: a status, 200 where there is a genre, and the genre with its probability."""

    status: int
    genre: str = ""
    probability: float = 0.0


class Server:
    """A server that runs; leaving the block ends it."""

    name = ""
    ready = "/healthz"

    def __init__(self, gtzan, model):
        self.gtzan, self.model = gtzan, model
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self):
        log = open(pathlib.Path(self.folder.name) / "log", "w+")
        self.process = subprocess.Popen(
            self.command(), env=os.environ | self.environment(), stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        deadline = time.monotonic() + START
        while not asyncio.run(self.is_ready()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = (pathlib.Path(self.folder.name) / "log").read_text()
                self.__exit__()
                sys.exit(f"{self.name} can't be started:\n{text}")
            time.sleep(0.1)
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.folder.cleanup()

    async def is_ready(self):
        connection = Connection(self.port)
        try:
            return (await connection.ask(request("GET", self.ready))).status == 200
        except (OSError, BrokenOff):
            return False
        finally:
            connection.close()

    def export(self):
        """The model as ONNX, for a peer."""
        path = pathlib.Path(self.folder.name) / "model.onnx"
        command = [self.gtzan, "export", self.model, "--format", "onnx", "--out", path]
        subprocess.run(command, check=True, capture_output=True)
        return path

    def environment(self):
        return {"GTZAN_ONNX": str(self.export())}

    def resident(self):
        """Resident memory in MiB: the server's own process, and each of its children by its id."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children")
        ids = [child for file in children for child in file.read_text().split()]
        return resident(self.process.pid), {child: resident(child) for child in ids}


def resident(process):
    """Resident memory of a process in MiB; 0 of one that has ended."""
    try:
        lines = pathlib.Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


class Gtzan(Server):
    name = "gtzan serve"
    ready = "/readyz"

    def command(self):
        return [self.gtzan, "serve", "--model", self.model, "--addr", f"127.0.0.1:{self.port}"]

    def environment(self):
        return {}

    @staticmethod
    def prepare(name, data):
        return request("POST", f"/api/v1/predict?clips=false&name={name}", data, "application/octet-stream")

    @staticmethod
    async def ask(connection, prepared):
        answer = await connection.ask(prepared)
        if answer.status != 200:
            return Reply(answer.status)
        # `genre` may be `unsure`, which the peers don't know.
        best = answer.json()["top"][0]
        return Reply(200, best["genre"], best["probability"])


class Flask(Server):
    name = "Flask, gunicorn"

    def command(self):
        return [
            *(sys.executable, "-m", "gunicorn", "--chdir", PEERS, "--bind", f"127.0.0.1:{self.port}"),
            *("--workers", str(os.cpu_count()), "--timeout", "120", "flask_peer:app"),
        ]

    @staticmethod
    def prepare(name, data):
        return request("POST", "/predict", *form("file", name, data))

    @staticmethod
    async def ask(connection, prepared):
        answer = await connection.ask(prepared)
        if answer.status != 200:
            return Reply(answer.status)
        said = answer.json()
        return Reply(200, said["genre"], said["probability"])


class Gradio(Server):
    """Asked as its guides tell: the file is uploaded, a call put in the queue, and its result awaited as an event."""

    name = "Gradio"
    ready = "/config"

    def command(self):
        return [sys.executable, PEERS / "gradio_peer.py"]

    def environment(self):
        own = {"GRADIO_SERVER_PORT": str(self.port), "GRADIO_TEMP_DIR": str(pathlib.Path(self.folder.name) / "uploads")}
        return super().environment() | own | {"GRADIO_ANALYTICS_ENABLED": "False"}

    @staticmethod
    def prepare(name, data):
        return request("POST", "/gradio_api/upload", *form("files", name, data))

    @staticmethod
    async def ask(connection, prepared):
        answer = await connection.ask(prepared)
        if answer.status != 200:
            return Reply(answer.status)
        file = {"path": answer.json()[0], "meta": {"_type": "gradio.FileData"}}
        call = json.dumps({"data": [file]}).encode()
        answer = await connection.ask(request("POST", "/gradio_api/call/predict", call, "application/json"))
        if answer.status != 200:
            return Reply(answer.status)
        answer = await connection.ask(request("GET", f"/gradio_api/call/predict/{answer.json()['event_id']}"))
        event = answer.body.decode().strip().split("\n\n")[-1]
        if not event.startswith("event: complete"):
            return Reply(500)
        best = json.loads(event.split("data: ", 1)[1])[0]["confidences"][0]
        return Reply(200, best["label"], best["confidence"])


SERVERS = {"gtzan": Gtzan, "flask": Flask, "gradio": Gradio}
