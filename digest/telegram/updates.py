"""Updates from Telegram become requests to the handlers, and replies to Telegram."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import structlog
from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.error import BadRequest, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from digest.model import Locale, Target
from digest.model.errors import DatabaseCorrupted
from digest.papers.arxiv import find_arxiv_id
from digest.render.telegram.callback_data import CallbackData, decode_callback
from digest.services.rate_limit import RateLimitResult
from digest.telegram import commands, inline
from digest.telegram.chat_members import ChatMemberHandlers, chat_title_of
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.errors import is_delivery_failure
from digest.telegram.handlers import groups
from digest.telegram.input.commands import ParsedCommand, parse_message
from digest.telegram.input.timezones import guess_timezone
from digest.telegram.permissions import (
    MissingPermission,
    TelegramChatPermissions,
    check_sender_is_admin,
    forwarded_chat_id,
    missing_permission,
)
from digest.telegram.request import Request, Response, SourceMessage, UploadedFile, alert_response, html_response
from digest.telegram.sender import edit, edit_keyboard, keyboard_of, send, target_of
from digest.telegram.texts import general
from digest.text.i18n import translator_for

BotApplication = Application[Any, Any, Any, Any, Any, Any]
Context = ContextTypes.DEFAULT_TYPE

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member", "inline_query")
"""The kinds of updates that the room answers, for polling and for the webhook."""

_SERVICE_MESSAGES = (
    filters.StatusUpdate.NEW_CHAT_TITLE
    | filters.StatusUpdate.FORUM_TOPIC_EDITED
    | filters.StatusUpdate.FORUM_TOPIC_CLOSED
    | filters.StatusUpdate.FORUM_TOPIC_REOPENED
)
_log = structlog.get_logger(__name__)


def register_handlers(application: BotApplication, deps: HandlerDependencies) -> None:
    """Register the handlers of ``application``, which answer with the use cases of ``deps``."""
    deps = replace(deps, permissions=TelegramChatPermissions(application.bot))
    room = UpdateHandlers(deps=deps)
    members = ChatMemberHandlers(deps=deps, chat_lock=room.chat_lock)
    spoken = filters.UpdateType.MESSAGE & (~filters.StatusUpdate.ALL | filters.StatusUpdate.CHAT_SHARED)
    application.add_handler(MessageHandler(spoken, room.on_message))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, room.on_migration))
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGE & _SERVICE_MESSAGES, members.on_service_message))
    application.add_handler(CallbackQueryHandler(room.on_callback_query))
    application.add_handler(ChatMemberHandler(members.on_my_chat_member, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(InlineQueryHandler(room.on_inline_query))
    application.add_error_handler(room.on_error)


@dataclass(frozen=True, slots=True)
class PerChatLock:
    """Lets the updates of one chat wait for each other, in the order in which they came."""

    _locks: WeakValueDictionary[Target, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    @asynccontextmanager
    async def __call__(self, target: Target) -> AsyncIterator[None]:
        """Wait for what came before at the same target."""
        lock = self._locks.setdefault(target, asyncio.Lock())
        async with lock:
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateHandlers:
    """Answers updates; those of one chat one after the other, in the order in which they came."""

    deps: HandlerDependencies
    chat_lock: PerChatLock = field(default_factory=PerChatLock)

    async def on_message(self, update: Update, context: Context) -> None:
        """Answer a message: in a private chat each, in a group only our commands."""
        message, person = update.message, update.effective_user
        if message is None or person is None or message.is_automatic_forward:
            return
        spoken = _shared_chat_command(message) or parse_message(
            message.text or message.caption or "", context.bot.username, commands.COMMAND_NAMES
        )
        private = message.chat.type == Chat.PRIVATE
        if spoken is None or not (private or (spoken.has_slash and spoken.name)):
            return
        async with self.chat_lock(target_of(message)):
            ask = await self._build_request(message, _sender_id(message, person), person, spoken.text)
            reply = await self._handle_message(ask, spoken, message, person)
            await send(context.bot, ask.target, reply.messages)

    async def on_callback_query(self, update: Update, context: Context) -> None:
        """Answer a pressed button, always with an answer to the press itself."""
        query = update.callback_query
        if query is None:
            return
        message, press = query.message, decode_callback(query.data or "")
        if not isinstance(message, Message):
            await _answer_callback_query(
                query, alert_response(general.stale_button(translator_for(self._locale_of(query.from_user))))
            )
            return
        async with self.chat_lock(target_of(message)):
            ask = await self._build_request(message, query.from_user.id, query.from_user, "")
            ask = replace(ask, message=SourceMessage(id=message.message_id, keyboard=keyboard_of(message)))
            reply = await self._dispatch_button(ask, press, message)
            await _answer_callback_query(query, reply)
            parts = reply.messages
            if reply.keyboard is not None:
                await edit_keyboard(message, reply.keyboard)
            elif reply.edits_message and parts:
                await edit(message, parts[0])
                parts = parts[1:]
            await send(context.bot, ask.target, parts)

    async def on_inline_query(self, update: Update, context: Context) -> None:
        """Answer somebody who asks in any chat: ``@bot words``."""
        if query := update.inline_query:
            asked = inline.InlineRequest(
                user_id=query.from_user.id,
                text=query.query,
                offset=query.offset,
                locale=self._locale_of(query.from_user),
                bot_username=context.bot.username,
            )
            await inline.send_results(query, await inline.answer_inline(self.deps, asked))

    async def on_migration(self, update: Update, context: Context) -> None:
        """Follow a group that became a supergroup; Telegram says so in the old chat and in the new one."""
        del context
        message = update.message
        if message is None:
            return
        old = message.migrate_from_chat_id or message.chat.id
        new = message.migrate_to_chat_id or message.chat.id
        target = Target.telegram(old)
        async with self.chat_lock(target):
            await self.deps.subscriptions.migrate_chat(target, Target.telegram(new))

    async def on_error(self, update: object, context: Context) -> None:
        """Log what went wrong, and tell the person in one line that it was not them."""
        error = context.error
        if is_delivery_failure(error):
            _log.warning("an answer did not get through", kind=type(error).__name__, reason=str(error))
            return
        trace = None if isinstance(error, TelegramError | DatabaseCorrupted) else error
        _log.error("a message could not be answered", kind=type(error).__name__, reason=str(error), exc_info=trace)
        if isinstance(update, Update):
            await self._report_failure(update, context)

    async def _handle_message(self, request: Request, command: ParsedCommand, message: Message, user: User) -> Response:
        match self.deps.command_limiter.allow(request.user_id, self.deps.monotonic_clock()):
            case RateLimitResult.ALLOWED:
                return await self._dispatch_command(request, command, message, user)
            case RateLimitResult.DENIED_FIRST if request.is_private:
                return html_response(general.rate_limited(request.tr))
            case _:
                return Response()

    async def _dispatch_command(
        self, request: Request, command: ParsedCommand, message: Message, user: User
    ) -> Response:
        chat = forwarded_chat_id(message) if request.is_private and message.forward_origin else None
        means_nothing = not command.name and not find_arxiv_id(command.text)
        if chat and (offer := await groups.offer_forwarded_chat(self.deps, request, chat, explain=means_nothing)):
            return offer
        needs = not request.is_private and commands.needs_group_admin_for(command.name, command.text)
        lack = await check_sender_is_admin(self.deps.permissions, message, user) if needs else None
        if lack not in (None, MissingPermission.NOT_ADMIN):
            return html_response(missing_permission(request.tr, lack))
        reply = await commands.dispatch_command(
            self.deps, request, command.name, may_change=lack is None, has_slash=command.has_slash
        )
        if needs and lack is None:
            owner = None if message.sender_chat else user.id
            await self.deps.groups.remember(request.target, title=chat_title_of(message), owner=owner)
        if message.chat_shared:
            return replace(reply, messages=(groups.checking_chat(request.tr), *reply.messages))
        return reply

    async def _dispatch_button(self, request: Request, data: CallbackData | None, message: Message) -> Response:
        if self.deps.button_limiter.allow(request.user_id, self.deps.monotonic_clock()) is not RateLimitResult.ALLOWED:
            return Response(notice=general.rate_limited(request.tr))
        needs = not request.is_private and not commands.is_read_only(data)
        lack = await self.deps.permissions.check_is_admin(message.chat.id, request.user_id) if needs else None
        if lack is MissingPermission.NOT_ADMIN:
            return alert_response(general.group_admins_only(request.tr))
        if lack:
            return alert_response(missing_permission(request.tr, lack))
        reply = await commands.dispatch_button(self.deps, request, data)
        if needs and not reply.alert:
            await self.deps.groups.remember(request.target, title=chat_title_of(message), owner=request.user_id)
        return reply

    async def _build_request(self, message: Message, user_id: int, user: User, text: str) -> Request:
        """Return who asks what, and where; a known subscriber's own language counts most."""
        target, private = target_of(message), message.chat.type == Chat.PRIVATE
        reader = await self.deps.subscriptions.find_profile(target)
        quoted = message.reply_to_message
        return Request(
            target=target,
            user_id=user_id,
            locale=reader.preferences.locale if reader else self._locale_of(user),
            profile=reader,
            is_admin=private and user.id in self.deps.admin_ids,
            text=text,
            timezone=guess_timezone(user.language_code or "", self.deps.subscriptions.defaults.timezone)
            if private and reader is None
            else None,
            message=SourceMessage(
                quoted_text=(quoted.text or quoted.caption or "") if quoted else "",
                file=_uploaded_file(message) if private else None,
            ),
            bot_username=message.get_bot().username,
        )

    def _locale_of(self, user: User) -> Locale:
        """Return the language in which to speak to somebody who has chosen none."""
        return self.deps.locale_for(user.language_code)

    async def _report_failure(self, update: Update, context: Context) -> None:
        person, query, message = update.effective_user, update.callback_query, update.message
        tr = translator_for(self._locale_of(person) if person else self.deps.default_locale)
        try:
            if query is not None:
                await query.answer(general.internal_error(tr), show_alert=True)
            elif message is not None and message.chat.type == Chat.PRIVATE:
                await send(context.bot, target_of(message), html_response(general.internal_error(tr)).messages)
        except TelegramError as error:
            _log.warning("an apology did not get through", kind=type(error).__name__)


async def _answer_callback_query(query: CallbackQuery, response: Response) -> None:
    """Answer a press; one that Telegram has given up on is no error of ours."""
    try:
        await query.answer(response.notice or None, show_alert=response.alert)
    except BadRequest as error:
        _log.info("a press was answered too late", reason=error.message)


def _shared_chat_command(message: Message) -> ParsedCommand | None:
    """Return the command that a chosen chat stands for, None where none was chosen."""
    if message.chat_shared is None:
        return None
    return ParsedCommand(name="groups", text=str(message.chat_shared.chat_id))


def _sender_id(message: Message, user: User) -> int:
    """Return who wrote: a chat that writes in its own name, else a person.

    Telegram gives one and the same person for all anonymous administrators of all groups.
    """
    return message.sender_chat.id if message.sender_chat else user.id


def _uploaded_file(message: Message) -> UploadedFile | None:
    """Return the file that came with a message; nothing is fetched before somebody asks for it."""
    document = message.document
    if document is None:
        return None

    async def fetch() -> bytes:
        file = await document.get_file()
        return bytes(await file.download_as_bytearray())

    return UploadedFile(name=document.file_name or "", size=document.file_size or 0, fetch=fetch)
