"""When a reader's next turn is: wall time in an IANA zone, across every change of the clocks.

A wall time that a change of the clocks skips means the first instant after the gap; one that comes twice
means the first of the two. Every instant is UTC; only the names of zones and the wall time are a reader's.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

from tzdata import IANA_VERSION

from digest.model import Frequency, Preferences
from digest.model.errors import InvalidInput

MAX_DELAY = timedelta(hours=6)
"""A turn that is later than this is folded into the next one."""

_TIME_PATTERN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_MAX_DAYS_AHEAD = 16
_SATURDAY = 5


@cache
def known_timezones() -> frozenset[str]:
    """Return the names that people may choose; ``ZoneInfo`` itself takes paths and raises OSError."""
    return frozenset(available_timezones())


@cache
def timezone_data_version() -> str:
    """Return the version of the time zones' rules that this process uses, like ``2026b``.

    The system's where it has them, as ``zoneinfo`` prefers them, else those of the package ``tzdata``.
    """
    for folder in TZPATH:
        try:
            with (Path(folder) / "tzdata.zi").open(encoding="ascii", errors="replace") as rules:
                return rules.readline().removeprefix("# version ").strip()
        except OSError:
            continue
    return str(IANA_VERSION)


def parse_time(text: str) -> int:
    """Return the minute of the day of ``08:05``; raises ``InvalidInput`` where the text is no such time."""
    found = _TIME_PATTERN.fullmatch(text.strip())
    if not found:
        raise InvalidInput(f"{text!r} is no hour; one looks like 08:00, from 00:00 to 23:59")
    return int(found[1]) * 60 + int(found[2])


def next_delivery_time(
    preferences: Preferences, *, after: datetime, last_digest_at: datetime | None = None
) -> datetime:
    """Return the first turn after ``after``, in UTC.

    A local day on which ``last_digest_at`` falls has had its turn: a change of hour or zone gives no second
    one.
    """
    zone = _zone_info(preferences.timezone)
    first = after.astimezone(zone).date() - timedelta(days=1)
    if last_digest_at:
        first = max(first, last_digest_at.astimezone(zone).date() + timedelta(days=1))
    for ahead in range(_MAX_DAYS_AHEAD):
        day = first + timedelta(days=ahead)
        if not _is_due(preferences, day):
            continue
        at = local_to_utc(day, preferences.send_minute, zone)
        if at > after:
            return at
    raise AssertionError("every rhythm has a day within two weeks")  # pragma: no cover - by construction


def local_to_utc(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the first instant of ``day`` in ``zone`` at or after that minute of the day, in UTC."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
    at = wall.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return at
    return _end_of_gap(wall, zone)


def day_start(day: date, zone: str) -> datetime:
    """Return the last instant before a local day begins, in UTC: the first turn after it is the day's own."""
    return local_to_utc(day, 0, _zone_info(zone)) - timedelta(microseconds=1)


def local_date(at: datetime, zone: str) -> date:
    """Return the day that a moment falls on in a zone."""
    return at.astimezone(_zone_info(zone)).date()


def _zone_info(zone: str) -> ZoneInfo:
    """Return a reader's zone; UTC where the machine has forgotten it: their digest comes, the others' too."""
    return ZoneInfo(zone if zone in known_timezones() else "UTC")


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant at which a gap ends that swallows ``wall``."""
    before = wall.replace(fold=1).astimezone(UTC)
    after = wall.replace(fold=0).astimezone(UTC)
    low, high = min(before, after), max(before, after)
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _is_due(preferences: Preferences, day: date) -> bool:
    match preferences.frequency:
        case Frequency.DAILY:
            return True
        case Frequency.WEEKDAYS:
            return day.weekday() < _SATURDAY
        case Frequency.WEEKLY:
            return day.weekday() == preferences.weekday
