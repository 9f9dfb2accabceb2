"""What handlers ask Telegram about a chat: what it is, who administers it, whether the bot may post there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Lack(StrEnum):
    """What is missing for an effect on a chat."""

    ADMINISTRATOR = "administrator"
    """Whoever asks does not administer the chat."""
    SENDER = "sender"
    """They wrote in the name of a channel, so that nobody can tell who they are."""
    LIST = "list"
    """Telegram does not tell the bot who administers the chat."""
    BOT = "bot"
    """The bot is not in the chat."""
    RIGHT = "right"
    """The bot may not post there."""
    TOPIC = "topic"
    """The topic is closed, and the bot does not manage topics."""
    ANSWER = "answer"
    """Telegram did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A group or channel as Telegram describes it."""

    id: int
    title: str
    channel: bool


class Chats(Protocol):
    """What is true at Telegram now; nothing of it is remembered."""

    async def find(self, name: str | int) -> Found | Lack:
        """Give the group or channel with this id or ``@name``; ``Lack.BOT`` where the bot sees none."""
        ...

    async def administers(self, chat: int, person: int) -> Lack | None:
        """Give what is missing for a person to administer a chat, None where nothing is."""
        ...

    async def lets_post(self, chat: int, *, closed: bool = False) -> Lack | None:
        """Give what is missing for the bot to post in a chat, or in a ``closed`` topic of it."""
        ...

    async def leave(self, chat: int) -> None:
        """Leave a chat; one in which the bot is not is left already."""
        ...


class NoChats:
    """Where nobody can be asked there is no group."""

    async def find(self, name: str | int) -> Found | Lack:
        """See no chat at all."""
        del name
        return Lack.BOT

    async def administers(self, chat: int, person: int) -> Lack | None:
        """Know nothing of anybody."""
        del chat, person
        return Lack.ANSWER

    async def lets_post(self, chat: int, *, closed: bool = False) -> Lack | None:
        """Be nowhere."""
        del chat, closed
        return Lack.BOT

    async def leave(self, chat: int) -> None:
        """Be nowhere already."""
        del chat
