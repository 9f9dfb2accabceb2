"""The only place that asks what time it is, and waits that grow."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""


def system_clock() -> datetime:
    """Return the machine's time, aware and in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place


def monotonic() -> float:
    """Return seconds that never go back, for leases and pacing."""
    return time.monotonic()


@dataclass(slots=True)
class FixedClock:
    """A clock that stands where it was put: for ``tick --at``, the demo and tests."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the moment it was set to."""
        return self.now

    def advance(self, by: timedelta) -> None:
        """Move the hands by ``by``."""
        self.now += by


@dataclass(slots=True)
class Backoff:
    """Waits that double: ``minimum`` seconds, twice that, and so on up to ``maximum``."""

    minimum: float
    maximum: float
    _wait: float = field(init=False)

    def __post_init__(self) -> None:
        self._wait = self.minimum

    def next_wait(self) -> float:
        """Return how many seconds to wait this time."""
        wait, self._wait = self._wait, min(self._wait * 2, self.maximum)
        return wait

    def reset(self) -> None:
        """Begin with ``minimum`` again."""
        self._wait = self.minimum
