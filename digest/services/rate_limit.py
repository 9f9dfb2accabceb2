"""How much one person may ask for in a while: commands in a chat, changes on a page."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum, auto


class RateLimitResult(Enum):
    """What the bucket says to one more command."""

    ALLOWED = auto()
    DENIED_FIRST = auto()
    """No, and the person does not know yet."""
    DENIED = auto()


@dataclass(slots=True, kw_only=True)
class RateLimiter:
    """Lets ``limit`` commands of one person through in any ``window_seconds``; None lets everything through.

    What was refused does not count, so that whoever waits is heard again. It remembers nobody for longer
    than they matter.
    """

    limit: int | None = 20
    window_seconds: float = 60.0
    _calls: dict[Hashable, deque[float]] = field(default_factory=dict)
    _notified: set[Hashable] = field(default_factory=set)

    def allow(self, key: Hashable, now: float) -> RateLimitResult:
        """Count one command of ``key`` at ``now``, in seconds of a clock that never goes back."""
        if self.limit is None:
            return RateLimitResult.ALLOWED
        self._expire(now)
        given = self._calls.setdefault(key, deque())
        if len(given) < self.limit:
            given.append(now)
            self._notified.discard(key)
            return RateLimitResult.ALLOWED
        if key in self._notified:
            return RateLimitResult.DENIED
        self._notified.add(key)
        return RateLimitResult.DENIED_FIRST

    def __len__(self) -> int:
        """Count the people who are remembered."""
        return len(self._calls)

    def _expire(self, now: float) -> None:
        """Drop commands that are too old to matter; those who spoke longest ago stand first."""
        for person, given in list(self._calls.items()):
            while given and now - given[0] >= self.window_seconds:
                given.popleft()
            if not given:
                del self._calls[person]
                self._notified.discard(person)
