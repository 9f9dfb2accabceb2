"""A mail server that only takes: fast enough for ten thousand messages, and as honest as the strict one.

Each message goes into the wire log, flushed, before its reply leaves.
"""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from digest.deliver.smtp_opening import Account, Security
from tests.faults.score import Arrival
from tests.support.certificate import loopback_certificate

BOUNDARY = re.compile(rb'boundary="([^"]+)"')
PARTS = 2


def is_whole(raw: bytes) -> bool:
    """Tell whether a mail has both of its parts and ends as it was rendered, with the boundary closed."""
    found = BOUNDARY.search(raw)
    if found is None:
        return False
    boundary = b"--" + found[1]
    closes = raw.endswith(b"\r\n" + boundary + b"--\r\n")
    return closes and raw.count(b"\r\n" + boundary + b"\r\n") == PARTS


@dataclass(slots=True)
class Sink:
    """An SMTP server on loopback that accepts everything after at most ``slowest`` seconds.

    While it is told to ``hold``, it takes messages and keeps its answers back.
    """

    wire_file: Path
    rng: Random
    security: Security = "starttls"
    slowest: float = 0.003
    fastest: float = 0.0
    port: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    connections: int = 0
    on_arrival: Callable[[Arrival], None] | None = None
    _server: asyncio.Server | None = None
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.Transport] = field(default_factory=set)
    _holds: bool = False
    _unanswered: list[Callable[[], None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        context = loopback_certificate().for_server() if self.security == "tls" else None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Talk(self), "127.0.0.1", self.port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
        for transport in list(self._open):
            transport.abort()

    @property
    def account(self) -> Account:
        """How a client that trusts the server reaches it."""
        context = None if self.security == "none" else loopback_certificate().for_client()
        return Account(host="127.0.0.1", port=self.port, security=self.security, context=context)

    @property
    def accepted(self) -> int:
        """How many messages were taken."""
        return len(self.arrivals)

    def hold(self) -> None:
        """Answer no message from now on: whoever sent one is in the middle of it."""
        self._holds = True

    def let_go(self) -> None:
        """Give the answers that were kept back; some may find nobody there any more."""
        self._holds = False
        kept, self._unanswered = self._unanswered, []
        for answer in kept:
            answer()

    async def holds(self, count: int, *, within: float) -> bool:
        """Wait until so many messages were taken and not answered; tell whether they were."""
        return await self._until(lambda: len(self._unanswered) >= count, within)

    def answer(self, say: Callable[[], None]) -> None:
        """Answer a message: after a moment, or when the answers are let go."""
        if self._holds:
            self._unanswered.append(say)
            self._came.set()
        else:
            asyncio.get_running_loop().call_later(self.rng.uniform(self.fastest, self.slowest), say)

    async def reach(self, count: int, *, within: float) -> bool:
        """Wait until so many messages were taken; tell whether they were."""
        return await self._until(lambda: self.accepted >= count, within)

    async def _until(self, there: Callable[[], bool], within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                while not there():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            return False
        return True

    def take(self, unit: str, raw: bytes) -> None:
        """Write a message down."""
        arrival = Arrival(unit=unit, accepted=True, whole=is_whole(raw))
        with self.wire_file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"unit": unit, "accepted": True, "whole": arrival.whole}) + "\n")
        self.arrivals.append(arrival)
        self._came.set()
        if self.on_arrival:
            self.on_arrival(arrival)

    def enter(self, transport: asyncio.Transport) -> None:
        """Know an open connection."""
        self._open.add(transport)

    def leave(self, transport: asyncio.Transport) -> None:
        """Forget a closed connection."""
        self._open.discard(transport)


class _Talk(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""
        self._in_body = False
        self._to = ""
        self._transport: asyncio.Transport | None = None
        self._encrypting: asyncio.Task[None] | None = None
        self._between = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.connections += 1
        self._sink.enter(transport)
        transport.write(b"220 sink.example ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._transport:
            self._sink.leave(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._between:
            self._read()

    def _read(self) -> None:
        while True:
            end = b"\r\n.\r\n" if self._in_body else b"\r\n"
            piece, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            if self._in_body:
                self._in_body = False
                self._message((piece + b"\r\n").replace(b"\r\n..", b"\r\n."))
            else:
                self._command(piece)

    def _message(self, raw: bytes) -> None:
        self._sink.take(self._to, raw)
        self._sink.answer(partial(self._say, b"250 2.0.0 taken"))

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            offered = [b"sink.example", b"SIZE 10485760", b"ENHANCEDSTATUSCODES", b"8BITMIME"]
            if self._sink.security == "starttls" and self._encrypting is None:
                offered.append(b"STARTTLS")
            self._say(b"\r\n".join([*(b"250-" + one for one in offered[:-1]), b"250 " + offered[-1]]))
        elif verb == b"STAR":
            self._say(b"220 2.0.0 go ahead")
            self._between = True
            self._encrypting = asyncio.get_running_loop().create_task(self._encrypt())
        elif verb == b"RCPT":
            self._to = line[line.index(b"<") + 1 : line.index(b">")].decode()
            self._say(b"250 2.1.5 ok")
        elif verb == b"DATA":
            self._in_body = True
            self._say(b"354 go on")
        elif verb == b"QUIT":
            self._say(b"221 2.0.0 bye")
            if self._transport:
                self._transport.close()
        else:
            self._say(b"250 2.0.0 ok")

    async def _encrypt(self) -> None:
        plain = self._transport
        assert plain is not None
        self._sink.leave(plain)
        with suppress(OSError):
            self._transport = await asyncio.get_running_loop().start_tls(
                plain, self, loopback_certificate().for_server(), server_side=True
            )
        if self._transport:
            self._sink.enter(self._transport)
        # What came with the end of the handshake came before we knew the transport that answers it.
        self._between = False
        self._read()

    def _say(self, line: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(line + b"\r\n")
