"""Reads a name at the start of a line, in any dress that a writer may give it.

``### 1. 应用领域``, ``**①应用领域：** 量子计算``, ``🎯【应用领域】`` and ``應用領域`` say the same. The
work per line is bounded, so a file costs linear time whatever stands in it.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from digest.papers.report.heading_names import HEADING_NAMES, Meaning
from digest.papers.report.line_style import BRACKETS, LineStyle, StyleParser, find_tag_end, start_style_parser

_MAX_PREFIX = 60
_COLONS = frozenset(":：﹕∶︰")
_DASHES = frozenset("-–—─")
_JOINERS = frozenset("/|｜&#\"'”’`")
_CLOSING = frozenset(BRACKETS.values())
_NAME_BRACKETS = frozenset("】〗")


class Ending(Enum):
    """What follows a name on its line: nothing; a colon or 】; a dash or the end of its bold; text."""

    ALONE = auto()
    COLON = auto()
    LOOSE = auto()
    TEXT = auto()


@dataclass(frozen=True, slots=True)
class Heading:
    """A name that was read, in lower case: what it means, its dress, and the text behind it on its line."""

    name: str
    meaning: Meaning
    style: LineStyle
    ending: Ending
    rest: str


def parse_heading(line: str) -> Heading | LineStyle:
    """Read a name at the start of ``line``; where none stands there, give the dress of its first word."""
    start = start_style_parser(line)
    while start.at < start.indent + _MAX_PREFIX:
        if found := HEADING_NAMES.match_at(start.plain, start.at):
            meaning, end = found
            dress = start.style()
            ending, rest = _HeadingTail(start, meaning, end).parse()
            return Heading(start.plain[start.at : end], meaning, dress, ending, rest)
        if not start.strip_one():
            break
    return start.style()


class _HeadingTail:
    """What stands behind a name."""

    def __init__(self, start: StyleParser, meaning: Meaning, end: int) -> None:
        self._line, self._plain = start.line, start.plain
        self._meaning = meaning
        self._open_emphasis, self._level = start.emphasis, start.level
        self._at, self._end = end, end
        self._bold_ended = False
        self._bracket_end = 0

    def parse(self) -> tuple[Ending, str]:
        """Tell how the name ends, and give the text behind that."""
        while self._at < min(len(self._line), self._end + _MAX_PREFIX):
            char = self._line[self._at]
            if char in _COLONS:
                return Ending.COLON, self._text(self._at + 1)
            if not (self._skip_mark(char) or self._skip_gloss(char)):
                return self._end_at_text(char)
        return (Ending.ALONE if self._at >= len(self._line) else Ending.TEXT), ""

    def _skip_mark(self, char: str) -> bool:
        if self._open_emphasis and self._line.startswith(self._open_emphasis, self._at):
            self._at += len(self._open_emphasis)
            self._open_emphasis, self._bold_ended = "", True
            self._bracket_end = self._bracket_end and self._at
        elif char == "<" and (end := find_tag_end(self._line, self._at)):
            self._at = end
        elif char in _CLOSING or char in _JOINERS or _is_filler(char):
            self._at += 1
            if char in _NAME_BRACKETS:
                self._bracket_end = self._at
        else:
            return False
        return True

    def _skip_gloss(self, char: str) -> bool:
        """Skip the same section's name in another language: ``(Application Area)``, ``/ Usage``."""
        at = self._at
        while at < len(self._plain) and (char in _DASHES or char in BRACKETS) and self._is_gap(self._plain[at]):
            at += 1
        found = HEADING_NAMES.match_at(self._plain, at) if at < len(self._plain) else None
        if found is None or found[0] != self._meaning:
            return False
        self._at = found[1]
        return True

    def _is_gap(self, char: str) -> bool:
        return char.isspace() or char in _DASHES or char in BRACKETS

    def _end_at_text(self, char: str) -> tuple[Ending, str]:
        spaced = self._line[self._at - 1].isspace()
        if self._bracket_end:
            return Ending.COLON, self._text(self._bracket_end)
        if char in _DASHES and (spaced or char in "—─"):
            return Ending.LOOSE, self._text(self._at).lstrip("-–—─ \u00a0\u3000")
        if self._is_trailing_gloss(char):
            return Ending.COLON, self._text(self._at)
        return (Ending.LOOSE if self._bold_ended and spaced else Ending.TEXT), self._text(self._at)

    def _is_trailing_gloss(self, char: str) -> bool:
        """Return whether the line ends with one bracket, which is kept as text: ``应用领域（NLP）``."""
        close = BRACKETS.get(char)
        tail = self._line.rstrip("*_:： #")
        return close is not None and self._line.find(close, self._at) == len(tail) - 1

    def _text(self, start: int) -> str:
        """Return the text from ``start``, with the bold that began before the name in balance."""
        text = self._line[start:].strip()
        if self._level and text.endswith("#"):
            text = text.rstrip("#").rstrip()
        run = self._open_emphasis
        if not run or not text.count(run) % 2:
            return text
        if text.startswith(run):
            return text[len(run) :].strip()
        return text.removesuffix(run).strip() if text.endswith(run) else run + text


def _is_filler(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"So", "Cf", "Mn", "Me"}
