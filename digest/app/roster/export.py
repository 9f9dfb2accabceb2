"""Readers as rows of a CSV file."""

from collections.abc import Mapping

from digest.model import Endpoint, Locale, Reader
from digest.words import words_in

PREFERRED = (
    *("domains", "hour", "zone", "rhythm", "locale", "most", "empty"),
    *("layout", "quiet", "include", "mute"),
)
"""The columns of what a reader chose."""

COLUMNS = ("subscriber", "channel", "address", "state", *PREFERRED)
NOTHING = "none"
"""What stands for no domain at all; an empty cell is everything."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_row(reader: Reader, endpoint: Endpoint) -> Mapping[str, str]:
    """Give the row of one endpoint; what a spreadsheet would run as a formula is quoted."""
    chosen = reader.preferences
    values = {
        "subscriber": str(reader.subscriber.id),
        "channel": endpoint.target.channel.value,
        "address": endpoint.target.address,
        "state": "paused" if reader.subscriber.paused else endpoint.state.value,
        "domains": "all" if chosen.domains is None else " ".join(chosen.domains) or NOTHING,
        "hour": words_in(Locale.EN).hour(chosen.minute),
        "zone": chosen.zone,
        "rhythm": chosen.rhythm.value,
        "locale": chosen.locale.value,
        "most": str(chosen.most or ""),
        "empty": "on" if chosen.empty_days else "",
        "layout": chosen.layout.value,
        "quiet": "on" if chosen.silent else "",
        "include": "; ".join(chosen.include),
        "mute": "; ".join(chosen.mute),
    }
    return {name: harmless(value) for name, value in values.items()}


def harmless(value: str) -> str:
    """Quote what a spreadsheet takes for a formula; a negative number, such as a group's, is a number."""
    return f"'{value}" if value.startswith(_FORMULA) and not value.lstrip("-").isdigit() else value
