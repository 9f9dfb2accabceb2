"""Days and times of day as people type them: ``5 Dec``, ``12月5日``, ``two weeks``, ``8:30``, ``8点半``, ``8am``."""

import calendar
import re
import unicodedata
from datetime import date, timedelta

from digest.text.numerals import chinese_to_digits, parse_small_number

WEEKDAY_NAMES = (
    ("monday", "mon", "mondays", "周一", "星期一", "礼拜一", "一"),
    ("tuesday", "tue", "tuesdays", "周二", "星期二", "礼拜二", "二"),
    ("wednesday", "wed", "wednesdays", "周三", "星期三", "礼拜三", "三"),
    ("thursday", "thu", "thursdays", "周四", "星期四", "礼拜四", "四"),
    ("friday", "fri", "fridays", "周五", "星期五", "礼拜五", "五"),
    ("saturday", "sat", "saturdays", "周六", "星期六", "礼拜六", "六"),
    ("sunday", "sun", "sundays", "周日", "周天", "星期日", "星期天", "礼拜天", "日", "天"),
)
WEEKDAY_NUMBERS = {name: number for number, names in enumerate(WEEKDAY_NAMES) for name in names}

_MAX_LENGTH = 40
_MAX_COUNT = 999
_DAYS_PER_WEEK = 7
_MONTHS_PER_YEAR = 12

_UNTIL_WORDS = re.compile(
    r"^(?:until|till|to|for|through)\s+|^(?:到|至|直到|为期)\s*|\s*(?:为止|后|以后|之后|前|later)$"
)
_NEXT_PREFIX = re.compile(r"^(?:next|on|this|coming|下个?|这个?|本)\s*")
_FUTURE_DAYS = {"tomorrow": 1, "明天": 1, "后天": 2, "半个月": 15, "half a month": 15}
_PAST_DAYS = {"yesterday": 1, "昨天": 1, "前天": 2}
_SPAN = re.compile(r"(.{1,15}?)\s*(days?|天|weeks?|个?\s?(?:周|星期|礼拜)|months?|个\s?月)")
_ISO = re.compile(r"(20\d{2})[-/.年]\s?(\d{1,2})[-/.月]\s?(\d{1,2})\s?[日号]?")
_MONTH_AND_DAY = re.compile(r"(\d{1,2})\s?[-/月]\s?(\d{1,2})\s?[日号]?")
_MONTH_ALONE = re.compile(r"(\d{1,2})\s?月")
_DAY_ALONE = re.compile(r"(\d{1,2})\s?[日号]")
_NAMED_MONTH = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th|\.)?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?)(?:\s+(20\d{2}))?"
)
_MONTHS = {
    name.casefold()[:letters]: n for n, name in enumerate(calendar.month_name) if name for letters in (3, len(name))
}


def parse_future_date(text: str, today: date) -> date | None:
    """Return the first day after ``today`` that ``text`` names, or None; a span counts from ``today``."""
    if len(text) > _MAX_LENGTH:
        return None
    words = _UNTIL_WORDS.sub("", _UNTIL_WORDS.sub("", _normalize(text))).strip()
    if words in _FUTURE_DAYS:
        return today + timedelta(days=_FUTURE_DAYS[words])
    if (span := _SPAN.fullmatch(words)) and (count := parse_small_number(span[1])):
        return _add_span(today, count, span[2])
    if found := _MONTH_ALONE.fullmatch(words):
        return _nearest_year(today, int(found[1]), 1, future=True)
    if found := _DAY_ALONE.fullmatch(words):
        return _next_day_of_month(today, int(found[1]))
    return _parse_month_and_day(words, today, future=True) or _next_weekday(words, today)


def parse_past_date(text: str, today: date) -> date | None:
    """Return the newest day up to ``today`` that ``text`` names, None where it says anything else."""
    words = _normalize(text)
    if len(words) > _MAX_LENGTH:
        return None
    if words in _PAST_DAYS:
        return today - timedelta(days=_PAST_DAYS[words])
    return _parse_month_and_day(words, today, future=False)


def _normalize(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace(",", " ").split())


