"""Rendered messages, ready for a channel: what the render room makes and the deliver room sends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An inline button.

    Exactly one of ``callback_data`` (callback, at most 64 bytes), ``url`` and ``switch_inline_query`` is set.

    ``switch_inline_query`` lets its reader choose a chat in which the bot is then asked that inline query.
    """

    text: str
    callback_data: str | None = None
    url: str | None = None
    switch_inline_query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequestButton:
    """A button below the text field, with which its reader shows the bot a channel or a group of theirs."""

    text: str
    is_channel: bool


Keyboard = tuple[tuple[Button, ...], ...]
"""Rows of buttons; at most 8 in a row and 100 in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramMessage:
    """One Telegram message: ``html`` in the Bot API's HTML style, ``plain`` the same without any style.

    ``silent`` sends without a sound; ``reply_to_first`` makes it an answer to the delivery's first part.
    ``reply_keyboard`` stand below the text field, in place of a keyboard; ``remove_reply_keyboard`` takes
    them away. ``photo`` is a PNG, ``attachment`` a file, that the text is the caption of: then at most 1,024
    UTF-16 units.
    """

    html: str
    plain: str
    keyboard: Keyboard = ()
    silent: bool = False
    reply_to_first: bool = False
    photo: bytes | None = None
    attachment: Attachment | None = None
    reply_keyboard: tuple[ChatRequestButton, ...] = ()
    remove_reply_keyboard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedEmail:
    """One email as bytes, as it goes on the wire (CRLF), with its RFC 5322 Message-ID and subject."""

    raw: bytes
    message_id: str
    subject: str
    html: str
    text: str
