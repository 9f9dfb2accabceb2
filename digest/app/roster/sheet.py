"""A CSV file becomes rows: whatever its encoding, its delimiter, and the names of its columns."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digest.app.roster.export import COLUMNS
from digest.errors import BadRequest

LARGEST = 64_000_000
"""Bytes of a file."""

ADDRESS = ("email", "emailaddress", "emailaddr", "mail", "mailaddress", "subscriberemail", "邮箱", "邮箱地址")
"""What other tools call the column of addresses, without blanks and signs."""

STATE = ("status", "subscriptionstatus", "memberstatus", "emailstatus", "state")
"""What other tools call the column of states; a ``state`` may also be a part of a country."""

TAKEN_STATES = frozenset({"subscribed", "active", "confirmed", "enabled"})
"""The words of a state that let a row be taken; an empty cell says nothing against it."""

LEFT_STATES = frozenset({
    "unsubscribed", "bounced", "cleaned", "complained", "suppressed", "gone", "paused", "pending",
    "unconfirmed", "inactive", "disabled", "blocklisted", "blacklisted", "archived", "deleted", "erased",
})  # fmt: skip
LEFT = frozenset({
    "unsubscribed", "unsubscribedat", "unsubtime", "optouttime", "bounced", "bouncedat", "complained",
    "complainedat", "cleantime", "blacklisted", "blocklisted", "emailblacklisted", "deletedat",
})  # fmt: skip
"""Columns of other tools that say no where they hold something."""

STAYED = frozenset({"confirmed", "subscribed", "subscribedtoemails", "enabled", "active"})
"""Columns of other tools that say no where they hold a no."""

NO = frozenset({"", "0", "no", "n", "false", "off", "none", "null"})

_DELIMITERS = (",", ";", "\t")
_COMMON_HANZI = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a file, with its number: ``values`` by our own names, ``left`` what says they left."""

    line: int
    values: Mapping[str, str]
    left: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file's rows; ``ours`` tells that we wrote it, ``note`` how it was read where that was a guess."""

    rows: Sequence[Row]
    ours: bool
    note: str = ""


def read_sheet(data: bytes) -> Sheet:
    """Read a CSV file with a head; raises ``BadRequest`` where it is none, or has no column of addresses."""
    if len(data) > LARGEST:
        raise BadRequest(f"larger than {LARGEST // 1_000_000} MB; take it in pieces")
    text, note = _text_of(data)
    lines = text.splitlines()
    if not lines:
        raise BadRequest("empty")
    delimiter = max(_DELIMITERS, key=lambda one: len(next(csv.reader([lines[0]], delimiter=one))))
    try:
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
        names = _names(table.fieldnames or ())
        raw = [(table.line_num, _clean(row)) for row in table]
    except csv.Error as error:
        raise BadRequest(f"no CSV: {error}") from error
    ours = "channel" in names
    if not ours and names.get("state") and _is_a_place(names["state"], (values for _, values in raw)):
        del names["state"]
    rows = [
        Row(
            line=line,
            values={ours_: values[theirs] for ours_, theirs in names.items() if theirs in values},
            left=_left(values, names),
        )
        for line, values in raw
        if any(values.values())
    ]
    return Sheet(rows=rows, ours=ours, note=note)


def _text_of(data: bytes) -> tuple[str, str]:
    """Give a file's text, and how it was read where the file does not say."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), ""
        except UnicodeDecodeError as error:
            raise BadRequest("begins as UTF-16 and is none") from error
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        name = "GB18030" if _looks_chinese(data) else "cp1252"
    try:
        return data.decode(name), f"not UTF-8; read as {name}, so look whether names and words are right"
    except UnicodeDecodeError as error:
        raise BadRequest("neither UTF-8 nor UTF-16, GB18030 or cp1252; save it as UTF-8") from error


def _looks_chinese(data: bytes) -> bool:
    """Tell GB18030 from cp1252: in Chinese nearly every character is in GB 2312, in ``Müller`` none."""
    try:
        foreign = [sign for sign in data.decode("gb18030") if not sign.isascii()]
    except UnicodeDecodeError:
        return False
    common = [sign for sign in foreign if sign.encode("gb2312", "ignore")]
    return len(common) >= _COMMON_HANZI * len(foreign)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.strip().casefold())


def _clean(row: Mapping[str | None, str | list[str] | None]) -> dict[str, str]:
    return {name: value.strip() for name, value in row.items() if name and isinstance(value, str)}


def _names(fields: Iterable[str]) -> dict[str, str]:
    """Give the file's column for each of ours."""
    theirs: dict[str, str] = {}
    for field in fields:
        theirs.setdefault(_plain(field), field)
    names = {name: theirs[name] for name in COLUMNS if name in theirs}
    if "channel" in names and "address" in names:
        return names
    names.pop("channel", None)
    # Elsewhere ``address`` is a street and ``subscriber`` anything.
    street, subscriber = names.pop("address", None), names.pop("subscriber", None)
    address = next((theirs[name] for name in ADDRESS if name in theirs), street or subscriber)
    if address is None:
        told = ", ".join(theirs.values())
        raise BadRequest(f"the first line names no column of addresses, such as email: {told[:200]!r}")
    names["address"] = address
    if state := next((theirs[name] for name in STATE if name in theirs), None):
        names["state"] = state
    return names


def _is_a_place(column: str, rows: Iterable[Mapping[str, str]]) -> bool:
    """Tell whether a column ``state`` holds no word of a subscription at all, but parts of a country."""
    words = {values.get(column, "").casefold() for values in rows} - {""}
    return _plain(column) == "state" and bool(words) and not words & (TAKEN_STATES | LEFT_STATES)


def _left(values: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Give what in a row says that its owner does not get this list, "" for nothing."""
    state = values.get(names.get("state", ""), "")
    if state and state.casefold() not in TAKEN_STATES:
        return f"is {state} there"
    for name, value in values.items():
        plain = _plain(name)
        if plain in LEFT and value.casefold() not in NO:
            return f"has {name}={value} there"
        if plain in STAYED and value.casefold() in NO - {""}:
            return f"has {name}={value} there"
    return ""
