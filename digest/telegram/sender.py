"""Everything that the bot writes leaves here: answers, digests, status messages, and changes of them.

There is one way out with one treatment of errors. A message that Telegram cannot read (a style, a length, a
button) is our mistake and goes once more, as plain text; every other error is the caller's to judge:
``TelegramSender`` makes an outcome of it, the chat logs it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from telegram import (
    Bot,
    ChatAdministratorRights,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    KeyboardButtonRequestChat,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import MessageLimit, ParseMode
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.ext import ExtBot

from digest.model import Delivery, Target
from digest.model.message import Button, ChatRequestButton, Keyboard, TelegramMessage
from digest.model.outcome import Outcome, SendCancelled, Sent
from digest.telegram.client import trace_requests
from digest.telegram.errors import KEYBOARD_TEXTS, UNMODIFIED_TEXT, is_our_fault, mentions, outcome_of_error, words_of
from digest.telegram.rate_limiter import Priority
from digest.text.truncate import truncate

GENERAL_TOPIC_ID = 1
Result = TypeVar("Result")
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_log = structlog.get_logger(__name__)


class TelegramSender:
    """Sends parts of deliveries at bulk pace; owns no connection: whoever built the bot shuts it down."""

    def __init__(self, bot: ExtBot[Priority]) -> None:
        self._bot = bot

    async def send(self, delivery: Delivery, part: TelegramMessage) -> Outcome:
        """Send ``part``.

        Raises ``ChannelMisconfigured`` if the token is refused or another program polls with it.
        """
        arguments = message_arguments(delivery.target, part, first_message_id(delivery))
        with trace_requests() as trace:
            try:
                sent = await _send_message(self._bot, part, arguments, Priority.BULK)
            except TelegramError as error:
                return outcome_of_error(error)
            except asyncio.CancelledError:
                if trace.has_started:
                    raise
                raise SendCancelled from None
        return Sent(receipt=str(sent))

    async def close(self) -> None:
        """Do nothing: the bot belongs to whoever built it."""


async def send(bot: Bot, target: Target, messages: tuple[TelegramMessage, ...]) -> int | None:
    """Send answers one after the other, and return the id of the first; a part may reply to it."""
    first: int | None = None
    for part in messages:
        sent = await _send_message(bot, part, message_arguments(target, part, first))
        first = first or sent
    return first


async def edit(message: Message, part: TelegramMessage) -> None:
    """Replace the text and keyboard of a message; send a new one if Telegram cannot."""
    if not await edit_by_id(message.get_bot(), message.chat.id, message.message_id, part):
        await send(message.get_bot(), target_of(message), (part,))


async def edit_by_id(bot: Bot, chat_id: int, message_id: int, part: TelegramMessage) -> bool:
    """Replace the text and keyboard of a message; False if Telegram cannot, as when it was deleted."""
    arguments = {
        **_styled_arguments(part),
        "chat_id": chat_id,
        "message_id": message_id,
        "reply_markup": _inline_keyboard(part.keyboard),
    }
    try:
        await _call_with_fallback(bot.edit_message_text, arguments, part)
    except BadRequest as error:
        if not mentions(error, (UNMODIFIED_TEXT,)):
            _log.info("a message could not be changed", reason=error.message)
            return False
    return True


async def edit_keyboard(message: Message, keyboard: Keyboard) -> None:
    """Replace the keyboard of a message, which keeps the one it has if Telegram cannot."""
    try:
        await message.edit_reply_markup(_inline_keyboard(keyboard))
    except BadRequest as error:
        if not mentions(error, (UNMODIFIED_TEXT,)):
            _log.warning("a keyboard could not be changed", reason=error.message)


def target_of(message: Message) -> Target:
    """Return where a message stands; the General topic of a forum, and private chats, have no thread."""
    topic = message.is_topic_message and message.chat.id < 0
    return Target.telegram(message.chat.id, message.message_thread_id if topic else None)


def keyboard_of(message: Message) -> Keyboard:
    """Return the buttons below a message, those that we make."""
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return tuple(
        tuple(
            Button(
                text=button.text,
                callback_data=button.callback_data if isinstance(button.callback_data, str) else None,
                url=button.url,
                switch_inline_query=button.switch_inline_query,
            )
            for button in row
        )
        for row in rows
    )


def first_message_id(delivery: Delivery) -> int | None:
    """Return the id of the message that a delivery's first part became, None where none was sent to Telegram."""
    first = next(iter(delivery.receipts), "")
    return int(first) if first.isdigit() else None


