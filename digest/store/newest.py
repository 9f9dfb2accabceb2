"""The newest report's numbers, kept for a moment: most answers in a chat begin with them."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from digest.archive import Day
from digest.clock import monotonic

FRESH_SECONDS = 5.0
"""How old they may be where another process took a report in; what this one takes in counts at once."""


@dataclass(slots=True)
class Newest:
    """Keeps the numbers until they are ``FRESH_SECONDS`` old, or forgotten because something changed."""

    _day: Day | None = None
    _fresh_until: float = -math.inf
    _changes: int = 0

    async def day(self, read: Callable[[], Awaitable[Day | None]]) -> Day | None:
        """Give the numbers, from ``read`` where they are not fresh."""
        now = monotonic()
        if now < self._fresh_until:
            return self._day
        changes = self._changes
        day = await read()
        if changes == self._changes:
            self._day, self._fresh_until = day, now + FRESH_SECONDS
        return day

    def forget(self) -> None:
        """Read again next time; what is being read just now is not kept."""
        self._changes += 1
        self._fresh_until = -math.inf
