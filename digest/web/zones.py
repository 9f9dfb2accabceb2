"""Time zones for a list to choose from: by region, without the second names of the same place."""

from collections.abc import Mapping, Sequence
from functools import cache

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
