"""A CSV file becomes rows: whatever its encoding, its delimiter, and the names of its columns."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from digest.app.roster.export import COLUMNS
from digest.app.roster.records import ADDRESS_LIKE, Record, addresses_in, records_of
from digest.app.roster.standing import Refusal, Standings, standings_of
from digest.app.roster.standing_words import ADDRESS, squeezed, visible
from digest.errors import BadRequest

LARGEST = 64_000_000
"""Bytes of a file."""

_DELIMITERS = (",", ";", "\t", "|")
_COMMON_HANZI = 0.8

MOST_ABOVE = 20
"""Lines that may stand above the names of the columns, such as a title."""

NOT_CLOSED = "a quote is not closed"
TOO_MANY_CELLS = "more cells than columns"
TOO_FEW_CELLS = "fewer cells than columns"

_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""A first line by which Excel is told the delimiter."""

_REQUIRED = re.compile(r"(?:required|mandatory|optional|必填|选填)$")
_LEFT_BY_NAME = re.compile(
    r"(?:un|non)subscri|cleaned|suppress|bounce|opt.?out|blacklist|blocklist|退订|黑名单|拒收"
)
_EXCEL = b"PK\x03\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of a file, with its first line: ``values`` by our own names, or why it is not taken."""

    line: int
    values: Mapping[str, str]
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file's rows; ``ours`` tells that we wrote it, ``notes`` how it was read where that was a guess."""

    rows: Sequence[Row]
    ours: bool
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The names of the columns: their line, the delimiter, and the column of each of our names."""

    line: int
    delimiter: str
    names: Sequence[str]
    ours: Mapping[str, int]


def read_sheet(data: bytes, *, file_name: str = "") -> Sheet:
    """Read a CSV file whose columns have names.

    Raises ``BadRequest`` where it is none, has no column of addresses, or is called after people who left
    and has no column that says otherwise.
    """
    if len(data) > LARGEST:
        raise BadRequest(f"larger than {LARGEST // 1_000_000} MB; take it in pieces")
    if data.startswith(_EXCEL):
        raise BadRequest("a workbook, not CSV; save it as CSV (UTF-8)")
    text, note = _text_of(data)
    lines = list(io.StringIO(text, newline=""))
    if not text.strip():
        raise BadRequest("empty")
    head = _head_of(lines)
    above = [line for line in lines[: head.line - 1] if line.strip() and not _SEPARATOR.fullmatch(line)]
    notes = [note] if note else []
    if above:
        notes.append(f"the columns have their names in line {head.line}; what stands above it was left out")
    rows: list[Row] = []
    speaks = False
    for table in _tables(head, lines):
        some, says = _rows_of(table, lines)
        rows += some
        speaks = speaks or says
    if not speaks and _LEFT_BY_NAME.match(file_name.casefold()):
        raise BadRequest("its name says that these people left; give it another where they get the list")
    if not speaks and any(_LEFT_BY_NAME.search(line.casefold()) for line in above):
        raise BadRequest("its title says that these people left; take the title out where they get the list")
    return Sheet(rows=rows, ours="channel" in head.ours, notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Records below the names of their columns; files put together from several have several."""

    head: _Head
    records: Sequence[Record]


def _tables(head: _Head, lines: Sequence[str]) -> Iterator[_Table]:
    """Give the tables of a file: a line that names columns again begins a new one."""
    records: list[Record] = []
    for one in records_of(lines, head.delimiter, width=len(head.names), above=head.line):
        if one.line == head.line:
            _check_closed(one)
            continue
        again = _named_again(one, head)
        if again is None:
            records.append(one)
            continue
        yield _Table(head=head, records=records)
        head = replace(head, line=one.line, names=one.cells, ours=again)
        records = []
    yield _Table(head=head, records=records)


def _check_closed(names: Record) -> None:
    if names.opened:
        raise BadRequest(f"line {names.opened}: a quote opens there and is not closed; close it")


def _named_again(record: Record, head: _Head) -> Mapping[str, int] | None:
    """Return the columns of a record that names them once more, None for any other."""
    if record.opened or any("@" in cell for cell in record.cells):
        return None
    cells = [squeezed(cell) for cell in record.cells if cell]
    known = {squeezed(name) for name in head.names}
    if sum(cell in known for cell in cells) * 2 < len(cells):
        return None
    return _named(record.cells)


