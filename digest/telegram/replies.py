"""Answers on their way to Telegram: new messages, and messages that change in place."""

from typing import Any

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest

from digest.model import Target
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.telegram.api_keyboards import reply_markup_of

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_log = structlog.get_logger(__name__)


async def send(bot: Bot, target: Target, messages: tuple[TelegramMessage, ...]) -> int | None:
    """Send messages one after the other; a later part answers the first where it asks to.

    Gives the number of the first message, None where there was nothing to send.
    """
    first: int | None = None
    for part in messages:
        answers = first if part.reply_to_first else None
        message = await _send_with_fallback(bot, target, part, answers)
        first = first or message.message_id
    return first


async def edit_by_id(bot: Bot, chat_id: int, message_id: int, part: TelegramMessage) -> bool:
    """Return the message of a number another text and keyboard; False where it is there no more."""
    try:
        await bot.edit_message_text(
            part.html,
            chat_id,
            message_id,
            parse_mode=ParseMode.HTML,
            reply_markup=to_inline_keyboard(part.keyboard),
            link_preview_options=_NO_PREVIEW,
        )
    except BadRequest as error:
        reason = error.message.lower()
        if "message to edit not found" in reason or "can't be edited" in reason:
            return False
        if "not modified" not in reason:
            raise
    return True


async def edit(message: Message, part: TelegramMessage) -> None:
    """Return ``message_id`` another text and keyboard; where Telegram cannot, send a new one."""
    try:
        await message.edit_text(
            part.html,
            parse_mode=ParseMode.HTML,
            reply_markup=to_inline_keyboard(part.keyboard),
            link_preview_options=_NO_PREVIEW,
        )
    except BadRequest as error:
        reason = error.message.lower()
        if "not modified" in reason:
            return
        _log.warning("a message could not be changed", reason=error.message)
        await send(message.get_bot(), target_of(message), (part,))


async def edit_keyboard(message: Message, keyboard: Keyboard) -> None:
    """Return ``message_id`` another keyboard; where Telegram cannot, it keeps the one it has."""
    try:
        await message.edit_reply_markup(to_inline_keyboard(keyboard))
    except BadRequest as error:
        if "not modified" not in error.message.lower():
            _log.warning("a keyboard could not be changed", reason=error.message)


def target_of(message: Message) -> Target:
    """Return where a message stands; the General topic of a forum, and private chats, have no thread."""
    topic = message.is_topic_message and message.chat.id < 0
    return Target.telegram(message.chat.id, message.message_thread_id if topic else None)


def to_inline_keyboard(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Return Telegram's form of a keyboard, None for no button."""
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


async def _send_with_fallback(bot: Bot, target: Target, part: TelegramMessage, reply_to_id: int | None) -> Message:
    """Send a part; where Telegram cannot read its style, that is our mistake and the words go without."""
    try:
        return await _send(bot, target, part, part.html, ParseMode.HTML, reply_to_id)
    except BadRequest as error:
        if "can't parse entities" not in error.message.lower():
            raise
        _log.error("Telegram refused the style of an answer", reason=error.message)
        return await _send(bot, target, part, part.plain, None, reply_to_id)


async def _send(
    bot: Bot, target: Target, part: TelegramMessage, text: str, parse_mode: ParseMode | None, reply_to_id: int | None
) -> Message:
    arguments: dict[str, Any] = {
        "parse_mode": parse_mode,
        "message_thread_id": target.thread,
        "reply_markup": reply_markup_of(part) or to_inline_keyboard(part.keyboard),
        "disable_notification": part.silent,
        "reply_parameters": (ReplyParameters(reply_to_id, allow_sending_without_reply=True) if reply_to_id else None),
    }
    chat = int(target.address)
    if part.photo is not None:
        return await bot.send_photo(chat, part.photo, text, filename="picture.png", **arguments)
    if part.attachment is not None:
        file, name = part.attachment.data, part.attachment.name
        return await bot.send_document(chat, file, text, filename=name, **arguments)
    return await bot.send_message(chat, text, link_preview_options=_NO_PREVIEW, **arguments)
