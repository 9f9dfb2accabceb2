"""Time zones for a list to choose from: by region, without the second names of the same place."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from markupsafe import Markup

from digest.hours import known_zones

REGIONS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)


@cache
def zones_by_region() -> Mapping[str, Sequence[str]]:
    """Give the zones that people choose from, by region; ``UTC`` stands by itself before them."""
    regions: dict[str, Sequence[str]] = {"UTC": ("UTC",)}
    for region in REGIONS:
        regions[region] = sorted(zone for zone in known_zones() if zone.startswith(f"{region}/"))
    return {region: zones for region, zones in regions.items() if zones}


def zone_options(chosen: str) -> Markup:
    """Give the list's options as HTML, by region, the ``chosen`` one selected; what is no zone selects none.

    A zone outside the regions (``US/Eastern``), which a chat or an operator may have set, stands first: a
    form that is sent back must not change what nobody touched.
    """
    return _options(chosen if chosen in known_zones() else "")


@lru_cache(maxsize=64)
def _options(chosen: str) -> Markup:
    """Give the options; they are most of a page, and the same for everybody in a zone."""
    regions = zones_by_region()
    listed = {zone for zones in regions.values() for zone in zones}
    groups = [_option(chosen, chosen)] if chosen and chosen not in listed else []
    for region, zones in regions.items():
        inside = Markup("\n").join(_option(zone, chosen) for zone in zones)
        groups.append(Markup('<optgroup label="{}">\n{}\n</optgroup>').format(region, inside))
    return Markup("\n").join(groups)


def _option(zone: str, chosen: str) -> Markup:
    return Markup("<option{}>{}</option>").format(Markup(" selected") if zone == chosen else "", zone)
