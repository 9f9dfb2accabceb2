"""Broadcasts: an admin's word to an audience, through the same outbox as everything else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from digest.model import Announcement, Channel, DeliveryState, Locale
from digest.model.clock import Clock
from digest.model.errors import InvalidInput
from digest.services.channels import CHANNELS

MAX_TEXT_LENGTH = 3500
"""Characters of a broadcast: one Telegram message with room to spare."""

_OPEN_STATES = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a broadcast is for; None in each field is everybody.

    Followers of any of ``domains``, those who speak ``locale``, and their endpoints on ``channel``.
    """

    domains: tuple[str, ...] | None = None
    channel: Channel | None = None
    locale: Locale | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceCounts:
    """How many endpoints each choice of an audience would reach, if the rest of it stayed as it is.

    The key None is the choice that leaves nobody out. ``all_domains`` counts those who follow all domains,
    who are behind each of ``domains`` too.
    """

    channels: Mapping[Channel | None, int]
    locales: Mapping[Locale | None, int]
    domains: Mapping[str | None, int]
    all_domains: int

    def for_domain(self, slug: str | None) -> int:
        """Return how many a domain reaches, with those who follow everything."""
        return self.domains.get(slug, self.all_domains)


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast in the outbox: its number and how many messages were queued per channel."""

    id: int
    queued: Mapping[Channel, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusMessage:
    """The message in an admin's chat that tells how far a broadcast is; ``message_id`` None: not sent yet."""

    chat_id: int
    message_id: int | None = None
    locale: Locale = Locale.EN


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastStatus:
    """How far a broadcast is.

    ``counts`` are its messages by channel and state, ``retrying`` those that wait for another try.
    ``ended_at`` is when the last of them ended, None while any is open. ``reported``: its end was told.
    """

    id: int
    text: str
    author: str
    started_at: datetime
    paused_at: datetime | None
    counts: Mapping[tuple[Channel, DeliveryState], int]
    retrying: int = 0
    ended_at: datetime | None = None
    status_message: StatusMessage | None = None
    reported: bool = False

    @property
    def total(self) -> int:
        """How many messages it has in all."""
        return sum(self.counts.values())

    @property
    def is_finished(self) -> bool:
        """Return whether nothing of it is left to be sent."""
        return not sum(self.pending.values())

    @property
    def pending(self) -> Mapping[Channel, int]:
        """How many messages have not ended, by channel."""
        return {channel: sum(self.counts.get((channel, state), 0) for state in _OPEN_STATES) for channel in Channel}

    def count(self, *states: DeliveryState) -> int:
        """Count the messages in these states."""
        return sum(n for (_, state), n in self.counts.items() if state in states)


class BroadcastStore(Protocol):
    """What broadcasting needs of the store."""

    async def count_recipients(self, audience: Audience) -> Mapping[Channel, int]:
        """Count the endpoints that an audience reaches now."""
        ...

    async def audience_counts(self, audience: Audience) -> AudienceCounts:
        """Count what each other choice of channel, language or domain would reach now."""
        ...

    async def queue(self, text: str, audience: Audience, author: str, at: datetime) -> Broadcast:
        """Freeze the audience and queue one message per endpoint, in one transaction."""
        ...

    async def find_status(self, number: int) -> BroadcastStatus | None:
        """Return how far a broadcast is, None where there is none of this number."""
        ...

    async def list_newest(self, limit: int) -> Sequence[BroadcastStatus]:
        """Return the newest broadcasts, the newest first."""
        ...

    async def unreported(self) -> Sequence[int]:
        """Return the broadcasts that have a place in a chat and whose end was not told, the oldest first."""
        ...

    async def pause(self, number: int, at: datetime) -> bool:
        """Pause it: none of its messages is claimed any more. False if nothing of it is left or it is paused."""
        ...

    async def resume(self, number: int) -> bool:
        """Resume it; False if it was not paused."""
        ...

    async def cancel(self, number: int, at: datetime) -> int:
        """Cancel what has not begun; count that."""
        ...

    async def save_status_message(self, number: int, status_message: StatusMessage, *, reported: bool = False) -> None:
        """Keep where its progress is told, beyond the end of the program."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BroadcastService:
    """Counts whom a broadcast would reach, queues it, and steers it.

    ``rates`` are the messages a second that may leave on each channel.
    """

    store: BroadcastStore
    clock: Clock
    rates: Mapping[Channel, float] = field(
        default_factory=lambda: {one.channel: one.default_rate for one in CHANNELS.values()}
    )

    async def preview(self, text: str, audience: Audience) -> tuple[Announcement, Mapping[Channel, int]]:
        """Return what would arrive and how many would receive it; raises ``InvalidInput`` on bad text."""
        return Announcement(text=validate_text(text)), await self.store.count_recipients(audience)

    async def send(self, text: str, audience: Audience, *, author: str) -> Broadcast:
        """Queue the broadcast; ``author`` names the admin for the record.

        Raises ``InvalidInput`` on bad text.
        """
        return await self.store.queue(validate_text(text), audience, author, self.clock())

    async def pause(self, number: int) -> bool:
        """Pause it, except for messages in flight; False if there is nothing to pause."""
        return await self.store.pause(number, self.clock())

    async def cancel(self, number: int) -> int:
        """Cancel what has not begun; count that."""
        return await self.store.cancel(number, self.clock())

    def estimate_duration(self, messages: Mapping[Channel, int]) -> timedelta:
        """Estimate how long so many messages take: the channels send beside each other, at their rates."""
        seconds = (n / self.rates[channel] for channel, n in messages.items() if n)
        return timedelta(seconds=max(seconds, default=0.0))


def validate_text(text: str) -> str:
    """Return a broadcast's text without outer blanks.

    Raises ``InvalidInput`` where it is empty or too long.
    """
    text = text.strip()
    if not text:
        raise InvalidInput("a broadcast needs a text: /broadcast Your words to everybody")
    if len(text.encode("utf-16-le")) // 2 > MAX_TEXT_LENGTH:
        raise InvalidInput(f"a broadcast holds at most {MAX_TEXT_LENGTH} characters; this one has {len(text)}")
    return text
