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

from digest.mail.smtp_connect import SmtpAccount, SmtpSecurity
from tests.faults.score import Arrival
from tests.support.certificate import loopback_certificate

BOUNDARY = re.compile(rb'boundary="([^"]+)"')
MIN_PARTS = 2


def is_complete_mail(raw: bytes) -> bool:
    """Return whether a mail has both of its parts and ends as it was rendered, with the boundary closed."""
    found = BOUNDARY.search(raw)
    if found is None:
        return False
    boundary = b"--" + found[1]
    closes = raw.endswith(b"\r\n" + boundary + b"--\r\n")
    return closes and raw.count(b"\r\n" + boundary + b"\r\n") == MIN_PARTS


@dataclass(slots=True)
class SmtpSink:
    """An SMTP server on loopback that accepts everything after at most ``max_delay`` seconds.

    While it is told to ``pause_replies``, it takes messages and keeps its answers back.
    """

    wire_file: Path
    rng: Random
    security: SmtpSecurity = "starttls"
    max_delay: float = 0.003
    min_delay: float = 0.0
    port: int = 0
    arrivals: list[Arrival] = field(default_factory=list)
    connection_count: int = 0
    on_arrival: Callable[[Arrival], None] | None = None
    _server: asyncio.Server | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _transports: set[asyncio.Transport] = field(default_factory=set)
    _is_paused: bool = False
    _held_replies: list[Callable[[], None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        context = loopback_certificate().server_context() if self.security == "tls" else None
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _SinkProtocol(self), "127.0.0.1", self.port, ssl=context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.close()
        for transport in list(self._transports):
            transport.abort()

    @property
    def account(self) -> SmtpAccount:
        """How a client that trusts the server reaches it."""
        context = None if self.security == "none" else loopback_certificate().client_context()
        return SmtpAccount(host="127.0.0.1", port=self.port, security=self.security, tls_context=context)

    @property
    def accepted_count(self) -> int:
        """How many messages were taken."""
        return len(self.arrivals)

    def pause_replies(self) -> None:
        """Answer no message from now on: whoever sent one is in the middle of it."""
        self._is_paused = True

    def resume_replies(self) -> None:
        """Return the answers that were kept back; some may find nobody there any more."""
        self._is_paused = False
        kept, self._held_replies = self._held_replies, []
        for answer in kept:
            answer()

    async def wait_for_held(self, count: int, *, within: float) -> bool:
        """Wait until so many messages were taken and not answered; tell whether they were."""
        return await self._wait_until(lambda: len(self._held_replies) >= count, within)

    def schedule_reply(self, send_reply: Callable[[], None]) -> None:
        """Answer a message: after a moment, or when the answers are let go."""
        if self._is_paused:
            self._held_replies.append(send_reply)
            self._changed.set()
        else:
            asyncio.get_running_loop().call_later(self.rng.uniform(self.min_delay, self.max_delay), send_reply)

    async def wait_for_accepted(self, count: int, *, within: float) -> bool:
        """Wait until so many messages were taken; tell whether they were."""
        return await self._wait_until(lambda: self.accepted_count >= count, within)

    async def _wait_until(self, condition: Callable[[], bool], within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True

    def record(self, unit: str, raw: bytes) -> None:
        """Write a message down."""
        arrival = Arrival(unit=unit, accepted=True, is_complete=is_complete_mail(raw))
        with self.wire_file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps({"unit": unit, "accepted": True, "whole": arrival.is_complete}) + "\n")
        self.arrivals.append(arrival)
        self._changed.set()
        if self.on_arrival:
            self.on_arrival(arrival)

    def add_connection(self, transport: asyncio.Transport) -> None:
        """Know an open connection."""
        self._transports.add(transport)

    def remove_connection(self, transport: asyncio.Transport) -> None:
        """Forget a closed connection."""
        self._transports.discard(transport)


class _SinkProtocol(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        self._buffer = b""
        self._in_body = False
        self._recipient = ""
        self._transport: asyncio.Transport | None = None
        self._encrypting: asyncio.Task[None] | None = None
        self._is_handshaking = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.connection_count += 1
        self._sink.add_connection(transport)
        transport.write(b"220 sink.example ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._transport:
            self._sink.remove_connection(self._transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_handshaking:
            self._process_buffer()

    def _process_buffer(self) -> None:
        while True:
            end = b"\r\n.\r\n" if self._in_body else b"\r\n"
            piece, found, rest = self._buffer.partition(end)
            if not found:
                return
            self._buffer = rest
            if self._in_body:
                self._in_body = False
                self._accept_message((piece + b"\r\n").replace(b"\r\n..", b"\r\n."))
            else:
                self._handle_command(piece)

    def _accept_message(self, raw: bytes) -> None:
        self._sink.record(self._recipient, raw)
        self._sink.schedule_reply(partial(self._send_line, b"250 2.0.0 taken"))

    def _handle_command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"EHLO":
            offered = [b"sink.example", b"SIZE 10485760", b"ENHANCEDSTATUSCODES", b"8BITMIME"]
            if self._sink.security == "starttls" and self._encrypting is None:
                offered.append(b"STARTTLS")
            self._send_line(b"\r\n".join([*(b"250-" + one for one in offered[:-1]), b"250 " + offered[-1]]))
        elif verb == b"STAR":
            self._send_line(b"220 2.0.0 go ahead")
            self._is_handshaking = True
            self._encrypting = asyncio.get_running_loop().create_task(self._encrypt())
        elif verb == b"RCPT":
            self._recipient = line[line.index(b"<") + 1 : line.index(b">")].decode()
            self._send_line(b"250 2.1.5 ok")
        elif verb == b"DATA":
            self._in_body = True
            self._send_line(b"354 go on")
        elif verb == b"QUIT":
            self._send_line(b"221 2.0.0 bye")
            if self._transport:
                self._transport.close()
        else:
            self._send_line(b"250 2.0.0 ok")

    async def _encrypt(self) -> None:
        plain = self._transport
        assert plain is not None
        self._sink.remove_connection(plain)
        with suppress(OSError):
            self._transport = await asyncio.get_running_loop().start_tls(
                plain, self, loopback_certificate().server_context(), server_side=True
            )
        if self._transport:
            self._sink.add_connection(self._transport)
        # What came with the end of the handshake came before we knew the transport that answers it.
        self._is_handshaking = False
        self._process_buffer()

    def _send_line(self, line: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(line + b"\r\n")
