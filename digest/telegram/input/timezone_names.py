"""Under which names time zones are known: their own, those of cities and of countries, in every language."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from babel import Locale as Culture
from babel.core import get_global
from babel.dates import get_timezone_location

from digest.model import Locale
from digest.services.schedule import known_timezones

_CITIES_FILE = files("digest.telegram.input") / "cities.tsv"
"""A name, a tab, its zones; written by ``make cities`` from GeoNames."""

_UTC_NAMES = {"utc": "UTC", "gmt": "UTC", "z": "UTC"}
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

WELL_KNOWN_TIMEZONES = (  # noqa: SIM905 - names read better without quotes
    "Asia/Shanghai Asia/Singapore Europe/London Europe/Berlin Europe/Athens Europe/Moscow Asia/Dubai "
    "Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Tokyo Asia/Seoul Australia/Sydney "
    "Pacific/Auckland America/New_York America/Chicago America/Denver America/Los_Angeles "
    "America/Anchorage Pacific/Honolulu America/Sao_Paulo America/Halifax Africa/Cairo Africa/Lagos "
    "Australia/Adelaide Asia/Tehran Asia/Kathmandu Atlantic/Azores"
).split()


@cache
def timezones_by_name() -> dict[str, tuple[str, ...]]:
    """Return every spelling that is known with its zones, what is found first counts."""
    names: dict[str, tuple[str, ...]] = {key: (zone,) for key, zone in _UTC_NAMES.items()}
    for group in (_iana_names(), _city_names(), _country_names(), _geonames_cities()):
        gathered: dict[str, tuple[str, ...]] = {}
        for name, zone in group:
            gathered[name] = tuple(dict.fromkeys((*gathered.get(name, ()), zone)))
        well_known_first = {name: tuple(sorted(zones, key=_is_rare)) for name, zones in gathered.items()}
        names = well_known_first | names
    return names


def _is_rare(timezone: str) -> bool:
    return timezone not in WELL_KNOWN_TIMEZONES


def _iana_names() -> Iterator[tuple[str, str]]:
    """Return the names with a continent; ``EST`` and ``Japan`` are old names that hide what people mean."""
    for zone in sorted(known_timezones()):
        if "/" in zone:
            yield normalize_name(zone), zone


def _city_names() -> Iterator[tuple[str, str]]:
    for zone in _territory_timezones():
        yield normalize_name(zone.rpartition("/")[2]), zone
        for locale in Locale:
            yield normalize_name(city_name(zone, locale)), zone
    for zone, towns in _ALIASES.items():
        for town in towns.split():
            yield normalize_name(town), zone


def _country_names() -> Iterator[tuple[str, str]]:
    cultures = [Culture(locale.value) for locale in Locale]
    for territory, zones in get_global("territory_zones").items():
        for culture in cultures if territory.isalpha() else ():
            if name := culture.territories.get(territory):
                for zone in zones:
                    if zone in known_timezones():
                        yield normalize_name(name), zone


def _geonames_cities() -> Iterator[tuple[str, str]]:
    for line in _CITIES_FILE.read_text(encoding="utf-8").splitlines():
        name, _, zones = line.partition("\t")
        for zone in zones.split():
            if zone in known_timezones():
                yield normalize_name(name), zone


def _territory_timezones() -> list[str]:
    """Return the zones of places, without old names and offsets."""
    zones = {zone for group in get_global("territory_zones").values() for zone in group}
    return sorted(zone for zone in zones & known_timezones() if not zone.startswith("Etc/"))


def city_name(timezone: str, locale: Locale) -> str:
    """Return the name of a zone's city in a language; a zone without one is its own name.

    The Unicode CLDR files a zone that was renamed under its first name: ``Asia/Calcutta``.
    """
    if "/" not in timezone:
        return timezone
    known = Culture(locale.value).time_zones
    own = (known.get(name, {}).get("city") for name in (timezone, *_former_names().get(timezone, ())))
    return next(filter(None, own), None) or get_timezone_location(timezone, locale.value, return_city=True)


@cache
def _former_names() -> dict[str, tuple[str, ...]]:
    older: dict[str, tuple[str, ...]] = {}
    for old, zone in get_global("zone_aliases").items():
        older[zone] = (*older.get(zone, ()), old)
    return older


def normalize_name(name: str) -> str:
    """Return the letters and digits of a name without case and accents; signs of offsets stay."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum() or (c in "+-" and "gmt" in plain))
