"""A CSV file becomes rows: whatever its encoding, its delimiter, and the names of its columns."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from digest.app.subscriber_csv.consent import ConsentColumns, RowRejection, find_consent_columns
from digest.app.subscriber_csv.consent_terms import ADDRESS_NAMES, compact_text, strip_invisible
from digest.model.errors import InvalidInput
from digest.services.preferences import FIELDS

_FIRST_COLUMNS = ["hour", "zone", "rhythm", "locale", "most", "empty", "layout", "quiet", "include", "mute"]
PREFERENCE_COLUMNS = ("domains", *dict.fromkeys((*_FIRST_COLUMNS, *(field.csv_name for field in FIELDS))))
"""The columns of what a subscriber chose; new ones come last, for programs that count columns."""

COLUMNS = ("subscriber", "channel", "address", "state", *PREFERENCE_COLUMNS)
_OWN_COLUMNS = frozenset(COLUMNS) - {"state"}

MAX_BYTES = 64_000_000
"""Bytes of a file."""

_DELIMITERS = (",", ";", "\t", "|")
_MIN_COMMON_HANZI = 0.8

MAX_LINES_ABOVE = 20
"""Lines that may stand above the names of the columns, such as a title."""

UNCLOSED_QUOTE = "a quote is not closed"
TOO_MANY_CELLS = "more cells than columns"
TOO_FEW_CELLS = "fewer cells than columns"

_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
"""A first line by which Excel is told the delimiter."""

_REQUIRED_SUFFIX = re.compile(r"(?:required|mandatory|optional|必填|选填)$")
_UNSUBSCRIBED_TITLE = re.compile(
    r"(?:un|non)subscri|cleaned|suppress|bounce|opt.?out|blacklist|blocklist|退订|黑名单|拒收"
)
_ZIP_MAGIC = b"PK\x03\x04"

_ADDRESS_PART = r"[^\s\"'<>,;|()\[\]:@＠]"
ADDRESS_PATTERN = re.compile(rf"(?<!{_ADDRESS_PART}){_ADDRESS_PART}{{1,128}}[@＠]{_ADDRESS_PART}{{1,255}}")
"""Something with an at sign, as a cell or a part of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRow:
    """One record of a file, with its first line: ``values`` by our own names, or why it is not taken."""

    line: int
    values: Mapping[str, str]
    rejection: RowRejection | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvFile:
    """A file's rows.

    ``is_own_export`` tells that we wrote it, ``notes`` how it was read where that was a guess.
    """

    rows: Sequence[CsvRow]
    is_own_export: bool
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRecord:
    """One record: its first line, counted from 1, and its cells.

    ``open_quote_line`` is the line of a quote that swallowed rows, 0 for none; the lines from ``line`` to
    ``last_line`` are then not to be trusted.
    """

    line: int
    last_line: int
    cells: Sequence[str]
    open_quote_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The names of the columns: their line, the delimiter, and the column of each of our names."""

    line: int
    delimiter: str
    column_names: Sequence[str]
    columns: Mapping[str, int]


def parse_csv(data: bytes, *, file_name: str = "") -> CsvFile:
    """Read a CSV file whose columns have names.

    Raises ``InvalidInput`` where it is none, has no column of addresses, or is called after people who left
    and has no column that says otherwise.
    """
    if len(data) > MAX_BYTES:
        raise InvalidInput(f"larger than {MAX_BYTES // 1_000_000} MB; take it in pieces")
    if data.startswith(_ZIP_MAGIC):
        raise InvalidInput("a workbook, not CSV; save it as CSV (UTF-8)")
    text, note = _decode(data)
    lines = list(io.StringIO(text, newline=""))
    if not text.strip():
        raise InvalidInput("empty")
    head = _find_header(lines)
    above = [line for line in lines[: head.line - 1] if line.strip() and not _SEPARATOR_LINE.fullmatch(line)]
    notes = [note] if note else []
    if above:
        notes.append(f"the columns have their names in line {head.line}; what stands above it was left out")
    rows: list[CsvRow] = []
    speaks = False
    for table in _split_tables(head, lines):
        some, says = _parse_table(table, lines)
        rows += some
        speaks = speaks or says
    if not speaks and _UNSUBSCRIBED_TITLE.match(file_name.casefold()):
        raise InvalidInput("its name says that these people left; give it another where they get the list")
    if not speaks and any(_UNSUBSCRIBED_TITLE.search(line.casefold()) for line in above):
        raise InvalidInput("its title says that these people left; take the title out where they get the list")
    return CsvFile(rows=rows, is_own_export="channel" in head.columns, notes=notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class _CsvTable:
    """Records below the names of their columns; files put together from several have several."""

    header: _Header
    records: Sequence[CsvRecord]


def _split_tables(header: _Header, lines: Sequence[str]) -> Iterator[_CsvTable]:
    """Return the tables of a file: a line that names columns again begins a new one."""
    records: list[CsvRecord] = []
    for one in parse_records(lines, header.delimiter, width=len(header.column_names), header_line=header.line):
        if one.line == header.line:
            _check_quotes_closed(one)
            continue
        again = _repeated_header(one, header)
        if again is None:
            records.append(one)
            continue
        yield _CsvTable(header=header, records=records)
        header = replace(header, line=one.line, column_names=one.cells, columns=again)
        records = []
    yield _CsvTable(header=header, records=records)


def _check_quotes_closed(record: CsvRecord) -> None:
    if record.open_quote_line:
        raise InvalidInput(f"line {record.open_quote_line}: a quote opens there and is not closed; close it")


def _repeated_header(record: CsvRecord, header: _Header) -> Mapping[str, int] | None:
    """Return the columns of a record that names them once more, None for any other."""
    if record.open_quote_line or any("@" in cell for cell in record.cells):
        return None
    cells = [compact_text(cell) for cell in record.cells if cell]
    known = {compact_text(name) for name in header.column_names}
    if sum(cell in known for cell in cells) * 2 < len(cells):
        return None
    return _map_columns(record.cells)


def _parse_table(table: _CsvTable, lines: Sequence[str]) -> tuple[Sequence[CsvRow], bool]:
    """Return a table's rows, and whether it has a column that says who gets the list."""
    head = table.header
    cells = [one.cells for one in table.records if not one.open_quote_line]
    taken = set(head.columns.values()) - {head.columns.get("state")}
    asked = [
        at for at, name in enumerate(head.column_names) if at not in taken and compact_text(name) not in _OWN_COLUMNS
    ]
    standings = find_consent_columns(head.column_names, cells, indexes=asked)
    rows: list[CsvRow] = []
    for one in table.records:
        if one.open_quote_line:
            rows += _rows_in_open_quote(one, lines)
        elif any(one.cells):
            rows.append(_build_row(one, head, standings))
    return rows, standings.last_consent_index >= 0


