"""The records of a CSV file with the lines they stand in, and the rows that an open quote swallowed."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from digest.app.subscriber_csv.consent_terms import strip_invisible
from digest.model.errors import InvalidInput

_ADDRESS_PART = r"[^\s\"'<>,;|()\[\]:@＠]"
ADDRESS_PATTERN = re.compile(rf"(?<!{_ADDRESS_PART}){_ADDRESS_PART}{{1,128}}[@＠]{_ADDRESS_PART}{{1,255}}")
"""Something with an at sign, as a cell or a part of one."""


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
