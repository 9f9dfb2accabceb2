"""The whole in numbers, and what waits in it.

The whole over time: readers, deliveries and papers, day by day.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.model import Channel, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What ``/stats`` tells; ``oldest_due`` is None where nothing waits."""

    subscribers: int
    paused: int
    endpoints: Mapping[Channel, int]
    domain_followers: Mapping[str, int]
    all_domains: int
    reports: int
    papers: int
    newest_report: date | None
    deliveries: Mapping[DeliveryState, int]
    oldest_due: datetime | None


class StatsStore(Protocol):
    """Counts; implemented by the store."""

    async def load_stats(self) -> Stats:
        """Count everything, in one consistent read."""
        ...

    async def queue_status(self, since: datetime) -> "QueueStatus":
        """Return what is waiting on each channel, and what failed since a time."""
        ...

    async def upcoming_digests(self) -> "UpcomingDigests":
        """Return the upcoming digests."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LastReport:
    """The report that came last: its date, when it came, and how many papers and problems it has."""

    date: date
    received_at: datetime
    papers: int
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStatus:
    """What ``/health`` asks of the store.

    ``waiting`` counts what is due by now on each channel, ``oldest_due`` is since when the first of it is.
    ``uncertain`` are held for an admin, ``refused`` those refused lately.
    """

    waiting: Mapping[Channel, int]
    oldest_due: datetime | None
    uncertain: int
    refused: int
    report: LastReport | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpcomingDigests:
    """How many readers have a digest to come, and when the first of them is due."""

    subscribers: int
    first_at: datetime | None


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
