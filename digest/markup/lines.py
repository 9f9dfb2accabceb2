"""Model-written Markdown, line by line, into Markdown that CommonMark reads as it was meant.

Language models indent nested lists by 2 to 8 columns, put lists directly under a paragraph, number with
``1、``, leave fences open and wrap a whole answer in a ``markdown`` fence. :func:`straighten` rewrites the
lines so that each list stands four columns inside its parent, with blank lines where blocks meet, and so
that nothing is nested deeper than the bounds below, however deep the source is. It looks at every line a
bounded number of times.
"""

import re
from dataclasses import dataclass, field

MOST_LISTS = 6
"""Lists inside lists; deeper ones become siblings of the sixth."""
MOST_QUOTES = 3
"""Quotes inside quotes; deeper ones lose their mark."""
WIDEST_TABLE = 30
"""Columns of a table; a wider one is read as lines."""
LONGEST_FORMULA = 40
"""Lines of one ``$$`` block."""

_BULLET = re.compile(r"[*+\-•·▪◦●○‣](?:\s+(?=\S))")
_GLUED = r"\d{1,3}[.)](?=\*\*|[“（【《\u4e00-\u9fff])|\d{1,3}[、．）]\s*(?=\S)|[（(]\d{1,2}[）)]\s*(?=\S)"
_SPACED_NUMBER = re.compile(r"\d{1,3}[.)]\s+(?=\S)")
_NUMBER = re.compile(rf"\d{{1,3}}[.)]\s+(?=\S)|{_GLUED}")
_MISTAKABLE = re.compile(r"(\d{1,9})([.)]\s)|[*+\-](?=\s)|>|#{1,6}(?=\s)")
_RULE = re.compile(r"([-*_=+])(?:\s*\1)*+\s*$")
_FENCE = re.compile(r"(`{3,}|~{3,})([^`]*)$")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)|#{2,6}(?=[^\s#])")
_COMPARISON = re.compile(r">[=\d.~≈]")
_BOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


def straighten(text: str, *, quotes: int = 0) -> list[str]:
    """Give the lines of ``text`` in the form that CommonMark reads as it was meant."""
    return _Straightener(_first_line_back(text.split("\n")), quotes).run()


def _first_line_back(lines: list[str]) -> list[str]:
    """Give a first item the indent of its siblings again, where stripping the text took it away."""
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
class _Open:
    """A list item that is still open: the source columns of its marker and content, and where that goes."""

    indent: int
    content: int
    margin: int
    number: int | None


