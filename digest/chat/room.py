"""The door to Telegram: updates in, asks to the handlers, replies out; nothing is decided here."""

from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from telegram import CallbackQuery, Chat, Message, Update, User
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

from digest.arxiv import find_arxiv_id
from digest.bucket import Pour
from digest.callbacks import Press, read_callback
from digest.chat import groups, inline, steering, table
from digest.chat.answers import general
from digest.chat.answers import groups as group_answers
from digest.chat.answers.lacks import lacks
from digest.chat.ask import Ask, Reply, SentFile
from digest.chat.chats import Lack
from digest.chat.command_words import Spoken, read_message
from digest.chat.house import House
from digest.chat.members import Members, title_of
from digest.chat.presses import READS
from digest.chat.rights import TelegramChats, lack_of_sender, not_let, posted_in
from digest.chat.sending import change, keyboard_of, relabel, send, target_of
from digest.chat.turns import Turns
from digest.chat.zones import guessed_zone
from digest.errors import StoreDamaged
from digest.model import Locale, Target
from digest.words import words_in

ChatApplication = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member", "inline_query")
"""The kinds of updates that the room answers, for polling and for the webhook."""

_ARXIV = "https://arxiv.org/abs/"
_SERVICE = (
    filters.StatusUpdate.NEW_CHAT_TITLE
    | filters.StatusUpdate.FORUM_TOPIC_EDITED
    | filters.StatusUpdate.FORUM_TOPIC_CLOSED
    | filters.StatusUpdate.FORUM_TOPIC_REOPENED
)
_log = structlog.get_logger(__name__)


