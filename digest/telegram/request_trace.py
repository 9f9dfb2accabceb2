"""Whether a request has begun to leave: the difference between "surely not sent" and "nobody knows"."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx


@dataclass(slots=True)
class RequestTrace:
    """What is known of the requests made inside ``trace_requests``; ``has_started``.

    The last one has begun to leave.
    """

    has_started: bool = False

    async def on_event(self, event: str, _details: object) -> None:
        """Hear what httpcore does (its ``trace`` extension)."""
        if event.endswith("send_request_headers.started"):
            self.has_started = True


_CURRENT_TRACE: ContextVar[RequestTrace | None] = ContextVar("watching", default=None)


@contextmanager
def trace_requests() -> Iterator[RequestTrace]:
    """Watch the requests that the current task makes while inside."""
    wire = RequestTrace()
    before = _CURRENT_TRACE.set(wire)
    try:
        yield wire
    finally:
        _CURRENT_TRACE.reset(before)


async def attach_trace(request: httpx.Request) -> None:
    """Let whoever watches hear of a request; a hook of httpx' client."""
    if wire := _CURRENT_TRACE.get():
        wire.has_started = False
        request.extensions = {**request.extensions, "trace": wire.on_event}
