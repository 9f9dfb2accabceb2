"""A tiny reverse proxy: passes each request on to a port, and says from whom it came."""

import asyncio
import contextlib
import re
from types import TracebackType
from typing import Self

CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
STRIPPED_HEADERS = re.compile(rb"(connection|x-forwarded-for|x-forwarded-proto):[^\r]*\r\n", re.IGNORECASE)
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class ReverseProxy:
    """Listens on loopback, in front of ``port``; ``requested_paths`` is every path that was asked for."""

    def __init__(self, port: int, *, client: str = "203.0.113.7") -> None:
        self.requested_paths: list[str] = []
        self.port = port
        self._client = client
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._handle, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            found = CONTENT_LENGTH.search(head)
            body = await reader.readexactly(int(found[1])) if found else b""
            self.requested_paths.append(head.split()[1].decode())
            writer.write(await self._forward(head, body))
            await writer.drain()
        writer.close()

    async def _forward(self, head: bytes, body: bytes) -> bytes:
        """Return the whole answer of the service, or what a proxy answers while there is none."""
        said = f"X-Forwarded-For: {self._client}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(STRIPPED_HEADERS.sub(b"", head)[:-2] + said.encode() + body)
            answer = await reader.read()
            writer.close()
        except OSError:
            return BAD_GATEWAY
        return answer or BAD_GATEWAY