def register(application: ChatApplication, house: House) -> None:
    """Let ``application`` answer people with the use cases of ``house``."""
    house = replace(house, chats=TelegramChats(application.bot))
    room = Room(house=house)
    members = Members(house=house, turn=room.turn)
    spoken = filters.UpdateType.MESSAGE & (~filters.StatusUpdate.ALL | filters.StatusUpdate.CHAT_SHARED)
    application.add_handler(MessageHandler(spoken, room.on_message))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, room.on_move))
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGE & _SERVICE, members.on_service))
    application.add_handler(CallbackQueryHandler(room.on_press))
    application.add_handler(ChatMemberHandler(members.on_member, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(InlineQueryHandler(room.on_inline))
    application.add_error_handler(room.on_error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Answers updates; those of one chat one after the other, in the order in which they came."""

    house: House
    turn: Turns = field(default_factory=Turns)

    async def on_message(self, update: Update, context: Context) -> None:
        """Answer a message: in a private chat each, in a group only our commands."""
        message, person = update.message, update.effective_user
        if message is None or person is None or message.is_automatic_forward:
            return
        spoken = _shared(message) or read_message(message.text or message.caption or "", context.bot.username)
        private = message.chat.type == Chat.PRIVATE
        if spoken is None or not (private or (spoken.slash and spoken.name)):
            return
        async with self.turn(target_of(message)):
            ask = await self._ask(message, _writer(message, person), person, spoken.text)
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
        async with self.turn(target_of(message)):
            ask = await self._ask(message, query.from_user.id, query.from_user, "")
            ask = replace(ask, message=message.message_id)
            reply = await self._press(ask, press, message)
            await _answer(query, reply)
            parts = reply.parts
            if reply.keyboard is not None:
                await relabel(message, reply.keyboard)
            elif reply.edits and parts:
                await change(message, parts[0])
                parts = parts[1:]
            await send(context.bot, ask.target, parts)

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

    async def on_move(self, update: Update, context: Context) -> None:
        """Follow a group that became a supergroup; Telegram says so in the old chat and in the new one."""
        del context
        message = update.message
        if message is None:
            return
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        target = Target.telegram(old)
        async with self.turn(target):
            await self.house.membership.moved(target, Target.telegram(new))

    async def on_error(self, update: object, context: Context) -> None:
        """Log what went wrong, and tell the person in one line that it was not them."""
        error = context.error
        if isinstance(error, Forbidden) or _is_network(error) or not_let(error):
            _log.warning("an answer did not get through", kind=type(error).__name__, reason=str(error))
            return
        trace = None if isinstance(error, TelegramError | StoreDamaged) else error
        _log.error(
            "a message could not be answered", kind=type(error).__name__, reason=str(error), exc_info=trace
        )
        if isinstance(update, Update):
            await self._apologise(update, context)

    async def _reply(self, ask: Ask, spoken: Spoken, message: Message, person: User) -> Reply:
        match self.house.commands.pour(ask.person, self.house.seconds()):
            case Pour.YES:
                return await self._answer(ask, spoken, message, person)
            case Pour.FIRST_NO if ask.private:
                return general.slow_down(ask.words)
            case _:
                return Reply()

    async def _answer(self, ask: Ask, spoken: Spoken, message: Message, person: User) -> Reply:
        chat = posted_in(message) if ask.private else None
        means_nothing = not spoken.name and not find_arxiv_id(spoken.text)
        if chat and (offer := await groups.offered(self.house, ask, chat, anyway=means_nothing)):
            return offer
        needs = not ask.private and table.may_need_rights(spoken.name, spoken.text)
        lack = await lack_of_sender(self.house.chats, message, person) if needs else None
        if lack not in (None, Lack.ADMINISTRATOR):
            return general.one_line(lacks(ask.words, lack))
        reply = await steering.answer(
            self.house, ask, spoken.name, may_change=lack is None, slash=spoken.slash
        )
        if needs and lack is None:
            owner = None if message.sender_chat else person.id
            await self.house.groups.met(ask.target, title=title_of(message), owner=owner)
        if message.chat_shared:
            return replace(reply, parts=(group_answers.chosen(ask.words), *reply.parts))
        return reply

    async def _press(self, ask: Ask, press: Press | None, message: Message) -> Reply:
        if self.house.presses.pour(ask.person, self.house.seconds()) is not Pour.YES:
            return Reply(notice=general.slow_down(ask.words).parts[0].plain)
        needs = not ask.private and press is not None and press.action not in READS
        lack = await self.house.chats.administers(message.chat.id, ask.person) if needs else None
        if lack is Lack.ADMINISTRATOR:
            return Reply(notice=general.administrators_only(ask.words), alert=True)
        if lack:
            return Reply(notice=lacks(ask.words, lack), alert=True)
        reply = await steering.pressed(self.house, ask, press, paging=_is_paper(message))
        if needs and not reply.alert:
            await self.house.groups.met(ask.target, title=title_of(message), owner=ask.person)
        return reply

    async def _ask(self, message: Message, number: int, person: User, text: str) -> Ask:
        """Give who asks what, and where; a known reader's own language counts most."""
        target, private = target_of(message), message.chat.type == Chat.PRIVATE
        reader = await self.house.membership.reader(target)
        quoted = message.reply_to_message
        return Ask(
            target=target,
            person=number,
            locale=reader.preferences.locale if reader else self._locale(person),
            reader=reader,
            private=private,
            admin=private and person.id in self.house.admin_ids,
            text=text,
            zone=guessed_zone(person.language_code or "", self.house.membership.defaults.zone)
            if private
            else None,
            quoted=(quoted.text or quoted.caption or "") if quoted else "",
            file=_file_of(message) if private else None,
            keyboard=keyboard_of(message),
            bot=message.get_bot().username,
        )

    def _locale(self, person: User) -> Locale:
        """Give the language in which to speak to somebody who has chosen none."""
        return self.house.speaks(person.language_code)

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


def _shared(message: Message) -> Spoken | None:
    """Give the command that a chosen chat stands for, None where none was chosen."""
    if message.chat_shared is None:
        return None
    return Spoken(name="groups", text=str(message.chat_shared.chat_id))


def _writer(message: Message, person: User) -> int:
    """Give who wrote: a chat that writes in its own name, else a person.

    Telegram gives one and the same person for all anonymous administrators of all groups.
    """
    return message.sender_chat.id if message.sender_chat else person.id


def _file_of(message: Message) -> SentFile | None:
    """Give the file that came with a message; nothing is fetched before somebody asks for it."""
    document = message.document
    if document is None:
        return None

    async def fetch() -> bytes:
        file = await document.get_file()
        return bytes(await file.download_as_bytearray())

    return SentFile(name=document.file_name or "", size=document.file_size or 0, fetch=fetch)


def _is_paper(message: Message) -> bool:
    """Tell whether a message shows one paper: only those have a button that leads to arXiv."""
    return any((button.url or "").startswith(_ARXIV) for row in keyboard_of(message) for button in row)


def _is_network(error: BaseException | None) -> bool:
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)
