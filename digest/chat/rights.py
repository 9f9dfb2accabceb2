"""Who may change what a chat gets, and whether the bot may post there: asked of Telegram each time."""

from dataclasses import dataclass

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

from digest.chat.chats import Chats, Found, Lack

_MAY_CHANGE = (ChatMember.ADMINISTRATOR, ChatMember.OWNER)
OUT = (ChatMember.LEFT, ChatMember.BANNED)
_NOBODY = (
    "user not found",
    "participant_id_invalid",
    "user_id_invalid",
    "invalid user_id",
    "user_not_participant",
)
_NO_CHAT = ("chat not found", "channel_private", "channel_invalid", "not a member", "deactivated")
_NOT_LET = (
    "chat_write_forbidden",
    "not enough rights",
    "no rights to send",
    "need administrator rights",
    "chat_restricted",
    "topic_closed",
    "topic_deleted",
    "thread not found",
)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TelegramChats:
    """Implements ``digest.chat.chats.Chats`` with a bot."""

    bot: Bot

    async def find(self, name: str | int) -> Found | Lack:
        """Give the group or channel with this id or ``@name``."""
        try:
            chat = await self.bot.get_chat(name)
        except (Forbidden, BadRequest):
            return Lack.BOT
        except TelegramError as error:
            return _no_answer(error)
        if chat.type == Chat.PRIVATE:
            return Lack.BOT
        return Found(id=chat.id, title=chat.title or str(chat.id), channel=chat.type == Chat.CHANNEL)

    async def administers(self, chat: int, person: int) -> Lack | None:
        """Give what is missing for a person to administer a chat.

        Telegram answers about other people for sure only where the bot is an administrator (Bot API,
        getChatMember); elsewhere the list of administrators is asked for before giving up.
        """
        try:
            member = await self.bot.get_chat_member(chat, person)
        except Forbidden:
            return Lack.BOT
        except BadRequest as error:
            reason = error.message.lower()
            if any(words in reason for words in _NO_CHAT):
                return Lack.BOT
            if any(words in reason for words in _NOBODY):
                return Lack.ADMINISTRATOR
            return await self._is_listed(chat, person)
        except TelegramError as error:
            return _no_answer(error)
        return None if member.status in _MAY_CHANGE else Lack.ADMINISTRATOR

    async def lets_post(self, chat: int, *, closed: bool = False) -> Lack | None:
        """Give what is missing for the bot to post in a chat, or in a ``closed`` topic of it."""
        try:
            member = await self.bot.get_chat_member(chat, self.bot.id)
            lack = lack_of(member)
            if lack is None and member.status == ChatMember.MEMBER:
                lack = _lack_of_all(await self.bot.get_chat(chat))
        except (Forbidden, BadRequest):
            return Lack.BOT
        except TelegramError as error:
            return _no_answer(error)
        return lack or (Lack.TOPIC if closed and not _manages_topics(member) else None)

    async def leave(self, chat: int) -> None:
        """Leave a chat; one in which the bot is not is left already."""
        try:
            await self.bot.leave_chat(chat)
        except (Forbidden, BadRequest) as error:
            _log.info("a chat could not be left", reason=error.message)

    async def _is_listed(self, chat: int, person: int) -> Lack | None:
        try:
            listed = await self.bot.get_chat_administrators(chat)
        except TelegramError as error:
            _log.info("Telegram does not tell who administers a chat", reason=str(error))
            return Lack.LIST
        return None if any(one.user.id == person for one in listed) else Lack.ADMINISTRATOR


async def lack_of_sender(chats: Chats, message: Message, person: User) -> Lack | None:
    """Give what is missing for whoever wrote ``message`` to change what its group gets.

    ``sender_chat`` is the group itself for its anonymous administrators (Bot API, Message). Who writes as
    another channel, the linked one included, cannot be known.
    """
    if message.sender_chat is None:
        return await chats.administers(message.chat.id, person.id)
    return None if message.sender_chat.id == message.chat.id else Lack.SENDER


def lack_of(member: ChatMember) -> Lack | None:
    """Give what is missing for the bot, being ``member``, to post.

    ``can_post_messages`` is told in channels alone (Bot API, ChatMemberAdministrator).
    """
    if member.status in OUT or (isinstance(member, ChatMemberRestricted) and not member.is_member):
        return Lack.BOT
    if isinstance(member, ChatMemberRestricted) and not member.can_send_messages:
        return Lack.RIGHT
    if isinstance(member, ChatMemberAdministrator) and member.can_post_messages is False:
        return Lack.RIGHT
    return None


def not_let(error: BaseException | None) -> bool:
    """Tell whether an error says that the bot may not write there, which is the chat's own business."""
    return isinstance(error, BadRequest) and any(words in error.message.lower() for words in _NOT_LET)


def posted_in(message: Message) -> int | None:
    """Give the channel or group whose post was forwarded, None where none was."""
    match message.forward_origin:
        case MessageOriginChannel(chat=chat) | MessageOriginChat(sender_chat=chat):
            return chat.id
        case _:
            return None


def _lack_of_all(chat: ChatFullInfo) -> Lack | None:
    """Give what is missing where members have no rights of their own."""
    allowed = chat.permissions
    return Lack.RIGHT if allowed is not None and allowed.can_send_messages is False else None


def _manages_topics(member: ChatMember) -> bool:
    return isinstance(member, ChatMemberAdministrator) and bool(member.can_manage_topics)


def _no_answer(error: TelegramError) -> Lack:
    _log.warning("Telegram did not answer about a chat", kind=type(error).__name__)
    return Lack.ANSWER
