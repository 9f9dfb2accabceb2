"""Model-written Markdown, line by line, into Markdown that CommonMark reads as it was meant.

Language models indent nested lists by 2 to 8 columns, put lists directly under a paragraph, number with
``1、``, leave fences open and wrap a whole answer in a ``markdown`` fence. :func:`straighten` rewrites the
lines so that each list stands four columns inside its parent, with blank lines where blocks meet, and so
that nothing is nested deeper than the bounds below, however deep the source is. It looks at every line a
bounded number of times.
"""

import re
from dataclasses import dataclass, field

MAX_LIST_DEPTH = 6
"""Lists inside lists; deeper ones become siblings of the sixth."""
MAX_QUOTE_DEPTH = 3
"""Quotes inside quotes; deeper ones lose their mark."""
MAX_TABLE_COLUMNS = 30
"""Columns of a table; a wider one is read as lines."""
MAX_FORMULA_LINES = 40
"""Lines of one ``$$`` block."""

_BULLET = re.compile(r"[*+\-•·▪◦●○‣](?:\s+(?=\S))")
_UNSPACED_NUMBER = r"\d{1,3}[.)](?=\*\*|[“（【《\u4e00-\u9fff])|\d{1,3}[、．）]\s*(?=\S)|[（(]\d{1,2}[）)]\s*(?=\S)"
_SPACED_NUMBER = re.compile(r"\d{1,3}[.)]\s+(?=\S)")
_NUMBER = re.compile(rf"\d{{1,3}}[.)]\s+(?=\S)|{_UNSPACED_NUMBER}")
_BLOCK_START = re.compile(r"(\d{1,9})([.)]\s)|[*+\-](?=\s)|>|#{1,6}(?=\s)")
_RULE = re.compile(r"([-*_=+])(?:\s*\1)*+\s*$")
_FENCE = re.compile(r"(`{3,}|~{3,})([^`]*)$")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)|#{2,6}(?=[^\s#])")
_COMPARISON = re.compile(r">[=\d.~≈]")
_CHECKBOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def normalize_lines(text: str, *, quotes: int = 0) -> list[str]:
    """Return the lines of ``text`` in the form that CommonMark reads as it was meant."""
    return _LineNormalizer(_restore_first_indent(text.split("\n")), quotes).run()


def _restore_first_indent(lines: list[str]) -> list[str]:
    """Return a first item the indent of its siblings again, where stripping the text took it away."""
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return []
    rest = [_indent(line) for line in lines[first + 1 :] if line.strip()]
    marker = _BULLET.match(lines[first]) or _NUMBER.match(lines[first])
    if marker and rest and 0 < min(rest) < marker.end():
        lines = [*lines[:first], " " * min(rest) + lines[first], *lines[first + 1 :]]
    return lines


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenItem:
    """A list item that is still open: the source columns of its marker and content, and where that goes."""

    indent: int
    content: int
    margin: int
    number: int | None


