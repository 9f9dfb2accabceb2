"""Subscribers as rows of a CSV file, out and in."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from digest.app.core import Core
from digest.errors import BadRequest
from digest.hours import minute_of
from digest.membership import Choice, normal_address
from digest.model import Channel, Endpoint, Locale, Reader, Rhythm, Target
from digest.words import words_in

COLUMNS = (
    "subscriber",
    "channel",
    "address",
    "state",
    "domains",
    "hour",
    "zone",
    "rhythm",
    "locale",
    "most",
    "empty",
)
NOTHING = "none"
"""What stands for no domain at all; an empty cell is everything."""

_NEEDED = ("channel", "address")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a CSV file, as text, with its number in the file."""

    line: int
    values: Mapping[str, str]


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
    }
    return {name: _harmless(name, value) for name, value in values.items()}


def read_rows(text: str) -> list[Row]:
    """Read a CSV file with a head; raises ``BadRequest`` where a needed column is missing."""
    table = csv.DictReader(io.StringIO(text))
    missing = [name for name in _NEEDED if name not in (table.fieldnames or ())]
    if missing:
        raise BadRequest(f"the first line lacks: {', '.join(missing)}; it names {', '.join(COLUMNS)}")
    return [
        Row(line=table.line_num, values={k: (v or "").strip() for k, v in row.items() if isinstance(k, str)})
        for row in table
    ]


async def enrol_row(core: Core, row: Row, *, dry_run: bool) -> str | None:
    """Take one row's subscriber; give why not, None where they were taken."""
    try:
        target = target_of(_channel(row.values["channel"]), row.values["address"].removeprefix("'"))
        slugs = _domains(core, row.values.get("domains", ""))
        choice = _choice(row.values)
    except BadRequest as error:
        return str(error)
    if row.values.get("state", "active") not in ("", "active"):
        return f"{target.address} is {row.values['state']} there"
    if await core.membership.reader(target):
        return f"{target.address} is known already and stays as it is"
    if not dry_run:
        await core.membership.enrol([target], slugs, **choice)
    return None


def target_of(channel: Channel, address: str) -> Target:
    """Give the target that words name; raises ``BadRequest`` where they name none."""
    if channel is Channel.EMAIL:
        return Target.email(normal_address(address))
    try:
        return Target.telegram(int(address))
    except ValueError as error:
        raise BadRequest(f"{address!r} is no numeric chat id") from error


def _channel(text: str) -> Channel:
    try:
        return Channel(text.lower())
    except ValueError as error:
        raise BadRequest(f"{text!r} is no channel: email or telegram") from error


def _domains(core: Core, text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    if text == NOTHING:
        raise BadRequest("follows nothing there")
    choice = core.taxonomy.choose(text)
    if choice.unknown:
        raise BadRequest(f"no such domain: {', '.join(one.word for one in choice.unknown)}")
    return None if choice.everything else choice.slugs


def _choice(values: Mapping[str, str]) -> Choice:
    choice = Choice()
    if hour := values.get("hour"):
        choice["minute"] = minute_of(hour)
    if zone := values.get("zone"):
        choice["zone"] = zone
    try:
        if rhythm := values.get("rhythm"):
            choice["rhythm"] = Rhythm(rhythm)
        if locale := values.get("locale"):
            choice["locale"] = Locale(locale)
        if most := values.get("most"):
            choice["most"] = int(most)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    choice["empty_days"] = values.get("empty") == "on"
    return choice


def _harmless(name: str, value: str) -> str:
    """Quote what a spreadsheet takes for a formula; a chat's negative number is a number."""
    is_number = name == "address" and value.lstrip("-").isdigit()
    return f"'{value}" if value.startswith(_FORMULA) and not is_number else value
