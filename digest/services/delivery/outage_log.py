"""Telling of a store that is away: once when it goes, and once when it is back."""

import math
from dataclasses import dataclass

import structlog

from digest.model import Channel
from digest.model.clock import monotonic
from digest.model.errors import StoreError

log = structlog.get_logger(__name__)

MIN_LOG_INTERVAL = 600.0
"""A store that comes and goes is told once in so long: writes share commits, and so each other's failures."""


@dataclass(slots=True, kw_only=True)
class OutageLog:
    """Whether the store is away; everything between the first and the last word of it is for debugging."""

    channel: Channel
    _is_away: bool = False
    _logged_at: float = -math.inf

    def failed(self, doing: str, error: StoreError) -> None:
        """Note that the store could not do something."""
        now = monotonic()
        if self._is_away or now - self._logged_at < MIN_LOG_INTERVAL:
            log.debug("the store is still away", doing=doing, error=str(error))
            return
        self._is_away, self._logged_at = True, now
        log.warning(
            "the store is away; sending waits and goes on by itself",
            channel=self.channel.value,
            doing=doing,
            error=str(error),
        )

    def recovered(self) -> None:
        """Note that the store has done something."""
        if self._is_away:
            self._is_away = False
            log.info("the store is back", channel=self.channel.value)
