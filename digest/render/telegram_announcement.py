"""An admin's words in Telegram: as written, in as few messages as hold them."""

import re
from collections.abc import Iterator

from digest.markup import utf16_length
from digest.message import ChatPart
from digest.model import Announcement
from digest.render.one_line import without_controls
from digest.render.packing import ONE_MESSAGE
from digest.render.piece import words

_ENDS = ("\n\n", "\n", "。", ". ", " ")
"""Where a long text is cut, the best first."""


def announcement_parts(announcement: Announcement) -> tuple[ChatPart, ...]:
    """Give the messages of a broadcast; none of it is mark-up, and Telegram links addresses by itself."""
    text = without_controls(re.sub(r"\r\n?", "\n", announcement.text)).strip()
    pieces = [words(part) for part in _cut(text)]
    return tuple(
        ChatPart(html=piece.html, plain=piece.plain, silent=at > 0, reply_to_first=at > 0)
        for at, piece in enumerate(pieces)
    )


def _cut(text: str) -> Iterator[str]:
    """Give the text in parts that fit one message each, cut where a thought ends."""
    most = ONE_MESSAGE.units
    while utf16_length(text) > most:
        window = _within(text, most)
        found = [window.rfind(end) + len(end) for end in _ENDS if window.rfind(end) > len(window) // 2]
        cut = found[0] if found else len(window)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _within(text: str, units: int) -> str:
    """Give the longest beginning of ``text`` that takes at most ``units``."""
    kept = text[:units]
    while (over := utf16_length(kept) - units) > 0:
        kept = kept[: -max(1, over // 2)]
    return kept
