"""Whether `gtzan serve` keeps its memory over thousands of songs, and its patience with bad clients.

    python crates/server/benches/soak.py --gtzan target/release/gtzan AUDIO…

needs nothing but Python (and Linux's /proc). First 8 connections send the files in turn, every fourth of them damaged: a part of
one, noise, an empty file, or one with wrong bytes in it. Each must be answered as it was at first; resident memory of the server
and of its workers is printed every 500 requests. Then a client that sends one file after the other is timed, alone and beside
four clients of a byte a second, uploads that are broken off, and 1000 idle connections (`disturbance.py`, a process of its own).

Exit code 1 if an answer was another than before, or what was broken off still has room on the server.
"""

import argparse
import asyncio
import collections
import itertools
import json
import pathlib
import random
import subprocess
import sys
import time

from connection import Connection, request
from load import Measured, reply
from servers import Gtzan

# What must be 0 when nobody asks.
LEFT = ["gtzan_queue_waiting", "gtzan_queue_running", "gtzan_received_bytes"]

DISTURBANCE = pathlib.Path(__file__).parent / "disturbance.py"


def damaged(data, way, chance):
    """A file that is broken in one of four ways."""
    if way == 0:
        return data[: len(data) // 3]
    if way == 1:
        return chance.randbytes(50_000)
    if way == 2:
        return b""
    broken = bytearray(data)
    for _ in range(200):
        broken[chance.randrange(len(broken))] = chance.randrange(256)
    return bytes(broken)


def mixed(files):
    """The requests: three files as they are, then one that is damaged, until each has been damaged once."""
    chance, turn, prepared = random.Random(0), itertools.cycle(files), []
    for number, file in enumerate(files):
        prepared += [Gtzan.prepare(whole.name, whole.read_bytes()) for whole in itertools.islice(turn, 3)]
        prepared.append(Gtzan.prepare(f"damaged-{file.name}", damaged(file.read_bytes(), number % 4, chance)))
    return prepared


def memory(server, count, start):
    process, workers = server.resident()
    shown = ", ".join(f"{mebibytes:.1f} ({child})" for child, mebibytes in sorted(workers.items()))
    print(f"| {count} | {time.monotonic() - start:.0f} | {process:.1f} | {shown} |", flush=True)


async def soak(server, prepared, args):
    """Sends the requests in turn, and counts the answers and those that aren't what they were."""
    first, statuses, wrong = {}, collections.Counter(), collections.Counter()
    turn, start = iter(range(args.requests)), time.monotonic()
    print("| requests | s | server, MiB | workers, MiB (process) |\n|---|---|---|---|")

    async def client():
        connection = Connection(server.port)
        for number in turn:
            which = number % len(prepared)
            said = await reply(server, connection, prepared[which], args.patience)
            statuses[said.status] += 1
            if first.setdefault(which, said) != said:
                wrong[f"{first[which]}, then {said}"] += 1
            if statuses.total() % 500 == 0:
                memory(server, statuses.total(), start)
        connection.close()

    await asyncio.gather(*(client() for _ in range(args.connections)))
    print("\nanswers:", ", ".join(f"{count} × {status}" for status, count in statuses.items()))
    print("answered otherwise than before:", ", ".join(f"{count} × {text}" for text, count in wrong.items()) or 0)
    return not wrong


async def normal(server, prepared, seconds, patience):
    """A client that sends one file after the other."""
    measured, connection, start = Measured(), Connection(server.port), time.monotonic()
    for sent in itertools.cycle(prepared):
        begun = time.monotonic()
        if begun - start > seconds:
            connection.close()
            measured.rate = len(measured.times) / (begun - start)
            return measured
        said = await reply(server, connection, sent, patience)
        measured.statuses[said.status] += 1
        measured.times.append(time.monotonic() - begun)


def figures(server):
    """What the server tells of itself."""

    async def ask():
        connection = Connection(server.port)
        text = (await connection.ask(request("GET", "/metrics"))).body.decode()
        connection.close()
        return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

    return asyncio.run(ask())


def beside(server, args):
    """Times a client alone and beside others. Whether nothing of the others is left."""
    prepared = [Gtzan.prepare(file.name, file.read_bytes()) for file in args.files]
    print("\n| a client | songs | songs/s | p50, ms | p99, ms | slowest, ms | failures |\n|---|---|---|---|---|---|---|")

    def line(name):
        measured = asyncio.run(normal(server, prepared, args.seconds, args.patience))
        cells = [measured.statuses.total(), f"{measured.rate:.1f}"]
        cells += [f"{1e3 * measured.quantile(share):.1f}" for share in (0.5, 0.99, 1)]
        print("|", *(f"{cell} |" for cell in [name, *cells, measured.failures()]), flush=True)

    line("alone")
    largest = max(args.files, key=lambda file: file.stat().st_size)
    command = [sys.executable, DISTURBANCE, server.port, args.slow, args.idle, args.aborts, largest]
    with subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as others:
        if others.stdout.readline() != "there\n":
            sys.exit("the others can't connect")
        line(f"beside {args.slow} slow, {args.idle} idle, {args.aborts} uploads/s broken off")
        seen = json.loads(others.communicate()[0])
    line("alone again")
    print("\nthe others:", ", ".join(f"{name}: {count}" for name, count in sorted(seen.items())))
    told = figures(server)
    refused = {name: value for name, value in told.items() if name.startswith("gtzan_rejected")}
    left = {name: told[name] for name in LEFT}
    print("the server:", ", ".join(f"{name} {value}" for name, value in (refused | left).items()))
    return all(float(value) == 0 for value in left.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--gtzan", required=True, help="the program")
    parser.add_argument("--model", default="gtzan-features")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60, help="time for each line of the second part")
    parser.add_argument("--slow", type=int, default=4)
    parser.add_argument("--idle", type=int, default=1000)
    parser.add_argument("--aborts", type=int, default=20, help="uploads broken off a second")
    parser.add_argument("--patience", type=float, default=120, help="seconds to wait for an answer")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    with Gtzan(args.gtzan, args.model) as server:
        kept = asyncio.run(soak(server, mixed(args.files), args))
        clean = beside(server, args)
        memory(server, "after all", time.monotonic())
    raise SystemExit(0 if kept and clean else 1)


if __name__ == "__main__":
    main()
