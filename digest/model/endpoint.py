"""Where a reader can be reached."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self


class Channel(StrEnum):
    """The ways to reach a reader."""

    EMAIL = "email"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a message goes: an email address, or a Telegram chat and, in a forum, its thread."""

    channel: Channel
    address: str
    thread: int | None = None

    @classmethod
    def email(cls, address: str) -> Self:
        """Return the target of an email address."""
        return cls(channel=Channel.EMAIL, address=address)

    @classmethod
    def telegram(cls, chat: int, thread: int | None = None) -> Self:
        """Return the target of a Telegram chat."""
        return cls(channel=Channel.TELEGRAM, address=str(chat), thread=thread)


class EndpointState(StrEnum):
    """Whether an endpoint receives.

    ``pending``: an address that waits for its proof. ``unreachable``: nothing arrives there, until its reader
    is heard of again. ``unsubscribed`` is what its reader wants, until they ask for more there.
    ``suppressed`` does not come back by itself: mail to it has bounced too often.
    """

    PENDING = "pending"
    ACTIVE = "active"
    UNREACHABLE = "unreachable"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address of a subscriber on one channel.

    ``owner_id`` is the Telegram id of whoever set a group or channel up, and hears of it where it can be
    written to no more; ``title`` is its name as it was then. Both are None for a private chat and an address.
    """

    id: int
    subscriber_id: int
    target: Target
    state: EndpointState = EndpointState.ACTIVE
    owner_id: int | None = None
    title: str | None = None
