"""One row: written from a subscriber, and read as an address with preferences, or why it makes no sense."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from digest.app.subscriber_csv.consent_terms import strip_invisible
from digest.app.subscriber_csv.reader import ADDRESS_PATTERN, PREFERENCE_COLUMNS, CsvRow
from digest.model import Channel, Endpoint, PreferenceChanges, Preferences, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.errors import InvalidInput
from digest.papers.domains import Taxonomy
from digest.services.channels import CHANNELS
from digest.services.preferences import FIELDS, SEND_TIME, TIMEZONE, FlagField, validate_preferences
from digest.telegram.input.timezones import find_timezone

NO_DOMAINS = "none"
"""What stands for no domain at all; an empty cell is everything."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BRACKETED_ADDRESS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>\s*$")
_MAILTO = re.compile(r"^\s*<?\s*mailto:|\?[\w.%=&-]*$", re.IGNORECASE)
_ROUNDED_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?[eE]\+?\d+")
_SPREADSHEET_TIME = re.compile(r"(\d{1,2}):(\d\d)(?::\d\d)?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)
_NOON = 12


def build_csv_row(profile: SubscriberProfile, endpoint: Endpoint) -> Mapping[str, str]:
    """Return the row of one endpoint; what a spreadsheet would run as a formula is quoted."""
    chosen = profile.preferences
    values = {
        "subscriber": str(profile.subscriber.id),
        "channel": endpoint.target.channel.value,
        "address": endpoint.target.address,
        "state": "paused" if profile.subscriber.paused else endpoint.state.value,
        "domains": "all" if chosen.domains is None else " ".join(chosen.domains) or NO_DOMAINS,
        **{field.csv_name: field.to_csv(field.get(chosen)) for field in FIELDS},
    }
    return {name: escape_formula(value) for name, value in values.items()}


def escape_formula(value: str) -> str:
    """Quote what a spreadsheet takes for a formula; a negative number, such as a group's, is a number."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) and not value.lstrip("-").isdigit() else value


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedRow:
    """What one row asks for; ``group`` is the same for rows that are one reader, "" for a reader alone."""

    row: CsvRow
    target: Target
    preferences: Preferences
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidRow:
    """A row that cannot be taken: ``reason`` is short and counted, ``detail`` says more."""

    row: CsvRow
    reason: str
    detail: str = ""


@dataclass(slots=True, kw_only=True)
class RowParser:
    """Reads rows; what many rows have in common is understood once."""

    taxonomy: Taxonomy
    defaults: Preferences
    clock: Clock
    _cache: dict[tuple[str, ...], Preferences | tuple[str, str]] = field(default_factory=dict)

    def parse(self, row: CsvRow) -> ParsedRow | InvalidRow:
        """Return what a row asks for, or why it makes no sense."""
        if not row.values.get("address") and row.rejection is None:
            return InvalidRow(row=row, reason="no address")
        if row.rejection:
            return InvalidRow(row=row, reason=row.rejection.reason, detail=row.rejection.detail)
        try:
            target = parse_target(row)
        except InvalidInput as error:
            return InvalidRow(row=row, reason="no valid address", detail=str(error))
        understood = self._cached_preferences(row.values)
        if isinstance(understood, tuple):
            reason, detail = understood
            return InvalidRow(row=row, reason=reason, detail=detail)
        number = row.values.get("subscriber", "")
        return ParsedRow(row=row, target=target, preferences=understood, group=number if number.isdigit() else "")

    def _cached_preferences(self, values: Mapping[str, str]) -> Preferences | tuple[str, str]:
        key = tuple(values.get(name, "") for name in PREFERENCE_COLUMNS)
        if key not in self._cache:
            self._cache[key] = self._parse_preferences(values)
        return self._cache[key]

    def _parse_preferences(self, values: Mapping[str, str]) -> Preferences | tuple[str, str]:
        text = values.get("domains", "")
        if text == NO_DOMAINS and not values.get("include"):
            return "follows nothing there", ""
        chosen = self.taxonomy.parse_domains(text)
        if text and text != NO_DOMAINS and chosen.unknown:
            return "unknown domain", ", ".join(one.word for one in chosen.unknown)
        try:
            choice = _parse_changes(values, self.clock())
            validate_preferences(choice)
        except (InvalidInput, ValueError) as error:
            return "a value makes no sense", str(error)
        choice["domains"] = None if not text or chosen.all_domains else chosen.slugs
        if text == NO_DOMAINS:
            choice["domains"] = ()
        return replace(self.defaults, **choice)


def parse_target(row: CsvRow) -> Target:
    """Return the target that a row names; raises ``InvalidInput`` where it names none."""
    text = row.values.get("address", "").removeprefix("'")
    channel = _parse_channel(row.values.get("channel", "email"))
    if _ROUNDED_NUMBER.fullmatch(text):
        raise InvalidInput(f"{text!r} was rounded by a spreadsheet; export again, and import that file unopened")
    return CHANNELS[channel].parse_target(parse_address(text))


def parse_address(text: str) -> str:
    """Return the address that a cell holds: without a name, ``mailto:``, brackets, or what nobody sees.

    Raises ``InvalidInput`` where a cell holds several.
    """
    wide = unicodedata.normalize("NFKC", text)
    text = strip_invisible(wide if wide.isascii() else text)
    if found := _BRACKETED_ADDRESS.search(text):
        text = found[1]
    text = _MAILTO.sub("", text).strip(" <>\"'.,;")
    if len(several := ADDRESS_PATTERN.findall(text)) > 1:
        raise InvalidInput(f"{text!r} is {len(several)} addresses; give each a row of its own")
    return text


def _parse_channel(text: str) -> Channel:
    try:
        return Channel(text.strip().lower() or "email")
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no channel: email or telegram") from error


def _parse_changes(values: Mapping[str, str], now: datetime) -> PreferenceChanges:
    changes = PreferenceChanges()
    for field_ in FIELDS:
        cell = values.get(field_.csv_name)
        if field_ is SEND_TIME and cell:
            cell = _normalize_time(cell)
        elif field_ is TIMEZONE and cell:
            cell = find_timezone(cell, now, fuzzy=False).timezone or cell
        if cell or (cell is not None and isinstance(field_, FlagField)):
            value = field_.from_csv(cell)
            changes |= PreferenceChanges() if value is None else field_.change_to(value)
    return changes


def _normalize_time(text: str) -> str:
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
