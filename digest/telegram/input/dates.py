"""A day ahead as people type it: ``2026-12-05``, ``5 Dec``, ``12月5日``, ``two weeks``, ``next monday``."""

import calendar
import re
import unicodedata
from datetime import date, timedelta

from digest.telegram.input.numbers import parse_small_number
from digest.telegram.input.settings import WEEKDAY_NUMBERS

_UNTIL_WORDS = re.compile(
    r"^(?:until|till|to|for|through)\s+|^(?:到|至|直到|为期)\s*|\s*(?:为止|后|以后|之后|前|later)$"
)
_HALF_A_MONTH = ("半个月", "half a month")
_SPAN = re.compile(r"(.{1,15}?)\s*(days?|天|weeks?|个?\s?(?:周|星期|礼拜)|months?|个\s?月)")
_MONTH_ALONE = re.compile(r"(\d{1,2})\s?月")
_DAY_ALONE = re.compile(r"(\d{1,2})\s?[日号]")
_ISO = re.compile(r"(20\d{2})[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})\s?[日号]?")
_MONTH_DAY = re.compile(r"(\d{1,2})\s?[-/月]\s?(\d{1,2})\s?[日号]?")
_MONTHS = {
    name.casefold()[:letters]: n for n, name in enumerate(calendar.month_name) if name for letters in (3, len(name))
}
_DAY_AND_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?")
_DAY_MONTH_AND_YEAR = re.compile(rf"(?:{_DAY_AND_MONTH.pattern})\s+(20\d{{2}})")
_PAST_DAYS = {"yesterday": 1, "昨天": 1, "前天": 2}
_NEXT_PREFIX = re.compile(r"^(?:next|on|this|coming|下个?|这个?|本)\s*")
_FUTURE_DAYS = {"tomorrow": 1, "明天": 1, "后天": 2}
_DAYS_PER_WEEK = 7
_MONTHS_PER_YEAR = 12
_MAX_LENGTH = 40
_MAX_COUNT = 999


def parse_future_date(  # noqa: PLR0911 - one return for each form
    text: str, today: date
) -> date | None:
    """Return the first day after ``today`` that ``text`` names, or None; a span counts from ``today``."""
    if len(text) > _MAX_LENGTH:
        return None
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())
    words = _UNTIL_WORDS.sub("", _UNTIL_WORDS.sub("", words)).strip()
    if words in _FUTURE_DAYS:
        return today + timedelta(days=_FUTURE_DAYS[words])
    if words in _HALF_A_MONTH:
        return today + timedelta(days=15)
    if (span := _SPAN.fullmatch(words)) and (n := parse_small_number(span[1])):
        return _add_span(today, n, span[2])
    if found := _ISO.fullmatch(words):
        return _date_or_none(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_DAY.fullmatch(words):
        return _next_occurrence(today, int(found[1]), int(found[2]))
    if found := _DAY_AND_MONTH.fullmatch(words):
        month = _MONTHS.get(found[2] or found[3])
        return _next_occurrence(today, month, int(found[1] or found[4])) if month else None
    if found := _MONTH_ALONE.fullmatch(words):
        return _next_occurrence(today, int(found[1]), 1)
    if found := _DAY_ALONE.fullmatch(words):
        return _next_day_of_month(today, int(found[1]))
    return _next_weekday(words, today)


def _next_day_of_month(today: date, number: int) -> date | None:
    here = _date_or_none(today.year, today.month, number)
    if here and here > today:
        return here
    years, month = divmod(today.month, _MONTHS_PER_YEAR)
    return _date_or_none(today.year + years, month + 1, number)


def parse_past_date(text: str, today: date) -> date | None:
    """Return the newest day up to ``today`` that ``text`` names, and nothing else.

    None where it names none.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())
    if len(words) > _MAX_LENGTH:
        return None
    if words in _PAST_DAYS:
        return today - timedelta(days=_PAST_DAYS[words])
    if found := _DAY_MONTH_AND_YEAR.fullmatch(words):
        month = _MONTHS.get(found[2] or found[3])
        return _date_or_none(int(found[5]), month, int(found[1] or found[4])) if month else None
    if found := _MONTH_DAY.fullmatch(words):
        return _last_occurrence(today, int(found[1]), int(found[2]))
    if found := _DAY_AND_MONTH.fullmatch(words):
        month = _MONTHS.get(found[2] or found[3])
        return _last_occurrence(today, month, int(found[1] or found[4])) if month else None
    return None


def _last_occurrence(today: date, month: int, number: int) -> date | None:
    this_year = _date_or_none(today.year, month, number)
    if this_year and this_year <= today:
        return this_year
    return _date_or_none(today.year - 1, month, number)


def _add_span(today: date, count: int, unit: str) -> date | None:
    if count > _MAX_COUNT:
        return None
    if unit.startswith("month") or unit.endswith("月"):
        years, month = divmod(today.month - 1 + count, _MONTHS_PER_YEAR)
        last = calendar.monthrange(today.year + years, month + 1)[1]
        return date(today.year + years, month + 1, min(today.day, last))
    return today + timedelta(days=count if unit in ("day", "days", "天") else count * _DAYS_PER_WEEK)


def _next_weekday(text: str, today: date) -> date | None:
    """Return the next such day of the week; a week later where today is one."""
    number = WEEKDAY_NUMBERS.get(text, WEEKDAY_NUMBERS.get(_NEXT_PREFIX.sub("", text)))
    if number is None:
        return None
    ahead = (number - today.weekday() - 1) % _DAYS_PER_WEEK + 1
    return today + timedelta(days=ahead)


def _next_occurrence(today: date, month: int, number: int) -> date | None:
    this_year = _date_or_none(today.year, month, number)
    if this_year and this_year > today:
        return this_year
    return _date_or_none(today.year + 1, month, number)


def _date_or_none(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None
