"""The HTTP server in the service's own process: uvicorn, with a bound on the number of connections.

Of more than ``MAX_CONNECTIONS`` the one is closed first whose last request began longest ago, or that has sent
none for longest. So slow clients never keep the others out; limits of time are left to the reverse proxy
(docs/web.md).
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any, cast

import h11
import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from digest.model.errors import InvalidSettings

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 100
KEEP_ALIVE_TIMEOUT = 5
SHUTDOWN_TIMEOUT = 5
BACKLOG = 2048


class _Connection(asyncio.Protocol):
    """uvicorn's HTTP protocol as it is, within a bound on the number of connections.

    uvicorn itself bounds neither their number nor the time of a request: clients that send nothing would use up
    the files that the process may open. ``connections`` holds all of them, the longest without a request first.
    """

    transport: asyncio.Transport

    def __init__(self, http: asyncio.Protocol, connections: dict["_Connection", None], max_connections: int) -> None:
        self._http = http
        self._connections = connections
        self._max_connections = max_connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._http.connection_made(transport)
        if len(self._connections) >= self._max_connections:
            oldest = next(iter(self._connections))
            del self._connections[oldest]
            oldest.transport.abort()
        self._connections[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.pop(self, None)
        self._http.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        _connection.set(self)  # uvicorn starts a task for each request, which inherits this
        try:
            self._http.data_received(data)
        except h11.LocalProtocolError:  # a body that makes no sense, after its request was answered
            self.transport.abort()

    def eof_received(self) -> bool | None:
        return self._http.eof_received()

    def pause_writing(self) -> None:
        self._http.pause_writing()

    def resume_writing(self) -> None:
        self._http.resume_writing()

    def note_request(self) -> None:
        """Note that the client sent the headers of a request."""
        if self in self._connections:
            del self._connections[self]
            self._connections[self] = None


_connection: ContextVar[_Connection] = ContextVar("connection")


class _UvicornServer(uvicorn.Server):
    """uvicorn that leaves the signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves the pages on a socket until told to stop."""

    def __init__(
        self,
        app: ASGIApp,
        listen_socket: socket.socket,
        *,
        proxies: Sequence[str],
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        connections: dict[_Connection, None] = {}

        def connect(**arguments: Any) -> asyncio.Protocol:  # noqa: ANN401 - uvicorn's own
            return _Connection(H11Protocol(**arguments), connections, max_connections)

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            _connection.get().note_request()
            await app(scope, receive, send)

        self._socket = listen_socket
        self._server = _UvicornServer(
            uvicorn.Config(
                answer,
                http=cast("type[asyncio.Protocol]", connect),
                ws="none",
                lifespan="off",
                loop="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=list(proxies),
                timeout_keep_alive=KEEP_ALIVE_TIMEOUT,
                timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
            )
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._socket.getsockname()[1])

    async def run(self) -> None:
        """Serve until ``stop``; what is being answered then is finished."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Take no more requests."""
        self._server.should_exit = True


def open_listen_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes any free one.

    Raises ``InvalidSettings`` where that cannot be.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise InvalidSettings(f"WEB_HOST={host}: no address of this machine ({error.strerror})") from error
    # With its protocol named, asyncio sends small answers at once; without, each waits 40 ms (Nagle).
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise InvalidSettings(
            f"WEB_PORT={port}: {error.strerror} on {host}; choose another, or 0 for any free one"
        ) from error
    listening.setblocking(False)  # noqa: FBT003 - the socket's own call
    return listening
