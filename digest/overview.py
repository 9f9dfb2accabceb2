"""The whole in numbers, for admins: readers, papers, deliveries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from digest.model import Channel, DeliveryState, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What ``/stats`` tells; ``oldest_due`` is None where nothing waits."""

    subscribers: int
    paused: int
    endpoints: Mapping[Channel, int]
    followers: Mapping[str, int]
    everything: int
    reports: int
    papers: int
    newest_report: date | None
    deliveries: Mapping[DeliveryState, int]
    oldest_due: datetime | None


class Overview(Protocol):
    """Counts; implemented by the store."""

    async def numbers(self) -> Numbers:
        """Count everything, in one consistent read."""
        ...


class Listings(Protocol):
    """Which papers stood in the list that a chat saw last, so that ``/paper 3`` means what it shows."""

    async def remember(self, target: Target, papers: tuple[str, ...], at: datetime) -> None:
        """Keep the list that was just shown."""
        ...

    async def recall(self, target: Target) -> tuple[str, ...]:
        """Give the newest list: one shown on request or the last digest sent, whichever is newer."""
        ...
