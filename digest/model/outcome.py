"""The interface of a delivery channel, and the possible outcomes of a send."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from digest.model import Delivery, Target
from digest.model.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The other side has taken responsibility; ``receipt`` is its own word for that."""

    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryLater:
    """Surely not delivered; try again.

    ``retry_after`` is the wait that the other side asked for, None for our own back-off.
    ``counts_as_attempt`` is False where the fault is not this recipient's (server away, flood wait).
    ``max_failures`` set: this endpoint is at fault, each such try is a point against it, and at so many in a
    row it stops (mailbox full, not allowed to write); None for our own back-off. ``pause_channel`` True:
    everybody on this channel waits, not only this recipient.
    """

    reason: Reason
    retry_after: timedelta | None = None
    counts_as_attempt: bool = True
    pause_channel: bool = False
    max_failures: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """Delivered or not, nobody can know; never repeated by itself."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """The address does not receive any more; ``thread_only``: this thread of its chat alone."""

    reason: Reason
    thread_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """The chat has a new id; surely not delivered to the old one."""

    new_target: Target
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Surely not delivered, and a repeat would end the same way.

    ``is_our_fault`` True is an alarm for the admin: the message or the set-up is wrong. ``is_too_large``
    True: a shorter message might get through. ``is_external_fault`` True: neither ours nor the recipient's (a
    route, the other server). Without any of them it counts against the recipient's address.
    """

    reason: Reason
    is_our_fault: bool = False
    is_too_large: bool = False
    is_external_fault: bool = False


class SendCancelled(asyncio.CancelledError):
    """A send was cancelled before anything left that could deliver: surely not delivered."""


MessagePart = TypeVar("MessagePart", contravariant=True)

Outcome = Sent | RetryLater | Uncertain | Unreachable | Migrated | Refused


class MessageSender(Protocol[MessagePart]):
    """A channel: sends one part of a message, and tells how that ended; never raises for one recipient.

    Raises ``ChannelMisconfigured`` where nothing can be sent to anybody until the operator acts. Cancelled,
    it raises ``SendCancelled`` where the part surely did not leave, and ``CancelledError`` where it may have.
    """

    async def send(self, delivery: Delivery, part: MessagePart) -> Outcome:
        """Send ``part`` of ``delivery`` to its target."""
        ...

    async def close(self) -> None:
        """Return back connections; sending is over."""
        ...
