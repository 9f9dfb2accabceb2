"""Groups, channels and topics: who set them up, what they are called, and what happens to the bot there.

Each is a subscriber like any other, with the chat and its thread as target; ``digest.membership`` changes
what it gets. Here is what only chats of many people have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.membership import Membership
from digest.model import Channel, Endpoint, EndpointState, Locale, Reader, Target
from digest.news import LEVELS, News
from digest.reasons import Reason, ReasonCode


class Book(Protocol):
    """What groups need of the store; every method is one transaction."""

    async def of(self, number: int) -> Reader | None:
        """Give the subscriber with this number, None where there is none."""
        ...

    async def owned(self, person: int) -> Sequence[Reader]:
        """Give the groups, channels and topics that a person set up, in the order of their chats."""
        ...

    async def note(self, target: Target, *, title: str, owner: int | None, instead_of: int | None) -> None:
        """Keep a chat's name, and its owner where it has none or has ``instead_of``."""
        ...

    async def rename(self, chat: Target, title: str) -> None:
        """Give a chat, or one topic of it, another name; the topics of a chat keep their own part."""
        ...

    async def end(self, chat: Target, reason: Reason, news: News | None, *, topic: bool = False) -> None:
        """Let every target of a chat, or the one ``topic``, receive no more; tell the owners once."""
        ...

    async def revive(self, chat: Target, news: News | None, *, every: bool) -> None:
        """Let the targets of a chat receive again that rest because the bot may not write, or ``every`` one.

        What waits there because it was not let through is due at once.
        """
        ...

    async def noted(self, topic: Target) -> Reason | None:
        """Give the note at a target, None where there is none."""
        ...

    async def mark(self, topic: Target, note: Reason | None) -> None:
        """Keep a note at an active topic, or take it away."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """What people do with chats that are not theirs alone."""

    book: Book
    membership: Membership

    async def of(self, number: int) -> Reader | None:
        """Give the group, channel or topic with this number; None where it is none, or a person."""
        reader = await self.book.of(number)
        return reader if reader and place_of(reader) else None

    async def owned(self, person: int) -> Sequence[Reader]:
        """Give what a person set up, topics behind their forum."""
        return [reader for reader in await self.book.owned(person) if place_of(reader)]

    async def set_up(
        self,
        target: Target,
        *,
        title: str,
        person: int,
        locale: Locale | None = None,
        instead_of: int | None = None,
    ) -> Reader:
        """Make a chat known, with ``person`` as its owner unless another one, not ``instead_of``, is."""
        await self.membership.join(target, locale=locale)
        await self.book.note(target, title=title, owner=person, instead_of=instead_of)
        reader = await self.membership.reader(target)
        assert reader is not None, "somebody who joined is known"  # noqa: S101 - nobody leaves in between
        return reader

    async def met(self, target: Target, *, title: str, owner: int | None) -> None:
        """Keep the name of a chat that was met, and who changed something there first."""
        await self.book.note(target, title=title, owner=owner, instead_of=None)

    async def renamed(self, chat: Target, title: str) -> None:
        """Follow a chat, or with a thread its topic, to another name."""
        await self.book.rename(chat, title)

    async def put_out(self, chat: Target) -> None:
        """Note that the bot is not in a chat any more, and tell the owners."""
        await self.book.end(chat, Reason(ReasonCode.BOT_REMOVED), News.OUT)

    async def left(self, chat: Target) -> None:
        """Note that the bot leaves because an administrator wants it."""
        await self.book.end(chat, Reason(ReasonCode.BOT_LEFT), None)

    async def silenced(self, chat: Target) -> None:
        """Let a chat rest where the bot may not write any more, and tell the owners."""
        await self.book.end(chat, Reason(ReasonCode.POSTING_FORBIDDEN), News.SILENCED)

    async def heard(self, chat: Target) -> None:
        """Go on where the bot may write again, and tell the owners."""
        await self.book.revive(chat, News.HEARD, every=False)

    async def back(self, chat: Target) -> None:
        """Go on in a chat to which an administrator brought the bot back."""
        await self.book.revive(chat, None, every=True)

    async def topic_closed(self, topic: Target) -> None:
        """Note that a topic was closed."""
        await self.book.mark(topic, Reason(ReasonCode.TOPIC_CLOSED))

    async def is_closed(self, topic: Target) -> bool:
        """Tell whether a topic was closed, as far as Telegram has told us."""
        note = await self.book.noted(topic) if topic.thread is not None else None
        return note is not None and note.code is ReasonCode.TOPIC_CLOSED

    async def topic_open(self, topic: Target) -> None:
        """Note that a topic is open again; what waits there is due."""
        await self.book.mark(topic, None)


def is_chat(target: Target) -> bool:
    """Tell whether a target is a group, channel or topic; their ids are below zero (Bot API)."""
    return target.channel is Channel.TELEGRAM and target.address.startswith("-")


def place_of(reader: Reader) -> Endpoint | None:
    """Give the endpoint at which a subscriber is a chat of many; one that receives, if any does."""
    places = [one for one in reader.endpoints if is_chat(one.target)]
    return min(places, key=lambda one: (one.state is not EndpointState.ACTIVE, one.id), default=None)


def chat_title(title: str) -> str:
    """Give a forum's name from the name of one of its topics; other names are themselves."""
    return title.partition(LEVELS)[0]


def renamed(title: str | None, new: str) -> str:
    """Give the name of a target whose chat is called ``new`` now."""
    topic = (title or "").partition(LEVELS)[2]
    return f"{new}{LEVELS}{topic}" if topic else new
