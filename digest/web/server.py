"""The HTTP server in the service's own process, patient with slow clients but not for ever.

A client has ``SECONDS`` to say its whole request. Of more than ``MOST_CONNECTIONS`` the one goes first that
has waited longest without having said it, so that slow ones never keep the others out.
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

from digest.errors import BadSettings

log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 100
SECONDS = 10.0
ANSWER_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 5
STOPPING_SECONDS = 5


@dataclass(slots=True, kw_only=True)
class Room:
    """The clients that are being listened to, those first who have waited longest to say their request."""

    most: int = MOST_CONNECTIONS
    seconds: float = SECONDS
    slow: dict["PatientProtocol", None] = field(default_factory=dict)


class PatientProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 with a bound on the time for a whole request and its answer."""

    room: Room

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **named)
        self._bound: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Listen to one more client; where that is one too many, the slowest goes, or this one."""
        super().connection_made(transport)
        if len(self.connections) > self.room.most:
            slowest = next(iter(self.room.slow), self)
            slowest.transport.abort()
            self.room.slow.pop(slowest, None)
            if slowest is self:
                return
        self._listen()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a client."""
        self._heard()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take more of a request; the bound is on the whole of it, however it trickles in."""
        waited_before = self._bound is not None
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            if not waited_before:
                self._listen()
        else:
            self._heard()
            self._bound = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def on_response_complete(self) -> None:
        """Let the client rest or ask again."""
        self._heard()
        super().on_response_complete()

    def _listen(self) -> None:
        self._heard()
        self.room.slow[self] = None
        self._bound = self.loop.call_later(self.room.seconds, self.transport.abort)

    def _heard(self) -> None:
        self.room.slow.pop(self, None)
        if self._bound:
            self._bound.cancel()
            self._bound = None


class _Server(uvicorn.Server):
    """uvicorn that leaves the signals to the service."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves the pages on a socket until told to stop."""

    def __init__(
        self, app: ASGIApp, listening: socket.socket, *, proxies: Sequence[str], room: Room | None = None
    ) -> None:
        protocol = type("_Protocol", (PatientProtocol,), {"room": room or Room()})
        self._listening = listening
        self._server = _Server(
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
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOPPING_SECONDS,
            )
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listening.getsockname()[1])

    async def run(self) -> None:
        """Serve until ``stop``; what is being answered then is finished."""
        await self._server.serve(sockets=[self._listening])

    def stop(self) -> None:
        """Take no more requests."""
        self._server.should_exit = True


def listening_socket(host: str, port: int) -> socket.socket:
    """Give a socket that listens on an address; port 0 takes any free one.

    Raises ``BadSettings`` where that cannot be.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise BadSettings(f"WEB_HOST={host}: no address of this machine ({error.strerror})") from error
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise BadSettings(
            f"WEB_PORT={port}: {error.strerror} on {host}; choose another, or 0 for any free one"
        ) from error
    listening.setblocking(False)  # noqa: FBT003 - the socket's own call
    return listening
