"""The hour of the day as people type it: ``8``, ``8:30``, ``0830``, ``8am``, ``8点半``, ``晚上八点``."""

import re
import unicodedata

_HOURS_TO_NOON = 12
_HOURS_PER_DAY = 24
_MINUTES_PER_HOUR = 60
_NAMED_TIMES = {"noon": 720, "midday": 720, "midnight": 0, "中午": 720, "正午": 720, "午夜": 0, "半夜": 0, "零点": 0}
_MORNING = ("am", "上午", "早上", "早晨", "清晨", "凌晨", "早")
_NIGHT = ("晚上", "夜里", "晚")
_EVENING = ("pm", "下午", "傍晚", "中午", *_NIGHT)
_DIGITS = {sign: str(value) for value, sign in enumerate("零一二三四五六七八九")} | {"〇": "0", "两": "2", "兩": "2"}
_TENS = re.compile(r"([二三四五])?十([一二三四五六七八九])?")
_PREFIX = re.compile(r"^(?:at|by|around|每天|在)\s*")
_HALF_DAY = re.compile(rf"({'|'.join(_MORNING + _EVENING)})")
_O_CLOCK = re.compile(r"\s*(?:o'clock|uhr|整)$")
_CLOCK_FORMATS = (
    re.compile(r"(\d{1,2})"),
    re.compile(r"(\d{1,2})\s*[:.h时點点時]\s*(?:(\d{1,2})\s*(?:分|m|min)?)?"),
    re.compile(r"(\d{1,2})(\d{2})"),
)
_MAX_LENGTH = 40


def parse_time_of_day(text: str) -> int | None:
    """Return the minute of the day (480 = 08:00) that ``text`` names, or None."""
    if len(text) > _MAX_LENGTH:
        return None
    words = _PREFIX.sub("", unicodedata.normalize("NFKC", text).strip().casefold())
    words = re.sub(r"([ap])\s?\.?\s?m\.?", r"\1m", words)
    if words in _NAMED_TIMES:
        return _NAMED_TIMES[words]
    halves = _HALF_DAY.findall(words)
    bare = _O_CLOCK.sub("", _to_ascii_digits(_HALF_DAY.sub("", words)).strip()).strip()
    if len(halves) > 1:
        return None
    clock = _parse_clock(bare)
    return clock and _apply_half_day(*clock, halves[0] if halves else "")


def _to_ascii_digits(text: str) -> str:
    """Write Chinese numerals as digits and "half past" as thirty minutes."""
    tens = _TENS.sub(lambda m: _DIGITS.get(m[1] or "一", "1") + _DIGITS.get(m[2] or "零", "0"), text)
    digits = "".join(_DIGITS.get(sign, sign) for sign in tens)
    return re.sub(r"([点點时時])半", r"\g<1>30", digits).replace("一刻", "15").replace("1刻", "15")


def _parse_clock(text: str) -> tuple[int, int] | None:
    for form in _CLOCK_FORMATS:
        if found := form.fullmatch(text):
            hour, minute = found[1], found[2] if form.groups > 1 else None
            return int(hour), int(minute or 0)
    return None


def _apply_half_day(hour: int, minute: int, half: str) -> int | None:
    """Put an hour into its half of the day, where one was named."""
    if half and hour > _HOURS_TO_NOON and half in _MORNING:
        return None
    if half in _EVENING and (hour < _HOURS_TO_NOON - 1 or (hour < _HOURS_TO_NOON and half != "中午")):
        hour += _HOURS_TO_NOON
    elif half in (*_MORNING, *_NIGHT) and hour == _HOURS_TO_NOON:
        hour = 0
    if (hour, minute) == (_HOURS_PER_DAY, 0):
        hour = 0
    return hour * _MINUTES_PER_HOUR + minute if hour < _HOURS_PER_DAY and minute < _MINUTES_PER_HOUR else None
