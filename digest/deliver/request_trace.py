"""Whether a request has begun to leave: the difference between "surely not sent" and "nobody knows"."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import httpx


@dataclass(slots=True)
class Wire:
    """What is known of the requests made inside ``watched``; ``begun``: the last one has begun to leave."""

    begun: bool = False

    async def see(self, event: str, _details: object) -> None:
        """Hear what httpcore does (its ``trace`` extension)."""
        if event.endswith("send_request_headers.started"):
            self.begun = True


_WATCHING: ContextVar[Wire | None] = ContextVar("watching", default=None)


@contextmanager
def watched() -> Iterator[Wire]:
    """Watch the requests that the current task makes while inside."""
    wire = Wire()
    before = _WATCHING.set(wire)
    try:
        yield wire
    finally:
        _WATCHING.reset(before)


async def report_to_watcher(request: httpx.Request) -> None:
    """Let whoever watches hear of a request; a hook of httpx' client."""
    if wire := _WATCHING.get():
        wire.begun = False
        request.extensions = {**request.extensions, "trace": wire.see}
