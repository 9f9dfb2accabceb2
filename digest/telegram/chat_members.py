"""What happens to the bot in a chat, and to the chat itself: added, put out, silenced, heard, renamed."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

import structlog
from telegram import Bot, Chat, ChatMember, ChatMemberUpdated, Message, Update, User
from telegram.error import BadRequest, Forbidden
from telegram.ext import ContextTypes

from digest.model import Locale, Target
from digest.model.reasons import Reason, ReasonCode
from digest.services.group_notices import TITLE_SEPARATOR
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import groups
from digest.telegram.lookups import domain_keyboard_for
from digest.telegram.permissions import ABSENT_STATUSES, MissingPermission, check_member_can_post
from digest.telegram.request import Request, Response
from digest.telegram.sender import send, target_of

Context = ContextTypes.DEFAULT_TYPE
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMemberHandlers:
    """Answers the updates that nobody says in words."""

    deps: HandlerDependencies
    chat_lock: Callable[[Target], AbstractAsyncContextManager[None]]

    async def on_my_chat_member(self, update: Update, context: Context) -> None:
        """Follow the bot's own place in a chat; a reader who blocked it is back with ``/start``."""
        changed = update.my_chat_member
        if changed is None:
            return
        target = Target.telegram(changed.chat.id)
        async with self.chat_lock(target):
            if changed.chat.type != Chat.PRIVATE:
                await self._on_group_change(target, changed, context.bot)
            elif changed.new_chat_member.status in ABSENT_STATUSES:
                await self.deps.subscriptions.mark_unreachable(target, Reason(ReasonCode.BOT_BLOCKED))

    async def on_service_message(self, update: Update, context: Context) -> None:
        """Follow a group or topic to its new name, and a topic that is closed or opened again."""
        del context
        message = update.message
        if message is None:
            return
        target = target_of(message)
        async with self.chat_lock(target):
            if message.new_chat_title:
                await self.deps.groups.rename(Target.telegram(message.chat.id), message.new_chat_title)
            if target.thread and message.forum_topic_edited and message.forum_topic_edited.name:
                await self.deps.groups.rename(target, message.forum_topic_edited.name)
            if target.thread and message.forum_topic_closed:
                await self.deps.groups.close_topic(target)
            if target.thread and message.forum_topic_reopened:
                await self.deps.groups.reopen_topic(target)

    async def _on_group_change(self, target: Target, change: ChatMemberUpdated, bot: Bot) -> None:
        before, now = change.old_chat_member, change.new_chat_member
        had, has = check_member_can_post(before), check_member_can_post(now)
        if has is MissingPermission.BOT_ABSENT:
            await self.deps.groups.bot_removed(target)
        elif had is MissingPermission.BOT_ABSENT:
            await self._bot_added(target, change, bot)
        elif has is MissingPermission.CANNOT_POST:
            await self.deps.groups.posting_forbidden(target)
        elif had is MissingPermission.CANNOT_POST or (_is_administrator(now) and not _is_administrator(before)):
            await self.deps.groups.posting_allowed(target)
            if had is MissingPermission.CANNOT_POST and change.chat.type == Chat.CHANNEL:
                await self._bot_added(target, change, bot)

    async def _bot_added(self, target: Target, change: ChatMemberUpdated, bot: Bot) -> None:
        """Greet a group in one message, or ask whoever put the bot into a channel what that shall get."""
        person, chat = change.from_user, change.chat
        locale = await self._locale_of(person)
        ask = Request(target=target, user_id=person.id, locale=locale)
        lack = await self.deps.permissions.check_can_post(chat.id)
        title = chat.title or str(chat.id)
        if not person.is_bot and await self.deps.permissions.check_is_admin(chat.id, person.id) is None:
            await self.deps.groups.bot_readded(target)
            await self.deps.groups.set_up(target, title=title, user_id=person.id, locale=locale)
        reader = await self.deps.subscriptions.find_profile(target)
        if chat.type == Chat.CHANNEL:
            if lack:
                await _send_private(bot, person, groups.setup_incomplete(ask.tr, title, lack))
            elif reader:
                private = replace(ask, target=Target.telegram(person.id))
                await _send_private(bot, person, await groups.show_new_group(self.deps, private, reader))
        elif lack is None and (reader is None or reader.preferences.is_empty):
            keyboard = await domain_keyboard_for(self.deps, ask, reader)
            await send(bot, target, groups.group_greeting(ask.tr, keyboard).messages)

    async def _locale_of(self, user: User) -> Locale:
        reader = await self.deps.subscriptions.find_profile(Target.telegram(user.id))
        return reader.preferences.locale if reader else self.deps.locale_for(user.language_code)


def chat_title_of(message: Message) -> str:
    """Return the name of the chat in which a message stands; in a topic with the topic's, where it is told.

    A topic's first messages answer the one that made it (Bot API, ForumTopicCreated).
    """
    title = message.chat.title or str(message.chat.id)
    made = message.reply_to_message.forum_topic_created if message.reply_to_message else None
    return f"{title}{TITLE_SEPARATOR}{made.name}" if made and message.is_topic_message else title


def _is_administrator(member: ChatMember) -> bool:
    return member.status == ChatMember.ADMINISTRATOR


async def _send_private(bot: Bot, user: User, response: Response) -> None:
    """Write to somebody in private; who never started the bot cannot be written to."""
    try:
        await send(bot, Target.telegram(user.id), response.messages)
    except (Forbidden, BadRequest) as error:
        _log.info("whoever added the bot has no chat with it yet", reason=error.message)
