"""What handlers ask Telegram about a chat: what it is, who administers it, whether the bot may post there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class MissingPermission(StrEnum):
    """What is missing for an effect on a chat."""

    NOT_ADMIN = "administrator"
    """Whoever asks does not administer the chat."""
    UNKNOWN_SENDER = "sender"
    """They wrote in the name of a channel, so that nobody can tell who they are."""
    ADMINS_HIDDEN = "list"
    """Telegram does not tell the bot who administers the chat."""
    BOT_ABSENT = "bot"
    """The bot is not in the chat."""
    CANNOT_POST = "right"
    """The bot may not post there."""
    TOPIC_CLOSED = "topic"
    """The topic is closed, and the bot does not manage topics."""
    NO_ANSWER = "answer"
    """Telegram did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatInfo:
    """A group or channel as Telegram describes it."""

    id: int
    title: str
    is_channel: bool


class ChatPermissions(Protocol):
    """What is true at Telegram now; nothing of it is remembered."""

    async def find_chat(self, id_or_username: str | int) -> ChatInfo | MissingPermission:
        """Return the group or channel with this id or ``@name``.

        ``MissingPermission.BOT_ABSENT`` where the bot sees none.
        """
        ...

    async def check_is_admin(self, chat_id: int, user_id: int) -> MissingPermission | None:
        """Return what is missing for a person to administer a chat, None where nothing is."""
        ...

    async def check_can_post(self, chat_id: int, *, topic_closed: bool = False) -> MissingPermission | None:
        """Return what is missing for the bot to post in a chat, or in a ``topic_closed`` topic of it."""
        ...

    async def leave(self, chat_id: int) -> None:
        """Leave a chat; one in which the bot is not is left already."""
        ...


class OfflineChats:
    """Where nobody can be asked there is no group."""

    async def find_chat(self, id_or_username: str | int) -> ChatInfo | MissingPermission:
        """See no chat at all."""
        del id_or_username
        return MissingPermission.BOT_ABSENT

    async def check_is_admin(self, chat_id: int, user_id: int) -> MissingPermission | None:
        """Know nothing of anybody."""
        del chat_id, user_id
        return MissingPermission.NO_ANSWER

    async def check_can_post(self, chat_id: int, *, topic_closed: bool = False) -> MissingPermission | None:
        """Be nowhere."""
        del chat_id, topic_closed
        return MissingPermission.BOT_ABSENT

    async def leave(self, chat_id: int) -> None:
        """Be nowhere already."""
        del chat_id
