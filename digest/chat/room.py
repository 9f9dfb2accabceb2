"""The door to Telegram: updates in, asks to the handlers, replies out; nothing is decided here."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import structlog
from telegram import CallbackQuery, Chat, ChatMember, Message, Update, User
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from digest.bucket import Pour
from digest.callbacks import Press, read_callback
from digest.chat import inline, table
from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.command_words import Spoken, read_message
from digest.chat.house import House
from digest.chat.presses import READS, pressed
from digest.chat.sending import change, send, target_of
from digest.model import Locale, Target
from digest.words import words_in

ChatApplication = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member", "inline_query")
"""The kinds of updates that the room answers, for polling and for the webhook."""

_MAY_CHANGE = (ChatMember.ADMINISTRATOR, ChatMember.OWNER)
_OUT = (ChatMember.LEFT, ChatMember.BANNED)
_log = structlog.get_logger(__name__)


def register(application: ChatApplication, house: House) -> None:
    """Let ``application`` answer people with the use cases of ``house``."""
    room = Room(house=house)
    spoken = filters.UpdateType.MESSAGE & ~filters.StatusUpdate.ALL
    application.add_handler(MessageHandler(spoken, room.on_message))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, room.on_move))
    application.add_handler(CallbackQueryHandler(room.on_press))
    application.add_handler(ChatMemberHandler(room.on_member, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(InlineQueryHandler(room.on_inline))
    application.add_error_handler(room.on_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Answers updates; those of one chat one after the other, in the order in which they came."""

    house: House
    _turns: WeakValueDictionary[Target, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def on_message(self, update: Update, context: Context) -> None:
        """Answer a message: in a private chat each, in a group only our commands."""
        message, person = update.message, update.effective_user
        if message is None or person is None:
            return
        spoken = read_message(message.text or message.caption or "", context.bot.username)
        private = message.chat.type == Chat.PRIVATE
        if spoken is None or not (private or (spoken.slash and spoken.name)):
            return
        async with self._turn(target_of(message)):
            ask = await self._ask(message, person, spoken.text)
            reply = await self._reply(ask, spoken, message, person)
            await send(context.bot, ask.target, reply.parts)

    async def on_press(self, update: Update, context: Context) -> None:
        """Answer a pressed button, always with an answer to the press itself."""
        query = update.callback_query
        if query is None:
            return
        message, press = query.message, read_callback(query.data or "")
        if not isinstance(message, Message):
            await _answer(
                query, Reply(notice=general.stale(words_in(self._locale(query.from_user))), alert=True)
            )
            return
        async with self._turn(target_of(message)):
            ask = await self._ask(message, query.from_user, "")
            reply = await self._press(ask, press, message, query.from_user)
            await _answer(query, reply)
            if reply.edits and len(reply.parts) == 1:
                await change(message, reply.parts[0])
            else:
                await send(context.bot, ask.target, reply.parts)

    async def on_inline(self, update: Update, context: Context) -> None:
        """Answer somebody who asks in any chat: ``@bot words``."""
        if query := update.inline_query:
            asked = inline.Asked(
                person=query.from_user.id,
                text=query.query,
                offset=query.offset,
                locale=self._locale(query.from_user),
                bot=context.bot.username,
            )
            await inline.answer(query, await inline.shelf_of(self.house, asked))

    async def on_member(self, update: Update, context: Context) -> None:
        """Note that a reader blocked the bot, or that a group put it out; ``/start`` revives both."""
        del context
        changed = update.my_chat_member
        if changed is not None and changed.new_chat_member.status in _OUT:
            target = Target.telegram(changed.chat.id)
            async with self._turn(target):
                await self.house.membership.left(target, "the bot was blocked or put out of the chat")

    async def on_move(self, update: Update, context: Context) -> None:
        """Follow a group that became a supergroup; Telegram says so in the old chat and in the new one."""
        del context
        message = update.message
        if message is None:
            return
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        target = Target.telegram(old)
        async with self._turn(target):
            await self.house.membership.moved(target, Target.telegram(new))

    async def on_error(self, update: object, context: Context) -> None:
        """Log what went wrong, and tell the person in one line that it was not them."""
        error = context.error
        if isinstance(error, Forbidden) or _is_network(error):
            _log.warning("an answer did not get through", kind=type(error).__name__, reason=str(error))
            return
        trace = None if isinstance(error, TelegramError) else error
        _log.error(
            "a message could not be answered", kind=type(error).__name__, reason=str(error), exc_info=trace
        )
        if isinstance(update, Update):
            await self._apologise(update, context)

    async def _reply(self, ask: Ask, spoken: Spoken, message: Message, person: User) -> Reply:
        match self.house.commands.pour(ask.person, self.house.seconds()):
            case Pour.YES:
                needs = table.may_need_rights(spoken.name, spoken.text)
                may = ask.private or not needs or await _may_change(message, person)
                return await table.answer(self.house, ask, spoken.name, may_change=may, slash=spoken.slash)
            case Pour.FIRST_NO if ask.private:
                return general.slow_down(ask.words)
            case _:
                return Reply()

    async def _press(self, ask: Ask, press: Press | None, message: Message, person: User) -> Reply:
        if self.house.presses.pour(ask.person, self.house.seconds()) is not Pour.YES:
            return Reply(notice=general.slow_down(ask.words).parts[0].plain)
        needs = not ask.private and press is not None and press.action not in READS
        if needs and not await _may_change(message, person):
            return Reply(notice=general.administrators_only(ask.words), alert=True)
        return await pressed(self.house, ask, press, paging=_is_paper(message))

    async def _ask(self, message: Message, person: User, text: str) -> Ask:
        """Give who asks what, and where; a known reader's own language counts most."""
        target, private = target_of(message), message.chat.type == Chat.PRIVATE
        reader = await self.house.membership.reader(target)
        quoted = message.reply_to_message
        return Ask(
            target=target,
            person=person.id,
            locale=reader.preferences.locale if reader else self._locale(person),
            reader=reader,
            private=private,
            admin=private and person.id in self.house.admin_ids,
            text=text,
            quoted=(quoted.text or quoted.caption or "") if quoted else "",
            bot=message.get_bot().username,
        )

    def _locale(self, person: User) -> Locale:
        """Give the language in which to speak to somebody who has chosen none."""
        code = (person.language_code or "").lower()
        known = {locale.value: locale for locale in Locale}
        return known.get(code.partition("-")[0], self.house.locale)

    @asynccontextmanager
    async def _turn(self, target: Target) -> AsyncIterator[None]:
        """Let the updates of one chat wait for each other."""
        lock = self._turns.setdefault(target, asyncio.Lock())
        async with lock:
            yield

    async def _apologise(self, update: Update, context: Context) -> None:
        person, query, message = update.effective_user, update.callback_query, update.message
        words = words_in(self._locale(person) if person else self.house.locale)
        try:
            if query is not None:
                await query.answer(general.went_wrong(words), show_alert=True)
            elif message is not None and message.chat.type == Chat.PRIVATE:
                await context.bot.send_message(message.chat.id, general.went_wrong(words))
        except TelegramError as error:
            _log.warning("an apology did not get through", kind=type(error).__name__)


async def _answer(query: CallbackQuery, reply: Reply) -> None:
    """Answer a press; one that Telegram has given up on is no error of ours."""
    try:
        await query.answer(reply.notice or None, show_alert=reply.alert)
    except BadRequest as error:
        _log.info("a press was answered too late", reason=error.message)


async def _may_change(message: Message, person: User) -> bool:
    """Tell whether somebody administers the group, by name or anonymously."""
    if message.sender_chat is not None and message.sender_chat.id == message.chat.id:
        return True
    member = await message.chat.get_member(person.id)
    return member.status in _MAY_CHANGE


def _is_paper(message: Message) -> bool:
    """Tell whether a message shows one paper: only those have buttons that lead to its addresses."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return any(button.url for row in rows for button in row)


def _is_network(error: BaseException | None) -> bool:
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
