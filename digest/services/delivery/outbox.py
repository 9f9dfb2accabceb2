"""What a courier needs of the store, and what it has written down there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.model import Announcement, Channel, Delivery, DeliveryState, Target
from digest.model.bounce import BouncePenalty
from digest.model.reasons import Reason
from digest.services.delivery.circuit_breaker import FailureStreak
from digest.services.group_notices import GroupEvent

MAX_CRASHES = 3
"""A row that alone was in flight at so many crashes is refused: it is what ends the program (poison)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a try ended, to be written down; ``not_before`` is set for ``due_at`` alone.

    ``receipts`` are all parts that arrived so far. ``endpoint_unreachable`` ends the endpoint too,
    ``moved_to`` gives it its new target, and ``subscriber_notice`` is queued for the reader's chats.
    ``counts_as_attempt``: the try was the recipient's own; ``add_failure``: it speaks against the endpoint,
    for which everything waits as long; ``reset_failures``: earlier points are forgotten. ``given_up``: the
    papers of a digest go into the endpoint's next one. ``shorten``: the next try says less. ``bounce``: a
    mail server refused the recipient, which counts as mail does that came back. ``owner_notice``: what
    whoever set the chat up hears; where it is ``OUT`` every topic of the chat ends.
    """

    state: DeliveryState
    reason: Reason | None = None
    not_before: datetime | None = None
    receipts: tuple[str, ...] = ()
    endpoint_unreachable: bool = False
    moved_to: Target | None = None
    subscriber_notice: Announcement | None = None
    counts_as_attempt: bool = False
    add_failure: bool = False
    reset_failures: bool = False
    given_up: bool = False
    shorten: bool = False
    bounce: BouncePenalty | None = None
    owner_notice: GroupEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPause:
    """A whole channel waits until a moment, and why."""

    until: datetime
    reason: Reason


class Outbox(Protocol):
    """What a courier needs of the store; each change names its owner and is refused once that is lost."""

    async def claim(
        self,
        channel: Channel,
        owner: str,
        *,
        due_at: datetime,
        now: datetime,
        until: datetime,
        limit: int,
        holding: Collection[int] = (),
    ) -> Sequence[Delivery]:
        """Lease what is due at ``due_at``, the urgent first, from ``now`` (the time of leases) until ``until``.

        Ends leases that have run out, but none of those that the owner is ``holding``. Nothing is leased
        while a row that may end the program is tried alone.
        """
        ...

    async def has_blocked(self, channel: Channel, due_at: datetime, now: datetime) -> bool:
        """Return whether something is due that could not be claimed for a moment."""
        ...

    async def mark_sending(self, delivery: int, owner: str) -> bool:
        """Mark that bytes may leave from now on; False where the lease is lost."""
        ...

    async def record_parts(self, delivery: int, owner: str, receipts: tuple[str, ...]) -> bool:
        """Note the parts that arrived and lease the rest on; False where the lease is lost."""
        ...

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        """Write down the end of a try; False where the lease is lost."""
        ...

    async def renew(self, owner: str, until: datetime, holding: Collection[int]) -> None:
        """Lengthen the leases of what an owner holds."""
        ...

    async def release(self, owner: str) -> int:
        """Return back what an owner has leased and not begun; count it."""
        ...

    async def load_streak(self, channel: Channel) -> FailureStreak:
        """Return how the last deliveries of a channel ended, as it was kept."""
        ...

    async def save_streak(self, channel: Channel, streak: FailureStreak) -> None:
        """Keep how the last deliveries of a channel ended, beyond the end of the program."""
        ...

    async def unreachable_allowed_until(self, channel: Channel, now: datetime) -> datetime | None:
        """Return until when an admin lets addresses end, None where that is not so at ``now``."""
        ...

    async def save_pause(self, channel: Channel, pause: ChannelPause) -> None:
        """Keep that a channel waits, beyond the end of the program."""
        ...

    async def active_pause(self, channel: Channel, now: datetime) -> ChannelPause | None:
        """Return what was kept, None where nothing was or its time has passed; that is forgotten then."""
        ...
