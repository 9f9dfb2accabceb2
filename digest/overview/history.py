"""The whole over time: readers, deliveries and papers, day by day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.model import Channel, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsHistory:
    """What was counted on each day of a stretch of days; a day of which nothing is known is absent.

    ``subscribers`` under the key None are subscribers, under a channel the active endpoints on it.
    """

    subscribers: Mapping[Channel | None, Mapping[date, int]]
    outcomes: Mapping[DeliveryState, Mapping[date, int]]
    papers: Mapping[str, Mapping[date, int]]


class HistoryStore(Protocol):
    """Days that have passed; implemented by the store."""

    async def load_history(self, since: date, until: date) -> StatsHistory:
        """Return the days from ``since`` to ``until``, both with them (days in UTC)."""
        ...

    async def record_daily_counts(self, at: datetime) -> bool:
        """Write down how many there are today, once a day; False where that is done."""
        ...
