"""A day ahead as people type it: ``2026-12-05``, ``5 Dec``, ``12月5日``, ``two weeks``, ``next monday``."""

import calendar
import re
import unicodedata
from datetime import date, timedelta

from digest.chat.number_words import small_number
from digest.chat.setting_words import DAY_NUMBERS

_UNTIL = re.compile(
    r"^(?:until|till|to|for|through)\s+|^(?:到|至|直到|为期)\s*|\s*(?:为止|后|以后|之后|前|later)$"
)
_HALF_A_MONTH = ("半个月", "half a month")
_SPAN = re.compile(r"(.{1,15}?)\s*(days?|天|weeks?|个?\s?(?:周|星期|礼拜)|months?|个\s?月)")
_MONTH_ALONE = re.compile(r"(\d{1,2})\s?月")
_DAY_ALONE = re.compile(r"(\d{1,2})\s?[日号]")
_ISO = re.compile(r"(20\d{2})[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})\s?[日号]?")
_MONTH_DAY = re.compile(r"(\d{1,2})\s?[-/月]\s?(\d{1,2})\s?[日号]?")
_MONTHS = {
    name.casefold()[:letters]: n
    for n, name in enumerate(calendar.month_name)
    if name
    for letters in (3, len(name))
}
_NAMED_DAY = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?"
)
_NAMED_DAY_OF_YEAR = re.compile(rf"(?:{_NAMED_DAY.pattern})\s+(20\d{{2}})")
_BEHIND = {"yesterday": 1, "昨天": 1, "前天": 2}
_NEXT = re.compile(r"^(?:next|on|this|coming|下个?|这个?|本)\s*")
_NEAR = {"tomorrow": 1, "明天": 1, "后天": 2}
_A_WEEK = 7
_DECEMBER = 12
_LONGEST = 40
_MOST = 999


def day_ahead(  # noqa: PLR0911 - one return for each form
    text: str, today: date
) -> date | None:
    """Give the first day after ``today`` that ``text`` names, or None; a span counts from ``today``."""
    if len(text) > _LONGEST:
        return None
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())
    words = _UNTIL.sub("", _UNTIL.sub("", words)).strip()
    if words in _NEAR:
        return today + timedelta(days=_NEAR[words])
    if words in _HALF_A_MONTH:
        return today + timedelta(days=15)
    if (span := _SPAN.fullmatch(words)) and (n := small_number(span[1])):
        return _after(today, n, span[2])
    if found := _ISO.fullmatch(words):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_DAY.fullmatch(words):
        return _next_such(today, int(found[1]), int(found[2]))
    if found := _NAMED_DAY.fullmatch(words):
        month = _MONTHS.get(found[2] or found[3])
        return _next_such(today, month, int(found[1] or found[4])) if month else None
    if found := _MONTH_ALONE.fullmatch(words):
        return _next_such(today, int(found[1]), 1)
    if found := _DAY_ALONE.fullmatch(words):
        return _this_or_next_month(today, int(found[1]))
    return _weekday(words, today)


def _this_or_next_month(today: date, number: int) -> date | None:
    here = _day(today.year, today.month, number)
    if here and here > today:
        return here
    years, month = divmod(today.month, _DECEMBER)
    return _day(today.year + years, month + 1, number)


def day_behind(text: str, today: date) -> date | None:
    """Give the newest day up to ``today`` that ``text`` names, and nothing else; None where it names none."""
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())
    if len(words) > _LONGEST:
        return None
    if words in _BEHIND:
        return today - timedelta(days=_BEHIND[words])
    if found := _NAMED_DAY_OF_YEAR.fullmatch(words):
        month = _MONTHS.get(found[2] or found[3])
        return _day(int(found[5]), month, int(found[1] or found[4])) if month else None
    if found := _MONTH_DAY.fullmatch(words):
        return _last_such(today, int(found[1]), int(found[2]))
    if found := _NAMED_DAY.fullmatch(words):
        month = _MONTHS.get(found[2] or found[3])
        return _last_such(today, month, int(found[1] or found[4])) if month else None
    return None


def _last_such(today: date, month: int, number: int) -> date | None:
    this_year = _day(today.year, month, number)
    if this_year and this_year <= today:
        return this_year
    return _day(today.year - 1, month, number)


def _after(today: date, n: int, unit: str) -> date | None:
    if n > _MOST:
        return None
    if unit.startswith("month") or unit.endswith("月"):
        years, month = divmod(today.month - 1 + n, _DECEMBER)
        last = calendar.monthrange(today.year + years, month + 1)[1]
        return date(today.year + years, month + 1, min(today.day, last))
    return today + timedelta(days=n if unit in ("day", "days", "天") else n * _A_WEEK)


def _weekday(words: str, today: date) -> date | None:
    """Give the next such day of the week; a week later where today is one."""
    number = DAY_NUMBERS.get(words, DAY_NUMBERS.get(_NEXT.sub("", words)))
    if number is None:
        return None
    ahead = (number - today.weekday() - 1) % _A_WEEK + 1
    return today + timedelta(days=ahead)


def _next_such(today: date, month: int, number: int) -> date | None:
    this_year = _day(today.year, month, number)
    if this_year and this_year > today:
        return this_year
    return _day(today.year + 1, month, number)


def _day(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
