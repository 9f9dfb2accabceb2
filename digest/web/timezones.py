"""Time zones for a list to choose from: by region, without the second names of the same place."""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache

from markupsafe import Markup

from digest.services.schedule import known_timezones

REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def timezones_by_region() -> Mapping[str, Sequence[str]]:
    """Return the zones that people choose from, by region; ``UTC`` stands by itself before them."""
    regions: dict[str, Sequence[str]] = {"UTC": ("UTC",)}
    for region in REGIONS:
        regions[region] = sorted(zone for zone in known_timezones() if zone.startswith(f"{region}/"))
    return {region: zones for region, zones in regions.items() if zones}


def timezone_options(selected: str) -> Markup:
    """Return the list's options as HTML, by region, the ``selected`` one selected.

    What is no zone selects none.

    A zone outside the regions (``US/Eastern``), which a chat or an operator may have set, stands first: a
    form that is sent back must not change what nobody touched.
    """
    return _render_options(selected if selected in known_timezones() else "")


@lru_cache(maxsize=64)
def _render_options(selected: str) -> Markup:
    """Return the options; they are most of a page, and the same for everybody in a zone."""
    regions = timezones_by_region()
    listed = {zone for zones in regions.values() for zone in zones}
    groups = [_render_option(selected, selected)] if selected and selected not in listed else []
    for region, zones in regions.items():
        inside = Markup("\n").join(_render_option(zone, selected) for zone in zones)
        groups.append(Markup('<optgroup label="{}">\n{}\n</optgroup>').format(region, inside))
    return Markup("\n").join(groups)


def _render_option(zone: str, selected: str) -> Markup:
    return Markup("<option{}>{}</option>").format(Markup(" selected") if zone == selected else "", zone)
