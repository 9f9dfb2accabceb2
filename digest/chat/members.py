"""What happens to the bot in a chat, and to the chat itself: added, put out, silenced, heard, renamed."""

from dataclasses import dataclass

import structlog
from telegram import Bot, Chat, ChatMember, ChatMemberUpdated, Message, Update, User
from telegram.error import BadRequest, Forbidden
from telegram.ext import ContextTypes

from digest.chat import following, groups
from digest.chat.answers import groups as answers
from digest.chat.ask import Ask, Reply
from digest.chat.chats import Lack
from digest.chat.house import House
from digest.chat.rights import OUT, lack_of
from digest.chat.sending import send, target_of
from digest.chat.turns import Turns
from digest.model import Locale, Target
from digest.news import LEVELS
from digest.reasons import Reason, ReasonCode

Context = ContextTypes.DEFAULT_TYPE
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Answers the updates that nobody says in words."""

    house: House
    turn: Turns

    async def on_member(self, update: Update, context: Context) -> None:
        """Follow the bot's own place in a chat; a reader who blocked it is back with ``/start``."""
        changed = update.my_chat_member
        if changed is None:
            return
        target = Target.telegram(changed.chat.id)
        async with self.turn(target):
            if changed.chat.type != Chat.PRIVATE:
                await self._in_chat(target, changed, context.bot)
            elif changed.new_chat_member.status in OUT:
                await self.house.membership.left(target, Reason(ReasonCode.BOT_BLOCKED))

    async def on_service(self, update: Update, context: Context) -> None:
        """Follow a group or topic to its new name, and a topic that is closed or opened again."""
        del context
        message = update.message
        if message is None:
            return
        target = target_of(message)
        async with self.turn(target):
            if message.new_chat_title:
                await self.house.groups.renamed(Target.telegram(message.chat.id), message.new_chat_title)
            if target.thread and message.forum_topic_edited and message.forum_topic_edited.name:
                await self.house.groups.renamed(target, message.forum_topic_edited.name)
            if target.thread and message.forum_topic_closed:
                await self.house.groups.topic_closed(target)
            if target.thread and message.forum_topic_reopened:
                await self.house.groups.topic_open(target)

    async def _in_chat(self, target: Target, changed: ChatMemberUpdated, bot: Bot) -> None:
        before, now = changed.old_chat_member, changed.new_chat_member
        had, has = lack_of(before), lack_of(now)
        if has is Lack.BOT:
            await self.house.groups.put_out(target)
        elif had is Lack.BOT:
            await self._arrived(target, changed, bot)
        elif has is Lack.RIGHT:
            await self.house.groups.silenced(target)
        elif had is Lack.RIGHT or (_administers(now) and not _administers(before)):
            await self.house.groups.heard(target)
            if had is Lack.RIGHT and changed.chat.type == Chat.CHANNEL:
                await self._arrived(target, changed, bot)

    async def _arrived(self, target: Target, changed: ChatMemberUpdated, bot: Bot) -> None:
        """Greet a group in one message, or ask whoever put the bot into a channel what that shall get."""
        person, chat = changed.from_user, changed.chat
        locale = await self._locale(person)
        ask = Ask(target=target, person=person.id, locale=locale, private=False)
        lack = await self.house.chats.lets_post(chat.id)
        title = chat.title or str(chat.id)
        if not person.is_bot and await self.house.chats.administers(chat.id, person.id) is None:
            await self.house.groups.back(target)
            await self.house.groups.set_up(target, title=title, person=person.id, locale=locale)
        reader = await self.house.membership.reader(target)
        if chat.type == Chat.CHANNEL:
            if lack:
                await _whisper(bot, person, answers.not_yet(ask.words, title, lack))
            elif reader:
                await _whisper(bot, person, await groups.shown(self.house, ask, reader))
        elif lack is None and (reader is None or reader.preferences.nothing):
            keyboard = await following.keyboard_for(self.house, ask, reader)
            await send(bot, target, answers.hello(ask.words, keyboard).parts)

    async def _locale(self, person: User) -> Locale:
        reader = await self.house.membership.reader(Target.telegram(person.id))
        return reader.preferences.locale if reader else self.house.speaks(person.language_code)


def title_of(message: Message) -> str:
    """Give the name of the chat in which a message stands; in a topic with the topic's, where it is told.

    A topic's first messages answer the one that made it (Bot API, ForumTopicCreated).
    """
    title = message.chat.title or str(message.chat.id)
    made = message.reply_to_message.forum_topic_created if message.reply_to_message else None
    return f"{title}{LEVELS}{made.name}" if made and message.is_topic_message else title


def _administers(member: ChatMember) -> bool:
    return member.status == ChatMember.ADMINISTRATOR


async def _whisper(bot: Bot, person: User, reply: Reply) -> None:
    """Write to somebody in private; who never started the bot cannot be written to."""
    try:
        await send(bot, Target.telegram(person.id), reply.parts)
    except (Forbidden, BadRequest) as error:
        _log.info("whoever added the bot has no chat with it yet", reason=error.message)