def _rows_of(table: _Table, lines: Sequence[str]) -> tuple[Sequence[Row], bool]:
    """Return a table's rows, and whether it has a column that says who gets the list."""
    head = table.head
    cells = [one.cells for one in table.records if not one.opened]
    taken = set(head.ours.values()) - {head.ours.get("state")}
    asked = [at for at in range(len(head.names)) if at not in taken]
    standings = standings_of(head.names, cells, asked=asked)
    rows: list[Row] = []
    for one in table.records:
        if one.opened:
            rows += _swallowed(one, lines)
        elif any(one.cells):
            rows.append(_row(one, head, standings))
    return rows, standings.last_asked >= 0


def _row(record: Record, head: _Head, standings: Standings) -> Row:
    cells = record.cells
    values = {name: cells[at] for name, at in head.ours.items() if at < len(cells)}
    refusal = standings.refusal_of(cells) or _misfit(cells, head, standings)
    return Row(line=record.line, values=values, refusal=refusal)


def _misfit(cells: Sequence[str], head: _Head, standings: Standings) -> Refusal | None:
    """Return why cells may not be those of their columns; blank ones beyond the last column are none."""
    count = f"{len(cells)} below {len(head.names)} columns"
    if any(cells[len(head.names) :]):
        return Refusal(reason=TOO_MANY_CELLS, detail=f"{count}; quote those that hold {head.delimiter!r}")
    if len(cells) <= standings.last_asked:
        return Refusal(
            reason=TOO_FEW_CELLS, detail=f"{count}; nothing is in {head.names[standings.last_asked]}"
        )
    return None


def _swallowed(record: Record, lines: Sequence[str]) -> Iterator[Row]:
    """Give one row for each address that stands in lines which cannot be trusted."""
    refusal = Refusal(
        reason=NOT_CLOSED,
        detail=f"it opens in line {record.opened}; lines {record.line} to {record.last} were not read",
    )
    found = list(addresses_in(record, lines)) or [(record.line, "")]
    for line, address in found:
        yield Row(line=line, values={"address": address}, refusal=refusal)


def _head_of(lines: Sequence[str]) -> _Head:
    """Find the line that names the columns, and the delimiter: the first that could be it."""
    told = _SEPARATOR.fullmatch(lines[0])
    signs = (told[1],) if told else _DELIMITERS
    heads = [
        _Head(line=at + 1, delimiter=sign, names=names, ours=ours)
        for at in range(min(MOST_ABOVE, len(lines)))
        for sign in signs
        if (names := _cells(lines[at:], sign)) and (ours := _named(names)) is not None
    ]
    if not heads:
        at, first = next(
            (at, line)
            for at, line in enumerate(lines, start=1)
            if line.strip() and not (at == 1 and _SEPARATOR.fullmatch(line))
        )
        if first.count('"') % 2:
            raise BadRequest(f"line {at}: a quote opens there and is not closed; close it")
        if ADDRESS_LIKE.search(first):
            raise BadRequest("the columns have no names; put a line above that names them, such as email")
        raise BadRequest(f"no line names a column of addresses, such as email: {visible(first)[:200]!r}")
    return max(heads, key=lambda head: (len(head.names) > 1, -head.line, len(head.names)))


def _cells(lines: Sequence[str], sign: str) -> Sequence[str]:
    try:
        return [visible(cell) for cell in next(csv.reader(iter(lines[:MOST_ABOVE]), delimiter=sign), [])]
    except csv.Error:
        return []


def _named(cells: Sequence[str]) -> Mapping[str, int] | None:
    """Return the column of each of our names; None where no cell names a column of addresses."""
    if any(ADDRESS_LIKE.search(cell) for cell in cells):
        return None
    theirs: dict[str, int] = {}
    for at, cell in enumerate(cells):
        theirs.setdefault(_REQUIRED.sub("", squeezed(cell)), at)
    names = {name: theirs[name] for name in COLUMNS if name in theirs}
    if "channel" in names and "address" in names:
        return names
    names.pop("channel", None)
    # Elsewhere ``address`` is a street and ``subscriber`` anything.
    street, subscriber = names.pop("address", None), names.pop("subscriber", None)
    found = next((theirs[name] for name in ADDRESS if name in theirs), None)
    address = next((at for at in (found, street, subscriber) if at is not None), None)
    if address is None:
        return None
    return {**names, "address": address}


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