@dataclass(slots=True)
class _Straightener:
    """Walks over the lines once; ``unclosed`` is the shortest fence known to have no end, for each mark."""

    lines: list[str]
    quotes: int
    out: list[str] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    blank: bool = True
    unwrapped: list[str] = field(default_factory=list)
    unclosed: dict[str, int] = field(default_factory=dict)
    at: int = 0

    def run(self) -> list[str]:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            self._line(line.strip(), _indent(line))
            self.at += 1
        return self.out

    def _line(self, words: str, indent: int) -> None:
        if not words or self._is_rule(words) or self._is_wide_table(words):
            self._separate()
        elif fence := _FENCE.match(words):
            self._fence(fence[1], fence[2].strip(), indent)
        elif heading := _HEADING.match(words):
            self._heading(words, words[heading.end() :], indent)
        elif words.startswith(">") and not _COMPARISON.match(words):
            self._quote(indent)
        elif words.startswith(("$$", "\\[")):
            self._formula(words, indent)
        elif marker := _BULLET.match(words) or _NUMBER.match(words):
            self._item(words, marker, indent)
        else:
            self._words(words, indent)

    @staticmethod
    def _is_rule(words: str) -> bool:
        """Tell a line that only separates (``---``, ``====``) or is a marker without anything behind it."""
        return _RULE.match(words) is not None

    @staticmethod
    def _is_wide_table(words: str) -> bool:
        return words.count("|") > WIDEST_TABLE and not words.strip("|:- ")

    @property
    def _margin(self) -> int:
        return self.open[-1].margin if self.open else 0

    def _emit(self, words: str) -> None:
        self.out.append(" " * self._margin + words)
        self.blank = False

    def _separate(self) -> None:
        if not self.blank:
            self.out.append("")
            self.blank = True

    def _leave(self, indent: int) -> None:
        """Close the items that a block at this indent cannot belong to."""
        while self.open and indent <= self.open[-1].indent:
            self.open.pop()

    def _words(self, words: str, indent: int) -> None:
        if self.blank:
            self._leave(indent)
        self._emit(_meant_as_words(words))

    def _heading(self, words: str, title: str, indent: int) -> None:
        self._separate()
        self._leave(indent)
        level = len(words) - len(words.lstrip("#"))
        self._emit("#" * min(level, 6) + " " + title)
        self._separate()

    def _item(self, words: str, marker: re.Match[str], indent: int) -> None:
        """Write an item; one that begins with an item (``- 1. …``) opens both on its line."""
        number = _number(marker)
        self._separate()
        self._place(indent, number)
        line = " " * self._margin
        while True:
            mark = "-" if number is None else f"{number}."
            line += mark.ljust(max(4, len(mark) + 1))
            rest = words[marker.end() :]
            self.open.append(
                _Open(indent=indent, content=indent + marker.end(), margin=len(line), number=number)
            )
            inner = _BULLET.match(rest) or _SPACED_NUMBER.match(rest)
            if inner is None or len(self.open) >= MOST_LISTS or self._is_rule(rest):
                break
            words, marker, indent, number = rest, inner, indent + marker.end(), _number(inner)
        self.out.append(line + _meant_as_words(_BOXES.get(rest[:4], rest[:4]) + rest[4:]))
        self.blank = False

    def _place(self, indent: int, number: int | None) -> None:
        """Close items until the last open one is the parent of an item at this indent."""
        while self.open:
            last = self.open[-1]
            follows = number is not None and last.number == number - 1 and indent < last.content
            if indent >= last.indent + 2 and not follows:
                break
            self.open.pop()
            if indent >= last.indent - 1:
                break
        del self.open[MOST_LISTS - 1 :]

    def _quote(self, indent: int) -> None:
        start = self.at
        while self.at + 1 < len(self.lines) and self.lines[self.at + 1].lstrip().startswith(">"):
            self.at += 1
        block = [line.strip() for line in self.lines[start : self.at + 1]]
        self._separate()
        self._leave(indent)
        if self.quotes + 1 >= MOST_QUOTES:
            inner = straighten("\n".join(line.lstrip("> ") for line in block), quotes=self.quotes + 1)
        else:
            inner = straighten(
                "\n".join(line[1:].removeprefix(" ") for line in block), quotes=self.quotes + 1
            )
        for line in inner:
            self._emit(f"> {line}")
        self._separate()

    def _formula(self, words: str, indent: int) -> None:
        """Join the lines of a formula, which may look like lists and headings, into one."""
        closing = "$$" if words.startswith("$$") else "\\]"
        for length in range(LONGEST_FORMULA):
            block = self.lines[self.at : self.at + length + 1]
            if closing in block[-1].strip()[2 if length == 0 else 0 :]:
                self.at += length
                self._words(" ".join(line.strip() for line in block), indent)
                return
            if self.at + length + 1 >= len(self.lines):
                break
        self._words(words, indent)

    def _fence(self, mark: str, info: str, indent: int) -> None:
        if self.unwrapped and not info and mark.startswith(self.unwrapped[-1]):
            self.unwrapped.pop()
            self._separate()
        elif info.lower() in {"markdown", "md"}:
            self.unwrapped.append(mark)
            self._separate()
        elif (end := self._end_of_fence(mark)) is not None:
            self._code(self.lines[self.at + 1 : end], indent)
            self.at = end
        elif info:
            self._code(self.lines[self.at + 1 :], indent)
            self.at = len(self.lines)
        else:
            self._separate()

    def _end_of_fence(self, mark: str) -> int | None:
        if len(mark) >= self.unclosed.get(mark[0], len(mark) + 1):
            return None
        for n in range(self.at + 1, len(self.lines)):
            words = self.lines[n].strip()
            if words.startswith(mark) and not words.strip(mark[0]):
                return n
        self.unclosed[mark[0]] = len(mark)
        return None

    def _code(self, code: list[str], indent: int) -> None:
        self._separate()
        self._leave(indent)
        longest = max((len(run) for line in code for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        self._emit(fence)
        for line in code:
            self._emit(line[min(indent, _indent(line)) :])
        self._emit(fence)
        self._separate()


def _number(marker: re.Match[str]) -> int | None:
    digits = re.search(r"\d+", marker[0])
    return int(digits[0]) if digits else None


def _meant_as_words(words: str) -> str:
    """Protect a line that CommonMark would take for a block, such as ``2026. …`` or ``>90%``."""
    mistakable = _MISTAKABLE.match(words)
    if mistakable is None:
        return words
    digits = mistakable[1] or ""
    return f"{digits}\\{words[len(digits) :]}"
