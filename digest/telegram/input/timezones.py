"""Time zones as people name them: ``Europe/Berlin``, ``berlin``, ``上海``, ``Germany``, ``UTC+8``."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from babel.core import get_global

from digest.services.schedule import known_timezones
from digest.telegram.input.timezone_names import WELL_KNOWN_TIMEZONES, normalize_name, timezones_by_name

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_CHINESE_OFFSET = re.compile(r"([东西])(十[一二]?|[一二三四五六七八九]|\d{1,2})区?")
_CHINESE_HOURS = ("零", *"一二三四五六七八九十", "十一", "十二")
_MAX_SUGGESTIONS = 3
_COUNTRY_CODE_LENGTH = 2
_MAX_LENGTH = 60
_CUTOFF, _LOOSE_CUTOFF = 0.88, 0.75
"""How alike a name must be, from 0 to 1: one slip of the hand, or several where nothing is that near."""

_MAX_EDITS = 3
"""By so many letters at most a misspelled name is longer or shorter than the one that is meant."""

_COMMON_TIMEZONES = (  # noqa: SIM905 - names read better without quotes
    "America/Los_Angeles America/Denver America/Chicago America/New_York America/Sao_Paulo Europe/London "
    "Europe/Paris Europe/Berlin Europe/Athens Asia/Jerusalem Europe/Moscow Asia/Dubai Asia/Kolkata "
    "Asia/Bangkok Asia/Shanghai Asia/Singapore Asia/Tokyo Asia/Seoul Australia/Sydney Pacific/Auckland"
).split()
_POPULOUS_TIMEZONES = ("America/New_York", "America/Toronto", "Europe/Madrid", *_COMMON_TIMEZONES)
"""Where most people of a country with several zones live, before the others of that country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimezoneMatch:
    """What a place name means: the zone, or up to three zones to choose from."""

    timezone: str | None = None
    suggestions: tuple[str, ...] = ()


def find_timezone(text: str, now: datetime, *, fuzzy: bool = True) -> TimezoneMatch:
    """Return the zone that ``text`` names; an offset (``UTC+8``) gives well-known zones that have it now.

    ``fuzzy``: for a name that is none, give those that come near, which takes a while.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or len(text) > _MAX_LENGTH:
        return TimezoneMatch()
    if offset := _OFFSET.fullmatch(_CHINESE_OFFSET.sub(_western_offset, text.casefold())):
        return _timezones_at_offset(offset, now)
    spelling = normalize_name(text)
    zones = timezones_by_name().get(spelling, ())
    if len(zones) == 1:
        return TimezoneMatch(timezone=zones[0])
    return TimezoneMatch(suggestions=zones[:_MAX_SUGGESTIONS] or (_similar_timezones(spelling) if fuzzy else ()))


def common_timezones(current: str) -> tuple[str, ...]:
    """Return the zones to choose from on a keyboard, from west to east, with the reader's own among them."""
    zones = dict.fromkeys((*_COMMON_TIMEZONES, current))
    january = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(sorted(zones, key=lambda zone: (ZoneInfo(zone).utcoffset(january), zone)))


def guess_timezone(language_code: str, default: str) -> str:
    """Return the zone of somebody of whom only the language is known (an IETF tag, as Telegram gives it).

    The zone of the country that the tag names, or in which its language is spoken most
    (https://unicode.org/reports/tr35/#Likely_Subtags). English is spoken everywhere: it tells nothing
    without a country. Where ``default`` lies in that country it is the better guess.
    """
    parts = language_code.replace("_", "-").split("-")
    country = next((part.upper() for part in parts[1:] if len(part) == _COUNTRY_CODE_LENGTH), None)
    if country is None and parts[0].casefold() != "en":
        tag = "_".join(part.title() if at else part for at, part in enumerate(parts[:2]))
        likely = get_global("likely_subtags")
        country = (likely.get(tag) or likely.get(parts[0]) or "").rpartition("_")[2]
    zones = [zone for zone in get_global("territory_zones").get(country or "", ()) if zone in known_timezones()]
    if not zones or default in zones:
        return default
    return next((zone for zone in _POPULOUS_TIMEZONES if zone in zones), zones[0])


def _western_offset(found: re.Match[str]) -> str:
    hours = found[2] if found[2].isdecimal() else str(_CHINESE_HOURS.index(found[2]))
    return f"{'+' if found[1] == '东' else '-'}{hours}"


def _timezones_at_offset(found: re.Match[str], now: datetime) -> TimezoneMatch:
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    offset = -offset if found[1] == "-" else offset
    if not offset:
        return TimezoneMatch(timezone="UTC")
    fitting = [zone for zone in WELL_KNOWN_TIMEZONES if now.astimezone(ZoneInfo(zone)).utcoffset() == offset]
    return TimezoneMatch(suggestions=tuple(fitting[:_MAX_SUGGESTIONS]))


def _similar_timezones(spelling: str) -> tuple[str, ...]:
    names = timezones_by_name()
    alike = [name for name in names if abs(len(name) - len(spelling)) <= _MAX_EDITS]
    close = next(
        filter(
            None, (get_close_matches(spelling, alike, 2 * _MAX_SUGGESTIONS, how) for how in (_CUTOFF, _LOOSE_CUTOFF))
        ),
        [],
    )
    beginning = sorted(name for name in names if len(spelling) > 1 and name.startswith(spelling))
    beginning.sort(key=lambda name: names[name][0] not in WELL_KNOWN_TIMEZONES)
    found = (zone for name in (*beginning, *close) for zone in names[name])
    return tuple(dict.fromkeys(found))[:_MAX_SUGGESTIONS]
