"""Broadcasts: an admin's word to an audience, through the same outbox as everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.clock import Clock
from digest.errors import BadRequest
from digest.model import Announcement, Channel

LONGEST = 3500
"""Characters of a broadcast: one Telegram message with room to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a broadcast is for: followers of any of ``domains`` (None: all), on ``channel`` (None: all)."""

    domains: tuple[str, ...] | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast in the outbox: its number and how many messages were queued per channel."""

    id: int
    queued: Mapping[Channel, int]


class Broadcasts(Protocol):
    """What broadcasting needs of the store."""

    async def count(self, audience: Audience) -> Mapping[Channel, int]:
        """Count the endpoints that an audience reaches now."""
        ...

    async def queue(self, text: str, audience: Audience, by: str, at: datetime) -> Broadcast:
        """Freeze the audience and queue one message per endpoint, in one transaction."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcaster:
    """Counts whom a broadcast would reach, and queues it."""

    broadcasts: Broadcasts
    clock: Clock

    async def preview(self, text: str, audience: Audience) -> tuple[Announcement, Mapping[Channel, int]]:
        """Give what would arrive and how many would receive it; raises ``BadRequest`` on bad text."""
        return Announcement(text=checked(text)), await self.broadcasts.count(audience)

    async def send(self, text: str, audience: Audience, *, by: str) -> Broadcast:
        """Queue the broadcast; ``by`` names the admin for the record. Raises ``BadRequest`` on bad text."""
        return await self.broadcasts.queue(checked(text), audience, by, self.clock())


def checked(text: str) -> str:
    """Give a broadcast's text without outer blanks; raises ``BadRequest`` where it is empty or too long."""
    text = text.strip()
    if not text:
        raise BadRequest("a broadcast needs a text: /broadcast Your words to everybody")
    if len(text.encode("utf-16-le")) // 2 > LONGEST:
        raise BadRequest(f"a broadcast holds at most {LONGEST} characters; this one has {len(text)}")
    return text
