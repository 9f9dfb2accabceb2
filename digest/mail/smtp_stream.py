"""Commands and replies on an open SMTP connection, in step (RFC 5321, section 4.2).

aiosmtplib opens the connection, encrypts it and logs in. It drops or mixes up replies that nobody asked for,
and a reply that belongs to an earlier command must never be read as the word on a message. So the replies to
a transaction are read here, and a server that gets out of step is told apart from one that refuses.
"""

import asyncio
import re
from collections.abc import Container
from dataclasses import dataclass

from digest.model.clock import monotonic

MAX_REPLY_BYTES = 1 << 16
"""A reply that is longer is none; real ones have a few hundred bytes."""

CLOSING = 421
"""The one code that a server may send without being asked (RFC 5321, section 3.8)."""

REPLY_LINE = re.compile(rb"([0-9]{3})(?:([ -])(.*))?")
CONTROL_CHARACTER = re.compile(rb"[\x00-\x1f\x7f]")
MAX_QUOTE_LENGTH = 120

MIN_POLL_INTERVAL, MAX_POLL_INTERVAL = 0.001, 0.05
"""Seconds between two looks at the write buffers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpReply:
    """A reply code of three digits, and the text of its lines, joined by line feeds."""

    code: int
    text: str


class InvalidReply(Exception):
    """What came is no reply, or nobody asked for it; ``str()`` quotes it."""


class SmtpStream(asyncio.Protocol):
    """One connection, over which one command follows another.

    Methods raise ``ConnectionError`` where the connection is lost, ``TimeoutError`` where the other side does
    nothing for the seconds given, and ``InvalidReply``; after any of these the connection is good for
    nothing.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._buffers = WriteBuffers(transport)
        self._received = bytearray()
        self._data_arrived = asyncio.Event()
        self._closed = False
        transport.set_protocol(self)

    @property
    def is_alive(self) -> bool:
        """Whether a command may be sent, as far as can be seen from here."""
        return not (self._closed or self._received or self._buffers.is_closing)

    async def send_command(self, line: bytes, timeout_seconds: float) -> SmtpReply:
        """Send one command line and return the reply to it."""
        if CONTROL_CHARACTER.search(line):
            raise ValueError("a control character in an SMTP command")
        if (early := self.pop_unexpected((CLOSING,))) is not None:
            return early
        self.write(line + b"\r\n")
        return await self.read_reply(timeout_seconds)

    async def read_reply(self, timeout_seconds: float) -> SmtpReply:
        """Return the next reply."""
        async with asyncio.timeout(timeout_seconds):
            while (found := self._pop_reply()) is None:
                if self._closed:
                    raise ConnectionResetError("connection lost")
                self._data_arrived.clear()
                await self._data_arrived.wait()
        return found

    def pop_unexpected(self, allowed_codes: Container[int]) -> SmtpReply | None:
        """Return a reply that nobody asked for yet, None where nothing came.

        Raises ``InvalidReply`` where its code is none of those that may come so.
        """
        if not self._received:
            return None
        quote = _quote(self._received)
        found = self._pop_reply()
        if found is None or found.code not in allowed_codes:
            raise InvalidReply(f"a reply that nobody asked for: {quote}")
        return found

    def check_no_extra_reply(self) -> None:
        """Raise ``InvalidReply`` where more came than the last reply, but for a 421 that ends the connection."""
        if self._received and not self._received.startswith(b"%d" % CLOSING):
            raise InvalidReply(f"more than one reply: {_quote(self._received)}")

    def write(self, data: bytes) -> None:
        """Write bytes as they are."""
        if self._closed or self._buffers.is_closing:
            raise ConnectionResetError("connection lost")
        self._transport.write(data)

    async def drain(self, timeout_seconds: float) -> None:
        """Return once the operating system has taken every byte written."""
        await self._buffers.wait_until_empty(timeout_seconds)

    def close(self) -> None:
        """Close the connection; what waits to be written still leaves."""
        self._closed = True
        self._transport.close()

    def abort(self) -> None:
        """Cut the connection; what waits to be written is thrown away."""
        self._closed = True
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Keep what came, for whoever waits."""
        self._received += data
        self._data_arrived.set()

    def eof_received(self) -> bool:
        """Note that the other side says no more; the transport closes."""
        self._closed = True
        self._data_arrived.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Note the end."""
        self._closed = True
        self._data_arrived.set()

    def _pop_reply(self) -> SmtpReply | None:
        """Take the first whole reply out of what came; None where none is whole yet."""
        code, texts, start = b"", [], 0
        while (end := self._received.find(b"\n", start)) >= 0:
            line = bytes(self._received[start:end]).rstrip(b"\r")
            found = REPLY_LINE.fullmatch(line)
            if found is None or code not in (b"", found[1]):
                raise InvalidReply(f"no SMTP reply: {_quote(line)}")
            code, start = found[1], end + 1
            texts.append((found[3] or b"").decode("utf-8", "replace").strip())
            if found[2] != b"-":
                del self._received[:start]
                return SmtpReply(code=int(code), text="\n".join(texts))
        if len(self._received) > MAX_REPLY_BYTES:
            raise InvalidReply(f"a reply without an end: {_quote(self._received)}")
        return None


def _quote(raw: bytes | bytearray) -> str:
    return repr(bytes(raw[:MAX_QUOTE_LENGTH]).decode("ascii", "replace"))


class WriteBuffers:
    """How much of what was written to a connection still waits in this process, below TLS too.

    asyncio's flow control cannot tell. An SSL transport pauses and resumes its protocol by the bytes that it has
    not yet encrypted, and hands the others to the TCP transport below it, which has a buffer of its own. With a
    high mark of 0 the SSL transport of Python 3.11 pauses at every write, empty or not, and ``drain()`` then
    waits for ever; with any other mark it returns while bytes still wait below.
    """

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._transports = (transport, *_inner_transports(transport))

    @property
    def size(self) -> int:
        """The bytes that the operating system has not taken yet; 0 once the connection is lost."""
        return sum(transport.get_write_buffer_size() for transport in self._transports)

    @property
    def is_closing(self) -> bool:
        """Whether the connection is closed or closing, so that bytes may have been thrown away."""
        return any(transport.is_closing() for transport in self._transports)

    async def wait_until_empty(self, timeout_seconds: float) -> None:
        """Return once the operating system has taken every byte.

        Raises ``ConnectionError`` where the connection is lost before that, and ``TimeoutError`` where the
        system takes nothing for so many ``timeout_seconds``.
        """
        left, since, pause = self.size, monotonic(), MIN_POLL_INTERVAL
        while left and not self.is_closing:
            await asyncio.sleep(pause)
            pause = min(pause * 2, MAX_POLL_INTERVAL)
            if self.size < left:
                left, since = self.size, monotonic()
            elif monotonic() - since >= timeout_seconds:
                raise TimeoutError
        if self.is_closing:
            raise ConnectionResetError("connection lost while writing")


def _inner_transports(transport: asyncio.WriteTransport) -> tuple[asyncio.WriteTransport, ...]:
    """Return the TCP transport below an SSL transport; nothing below any other.

    asyncio has no public way to it. Where a later Python keeps it elsewhere, a connection that breaks while
    bytes wait there is met after the final dot, thus in doubt, instead of before it; a test tells.
    """
    below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
    return (below,) if isinstance(below, asyncio.WriteTransport) else ()
