"""Telegram's flood limits as a strict model: sliding windows, and a penalty that must be sat out."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWindow:
    """At most ``max_messages`` messages in any ``seconds``."""

    max_messages: int
    seconds: float


OVERALL_WINDOW = RateWindow(max_messages=30, seconds=1.0)
PRIVATE_WINDOW = RateWindow(max_messages=3, seconds=3.0)
GROUP_WINDOW = RateWindow(max_messages=20, seconds=60.0)


@dataclass(slots=True)
class FloodLimits:
    """Counts messages and says how long a sender must wait; ``violations`` counts the refusals."""

    overall: RateWindow = OVERALL_WINDOW
    private: RateWindow = PRIVATE_WINDOW
    group: RateWindow = GROUP_WINDOW
    violations: int = 0
    _sent: dict[int | None, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    def register(self, chat: int, now: float) -> int:
        """Count a message to ``chat`` at ``now`` and give 0, or the seconds to wait, counting nothing."""
        windows = {None: self.overall, chat: self.private if chat > 0 else self.group}
        wait = max(self._wait(key, window, now) for key, window in windows.items())
        if wait > 0:
            self.violations += 1
            return math.ceil(wait)
        for key in windows:
            self._sent[key].append(now)
        return 0

    def _wait(self, key: int | None, window: RateWindow, now: float) -> float:
        sent = self._sent[key]
        while sent and sent[0] <= now - window.seconds:
            sent.popleft()
        return 0.0 if len(sent) < window.max_messages else sent[0] + window.seconds - now
