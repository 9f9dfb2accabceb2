"""Readers as rows of a CSV file."""

from collections.abc import Mapping

from digest.model import Endpoint, Locale, SubscriberProfile
from digest.text.i18n import translator_for

PREFERENCE_COLUMNS = (
    *("domains", "hour", "zone", "rhythm", "locale", "most", "empty"),
    *("layout", "quiet", "include", "mute"),
)
"""The columns of what a reader chose."""

COLUMNS = ("subscriber", "channel", "address", "state", *PREFERENCE_COLUMNS)
NO_DOMAINS = "none"
"""What stands for no domain at all; an empty cell is everything."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def build_csv_row(profile: SubscriberProfile, endpoint: Endpoint) -> Mapping[str, str]:
    """Return the row of one endpoint; what a spreadsheet would run as a formula is quoted."""
    chosen = profile.preferences
    values = {
        "subscriber": str(profile.subscriber.id),
        "channel": endpoint.target.channel.value,
        "address": endpoint.target.address,
        "state": "paused" if profile.subscriber.paused else endpoint.state.value,
        "domains": "all" if chosen.domains is None else " ".join(chosen.domains) or NO_DOMAINS,
        "hour": translator_for(Locale.EN).format_time(chosen.send_minute),
        "zone": chosen.timezone,
        "rhythm": chosen.frequency.value,
        "locale": chosen.locale.value,
        "most": str(chosen.max_papers or ""),
        "empty": "on" if chosen.notify_when_empty else "",
        "layout": chosen.detail_level.value,
        "quiet": "on" if chosen.silent else "",
        "include": "; ".join(chosen.include_keywords),
        "mute": "; ".join(chosen.mute_keywords),
    }
    return {name: escape_formula(value) for name, value in values.items()}


def escape_formula(value: str) -> str:
    """Quote what a spreadsheet takes for a formula; a negative number, such as a group's, is a number."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) and not value.lstrip("-").isdigit() else value
