"""How long Telegram counts a text, and cutting plain text where it hurts least.

The limits of a message: https://core.telegram.org/bots/api#sendmessage.
"""

import html
import re
import unicodedata

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


ELLIPSIS = "…"
_SENTENCE_END = re.compile(r"[。！？；][”’」』）】]?|[.!?](?=\s)")
NO_ELLIPSIS_AFTER = " \t\n，、：；,:;（(【[“‘《「—–-"
"""Characters that do not stand before an ellipsis."""
_ZERO_WIDTH_JOINER = "\u200d"
"""Zero width joiner: what stands on both its sides is one picture."""


def truncate(plain: str, limit: int) -> str:
    """Return ``plain`` if it has at most ``limit`` UTF-16 units, else its beginning and ``…`` within the limit.

    It is cut after a sentence if that keeps more than half, else between words; never inside a character that
    people see as one (UAX #29).
    """
    if utf16_length(plain) <= limit:
        return plain
    if limit < 1:
        return ""
    return plain[: find_cut(plain, _fitting_length(plain, limit - 1))].rstrip(NO_ELLIPSIS_AFTER) + ELLIPSIS


def _fitting_length(text: str, limit: int) -> int:
    """Return how many characters of ``text`` fit into ``limit`` UTF-16 units."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004 - the last code point with one UTF-16 unit
        if used > limit:
            return at
    return len(text)


def find_cut(text: str, limit: int) -> int:
    """Return the best place to cut ``text`` at or before the character ``limit``."""
    sentence = max(
        (found.end() for found in _SENTENCE_END.finditer(text[: limit + 1]) if found.end() <= limit), default=0
    )
    if sentence * 2 > limit:
        return sentence
    for cut in range(limit, limit // 2, -1):
        if not (_is_word_character(text[cut - 1 : cut]) and _is_word_character(text[cut : cut + 1])) and _is_boundary(
            text, cut
        ):
            return cut
    return next((cut for cut in range(limit, 0, -1) if _is_boundary(text, cut)), 0)


def _is_word_character(char: str) -> bool:
    """Return whether a character belongs to a word written without breaks: Latin and its like, not Chinese."""
    return char.isalnum() and unicodedata.east_asian_width(char) not in {"W", "F"}


def _is_boundary(text: str, cut: int) -> bool:
    """Return whether two characters that people see as two meet at ``cut``."""
    if cut >= len(text):
        return True
    before, after = text[cut - 1], text[cut]
    if _is_extender(after) or before == _ZERO_WIDTH_JOINER:
        return False
    if _is_flag_half(after) and _is_flag_half(before):
        halves = 0
        while halves < cut and _is_flag_half(text[cut - 1 - halves]):
            halves += 1
        return halves % 2 == 0
    return not ("\u1100" <= before <= "\u11ff" and "\u1160" <= after <= "\u11ff")


def _is_extender(char: str) -> bool:
    """Return whether a character belongs to the one before it: an accent, a skin tone, a joiner, a tag."""
    return (
        unicodedata.category(char).startswith("M")
        or char in {_ZERO_WIDTH_JOINER, "\u200c"}
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or "\U000e0020" <= char <= "\U000e007f"
    )


def _is_flag_half(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"
