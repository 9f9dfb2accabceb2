"""Numerals: before a heading (``①``, ``第一部分``, ``II``, ``Section 3``), and as people type them (``twelve``)."""

import re
import unicodedata

_CHINESE = frozenset("一二三四五六七八九十百零〇壹贰貳叁參肆伍陆陸柒捌玖拾")
_DIGITS = frozenset("0123456789０１２３４５６７８９")
_ROMAN = frozenset("ivx")
_ORDINAL_UNITS = ("部分", "节", "節", "章", "点", "點", "项", "項", "步")
_PREFIX_WORDS = ("section ", "part ", "step ")
_MAX_LENGTH = 4

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NUMBER_WORDS = {
    **{word: n for n, word in enumerate((*_UNITS, *_TEENS), start=1)},
    **{word: 10 * n for n, word in enumerate(_ROUND, start=2)},
    "a": 1,
    "an": 1,
}
_COMPOUND = re.compile(rf"({'|'.join(_ROUND)})[- ]({'|'.join(_UNITS)})")
_TENS = re.compile(r"([一二三四五六七八九])?十([一二三四五六七八九])?")
_BELOW_HUNDRED = re.compile(r"[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九两兩]")
_DIGIT_BY_SIGN = str.maketrans("零〇一二两兩三四五六七八九", "0012223456789")


def find_numeral_end(plain: str, start: int) -> int:
    """Return the end of the numeral that begins at ``start`` of lower-case text, or ``start`` for none.

    Letters and Chinese characters count only before a mark (``一、``, ``II.``), because words begin with
    them too.
    """
    char = plain[start]
    if plain.startswith(_PREFIX_WORDS, start):
        return plain.index(" ", start) + 1
    if char == "第":
        return _ordinal_end(plain, start)
    if char not in _CHINESE and unicodedata.category(char)[0] == "N":
        return _number_end(plain, start)
    end = max(_run_end(plain, start, _CHINESE), _run_end(plain, start, _ROMAN))
    if end == start and char.isascii():
        end += 1
    following = plain[end : end + 1]
    marked = following and not following.isalnum() and not following.isspace()
    return end if marked else start


def _ordinal_end(plain: str, start: int) -> int:
    end = _run_end(plain, start + 1, _CHINESE | _DIGITS)
    unit = next((unit for unit in _ORDINAL_UNITS if plain.startswith(unit, end)), None)
    return end + len(unit) if unit and end > start + 1 else start


def _number_end(plain: str, start: int) -> int:
    end = start
    while end < min(len(plain), start + _MAX_LENGTH) and unicodedata.category(plain[end])[0] == "N":
        end += 1
    return end


def _run_end(plain: str, start: int, allowed: frozenset[str]) -> int:
    end = start
    while end < min(len(plain), start + _MAX_LENGTH) and plain[end] in allowed:
        end += 1
    return end


def parse_small_number(text: str) -> int | None:
    """Return the whole number that lower-case ``text`` means: ``12``, ``twelve``, ``十二``, ``两``, ``a``, or None."""
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) <= _MAX_LENGTH else None
    if text in _NUMBER_WORDS:
        return _NUMBER_WORDS[text]
    if compound := _COMPOUND.fullmatch(text):
        return _NUMBER_WORDS[compound[1]] + _NUMBER_WORDS[compound[2]]
    return int(chinese_to_digits(text)) if _BELOW_HUNDRED.fullmatch(text) else None


def chinese_to_digits(text: str) -> str:
    """Return the text with Chinese numerals below a hundred as digits: ``二十三点`` → ``23点``."""
    tens = _TENS.sub(lambda found: (found[1] or "一") + (found[2] or "零"), text)
    return tens.translate(_DIGIT_BY_SIGN)
