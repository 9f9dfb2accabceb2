"""A row becomes a wish: an address, and what its reader gets; or the reason why it makes no sense."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.app.roster.export import NOTHING, PREFERRED
from digest.app.roster.records import ADDRESS_LIKE
from digest.app.roster.sheet import Row
from digest.app.roster.standing_words import visible
from digest.chat.zones import find_zone
from digest.clock import Clock
from digest.domains import Taxonomy
from digest.email_address import normal_address
from digest.errors import BadRequest
from digest.hours import minute_of
from digest.keywords import keywords_in
from digest.membership import Choice, check_choice
from digest.model import Channel, Layout, Locale, Preferences, Rhythm, Target

_IN_BRACKETS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>\s*$")
_MAILTO = re.compile(r"^\s*<?\s*mailto:|\?[\w.%=&-]*$", re.IGNORECASE)
_ROUNDED = re.compile(r"-?\d+(?:[.,]\d+)?[eE]\+?\d+")
_SPREADSHEET_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::\d\d)?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)
_NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one row asks for; ``group`` is the same for rows that are one reader, "" for a reader alone."""

    row: Row
    target: Target
    preferences: Preferences
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nonsense:
    """A row that cannot be taken: ``reason`` is short and counted, ``detail`` says more."""

    row: Row
    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class Understanding:
    """Reads rows; what many rows have in common is understood once."""

    taxonomy: Taxonomy
    defaults: Preferences
    clock: Clock
    _known: dict[tuple[str, ...], Preferences | tuple[str, str]] = field(default_factory=dict)

    def wish_of(self, row: Row) -> Wish | Nonsense:
        """Give what a row asks for, or why it makes no sense."""
        if not row.values.get("address") and row.refusal is None:
            return Nonsense(row=row, reason="no address")
        if row.refusal:
            return Nonsense(row=row, reason=row.refusal.reason, detail=row.refusal.detail)
        try:
            target = target_of(row)
        except BadRequest as error:
            return Nonsense(row=row, reason="no valid address", detail=str(error))
        understood = self._preferences(row.values)
        if isinstance(understood, tuple):
            reason, detail = understood
            return Nonsense(row=row, reason=reason, detail=detail)
        number = row.values.get("subscriber", "")
        return Wish(row=row, target=target, preferences=understood, group=number if number.isdigit() else "")

    def _preferences(self, values: Mapping[str, str]) -> Preferences | tuple[str, str]:
        key = tuple(values.get(name, "") for name in PREFERRED)
        if key not in self._known:
            self._known[key] = self._understood(values)
        return self._known[key]

    def _understood(self, values: Mapping[str, str]) -> Preferences | tuple[str, str]:
        text = values.get("domains", "")
        if text == NOTHING and not values.get("include"):
            return "follows nothing there", ""
        chosen = self.taxonomy.choose(text)
        if text and text != NOTHING and chosen.unknown:
            return "unknown domain", ", ".join(one.word for one in chosen.unknown)
        try:
            choice = _choice(values, self.clock())
            check_choice(choice)
        except (BadRequest, ValueError) as error:
            return "a value makes no sense", str(error)
        choice["domains"] = None if not text or chosen.everything else chosen.slugs
        if text == NOTHING:
            choice["domains"] = ()
        return replace(self.defaults, **choice)


def target_of(row: Row) -> Target:
    """Return the target that a row names; raises ``BadRequest`` where it names none."""
    text = row.values.get("address", "").removeprefix("'")
    if _channel(row.values.get("channel", "email")) is Channel.EMAIL:
        return Target.email(normal_address(written_address(text)))
    try:
        return Target.telegram(int(text))
    except ValueError as error:
        if _ROUNDED.fullmatch(text):
            raise BadRequest(
                f"{text!r} was rounded by a spreadsheet; export again, and import that file unopened"
            ) from error
        raise BadRequest(f"{text!r} is no numeric chat id") from error


def written_address(text: str) -> str:
    """Return the address that a cell holds: without a name, ``mailto:``, brackets, or what nobody sees.

    Raises ``BadRequest`` where a cell holds several.
    """
    wide = unicodedata.normalize("NFKC", text)
    text = visible(wide if wide.isascii() else text)
    if found := _IN_BRACKETS.search(text):
        text = found[1]
    text = _MAILTO.sub("", text).strip(" <>\"'.,;")
    if len(several := ADDRESS_LIKE.findall(text)) > 1:
        raise BadRequest(f"{text!r} is {len(several)} addresses; give each a row of its own")
    return text


def _channel(text: str) -> Channel:
    try:
        return Channel(text.strip().lower() or "email")
    except ValueError as error:
        raise BadRequest(f"{text!r} is no channel: email or telegram") from error


def _choice(values: Mapping[str, str], now: datetime) -> Choice:
    choice = Choice()
    if hour := values.get("hour"):
        choice["minute"] = minute_of(_as_clock_time(hour))
    if zone := values.get("zone"):
        choice["zone"] = find_zone(zone, now, near=False).zone or zone
    if rhythm := values.get("rhythm"):
        choice["rhythm"] = Rhythm(rhythm.lower())
    # Other tools write en-US; a language that we do not speak gets the default.
    if (locale := values.get("locale", "")[:2].lower()) in set(Locale):
        choice["locale"] = Locale(locale)
    if most := values.get("most"):
        choice["most"] = int(most)
    if "empty" in values:
        choice["empty_days"] = values["empty"] == "on"
    return choice | _look(values)


def _as_clock_time(text: str) -> str:
    """Return ``08:30`` of what spreadsheets make of it: ``08:30:00``, ``8:30 AM``."""
    found = _SPREADSHEET_TIME.fullmatch(text)
    if not found:
        return text
    hour, half = int(found[1]), (found[3] or "").lower()
    if half and not 1 <= hour <= _NOON:
        return text
    if half:
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    return f"{hour:02}:{found[2]}"


def _look(values: Mapping[str, str]) -> Choice:
    choice = Choice()
    if layout := values.get("layout"):
        choice["layout"] = Layout(layout.lower())
    if "quiet" in values:
        choice["silent"] = values["quiet"] == "on"
    if include := values.get("include", "").removeprefix("'"):
        choice["include"] = keywords_in(include)
    if mute := values.get("mute", "").removeprefix("'"):
        choice["mute"] = keywords_in(mute)
    return choice