def message_arguments(target: Target, part: TelegramMessage, first_id: int | None) -> dict[str, Any]:
    """Return the arguments of ``sendMessage``, or those of ``sendPhoto`` and ``sendDocument`` but for the file.

    The thread of a forum's General topic is left out, because Telegram refuses it.
    """
    address = target.address
    arguments = {
        "chat_id": int(address) if address.lstrip("-").isdigit() else address,
        **_styled_arguments(part),
        "reply_markup": _reply_keyboard(part) or _inline_keyboard(part.keyboard),
        "disable_notification": part.silent or None,
        "message_thread_id": None if target.thread == GENERAL_TOPIC_ID else target.thread,
        "reply_parameters": ReplyParameters(first_id, allow_sending_without_reply=True)
        if part.reply_to_first and first_id is not None
        else None,
    }
    return {name: value for name, value in arguments.items() if value is not None}


async def _send_message(
    bot: Bot, part: TelegramMessage, arguments: dict[str, Any], priority: Priority = Priority.REPLY
) -> int:
    if isinstance(bot, ExtBot) and bot.rate_limiter:
        arguments["rate_limit_args"] = priority
    method: Callable[..., Awaitable[Message]] = bot.send_message
    if part.photo is not None:
        method = bot.send_photo
        arguments |= {"photo": part.photo, "filename": "picture.png"}
    elif part.attachment is not None:
        method = bot.send_document
        arguments |= {"document": part.attachment.data, "filename": part.attachment.name}
    return (await _call_with_fallback(method, arguments, part)).message_id


async def _call_with_fallback(
    method: Callable[..., Awaitable[Result]], arguments: dict[str, Any], part: TelegramMessage
) -> Result:
    """Call a method, and once more with plain text if Telegram refuses the message itself."""
    try:
        return await method(**arguments)
    except NetworkError as error:  # PTB's BadRequest is one
        if not is_our_fault(error):
            raise
        # No traceback: it holds the URL with the token.
        _log.error("telegram refused the style of a message, sent as plain text", reason=words_of(error))
        plain = arguments | _plain_arguments(part)
        if mentions(error, KEYBOARD_TEXTS):
            plain.pop("reply_markup", None)
    return await method(**plain)


def _styled_arguments(part: TelegramMessage) -> dict[str, Any]:
    if part.photo is not None or part.attachment is not None:
        return {"caption": part.html, "parse_mode": ParseMode.HTML}
    return {"text": part.html, "parse_mode": ParseMode.HTML, "link_preview_options": _NO_PREVIEW}


def _plain_arguments(part: TelegramMessage) -> dict[str, Any]:
    if part.photo is not None or part.attachment is not None:
        return {"caption": truncate(part.plain, MessageLimit.CAPTION_LENGTH), "parse_mode": None}
    return {"text": truncate(part.plain, MessageLimit.MAX_TEXT_LENGTH), "parse_mode": None}


def _inline_keyboard(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    b.text, callback_data=b.callback_data, url=b.url, switch_inline_query=b.switch_inline_query
                )
                for b in row
            ]
            for row in keyboard
        ]
    )


def _reply_keyboard(part: TelegramMessage) -> ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    """Return what stands below the text field, None where nothing changes there."""
    if part.remove_reply_keyboard:
        return ReplyKeyboardRemove()
    if not part.reply_keyboard:
        return None
    rows = [[_chat_request_button(number, choice)] for number, choice in enumerate(part.reply_keyboard, start=1)]
    return ReplyKeyboardMarkup(rows, resize_keyboard=True, one_time_keyboard=True)


def _chat_request_button(number: int, choice: ChatRequestButton) -> KeyboardButton:
    """Return a button that offers the chats that fit.

    The person administers them, and the bot is in the group, or becomes an administrator of the channel with
    the right to post (Bot API, KeyboardButtonRequestChat).
    """
    wanted = KeyboardButtonRequestChat(
        request_id=number,
        chat_is_channel=choice.is_channel,
        user_administrator_rights=_admin_rights(can_post=choice.is_channel),
        bot_administrator_rights=_admin_rights(can_post=True) if choice.is_channel else None,
        bot_is_member=None if choice.is_channel else True,
    )
    return KeyboardButton(choice.text, request_chat=wanted)


def _admin_rights(*, can_post: bool) -> ChatAdministratorRights:
    none = ChatAdministratorRights.no_rights().to_dict()
    return ChatAdministratorRights(**none | {"can_manage_chat": True, "can_post_messages": can_post})
