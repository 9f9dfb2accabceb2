"""Groups, channels and topics: who set them up, what they are called, and what happens to the bot there.

Each is a subscriber like any other, with the chat and its thread as target; ``digest.services.subscriptions`` changes
what it gets. Here is what only chats of many people have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from digest.model import Channel, Endpoint, EndpointState, Locale, SubscriberProfile, Target
from digest.model.reasons import Reason, ReasonCode
from digest.services.group_notices import TITLE_SEPARATOR, GroupEvent
from digest.services.subscriptions import SubscriptionService


class GroupStore(Protocol):
    """What groups need of the store; every method is one transaction."""

    async def find_profile(self, number: int) -> SubscriberProfile | None:
        """Return the subscriber with this number, None where there is none."""
        ...

    async def owned_by(self, user_id: int) -> Sequence[SubscriberProfile]:
        """Return the groups, channels and topics that a person set up, in the order of their chats."""
        ...

    async def remember(self, target: Target, *, title: str, owner: int | None, previous_owner: int | None) -> None:
        """Keep a chat's name, and its owner where it has none or has ``previous_owner``."""
        ...

    async def rename(self, chat: Target, title: str) -> None:
        """Rename a chat or one topic of it; the topics of a chat keep their own part."""
        ...

    async def deactivate(self, chat: Target, reason: Reason, event: GroupEvent | None, *, topic: bool = False) -> None:
        """Deactivate every target of a chat, or the one ``topic``; notify the owners once."""
        ...

    async def reactivate(self, chat: Target, event: GroupEvent | None, *, all_targets: bool) -> None:
        """Reactivate the targets of a chat that the bot could not post in, or ``all_targets`` of it.

        What waits there because it was not let through is due at once.
        """
        ...

    async def get_note(self, topic: Target) -> Reason | None:
        """Return the note at a target, None where there is none."""
        ...

    async def set_note(self, topic: Target, note: Reason | None) -> None:
        """Keep a note at an active topic, or take it away."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupService:
    """What people do with chats that are not theirs alone."""

    store: GroupStore
    subscriptions: SubscriptionService

    async def find_group(self, number: int) -> SubscriberProfile | None:
        """Return the group, channel or topic with this number; None where it is none, or a person."""
        reader = await self.store.find_profile(number)
        return reader if reader and group_endpoint(reader) else None

    async def owned_by(self, user_id: int) -> Sequence[SubscriberProfile]:
        """Return what a person set up, topics behind their forum."""
        return [reader for reader in await self.store.owned_by(user_id) if group_endpoint(reader)]

    async def set_up(
        self,
        target: Target,
        *,
        title: str,
        user_id: int,
        locale: Locale | None = None,
        previous_owner: int | None = None,
    ) -> SubscriberProfile:
        """Make a chat known, with ``user_id`` as its owner unless another one, not ``previous_owner``, is."""
        await self.subscriptions.get_or_create(target, locale=locale)
        await self.store.remember(target, title=title, owner=user_id, previous_owner=previous_owner)
        reader = await self.subscriptions.find_profile(target)
        assert reader is not None, "somebody who joined is known"  # noqa: S101 - nobody leaves in between
        return reader

    async def remember(self, target: Target, *, title: str, owner: int | None) -> None:
        """Keep the name of a chat that was met, and who changed something there first."""
        await self.store.remember(target, title=title, owner=owner, previous_owner=None)

    async def rename(self, chat: Target, title: str) -> None:
        """Follow a chat, or with a thread its topic, to another name."""
        await self.store.rename(chat, title)

    async def bot_removed(self, chat: Target) -> None:
        """Note that the bot is not in a chat any more, and tell the owners."""
        await self.store.deactivate(chat, Reason(ReasonCode.BOT_REMOVED), GroupEvent.BOT_REMOVED)

    async def bot_left(self, chat: Target) -> None:
        """Note that the bot leaves because an administrator wants it."""
        await self.store.deactivate(chat, Reason(ReasonCode.BOT_LEFT), None)

    async def posting_forbidden(self, chat: Target) -> None:
        """Deactivate a chat in which the bot cannot post any more, and notify the owners."""
        await self.store.deactivate(chat, Reason(ReasonCode.POSTING_FORBIDDEN), GroupEvent.POSTING_FORBIDDEN)

    async def posting_allowed(self, chat: Target) -> None:
        """Go on where the bot may write again, and tell the owners."""
        await self.store.reactivate(chat, GroupEvent.POSTING_ALLOWED, all_targets=False)

    async def bot_readded(self, chat: Target) -> None:
        """Go on in a chat to which an administrator brought the bot back."""
        await self.store.reactivate(chat, None, all_targets=True)

    async def close_topic(self, topic: Target) -> None:
        """Note that a topic was closed."""
        await self.store.set_note(topic, Reason(ReasonCode.TOPIC_CLOSED))

    async def is_topic_closed(self, topic: Target) -> bool:
        """Return whether a topic was closed, as far as Telegram has told us."""
        note = await self.store.get_note(topic) if topic.thread is not None else None
        return note is not None and note.code is ReasonCode.TOPIC_CLOSED

    async def reopen_topic(self, topic: Target) -> None:
        """Note that a topic is open again; what waits there is due."""
        await self.store.set_note(topic, None)


def is_group(target: Target) -> bool:
    """Return whether a target is a group, channel or topic; their ids are below zero (Bot API)."""
    return target.channel is Channel.TELEGRAM and target.address.startswith("-")


def group_endpoint(profile: SubscriberProfile) -> Endpoint | None:
    """Return the endpoint at which a subscriber is a chat of many; one that receives, if any does."""
    places = [one for one in profile.endpoints if is_group(one.target)]
    return min(places, key=lambda one: (one.state is not EndpointState.ACTIVE, one.id), default=None)


def forum_title(title: str) -> str:
    """Return a forum's name from the name of one of its topics; other names are themselves."""
    return title.partition(TITLE_SEPARATOR)[0]


def rename_title(title: str | None, new: str) -> str:
    """Return the name of a target whose chat is called ``new`` now."""
    topic = (title or "").partition(TITLE_SEPARATOR)[2]
    return f"{new}{TITLE_SEPARATOR}{topic}" if topic else new
