"""The head of a report: its date and where its list comes from."""

import datetime as dt
import re
from collections.abc import Sequence

from digest.model import Problem
from digest.parse.addresses import first_address
from digest.parse.marks import Kind, Mark
from digest.parse.names import Particular

_DATE = re.compile(
    r"(?<![0-9])([0-9]{4})\s?(?:[-/.年\u2010-\u2015])\s?([0-9]{1,2})\s?(?:[-/.月\u2010-\u2015])\s?([0-9]{1,2})(?![0-9])"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def read_date(marks: Sequence[Mark]) -> tuple[dt.date | None, tuple[Problem, ...]]:
    """Give the date of the head, from its date line or its title, or None with the problem."""
    lines = [(at, mark.value) for at, mark in enumerate(marks) if mark.particular is Particular.DATE]
    lines += [(at, mark.text) for at, mark in enumerate(marks) if mark.kind is Kind.TEXT]
    for _, text in lines:
        if date := _date_in(text):
            return date, ()
    line = lines[0][0] + 1 if lines else 1
    return None, (Problem(line=line, what="The head names no date that exists."),)


def _date_in(text: str) -> dt.date | None:
    for found in _DATE.finditer(text.translate(_FULL_WIDTH)):
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def read_source(marks: Sequence[Mark]) -> str | None:
    """Give the address that the head names as its source, or None."""
    for mark in marks:
        if mark.particular in {Particular.SOURCE, Particular.LINK} and (url := first_address(mark.value)):
            return url
    return None
