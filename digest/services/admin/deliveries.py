"""Deliveries one by one, and the lists that chats saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from digest.model import Channel, DeliveryState, Target
from digest.model.reasons import Reason
from digest.services.admin.delivery_actions import BulkAction, BulkPlan, DeliverySelection, EditionKey, Obstacle

UNREACHABLE_ALLOWED_FOR = timedelta(hours=1)
"""How long an admin's word lasts that addresses are really gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery as ``outbox`` lists it.

    ``kind`` is what it carries: ``digest``, ``broadcast``, ``code`` or ``alert``; ``papers`` counts those of
    a digest. ``edition`` names its edition, None where it belongs to none. ``settled_at`` is when it ended,
    None while it is under way.
    """

    id: int
    key: str
    kind: str
    target: Target
    state: DeliveryState
    reason: Reason | None
    attempts: int
    created_at: datetime
    not_before: datetime
    settled_at: datetime | None
    receipts: tuple[str, ...] = ()
    papers: int = 0
    edition: EditionKey | None = None

    @property
    def state_since(self) -> datetime:
        """Since when it is as it is: its end, or its beginning while it is under way."""
        return self.settled_at or self.created_at


class DeliveryAdmin(Protocol):
    """The outbox as admins see it; implemented by the store."""

    async def list_deliveries(
        self,
        state: DeliveryState | None = None,
        limit: int = 200,
        *,
        edition: EditionKey | None = None,
        channel: Channel | None = None,
    ) -> Sequence[DeliveryRow]:
        """List deliveries, the newest first; only those of a state, an edition, a channel."""
        ...

    async def obstacles(self, ids: Sequence[int]) -> Mapping[int, DeliveryState | Obstacle]:
        """Return what keeps deliveries from being sent again: an obstacle, else their state, by their ids.

        Ids of no delivery are absent.
        """
        ...

    async def resend(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Make ended rows due again, by an admin's will; give those that were: never one with an obstacle."""
        ...

    async def cancel(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Cancel rows that have not begun to be sent, or whose end is unknown; give those that were."""
        ...

    async def allow_unreachable(self, channel: Channel, until: datetime) -> None:
        """Allow, until a time, that many addresses in a row are deactivated: an admin has confirmed it."""
        ...

    async def plan_bulk(self, action: BulkAction, selection: DeliverySelection) -> BulkPlan:
        """Count what an order would change and what not, and note which deliveries those are."""
        ...

    async def apply_plan(self, plan: BulkPlan, at: datetime) -> int:
        """Change what a plan counted and is still as it was, nothing else; count that."""
        ...


class LastListStore(Protocol):
    """Which papers stood in the list that a chat saw last, so that ``/paper 3`` means what it shows."""

    async def save(self, target: Target, papers: tuple[str, ...], at: datetime) -> None:
        """Keep the list that was just shown."""
        ...

    async def load(self, target: Target) -> tuple[str, ...]:
        """Return the newest list: one shown on request or the last digest sent, whichever is newer."""
        ...
