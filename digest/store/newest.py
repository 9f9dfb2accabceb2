"""The newest report's numbers, kept for a moment: most answers in a chat begin with them."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from digest.archive import ReportSummary
from digest.clock import monotonic

CACHE_SECONDS = 5.0
"""How old they may be where another process took a report in; what this one takes in counts at once."""


@dataclass(slots=True)
class ReportSummaryCache:
    """Keeps the numbers until they are ``CACHE_SECONDS`` old, or forgotten because something changed."""

    _summary: ReportSummary | None = None
    _fresh_until: float = -math.inf
    _generation: int = 0

    async def get(self, load: Callable[[], Awaitable[ReportSummary | None]]) -> ReportSummary | None:
        """Return the numbers, from ``load`` where they are not fresh."""
        now = monotonic()
        if now < self._fresh_until:
            return self._summary
        changes = self._generation
        day = await load()
        if changes == self._generation:
            self._summary, self._fresh_until = day, now + CACHE_SECONDS
        return day

    def invalidate(self) -> None:
        """Read again next time; what is being read just now is not kept."""
        self._generation += 1
        self._fresh_until = -math.inf
