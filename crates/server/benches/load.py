"""Requests a second and waiting times of `gtzan serve`, beside servers of Flask and Gradio with librosa and the same network.

    pip install librosa==0.11.0 onnxruntime==1.32.0 flask==3.1.3 gunicorn==27.0.1 gradio==6.31.0
    python crates/server/benches/load.py --gtzan target/release/gtzan AUDIO…

with the Python that has the peers' packages. One server runs at a time. Each is first asked about every file, by which it gets
warm and their answers are compared. Then, for the files of each format, so many connections are kept busy, each asking for the
next file when it has its answer, for some seconds and at least for some requests. Requests a second are all that were answered
by the time until the last answer; the times don't count each connection's first request, when all begin at once.

Exit code 1 if an answer failed.
"""

import argparse
import asyncio
import collections
import itertools
import os
import pathlib
import platform
import statistics
import time

from connection import BrokenOff, Connection
from servers import SERVERS, Reply


async def reply(server, connection, prepared, patience):
    """What a server says, a failure under its status or its name."""
    try:
        return await asyncio.wait_for(server.ask(connection, prepared), patience)
    except TimeoutError:
        return Reply("timeout")
    except (OSError, BrokenOff):
        return Reply("broken off")


async def verdicts(server, files, patience):
    """What a server says of each file, two at a time so that all its processes get warm."""

    async def some(share):
        connection = Connection(server.port)
        return {file: await reply(server, connection, server.prepare(file.name, file.read_bytes()), patience) for file in share}

    parts = await asyncio.gather(some(files[::2]), some(files[1::2]))
    return parts[0] | parts[1]


class Measured:
    """What came of some load."""

    def __init__(self):
        self.times, self.statuses, self.rate = [], collections.Counter(), 0.0

    def quantile(self, share):
        """A time in s that this share of the answers took at most."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    def failures(self):
        bad = [f"{count} × {status}" for status, count in self.statuses.items() if status != 200]
        return ", ".join(bad) or "0"


async def load(server, prepared, connections, args):
    """Keeps so many connections busy."""
    measured, turn, start = Measured(), itertools.cycle(prepared), time.perf_counter()

    async def client():
        connection = Connection(server.port)
        for number in itertools.count():
            begun = time.perf_counter()
            if begun - start > args.seconds and number >= args.least:
                connection.close()
                return
            said = await reply(server, connection, next(turn), args.patience)
            measured.statuses[said.status] += 1
            if number and said.status == 200:
                measured.times.append(time.perf_counter() - begun)

    await asyncio.gather(*(client() for _ in range(connections)))
    measured.rate = measured.statuses[200] / (time.perf_counter() - start)
    return measured


def measure(server, formats, args):
    """Prints a server's lines of the table. The statuses that failed."""
    failed = collections.Counter()
    for (suffix, files), connections in itertools.product(formats.items(), args.connections):
        prepared = [server.prepare(file.name, file.read_bytes()) for file in files]
        own = time.process_time(), time.perf_counter()
        measured = asyncio.run(load(server, prepared, connections, args))
        share = (time.process_time() - own[0]) / (time.perf_counter() - own[1])
        process, children = server.resident()
        cells = [
            *(server.name, suffix, connections, sum(measured.statuses.values()), f"{measured.rate:.2f}"),
            *(f"{measured.quantile(0.5):.3f}", f"{measured.quantile(0.99):.3f}", measured.failures()),
            *(f"{process + sum(children.values()):.0f}", f"{100 * share:.0f} %"),
        ]
        print("|", *(f"{cell} |" for cell in cells), flush=True)
        failed.update({status: count for status, count in measured.statuses.items() if status != 200})
    return failed


def compare(first, said):
    """Tells how far the answers of servers agree with the first's."""
    for name, replies in said.items():
        pairs = [(file, first[file], reply) for file, reply in replies.items()]
        same = [pair for pair in pairs if pair[1].genre == pair[2].genre and pair[2].status == 200]
        apart = sorted(abs(a.probability - b.probability) for _, a, b in same) or [float("nan")]
        print(f"{name}: the same genre for {len(same)} of {len(pairs)} files;", end=" ")
        print(f"its probability is {statistics.median(apart):.4f} apart in the middle, {apart[-1]:.4f} at most")
        for file, *both in pairs:
            if both[0][:2] != both[1][:2]:
                ours, theirs = (f"{reply.status} {reply.genre} {reply.probability:.3f}" for reply in both)
                print(f"- {file.name}: {ours}, here {theirs}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--gtzan", required=True, help="the program")
    parser.add_argument("--model", default="gtzan-features", help="the model, one of the 57 numbers of 30-s clips")
    parser.add_argument("--servers", default=",".join(SERVERS), type=lambda text: text.split(","))
    parser.add_argument("--connections", default=[1, 8, 64], type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--seconds", type=float, default=20, help="time for each line")
    parser.add_argument("--least", type=int, default=3, help="requests of each connection at least")
    parser.add_argument("--patience", type=float, default=300, help="seconds to wait for an answer")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    formats = {}
    for file in args.files:
        formats.setdefault(file.suffix[1:].upper(), []).append(file)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {len(args.files)} files\n")
    columns = "server|files|connections|requests|requests/s|p50, s|p99, s|failures|memory, MiB|client, of a core".split("|")
    print("|", " | ".join(columns), "|\n" + "|---" * len(columns) + "|")
    said, failed = {}, collections.Counter()
    for name in args.servers:
        with SERVERS[name](args.gtzan, args.model) as server:
            said[server.name] = asyncio.run(verdicts(server, args.files, args.patience))
            failed.update(measure(server, formats, args))
    first, *others = said
    print(f"\nbeside {first}:\n")
    compare(said[first], {name: said[name] for name in others})
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
