"""The HTTP server in the service's own process, patient with slow clients but not for ever.

A client has ``REQUEST_TIMEOUT`` to say its whole request. Of more than ``MAX_CONNECTIONS`` the one goes first
that has let us wait longest: for its request, for the next one, or for taking its answer. So slow ones never
keep the others out.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import h11
import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from digest.model.errors import InvalidSettings
from digest.web.app import SECURITY_HEADERS

log = structlog.get_logger(__name__)

MAX_CONNECTIONS = 100
REQUEST_TIMEOUT = 10.0
RESPONSE_TIMEOUT = 60.0
KEEP_ALIVE_TIMEOUT = 5
SHUTDOWN_TIMEOUT = 5
BACKLOG = 2048


@dataclass(slots=True, kw_only=True)
class ConnectionLimits:
    """The clients that are being listened to, those first who have waited longest to say their request."""

    max_connections: int = MAX_CONNECTIONS
    request_timeout: float = REQUEST_TIMEOUT
    waiting: dict["TimeLimitedProtocol", None] = field(default_factory=dict)


class TimeLimitedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a bound on the time for a whole request, its answer, and the rest behind it."""

    connection_limits: ConnectionLimits

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **named)
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Listen to one more client; where that is one too many, the slowest goes, or this one."""
        super().connection_made(transport)
        if len(self.connections) > self.connection_limits.max_connections:
            slowest = next(iter(self.connection_limits.waiting), self)
            slowest.transport.abort()
            self.connection_limits.waiting.pop(slowest, None)
            if slowest is self:
                return
        self._wait_for_client()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a client."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take more of a request; the bound is on the whole of it, however it trickles in."""
        super().data_received(data)
        if not self._awaits_client():
            self._limit_response_time()
        elif self._deadline is None:
            self._wait_for_client()

    def on_response_complete(self) -> None:
        """Let the client rest, ask again, or take its answer; whoever has had one goes before newcomers."""
        super().on_response_complete()
        if self._awaits_client() or self.transport.is_closing():
            self._wait_for_client()
        else:
            self._limit_response_time()
            self.connection_limits.waiting[self] = None

    def pause_writing(self) -> None:
        """Count a client as slow that does not read what it asked for."""
        super().pause_writing()
        self.connection_limits.waiting[self] = None

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        super().resume_writing()
        if not self._awaits_client():
            self.connection_limits.waiting.pop(self, None)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, with the headers that every answer has."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        headers = {"Content-Type": "text/plain; charset=utf-8", "Connection": "close", **SECURITY_HEADERS}
        for event in (
            h11.Response(status_code=400, headers=list(headers.items()), reason=b"Bad Request"),
            h11.Data(data=msg.encode()),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _awaits_client(self) -> bool:
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def _wait_for_client(self) -> None:
        self._clear_deadline()
        self.connection_limits.waiting[self] = None
        self._deadline = self.loop.call_later(self.connection_limits.request_timeout, self.transport.abort)

    def _limit_response_time(self) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(RESPONSE_TIMEOUT, self.transport.abort)

    def _clear_deadline(self) -> None:
        self.connection_limits.waiting.pop(self, None)
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


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
        limits: ConnectionLimits | None = None,
    ) -> None:
        protocol = type("_Protocol", (TimeLimitedProtocol,), {"connection_limits": limits or ConnectionLimits()})
        self._socket = listen_socket
        self._server = _UvicornServer(
            uvicorn.Config(
                app,
                http=protocol,
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
