"""One reader as an admin sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.model import Channel, Endpoint, Reader
from digest.overview.deliveries import Listed
from digest.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One address of a reader, since when it is there, and why it does not receive where it does not."""

    endpoint: Endpoint
    since: datetime
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A reader, where they are reached, their newest deliveries, and how many papers they saved."""

    reader: Reader
    places: Sequence[Reached]
    deliveries: Sequence[Listed]
    saved: int = 0


class Cards(Protocol):
    """Readers one by one; implemented by the store."""

    async def at(self, channel: Channel, address: str) -> Sequence[Card]:
        """Give the readers at an address: one for each thread of a forum, and who waits for a yes there."""
        ...

    async def numbered(self, number: int) -> Card | None:
        """Give the reader of a subscriber's number."""
        ...
