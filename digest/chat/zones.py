"""Time zones as people name them: ``Europe/Berlin``, ``berlin``, ``上海``, ``Germany``, ``UTC+8``."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from babel.core import get_global

from digest.chat.zone_names import WELL_KNOWN, spelled, zone_names
from digest.hours import known_zones

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_CHINESE_OFFSET = re.compile(r"([东西])(十[一二]?|[一二三四五六七八九]|\d{1,2})区?")
_CHINESE_HOURS = ("零", *"一二三四五六七八九十", "十一", "十二")
_OFFERED = 3
_COUNTRY = 2
_LONGEST = 60
_SURE, _LIKELY = 0.88, 0.75
"""How alike a name must be, from 0 to 1: one slip of the hand, or several where nothing is that near."""

_SLIPS = 3
"""By so many letters at most a misspelled name is longer or shorter than the one that is meant."""

_OFFERED_ZONES = (  # noqa: SIM905 - names read better without quotes
    "America/Los_Angeles America/Denver America/Chicago America/New_York America/Sao_Paulo Europe/London "
    "Europe/Paris Europe/Berlin Europe/Athens Asia/Jerusalem Europe/Moscow Asia/Dubai Asia/Kolkata "
    "Asia/Bangkok Asia/Shanghai Asia/Singapore Asia/Tokyo Asia/Seoul Australia/Sydney Pacific/Auckland"
).split()
_MOST_PEOPLE = ("America/New_York", "America/Toronto", "Europe/Madrid", *_OFFERED_ZONES)
"""Where most people of a country with several zones live, before the others of that country."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a place name means: the zone, or up to three zones to choose from."""

    zone: str | None = None
    nearest: tuple[str, ...] = ()


def find_zone(text: str, now: datetime, *, near: bool = True) -> Place:
    """Give the zone that ``text`` names; an offset (``UTC+8``) gives well-known zones that have it now.

    ``near``: for a name that is none, give those that come near, which takes a while.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or len(text) > _LONGEST:
        return Place()
    if offset := _OFFSET.fullmatch(_CHINESE_OFFSET.sub(_as_offset, text.casefold())):
        return _at_offset(offset, now)
    spelling = spelled(text)
    zones = zone_names().get(spelling, ())
    if len(zones) == 1:
        return Place(zone=zones[0])
    return Place(nearest=zones[:_OFFERED] or (_nearest(spelling) if near else ()))


def offered_zones(own: str) -> tuple[str, ...]:
    """Give the zones to choose from on a keyboard, from west to east, with the reader's own among them."""
    zones = dict.fromkeys((*_OFFERED_ZONES, own))
    january = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(sorted(zones, key=lambda zone: (ZoneInfo(zone).utcoffset(january), zone)))


def guessed_zone(language_code: str, default: str) -> str:
    """Give the zone of somebody of whom only the language is known (an IETF tag, as Telegram gives it).

    The zone of the country that the tag names, or in which its language is spoken most
    (https://unicode.org/reports/tr35/#Likely_Subtags). English is spoken everywhere: it tells nothing
    without a country. Where ``default`` lies in that country it is the better guess.
    """
    parts = language_code.replace("_", "-").split("-")
    country = next((part.upper() for part in parts[1:] if len(part) == _COUNTRY), None)
    if country is None and parts[0].casefold() != "en":
        tag = "_".join(part.title() if at else part for at, part in enumerate(parts[:2]))
        likely = get_global("likely_subtags")
        country = (likely.get(tag) or likely.get(parts[0]) or "").rpartition("_")[2]
    zones = [zone for zone in get_global("territory_zones").get(country or "", ()) if zone in known_zones()]
    if not zones or default in zones:
        return default
    return next((zone for zone in _MOST_PEOPLE if zone in zones), zones[0])


def _as_offset(found: re.Match[str]) -> str:
    hours = found[2] if found[2].isdecimal() else str(_CHINESE_HOURS.index(found[2]))
    return f"{'+' if found[1] == '东' else '-'}{hours}"


def _at_offset(found: re.Match[str], now: datetime) -> Place:
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    offset = -offset if found[1] == "-" else offset
    if not offset:
        return Place(zone="UTC")
    fitting = [zone for zone in WELL_KNOWN if now.astimezone(ZoneInfo(zone)).utcoffset() == offset]
    return Place(nearest=tuple(fitting[:_OFFERED]))


def _nearest(spelling: str) -> tuple[str, ...]:
    names = zone_names()
    alike = [name for name in names if abs(len(name) - len(spelling)) <= _SLIPS]
    close = next(
        filter(None, (get_close_matches(spelling, alike, 2 * _OFFERED, how) for how in (_SURE, _LIKELY))), []
    )
    beginning = sorted(name for name in names if len(spelling) > 1 and name.startswith(spelling))
    beginning.sort(key=lambda name: names[name][0] not in WELL_KNOWN)
    found = (zone for name in (*beginning, *close) for zone in names[name])
    return tuple(dict.fromkeys(found))[:_OFFERED]
