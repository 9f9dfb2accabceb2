"""Telling of a store that is away: once when it goes, and once when it is back."""

import math
from dataclasses import dataclass

import structlog

from digest.clock import monotonic
from digest.errors import StoreError
from digest.model import Channel

log = structlog.get_logger(__name__)

QUIET_SECONDS = 600.0
"""A store that comes and goes is told once in so long: writes share commits, and so each other's failures."""


@dataclass(slots=True, kw_only=True)
class Trouble:
    """Whether the store is away; everything between the first and the last word of it is for debugging."""

    channel: Channel
    _away: bool = False
    _told_at: float = -math.inf

    def met(self, doing: str, error: StoreError) -> None:
        """Note that the store could not do something."""
        now = monotonic()
        if self._away or now - self._told_at < QUIET_SECONDS:
            log.debug("the store is still away", doing=doing, error=str(error))
            return
        self._away, self._told_at = True, now
        log.warning(
            "the store is away; sending waits and goes on by itself",
            channel=self.channel.value,
            doing=doing,
            error=str(error),
        )

    def over(self) -> None:
        """Note that the store has done something."""
        if self._away:
            self._away = False
            log.info("the store is back", channel=self.channel.value)
