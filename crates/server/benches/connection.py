"""An HTTP/1.1 client that costs little: requests are made beforehand and sent whole, answers are read whole."""

import asyncio
import json
import socket
import typing


class Answer(typing.NamedTuple):
    """An answer: its status, its header fields (lower-case) and its body, taken out of chunks."""

    status: int
    fields: dict
    body: bytes

    def json(self):
        return json.loads(self.body)


class BrokenOff(Exception):
    """The server closed the connection before its answer was whole."""


def request(method, path, body=b"", kind=None, keep=True):
    """A request as bytes."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Connection: {'keep-alive' if keep else 'close'}"]
    if kind:
        head.append(f"Content-Type: {kind}")
    if method != "GET":
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode() + body


def form(field, name, data):
    """A file as multipart/form-data: the body and its media type."""
    boundary = "a-line-that-no-file-of-sound-has"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
    head += "Content-Type: application/octet-stream\r\n\r\n"
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class Connection:
    """A connection that is kept, and made anew where the server has closed it."""

    def __init__(self, port):
        self.port = port
        self.socket = None
        self.read = b""

    async def open(self):
        self.close()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(self.socket, ("127.0.0.1", self.port))

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.read = None, b""

    async def ask(self, sent):
        """The answer to a request; BrokenOff or OSError if there is none."""
        try:
            if self.socket and not self.closed_meanwhile():
                return await self.exchange(sent)
            await self.open()
            return await self.exchange(sent)
        except (OSError, BrokenOff, asyncio.CancelledError):
            self.close()
            raise

    def closed_meanwhile(self):
        """Whether the server has ended a connection that was kept."""
        try:
            self.read += self.socket.recv(1 << 16)
            return True
        except BlockingIOError:
            return False
        except OSError:
            return True

    async def exchange(self, sent):
        try:
            await asyncio.get_running_loop().sock_sendall(self.socket, sent)
        except (BrokenPipeError, ConnectionResetError):
            # A server that refuses needn't read all; what it has said may have come.
            pass
        head = await self.until(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
        if fields.get("transfer-encoding") == "chunked":
            body = await self.chunks()
        elif "content-length" in fields:
            body = await self.exactly(int(fields["content-length"]))
        else:
            body, fields["connection"] = await self.rest(), "close"
        if fields.get("connection") == "close" or status.startswith("HTTP/1.0"):
            self.close()
        return Answer(int(status.split()[1]), fields, body)

    async def chunks(self):
        body = b""
        while size := int((await self.until(b"\r\n")).split(b";")[0], 16):
            body += (await self.exactly(size + 2))[:-2]
        await self.until(b"\r\n")
        return body

    async def until(self, mark):
        while (at := self.read.find(mark)) < 0:
            await self.more()
        found, self.read = self.read[:at], self.read[at + len(mark) :]
        return found

    async def exactly(self, count):
        while len(self.read) < count:
            await self.more()
        found, self.read = self.read[:count], self.read[count:]
        return found

    async def rest(self):
        try:
            while True:
                await self.more()
        except BrokenOff:
            return self.read

    async def more(self):
        piece = await asyncio.get_running_loop().sock_recv(self.socket, 1 << 16)
        if not piece:
            raise BrokenOff
        self.read += piece
