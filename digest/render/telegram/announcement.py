"""An admin's words in Telegram: as written, in as few messages as hold them."""

import re
from collections.abc import Iterator

from digest.model import Announcement
from digest.model.message import TelegramMessage
from digest.render.telegram.fragment import text_fragment
from digest.render.telegram.packing import MAX_MESSAGE_SIZE
from digest.text.sanitize import strip_controls
from digest.text.telegram_length import utf16_length

_BREAK_POINTS = ("\n\n", "\n", "。", ". ", " ")
"""Where a long text is cut, the best first."""


def announcement_messages(announcement: Announcement) -> tuple[TelegramMessage, ...]:
    """Return the messages of a broadcast; none of it is mark-up, and Telegram links addresses by itself."""
    text = strip_controls(re.sub(r"\r\n?", "\n", announcement.text)).strip()
    pieces = [text_fragment(part) for part in _split_text(text)]
    return tuple(
        TelegramMessage(html=piece.html, plain=piece.plain, silent=at > 0, reply_to_first=at > 0)
        for at, piece in enumerate(pieces)
    )


def _split_text(text: str) -> Iterator[str]:
    """Return the text in parts that fit one message each, cut where a thought ends."""
    most = MAX_MESSAGE_SIZE.utf16_units
    while utf16_length(text) > most:
        window = _longest_prefix(text, most)
        found = [window.rfind(end) + len(end) for end in _BREAK_POINTS if window.rfind(end) > len(window) // 2]
        cut = found[0] if found else len(window)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _longest_prefix(text: str, max_units: int) -> str:
    """Return the longest beginning of ``text`` that takes at most ``max_units``."""
    kept = text[:max_units]
    while (over := utf16_length(kept) - max_units) > 0:
        kept = kept[: -max(1, over // 2)]
    return kept