def _parse_month_and_day(words: str, today: date, *, future: bool) -> date | None:
    """Return the day that ``2026-12-05``, ``12月5日``, ``5 Dec`` or ``Dec 5th 2026`` names."""
    if found := _ISO.fullmatch(words):
        return _date_or_none(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH_AND_DAY.fullmatch(words):
        return _nearest_year(today, int(found[1]), int(found[2]), future=future)
    if (found := _NAMED_MONTH.fullmatch(words)) and (month := _MONTHS.get(found[2] or found[3])):
        number = int(found[1] or found[4])
        if found[5]:
            return _date_or_none(int(found[5]), month, number)
        return _nearest_year(today, month, number, future=future)
    return None


def _add_span(today: date, count: int, unit: str) -> date | None:
    if count > _MAX_COUNT:
        return None
    if unit.startswith("month") or unit.endswith("月"):
        years, month = divmod(today.month - 1 + count, _MONTHS_PER_YEAR)
        last = calendar.monthrange(today.year + years, month + 1)[1]
        return date(today.year + years, month + 1, min(today.day, last))
    return today + timedelta(days=count if unit in ("day", "days", "天") else count * _DAYS_PER_WEEK)


def _nearest_year(today: date, month: int, number: int, *, future: bool) -> date | None:
    """Return the day of this year, or of the next (the last) one where it is not after (is after) today."""
    this_year = _date_or_none(today.year, month, number)
    if this_year and (this_year > today) is future:
        return this_year
    return _date_or_none(today.year + (1 if future else -1), month, number)


def _next_day_of_month(today: date, number: int) -> date | None:
    this_month = _date_or_none(today.year, today.month, number)
    if this_month and this_month > today:
        return this_month
    years, month = divmod(today.month, _MONTHS_PER_YEAR)
    return _date_or_none(today.year + years, month + 1, number)


def _next_weekday(text: str, today: date) -> date | None:
    """Return the next such day of the week; a week later where today is one."""
    number = WEEKDAY_NUMBERS.get(text, WEEKDAY_NUMBERS.get(_NEXT_PREFIX.sub("", text)))
    if number is None:
        return None
    return today + timedelta(days=(number - today.weekday() - 1) % _DAYS_PER_WEEK + 1)


def _date_or_none(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


_HOURS_TO_NOON = 12
_HOURS_PER_DAY = 24
_MINUTES_PER_HOUR = 60
_NAMED_TIMES = {"noon": 720, "midday": 720, "midnight": 0, "中午": 720, "正午": 720, "午夜": 0, "半夜": 0, "零点": 0}
_MORNING = ("am", "上午", "早上", "早晨", "清晨", "凌晨", "早")
_NIGHT = ("晚上", "夜里", "晚")
_EVENING = ("pm", "下午", "傍晚", "中午", *_NIGHT)
_HALF_DAY = re.compile(rf"({'|'.join(_MORNING + _EVENING)})")
_TIME_PREFIX = re.compile(r"^(?:at|by|around|每天|在)\s*")
_O_CLOCK = re.compile(r"\s*(?:o'clock|uhr|整)$")
_CLOCK_FORMATS = (
    re.compile(r"(\d{1,2})()"),
    re.compile(r"(\d{1,2})\s*[:.h时點点時]\s*(?:(\d{1,2})\s*(?:分|m|min)?)?"),
    re.compile(r"(\d{1,2})(\d{2})"),
)


def parse_time_of_day(text: str) -> int | None:
    """Return the minute of the day (480 = 08:00) that ``text`` names, or None."""
    if len(text) > _MAX_LENGTH:
        return None
    words = _TIME_PREFIX.sub("", unicodedata.normalize("NFKC", text).strip().casefold())
    words = re.sub(r"([ap])\s?\.?\s?m\.?", r"\1m", words)
    if words in _NAMED_TIMES:
        return _NAMED_TIMES[words]
    halves = _HALF_DAY.findall(words)
    if len(halves) > 1:
        return None
    digits = chinese_to_digits(_HALF_DAY.sub("", words)).replace("1刻", "15")
    bare = _O_CLOCK.sub("", re.sub(r"([点點时時])半", r"\g<1>30", digits).strip()).strip()
    for form in _CLOCK_FORMATS:
        if found := form.fullmatch(bare):
            return _minute_of_day(int(found[1]), int(found[2] or 0), half="".join(halves))
    return None


def _minute_of_day(hour: int, minute: int, *, half: str) -> int | None:
    """Return the minute of the day, of its half where one was named; ``中午`` begins at eleven."""
    if half and hour > _HOURS_TO_NOON and half in _MORNING:
        return None
    if half in _EVENING and (hour < _HOURS_TO_NOON - 1 or (hour < _HOURS_TO_NOON and half != "中午")):
        hour += _HOURS_TO_NOON
    elif half in (*_MORNING, *_NIGHT) and hour == _HOURS_TO_NOON:
        hour = 0
    if (hour, minute) == (_HOURS_PER_DAY, 0):
        hour = 0
    return hour * _MINUTES_PER_HOUR + minute if hour < _HOURS_PER_DAY and minute < _MINUTES_PER_HOUR else None
