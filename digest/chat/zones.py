"""Time zones as people name them: ``Europe/Berlin``, ``berlin``, ``上海``, ``Germany``, ``UTC+8``."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale as Culture
from babel.core import get_global
from babel.dates import get_timezone_location

from digest.hours import known_zones
from digest.model import Locale

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?")
_CHINESE_OFFSET = re.compile(r"([东西])(十[一二]?|[一二三四五六七八九]|\d{1,2})区?")
_CHINESE_HOURS = ("零", *"一二三四五六七八九十", "十一", "十二")
_OFFERED = 3
_COUNTRY = 2
_LONGEST = 60
_LIKENESS = 0.7
_UNITS = {"utc": "UTC", "gmt": "UTC", "z": "UTC"}
_TOWNS = {
    "Asia/Shanghai": "beijing peking shenzhen guangzhou hangzhou nanjing wuhan chengdu xian "
    "北京 深圳 广州 杭州 南京 武汉 成都 西安 天津 苏州 合肥 北京时间 cst",
    "America/Los_Angeles": "usa us sanfrancisco seattle siliconvalley paloalto 旧金山 西雅图 硅谷 pst pdt",
    "America/New_York": "usa us boston washington newyorkcity pittsburgh princeton 波士顿 华盛顿 est edt",
    "America/Denver": "usa us",
    "America/Chicago": "usa us houston dallas austin 休斯敦 奥斯汀",
    "America/Toronto": "montreal ottawa waterloo 蒙特利尔",
    "Europe/Berlin": "munich hamburg frankfurt cologne tübingen münchen 慕尼黑 法兰克福 cet cest mez",
    "Europe/Zurich": "geneva lausanne zürich 日内瓦 洛桑",
    "Europe/London": "cambridge oxford edinburgh manchester 剑桥 牛津 爱丁堡 bst",
    "Asia/Kolkata": "delhi newdelhi bangalore bengaluru mumbai hyderabad chennai 新德里 孟买 ist",
    "Asia/Tokyo": "osaka kyoto 大阪 京都 jst",
    "Asia/Jerusalem": "telaviv haifa 特拉维夫",
    "Australia/Sydney": "canberra 堪培拉",
    "America/Sao_Paulo": "rio riodejaneiro 里约",
    "Europe/Moscow": "stpetersburg 圣彼得堡",
    "Asia/Dubai": "abudhabi 阿布扎比",
    "Asia/Hong_Kong": "hongkong 香港",
}
_WELL_KNOWN = (  # noqa: SIM905 - names read better without quotes
    "Asia/Shanghai Asia/Singapore Europe/London Europe/Berlin Europe/Athens Europe/Moscow Asia/Dubai "
    "Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Tokyo Asia/Seoul Australia/Sydney "
    "Pacific/Auckland America/New_York America/Chicago America/Denver America/Los_Angeles "
    "America/Anchorage Pacific/Honolulu America/Sao_Paulo America/Halifax Africa/Cairo Africa/Lagos "
    "Australia/Adelaide Asia/Tehran Asia/Kathmandu Atlantic/Azores"
).split()

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


def find_zone(text: str, now: datetime) -> Place:
    """Give the zone that ``text`` names; an offset (``UTC+8``) gives well-known zones that have it now."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text or len(text) > _LONGEST:
        return Place()
    if offset := _OFFSET.fullmatch(_CHINESE_OFFSET.sub(_as_offset, text.casefold())):
        return _at_offset(offset, now)
    names, spelling = _names(), _key(text)
    zones = names.get(spelling, ())
    if len(zones) == 1:
        return Place(zone=zones[0])
    return Place(nearest=zones[:_OFFERED] or _nearest(spelling))


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


def city(zone: str, locale: Locale) -> str:
    """Give the name of a zone's city in a language; a zone without one is its own name."""
    return get_timezone_location(zone, locale=locale.value, return_city=True) if "/" in zone else zone


def _as_offset(found: re.Match[str]) -> str:
    hours = found[2] if found[2].isdecimal() else str(_CHINESE_HOURS.index(found[2]))
    return f"{'+' if found[1] == '东' else '-'}{hours}"


def _at_offset(found: re.Match[str], now: datetime) -> Place:
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    offset = -offset if found[1] == "-" else offset
    if not offset:
        return Place(zone="UTC")
    fitting = [zone for zone in _WELL_KNOWN if now.astimezone(ZoneInfo(zone)).utcoffset() == offset]
    return Place(nearest=tuple(fitting[:_OFFERED]))


def _nearest(spelling: str) -> tuple[str, ...]:
    names = _names()
    close = get_close_matches(spelling, names, n=2 * _OFFERED, cutoff=_LIKENESS)
    beginning = sorted(name for name in names if len(spelling) > 1 and name.startswith(spelling))
    found = (zone for name in (*beginning, *close) for zone in names[name])
    return tuple(dict.fromkeys(found))[:_OFFERED]


@cache
def _names() -> dict[str, tuple[str, ...]]:
    """Give every spelling that is known with its zones, exact names before cities before countries."""
    names: dict[str, tuple[str, ...]] = {key: (zone,) for key, zone in _UNITS.items()}
    for group in (_zones(), _cities(), _countries()):
        gathered: dict[str, tuple[str, ...]] = {}
        for name, zone in group:
            gathered[name] = tuple(dict.fromkeys((*gathered.get(name, ()), zone)))
        well_known_first = {name: tuple(sorted(zones, key=_is_rare)) for name, zones in gathered.items()}
        names = well_known_first | names
    return names


def _is_rare(zone: str) -> bool:
    return zone not in _WELL_KNOWN


def _zones() -> Iterator[tuple[str, str]]:
    """Give the names with a continent; ``EST`` and ``Japan`` are old names that hide what people mean."""
    for zone in sorted(known_zones()):
        if "/" in zone:
            yield _key(zone), zone


def _cities() -> Iterator[tuple[str, str]]:
    for zone in _places():
        yield _key(zone.rpartition("/")[2]), zone
        for locale in Locale:
            yield _key(city(zone, locale)), zone
    for zone, towns in _TOWNS.items():
        for town in towns.split():
            yield _key(town), zone


def _countries() -> Iterator[tuple[str, str]]:
    cultures = [Culture(locale.value) for locale in Locale]
    for territory, zones in get_global("territory_zones").items():
        for culture in cultures:
            if name := culture.territories.get(territory):
                for zone in zones:
                    if zone in known_zones():
                        yield _key(name), zone


def _places() -> list[str]:
    """Give the zones of places, without old names and offsets."""
    zones = {zone for group in get_global("territory_zones").values() for zone in group}
    return sorted(zone for zone in zones & known_zones() if not zone.startswith("Etc/"))


def _key(name: str) -> str:
    """Give the letters and digits of a name without case and accents; signs of offsets stay."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(c for c in plain if c.isalnum() or (c in "+-" and "gmt" in plain))
