"""Time zones as people name them: ``Europe/Berlin``, ``berlin``, ``上海``, ``Germany``, ``UTC+8``."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale as Culture
from babel.core import get_global
from babel.dates import get_timezone_location

from digest.model import Locale
from digest.services.schedule import known_timezones
from digest.text.fuzzy import close_matches
from digest.text.numerals import parse_small_number

_CITIES_FILE = files("digest.telegram.input") / "cities.tsv"
"""A name, a tab, its zones; written by ``make cities`` from GeoNames."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_CHINESE_OFFSET = re.compile(r"([东西])(十[一二]?|[一二三四五六七八九]|\d{1,2})区?")
_MAX_SUGGESTIONS = 3
_COUNTRY_CODE_LENGTH = 2
_MAX_LENGTH = 60
_CUTOFFS = (0.88, 0.75)
"""How like a name must be, from 0 to 1: one slip of the hand, or several where nothing is that near."""

_MAX_EDITS = 3
"""By so many characters at most a misspelled name is longer or shorter than the one that is meant."""

_UTC_NAMES = {"utc": ("UTC",), "gmt": ("UTC",), "z": ("UTC",)}
_ALIASES = {
    "Asia/Shanghai": "peking xian canton 北京时间 cst",
    "America/Los_Angeles": "usa us siliconvalley paloalto bayarea 硅谷 湾区 西雅图 波特兰 圣何塞 pst pdt",
    "America/New_York": "usa us newyorkcity princeton ithaca nyc 华盛顿 普林斯顿 est edt",
    "America/Denver": "usa us",
    "America/Chicago": "usa us 奥斯汀",
    "America/Toronto": "montreal waterloo 渥太华",
    "Europe/Berlin": "frankfurt cologne tübingen münchen 图宾根 cet cest mez",
    "Europe/Zurich": "zürich",
    "Europe/London": "cambridge 剑桥 bst",
    "Asia/Kolkata": "bangalore hyderabad calcutta ist",
    "Asia/Tokyo": "jst",
    "Asia/Hong_Kong": "hongkong",
    "America/Sao_Paulo": "rio 里约",
    "Europe/Moscow": "stpetersburg",
}
"""What people call a zone beside the names of its places."""

_WELL_KNOWN_TIMEZONES = (  # noqa: SIM905 - names read better without quotes
    "Asia/Shanghai Asia/Singapore Europe/London Europe/Berlin Europe/Athens Europe/Moscow Asia/Dubai "
    "Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Tokyo Asia/Seoul Australia/Sydney "
    "Pacific/Auckland America/New_York America/Chicago America/Denver America/Los_Angeles "
    "America/Anchorage Pacific/Honolulu America/Sao_Paulo America/Halifax Africa/Cairo Africa/Lagos "
    "Australia/Adelaide Asia/Tehran Asia/Kathmandu Atlantic/Azores"
).split()
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
    spelling = _normalize_name(text)
    zones = _timezones_by_name().get(spelling, ())
    if len(zones) == 1:
        return TimezoneMatch(timezone=zones[0])
    return TimezoneMatch(suggestions=zones[:_MAX_SUGGESTIONS] or (_similar_timezones(spelling) if fuzzy else ()))


def common_timezones(current: str) -> tuple[str, ...]:
    """Return the zones to choose from on a keyboard, from west to east, with the reader's own among them."""
    january = datetime(2026, 1, 1, tzinfo=UTC)
    return tuple(sorted({*_COMMON_TIMEZONES, current}, key=lambda zone: (ZoneInfo(zone).utcoffset(january), zone)))


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


def city_name(timezone: str, locale: Locale) -> str:
    """Return the name of a zone's city in a language; a zone without one is its own name.

    The Unicode CLDR files a zone that was renamed under its first name: ``Asia/Calcutta``.
    """
    if "/" not in timezone:
        return timezone
    known = Culture(locale.value).time_zones
    own = (known.get(name, {}).get("city") for name in (timezone, *_former_names().get(timezone, ())))
    return next(filter(None, own), None) or get_timezone_location(timezone, locale.value, return_city=True)


def _western_offset(found: re.Match[str]) -> str:
    return f"{'+' if found[1] == '东' else '-'}{parse_small_number(found[2])}"


def _timezones_at_offset(found: re.Match[str], now: datetime) -> TimezoneMatch:
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    offset = -offset if found[1] == "-" else offset
    if not offset:
        return TimezoneMatch(timezone="UTC")
    fitting = [zone for zone in _WELL_KNOWN_TIMEZONES if now.astimezone(ZoneInfo(zone)).utcoffset() == offset]
    return TimezoneMatch(suggestions=tuple(fitting[:_MAX_SUGGESTIONS]))


def _similar_timezones(spelling: str) -> tuple[str, ...]:
    names = _timezones_by_name()
    alike = [name for name in names if abs(len(name) - len(spelling)) <= _MAX_EDITS]
    close = close_matches(spelling, alike, limit=2 * _MAX_SUGGESTIONS, cutoffs=_CUTOFFS)
    beginning = [name for name in names if len(spelling) > 1 and name.startswith(spelling)]
    beginning.sort(key=lambda name: (_is_rare(names[name][0]), name))
    found = (zone for name in (*beginning, *close) for zone in names[name])
    return tuple(dict.fromkeys(found))[:_MAX_SUGGESTIONS]


@cache
def _timezones_by_name() -> dict[str, tuple[str, ...]]:
    """Return every spelling that is known with its zones; a source that comes first hides those after it."""
    names: dict[str, tuple[str, ...]] = dict(_UTC_NAMES)
    # "EST" and "Japan" are old names, without a continent, that hide what people mean.
    continental = ((zone, zone) for zone in sorted(known_timezones()) if "/" in zone)
    for source in (continental, _city_names(), _country_names(), _geonames_cities()):
        gathered: dict[str, dict[str, None]] = {}
        for name, zone in source:
            if zone in known_timezones() and (spelling := _normalize_name(name)):
                gathered.setdefault(spelling, {})[zone] = None
        names = {name: tuple(sorted(zones, key=_is_rare)) for name, zones in gathered.items()} | names
    return names


def _is_rare(timezone: str) -> bool:
    return timezone not in _WELL_KNOWN_TIMEZONES


def _city_names() -> Iterator[tuple[str, str]]:
    zones = {zone for group in get_global("territory_zones").values() for zone in group}
    for zone in sorted(zones & known_timezones()):
        if not zone.startswith("Etc/"):
            yield zone.rpartition("/")[2], zone
            for locale in Locale:
                yield city_name(zone, locale), zone
    for zone, aliases in _ALIASES.items():
        for alias in aliases.split():
            yield alias, zone


def _country_names() -> Iterator[tuple[str, str]]:
    cultures = [Culture(locale.value) for locale in Locale]
    for territory, zones in get_global("territory_zones").items():
        for culture in cultures if territory.isalpha() else ():
            for zone in zones:
                yield culture.territories.get(territory, ""), zone


def _geonames_cities() -> Iterator[tuple[str, str]]:
    for line in _CITIES_FILE.read_text(encoding="utf-8").splitlines():
        name, _, zones = line.partition("\t")
        for zone in zones.split():
            yield name, zone


@cache
def _former_names() -> dict[str, tuple[str, ...]]:
    older: dict[str, tuple[str, ...]] = {}
    for old, zone in get_global("zone_aliases").items():
        older[zone] = (*older.get(zone, ()), old)
    return older


def _normalize_name(name: str) -> str:
    """Return the letters and digits of a name without case and accents; signs of offsets stay."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum() or (c in "+-" and "gmt" in plain))
