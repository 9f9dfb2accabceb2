"""The head of a report: its date and where its list comes from."""

import datetime as dt
import re
from collections.abc import Sequence

from digest.model import Problem
from digest.papers.report.heading_names import Field
from digest.papers.report.lines import Line, LineKind
from digest.papers.report.titles import find_url

_DATE = re.compile(
    r"(?<![0-9])([0-9]{4})\s?(?:[-/.年\u2010-\u2015])\s?([0-9]{1,2})\s?(?:[-/.月\u2010-\u2015])\s?([0-9]{1,2})(?![0-9])"
)
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def parse_date(marks: Sequence[Line]) -> tuple[dt.date | None, tuple[Problem, ...]]:
    """Return the date of the head, from its date line or its title, or None with the problem."""
    lines = [(at, mark.value) for at, mark in enumerate(marks) if mark.field is Field.DATE]
    lines += [(at, mark.text) for at, mark in enumerate(marks) if mark.kind is LineKind.TEXT]
    for _, text in lines:
        if date := _find_date(text):
            return date, ()
    line = lines[0][0] + 1 if lines else 1
    return None, (Problem(line=line, message="The head names no date that exists."),)


def _find_date(text: str) -> dt.date | None:
    for found in _DATE.finditer(text.translate(_FULL_WIDTH)):
        try:
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            continue
    return None


def find_source_url(lines: Sequence[Line]) -> str | None:
    """Return the address that the head names as its source, or None."""
    for mark in lines:
        if mark.field in {Field.SOURCE, Field.LINK} and (url := find_url(mark.value)):
            return url
    return None
