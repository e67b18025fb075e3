"""Clients that a server could do without: python disturbance.py PORT SLOW IDLE ABORTS FILE

SLOW clients send a byte a second, one half of them in a request's head and the other in a body. IDLE connections are open and
say nothing, one half of them from the beginning and the other after an answer. ABORTS times a second an upload of FILE is
broken off: in the middle of its body by an end of the stream or a reset, or by a reset after its end. What the server ends is
begun again. Prints `there` when all are connected, goes on until its input ends, and then prints as JSON what became of them.
"""

import asyncio
import collections
import itertools
import json
import pathlib
import resource
import socket
import struct
import sys

from connection import BrokenOff, Connection, request

PREDICT = "/api/v1/predict"
SOUND = "application/octet-stream"
# Closing a socket resets the connection then.
RESET = struct.pack("ii", 1, 0)


async def slow(port, sent, at_once, seen):
    """Sends a request byte by byte, but for the first ones."""
    connection, loop = Connection(port), asyncio.get_running_loop()

    async def said():
        try:
            return (await connection.exchange(sent[:at_once])).status
        except (OSError, BrokenOff):
            return "closed"

    while True:
        await connection.open()
        answer = asyncio.create_task(said())
        for byte in sent[at_once:]:
            await asyncio.wait([answer], timeout=1)
            if answer.done():
                break
            try:
                await loop.sock_sendall(connection.socket, bytes([byte]))
            except OSError:
                break
        seen[f"slow clients: {await answer}"] += 1


async def idle(port, asks, there, seen):
    """Waits until the server ends a connection that says nothing."""
    connection = Connection(port)
    while True:
        try:
            await connection.open()
            if asks:
                await connection.ask(request("GET", "/healthz"))
            there.release()
            await connection.more()
        except (OSError, BrokenOff):
            seen["idle connections closed"] += 1


async def abort(port, sent, number, seen):
    """Breaks an upload off, in one of the three ways."""
    connection, way = Connection(port), number % 3
    try:
        await connection.open()
        await asyncio.get_running_loop().sock_sendall(connection.socket, sent if way == 2 else sent[: len(sent) // 2])
        if way:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        seen["uploads aborted"] += 1
    except OSError:
        seen["uploads ended by the server"] += 1
    connection.close()


async def main(port, slows, idles, aborts, path):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seen, there = collections.Counter(), asyncio.Semaphore(0)
    small = request("POST", PREDICT, bytes(1000), SOUND)
    large = request("POST", PREDICT, pathlib.Path(path).read_bytes(), SOUND)
    head = small.index(b"\r\n\r\n") + 4
    running = [asyncio.create_task(slow(port, small, number % 2 * head, seen)) for number in range(slows)]
    running += [asyncio.create_task(idle(port, number % 2, there, seen)) for number in range(idles)]
    for _ in range(idles):
        await there.acquire()
    print("there", flush=True)
    over = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for number in itertools.count():
        ended, _ = await asyncio.wait([over], timeout=1 / aborts)
        if ended:
            break
        running.append(asyncio.create_task(abort(port, large, number, seen)))
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    numbers, file = [int(text) for text in sys.argv[1:5]], sys.argv[5]
    asyncio.run(main(*numbers, file))