def _build_row(record: CsvRecord, header: _Header, consent_columns: ConsentColumns) -> CsvRow:
    cells = record.cells
    values = {name: cells[at] for name, at in header.columns.items() if at < len(cells)}
    refusal = consent_columns.find_rejection(cells) or _check_cell_count(cells, header, consent_columns)
    return CsvRow(line=record.line, values=values, rejection=refusal)


def _check_cell_count(cells: Sequence[str], header: _Header, consent_columns: ConsentColumns) -> RowRejection | None:
    """Return why cells may not be those of their columns; blank ones beyond the last column are none."""
    count = f"{len(cells)} below {len(header.column_names)} columns"
    if any(cells[len(header.column_names) :]):
        return RowRejection(reason=TOO_MANY_CELLS, detail=f"{count}; quote those that hold {header.delimiter!r}")
    if len(cells) <= consent_columns.last_consent_index:
        return RowRejection(
            reason=TOO_FEW_CELLS,
            detail=f"{count}; nothing is in {header.column_names[consent_columns.last_consent_index]}",
        )
    return None


def _rows_in_open_quote(record: CsvRecord, lines: Sequence[str]) -> Iterator[CsvRow]:
    """Return one row for each address that stands in lines which cannot be trusted."""
    refusal = RowRejection(
        reason=UNCLOSED_QUOTE,
        detail=f"it opens in line {record.open_quote_line}; lines {record.line} to {record.last_line} were not read",
    )
    found = list(find_addresses(record, lines)) or [(record.line, "")]
    for line, address in found:
        yield CsvRow(line=line, values={"address": address}, rejection=refusal)


def parse_records(lines: Sequence[str], delimiter: str, *, width: int, header_line: int) -> Iterator[CsvRecord]:
    """Return the records from line ``header_line`` on, the first being the names of ``width`` columns.

    Raises ``InvalidInput`` with the line where a quote opens that closes nowhere near.
    """
    skipped = header_line - 1
    reader = csv.reader(islice(lines, skipped, None), delimiter=delimiter)
    while True:
        first = skipped + reader.line_num
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            opened = _last_open_quote(lines[first : skipped + reader.line_num], 1) or 1
            raise InvalidInput(
                f"line {first + opened}: a quote opens there and is not closed; close it ({error})"
            ) from error
        last = skipped + reader.line_num
        opened = _find_open_quote(lines, first, last, delimiter, width)
        yield CsvRecord(
            line=first + 1, last_line=last, cells=[clean_cell(cell) for cell in cells], open_quote_line=opened
        )


def clean_cell(cell: str) -> str:
    """Return a cell without what nobody sees; most are plain ASCII."""
    return cell.strip() if cell.isascii() and "\n" not in cell and "\r" not in cell else strip_invisible(cell)


