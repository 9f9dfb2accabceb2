"""Small numbers as people write them: ``12``, ``twelve``, ``十二``, ``两``, ``a``."""

import re

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBER_WORDS = {
    **{word: n for n, word in enumerate((*_UNITS, *_TEENS, "nineteen"), start=1)},
    **{word: 10 * n for n, word in enumerate(_TENS, start=2)},
    "a": 1,
    "an": 1,
}
_COMPOUND = re.compile(rf"({'|'.join(_TENS)})[- ]({'|'.join(_UNITS)})")
_CHINESE = re.compile(r"(?:([一二三四五六七八九])?(十))?([一二三四五六七八九两])?")
_DIGITS = {sign: n for n, sign in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_MAX_DIGITS = 4


def parse_small_number(text: str) -> int | None:
    """Return the whole number that ``text`` means, in small letters and narrow digits; None for no number."""
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) <= _MAX_DIGITS else None
    if text in _NUMBER_WORDS:
        return _NUMBER_WORDS[text]
    if compound := _COMPOUND.fullmatch(text):
        return _NUMBER_WORDS[compound[1]] + _NUMBER_WORDS[compound[2]]
    chinese = _CHINESE.fullmatch(text)
    if not text or chinese is None:
        return None
    tens = 10 * _DIGITS[chinese[1] or "一"] if chinese[2] else 0
    return tens + _DIGITS.get(chinese[3] or "", 0)