@dataclass(slots=True)
class _LineNormalizer:
    """Walks over the lines once.

    ``unclosed_fences`` is the shortest fence known to have no end, for each mark.
    """

    lines: list[str]
    quotes: int
    output: list[str] = field(default_factory=list)
    open_items: list[_OpenItem] = field(default_factory=list)
    after_blank: bool = True
    unwrapped_fences: list[str] = field(default_factory=list)
    unclosed_fences: dict[str, int] = field(default_factory=dict)
    at: int = 0

    def run(self) -> list[str]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self._add_line(line.strip(), _indent(line))
            self.at += 1
        return self.output

    def _add_line(self, words: str, indent: int) -> None:
        if not words or self._is_rule(words) or self._is_wide_table(words):
            self._add_blank()
        elif fence := _FENCE.match(words):
            self._add_fence(fence[1], fence[2].strip(), indent)
        elif heading := _HEADING.match(words):
            self._add_heading(words, words[heading.end() :], indent)
        elif words.startswith(">") and not _COMPARISON.match(words):
            self._add_quote(indent)
        elif words.startswith(("$$", "\\[")):
            self._add_formula(words, indent)
        elif marker := _BULLET.match(words) or _NUMBER.match(words):
            self._add_item(words, marker, indent)
        else:
            self._add_text(words, indent)

    @staticmethod
    def _is_rule(words: str) -> bool:
        """Return whether a line only separates (``---``, ``====``) or is a marker without anything behind it."""
        return _RULE.match(words) is not None

    @staticmethod
    def _is_wide_table(words: str) -> bool:
        return words.count("|") > MAX_TABLE_COLUMNS and not words.strip("|:- ")

    @property
    def _margin(self) -> int:
        return self.open_items[-1].margin if self.open_items else 0

    def _emit(self, words: str) -> None:
        self.output.append(" " * self._margin + words)
        self.after_blank = False

    def _add_blank(self) -> None:
        if not self.after_blank:
            self.output.append("")
            self.after_blank = True

    def _close_items(self, indent: int) -> None:
        """Close the items that a block at this indent cannot belong to."""
        while self.open_items and indent <= self.open_items[-1].indent:
            self.open_items.pop()

    def _add_text(self, words: str, indent: int) -> None:
        if self.after_blank:
            self._close_items(indent)
        self._emit(_escape_block_start(words))

    def _add_heading(self, words: str, title: str, indent: int) -> None:
        self._add_blank()
        self._close_items(indent)
        level = len(words) - len(words.lstrip("#"))
        self._emit("#" * min(level, 6) + " " + title)
        self._add_blank()

    def _add_item(self, words: str, marker: re.Match[str], indent: int) -> None:
        """Write an item; one that begins with an item (``- 1. …``) opens both on its line."""
        number = _item_number(marker)
        self._add_blank()
        self._close_to_parent(indent, number)
        line = " " * self._margin
        while True:
            mark = "-" if number is None else f"{number}."
            line += mark.ljust(max(4, len(mark) + 1))
            rest = words[marker.end() :]
            self.open_items.append(
                _OpenItem(indent=indent, content=indent + marker.end(), margin=len(line), number=number)
            )
            inner = _BULLET.match(rest) or _SPACED_NUMBER.match(rest)
            if inner is None or len(self.open_items) >= MAX_LIST_DEPTH or self._is_rule(rest):
                break
            words, marker, indent, number = rest, inner, indent + marker.end(), _item_number(inner)
        self.output.append(line + _escape_block_start(_CHECKBOXES.get(rest[:4], rest[:4]) + rest[4:]))
        self.after_blank = False

    def _close_to_parent(self, indent: int, number: int | None) -> None:
        """Close items until the last open one is the parent of an item at this indent."""
        while self.open_items:
            last = self.open_items[-1]
            follows = number is not None and last.number == number - 1 and indent < last.content
            if indent >= last.indent + 2 and not follows:
                break
            self.open_items.pop()
            if indent >= last.indent - 1:
                break
        del self.open_items[MAX_LIST_DEPTH - 1 :]

    def _add_quote(self, indent: int) -> None:
        start = self.at
        while self.at + 1 < len(self.lines) and self.lines[self.at + 1].lstrip().startswith(">"):
            self.at += 1
        block = [line.strip() for line in self.lines[start : self.at + 1]]
        self._add_blank()
        self._close_items(indent)
        if self.quotes + 1 >= MAX_QUOTE_DEPTH:
            inner = normalize_lines("\n".join(line.lstrip("> ") for line in block), quotes=self.quotes + 1)
        else:
            inner = normalize_lines("\n".join(line[1:].removeprefix(" ") for line in block), quotes=self.quotes + 1)
        for line in inner:
            self._emit(f"> {line}")
        self._add_blank()

    def _add_formula(self, words: str, indent: int) -> None:
        """Join the lines of a formula, which may look like lists and headings, into one."""
        closing = "$$" if words.startswith("$$") else "\\]"
        for length in range(MAX_FORMULA_LINES):
            block = self.lines[self.at : self.at + length + 1]
            if closing in block[-1].strip()[2 if length == 0 else 0 :]:
                self.at += length
                self._add_text(" ".join(line.strip() for line in block), indent)
                return
            if self.at + length + 1 >= len(self.lines):
                break
        self._add_text(words, indent)

    def _add_fence(self, mark: str, info: str, indent: int) -> None:
        if self.unwrapped_fences and not info and mark.startswith(self.unwrapped_fences[-1]):
            self.unwrapped_fences.pop()
            self._add_blank()
        elif info.lower() in {"markdown", "md"}:
            self.unwrapped_fences.append(mark)
            self._add_blank()
        elif (end := self._end_of_fence(mark)) is not None:
            self._add_code(self.lines[self.at + 1 : end], indent)
            self.at = end
        elif info:
            self._add_code(self.lines[self.at + 1 :], indent)
            self.at = len(self.lines)
        else:
            self._add_blank()

    def _end_of_fence(self, mark: str) -> int | None:
        if len(mark) >= self.unclosed_fences.get(mark[0], len(mark) + 1):
            return None
        for n in range(self.at + 1, len(self.lines)):
            words = self.lines[n].strip()
            if words.startswith(mark) and not words.strip(mark[0]):
                return n
        self.unclosed_fences[mark[0]] = len(mark)
        return None

    def _add_code(self, code: list[str], indent: int) -> None:
        self._add_blank()
        self._close_items(indent)
        longest = max((len(run) for line in code for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        self._emit(fence)
        for line in code:
            self._emit(line[min(indent, _indent(line)) :])
        self._emit(fence)
        self._add_blank()


def _item_number(marker: re.Match[str]) -> int | None:
    digits = re.search(r"\d+", marker[0])
    return int(digits[0]) if digits else None


def _escape_block_start(words: str) -> str:
    """Protect a line that CommonMark would take for a block, such as ``2026. …`` or ``>90%``."""
    mistakable = _BLOCK_START.match(words)
    if mistakable is None:
        return words
    digits = mistakable[1] or ""
    return f"{digits}\\{words[len(digits) :]}"
