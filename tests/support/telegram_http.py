"""HTTP under the Bot API stand-in: plain asyncio and h11, so that a test can cut a connection anywhere."""

import asyncio
import contextlib
import email.parser
import email.policy
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import h11

from tests.support.telegram_validation import CallParams


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A call as it came."""

    path: str
    params: CallParams


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """What goes back.

    ``sent_fraction`` is how much of it (1 whole, 0.5 half, 0 nothing), then the line is cut.
    """

    status: int
    body: bytes
    sent_fraction: float = 1.0
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


HttpHandler = Callable[[HttpRequest], Awaitable[HttpReply]]


def parse_params(target: str, content_type: str, body: bytes) -> CallParams:
    """Read parameters from the query and from a form, multipart or JSON body."""
    values = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    files: dict[str, bytes] = {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        values |= dict(parse_qsl(body.decode(), keep_blank_values=True))
    elif kind == "application/json":
        given = json.loads(body or b"{}")
        values |= {key: one if isinstance(one, str) else json.dumps(one) for key, one in given.items()}
    elif kind == "multipart/form-data":
        head = f"Content-Type: {content_type}\r\n\r\n".encode()
        parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        for part in parts.iter_parts():
            payload = part.get_payload(decode=True)
            content = payload if isinstance(payload, bytes) else b""
            if part.get_filename() is not None:
                files[part.get_filename() or ""] = content
            else:
                values[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return CallParams(values, files)


class StubHttpServer:
    """Listens on loopback; ``handler`` answers each request."""

    def __init__(self, handler: HttpHandler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._connection_tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    async def open(self) -> None:
        """Listen, on the port of last time if there was one."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop every connection: from now on connecting is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        lines = list(self._connection_tasks)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connection_tasks.add(task)
        try:
            await self._serve_connection(reader, writer)
        except (ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
            pass
        finally:
            self._connection_tasks.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.transport.abort()

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
        while (request := await self._read_request(line, reader)) is not None:
            reply = await self._handler(request)
            head = h11.Response(
                status_code=reply.status,
                headers=[
                    ("Content-Type", reply.content_type),
                    ("Content-Length", str(len(reply.body))),
                    *reply.headers,
                ],
            )
            raw = line.send(head) or b""
            raw += line.send(h11.Data(data=reply.body)) or b""
            raw += line.send(h11.EndOfMessage()) or b""
            writer.write(raw[: int(len(raw) * reply.sent_fraction)])
            await writer.drain()
            if reply.sent_fraction < 1 or line.our_state is not h11.DONE or line.their_state is not h11.DONE:
                writer.close()
                return
            line.start_next_cycle()

    async def _read_request(self, line: h11.Connection, reader: asyncio.StreamReader) -> HttpRequest | None:
        head: h11.Request | None = None
        body = b""
        while True:
            event = line.next_event()
            if event is h11.NEED_DATA:
                line.receive_data(await reader.read(1 << 16))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                target = head.target.decode()
                kind = dict(head.headers).get(b"content-type", b"").decode()
                return HttpRequest(path=urlsplit(target).path, params=parse_params(target, kind, body))
            else:
                return None
