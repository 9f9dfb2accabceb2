"""What Telegram counts of a message in HTML style (limits.

Https://core.telegram.org/bots/api#sendmessage).
"""

import html
import re

_TAG = re.compile(r"</?[a-z][^<>]*>")
_OPENING = re.compile(r"<[a-z][^<>]*>")


def utf16_length(text: str) -> int:
    """Return the UTF-16 units of ``text``, in which Telegram counts lengths and offsets."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def telegram_text(markup: str) -> str:
    """Return the text that Telegram shows for a message in HTML style."""
    return html.unescape(_TAG.sub("", markup))


def telegram_length(markup: str) -> int:
    """Return the length of a message in HTML style after parsing, in UTF-16 units; the limit is 4,096."""
    return utf16_length(telegram_text(markup))


def telegram_entities(markup: str) -> int:
    """Return the number of entities of a message in HTML style.

    Those after the hundredth lose their style.
    """
    return len(_OPENING.findall(markup))
