"""Telling of a store that is away: once when it goes, and once when it is back."""

from dataclasses import dataclass

import structlog

from digest.errors import StoreError
from digest.model import Channel

log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Trouble:
    """Whether the store is away; everything between the first and the last word of it is for debugging."""

    channel: Channel
    _told: bool = False

    def met(self, doing: str, error: StoreError) -> None:
        """Note that the store could not do something."""
        if self._told:
            log.debug("the store is still away", doing=doing, error=str(error))
            return
        self._told = True
        log.warning(
            "the store is away; sending waits and goes on by itself",
            channel=self.channel.value,
            doing=doing,
            error=str(error),
        )

    def over(self) -> None:
        """Note that the store has done something."""
        if self._told:
            self._told = False
            log.info("the store is back", channel=self.channel.value)
