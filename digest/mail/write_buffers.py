"""How much of what was written to a connection still waits in this process, below TLS too.

asyncio's flow control cannot tell. An SSL transport pauses and resumes its protocol by the bytes that it has
not yet encrypted, and hands the others to the TCP transport below it, which has a buffer of its own. With a
high mark of 0 the SSL transport of Python 3.11 pauses at every write, empty or not, and ``drain()`` then
waits for ever; with any other mark it returns while bytes still wait below.
"""

import asyncio

from digest.model.clock import monotonic

MIN_POLL_INTERVAL, MAX_POLL_INTERVAL = 0.001, 0.05
"""Seconds between two looks at the buffers."""


class WriteBuffers:
    """The write buffers of one connection."""

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