def find_addresses(record: CsvRecord, lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Return every address that stands in a record's lines, with its line."""
    for number in range(record.line, record.last_line + 1):
        for found in ADDRESS_PATTERN.finditer(lines[number - 1]):
            yield number, found[0]


def _find_open_quote(lines: Sequence[str], first: int, last: int, delimiter: str, width: int) -> int:
    """Return the line of a quote that swallowed rows of ``lines[first:last]``, 0 where none did.

    A field with line breaks is fine, such as a note; one whose further lines look like rows, or that goes on
    to the end of the file, is not.
    """
    if last - first == 1 and last < len(lines):
        return 0
    some = lines[first:last]
    rows = [at for at, line in enumerate(some) if at and _looks_like_row(line, delimiter, width)]
    if rows:
        return first + (_last_open_quote(some, rows[0]) or 1)
    if last == len(lines) and _ends_inside_quote(some, delimiter):
        return first + (_last_open_quote(some, len(some)) or 1)
    return 0


def _looks_like_row(line: str, delimiter: str, width: int) -> bool:
    if not ADDRESS_PATTERN.search(line):
        return False
    cells = line.count(delimiter) + 1
    return width == 1 or (cells > 1 and any(_is_address(cell) for cell in line.split(delimiter)))


def _is_address(cell: str) -> bool:
    """Return whether a cell is an address and little else: not a sentence with one."""
    found = ADDRESS_PATTERN.search(cell)
    return found is not None and (cell.strip(" \t\r\n\"'") == found[0] or "<" in cell)


def _ends_inside_quote(lines: Sequence[str], delimiter: str) -> bool:
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _last_open_quote(lines: Sequence[str], before: int) -> int:
    """Return the number, from 1, of the last line before ``before`` in which a quote opens; 0 for none."""
    opened, is_open = 0, False
    for number, line in enumerate(lines[:before], start=1):
        if line.count('"') % 2:
            is_open = not is_open
            opened = number if is_open else opened
    return opened


def _find_header(lines: Sequence[str]) -> _Header:
    """Find the line that names the columns, and the delimiter: the first that could be it."""
    told = _SEPARATOR_LINE.fullmatch(lines[0])
    signs = (told[1],) if told else _DELIMITERS
    heads = [
        _Header(line=at + 1, delimiter=sign, column_names=names, columns=ours)
        for at in range(min(MAX_LINES_ABOVE, len(lines)))
        for sign in signs
        if (names := _split_cells(lines[at:], sign)) and (ours := _map_columns(names)) is not None
    ]
    if not heads:
        at, first = next(
            (at, line)
            for at, line in enumerate(lines, start=1)
            if line.strip() and not (at == 1 and _SEPARATOR_LINE.fullmatch(line))
        )
        if first.count('"') % 2:
            raise InvalidInput(f"line {at}: a quote opens there and is not closed; close it")
        if ADDRESS_PATTERN.search(first):
            raise InvalidInput("the columns have no names; put a line above that names them, such as email")
        raise InvalidInput(f"no line names a column of addresses, such as email: {strip_invisible(first)[:200]!r}")
    return max(heads, key=lambda head: (len(head.column_names) > 1, -head.line, len(head.column_names)))


def _split_cells(lines: Sequence[str], delimiter: str) -> Sequence[str]:
    try:
        return [
            strip_invisible(cell) for cell in next(csv.reader(iter(lines[:MAX_LINES_ABOVE]), delimiter=delimiter), [])
        ]
    except csv.Error:
        return []


def _map_columns(cells: Sequence[str]) -> Mapping[str, int] | None:
    """Return the column of each of our names; None where no cell names a column of addresses."""
    if any(ADDRESS_PATTERN.search(cell) for cell in cells):
        return None
    theirs: dict[str, int] = {}
    for at, cell in enumerate(cells):
        theirs.setdefault(_REQUIRED_SUFFIX.sub("", compact_text(cell)), at)
    names = {name: theirs[name] for name in COLUMNS if name in theirs}
    if "channel" in names and "address" in names:
        return names
    names.pop("channel", None)
    # Elsewhere ``address`` is a street and ``subscriber`` anything.
    street, subscriber = names.pop("address", None), names.pop("subscriber", None)
    found = next((theirs[name] for name in ADDRESS_NAMES if name in theirs), None)
    address = next((at for at in (found, street, subscriber) if at is not None), None)
    if address is None:
        return None
    return {**names, "address": address}


def _decode(data: bytes) -> tuple[str, str]:
    """Return a file's text, and how it was read where the file does not say."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16"), ""
        except UnicodeDecodeError as error:
            raise InvalidInput("begins as UTF-16 and is none") from error
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        name = "GB18030" if _looks_chinese(data) else "cp1252"
    try:
        return data.decode(name), f"not UTF-8; read as {name}, so look whether names and words are right"
    except UnicodeDecodeError as error:
        raise InvalidInput("neither UTF-8 nor UTF-16, GB18030 or cp1252; save it as UTF-8") from error


def _looks_chinese(data: bytes) -> bool:
    """Distinguish GB18030 from cp1252: in Chinese nearly every character is in GB 2312, in ``Müller`` none."""
    try:
        foreign = [sign for sign in data.decode("gb18030") if not sign.isascii()]
    except UnicodeDecodeError:
        return False
    common = [sign for sign in foreign if sign.encode("gb2312", "ignore")]
    return len(common) >= _MIN_COMMON_HANZI * len(foreign)
