"""What handlers ask Telegram about a chat: what it is, who administers it, whether the bot may post there.

Who may change what a chat gets, and whether the bot may post there: asked of Telegram each time.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import structlog
from telegram import (
    Bot,
    Chat,
    ChatFullInfo,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    Message,
    MessageOriginChannel,
    MessageOriginChat,
    User,
)
from telegram.error import BadRequest, Forbidden, TelegramError

from digest.telegram.errors import UNKNOWN_CHAT_TEXTS, UNKNOWN_USER_TEXTS, mentions
from digest.text.i18n import Translator


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


_ADMIN_STATUSES = (ChatMember.ADMINISTRATOR, ChatMember.OWNER)
ABSENT_STATUSES = (ChatMember.LEFT, ChatMember.BANNED)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TelegramChatPermissions:
    """Implements ``digest.telegram.permissions.ChatPermissions`` with a bot."""

    bot: Bot

    async def find_chat(self, id_or_username: str | int) -> ChatInfo | MissingPermission:
        """Return the group or channel with this id or ``@name``."""
        try:
            chat = await self.bot.get_chat(id_or_username)
        except (Forbidden, BadRequest):
            return MissingPermission.BOT_ABSENT
        except TelegramError as error:
            return _log_no_answer(error)
        if chat.type == Chat.PRIVATE:
            return MissingPermission.BOT_ABSENT
        return ChatInfo(id=chat.id, title=chat.title or str(chat.id), is_channel=chat.type == Chat.CHANNEL)

    async def check_is_admin(self, chat_id: int, user_id: int) -> MissingPermission | None:
        """Return what is missing for a person to administer a chat.

        Telegram answers about other people for sure only where the bot is an administrator (Bot API,
        getChatMember); elsewhere the list of administrators is asked for before giving up.
        """
        try:
            member = await self.bot.get_chat_member(chat_id, user_id)
        except Forbidden:
            return MissingPermission.BOT_ABSENT
        except BadRequest as error:
            if mentions(error, UNKNOWN_CHAT_TEXTS):
                return MissingPermission.BOT_ABSENT
            if mentions(error, UNKNOWN_USER_TEXTS):
                return MissingPermission.NOT_ADMIN
            return await self._check_admin_list(chat_id, user_id)
        except TelegramError as error:
            return _log_no_answer(error)
        return None if member.status in _ADMIN_STATUSES else MissingPermission.NOT_ADMIN

    async def check_can_post(self, chat_id: int, *, topic_closed: bool = False) -> MissingPermission | None:
        """Return what is missing for the bot to post in a chat, or in a ``topic_closed`` topic of it."""
        try:
            member = await self.bot.get_chat_member(chat_id, self.bot.id)
            lack = check_member_can_post(member)
            if lack is None and member.status == ChatMember.MEMBER:
                lack = _check_default_permissions(await self.bot.get_chat(chat_id))
        except (Forbidden, BadRequest):
            return MissingPermission.BOT_ABSENT
        except TelegramError as error:
            return _log_no_answer(error)
        return lack or (MissingPermission.TOPIC_CLOSED if topic_closed and not _can_manage_topics(member) else None)

    async def leave(self, chat_id: int) -> None:
        """Leave a chat; one in which the bot is not is left already."""
        try:
            await self.bot.leave_chat(chat_id)
        except (Forbidden, BadRequest) as error:
            _log.info("a chat could not be left", reason=error.message)

    async def _check_admin_list(self, chat_id: int, user_id: int) -> MissingPermission | None:
        try:
            listed = await self.bot.get_chat_administrators(chat_id)
        except TelegramError as error:
            _log.info("Telegram does not tell who administers a chat", reason=str(error))
            return MissingPermission.ADMINS_HIDDEN
        return None if any(one.user.id == user_id for one in listed) else MissingPermission.NOT_ADMIN


async def check_sender_is_admin(permissions: ChatPermissions, message: Message, user: User) -> MissingPermission | None:
    """Return what is missing for whoever wrote ``message`` to change what its group gets.

    ``sender_chat`` is the group itself for its anonymous administrators (Bot API, Message). Who writes as
    another channel, the linked one included, cannot be known.
    """
    if message.sender_chat is None:
        return await permissions.check_is_admin(message.chat.id, user.id)
    return None if message.sender_chat.id == message.chat.id else MissingPermission.UNKNOWN_SENDER


def check_member_can_post(member: ChatMember) -> MissingPermission | None:
    """Return what is missing for the bot, being ``member``, to post.

    ``can_post_messages`` is told in channels alone (Bot API, ChatMemberAdministrator).
    """
    if member.status in ABSENT_STATUSES or (isinstance(member, ChatMemberRestricted) and not member.is_member):
        return MissingPermission.BOT_ABSENT
    if isinstance(member, ChatMemberRestricted) and not member.can_send_messages:
        return MissingPermission.CANNOT_POST
    if isinstance(member, ChatMemberAdministrator) and member.can_post_messages is False:
        return MissingPermission.CANNOT_POST
    return None


def forwarded_chat_id(message: Message) -> int | None:
    """Return the channel or group whose post was forwarded, None where none was."""
    match message.forward_origin:
        case MessageOriginChannel(chat=chat) | MessageOriginChat(sender_chat=chat):
            return chat.id
        case _:
            return None


def _check_default_permissions(chat: ChatFullInfo) -> MissingPermission | None:
    """Return what is missing where members have no rights of their own."""
    allowed = chat.permissions
    return MissingPermission.CANNOT_POST if allowed is not None and allowed.can_send_messages is False else None


def _can_manage_topics(member: ChatMember) -> bool:
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_manage_topics)


def _log_no_answer(error: TelegramError) -> MissingPermission:
    _log.warning("Telegram did not answer about a chat", kind=type(error).__name__)
    return MissingPermission.NO_ANSWER


def unknown_group(tr: Translator) -> str:
    """Return the message that a number is none of theirs; a stranger does not learn whose it is."""
    return tr.gettext("You don't manage a chat with that number. Your chats: /groups")


def missing_permission(tr: Translator, missing: MissingPermission) -> str:  # noqa: PLR0911 - one return for each lack
    """Return the text that says what is missing for an effect on a chat, and what to do; fits an alert."""
    match missing:
        case MissingPermission.NOT_ADMIN:
            return tr.gettext(
                "Only administrators of that chat can do this, and according to Telegram you are not one. "
                "Your chats: /groups"
            )
        case MissingPermission.UNKNOWN_SENDER:
            return tr.gettext("I cannot tell who posts in a channel's name. Write as yourself or as this group.")
        case MissingPermission.ADMINS_HIDDEN:
            return tr.gettext(
                "Telegram does not say who administers this chat. Make me an administrator there (no special "
                "rights are needed), then try again."
            )
        case MissingPermission.BOT_ABSENT:
            return tr.gettext(
                "I am not a member of that chat. Add me (to a channel: as an administrator who can post), "
                "then try again: /groups add"
            )
        case MissingPermission.CANNOT_POST:
            return tr.gettext("I cannot post in that chat. Give me the right to post messages there, then try again.")
        case MissingPermission.TOPIC_CLOSED:
            return tr.gettext(
                "That topic is closed. Reopen it, or make me an administrator who can manage topics, then try again."
            )
        case MissingPermission.NO_ANSWER:
            return tr.gettext("Telegram did not respond. Please try again in a minute.")
