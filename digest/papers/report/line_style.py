"""Takes the dress off the start of a line: heading marks, bullets, numerals, bold, brackets, emoji, tags."""

import unicodedata
from dataclasses import dataclass

from digest.text.numerals import find_numeral_end

BRACKETS = {"(": ")", "（": "）", "[": "]", "【": "】", "「": "」", "『": "』", "〔": "〕", "《": "》", "〖": "〗"}
_BULLETS = frozenset("-+•·◦‣")
_MAX_TAG = 12
_MAX_PREFIX = 150
_PLAIN = {ord(char): " " for char in "\t\u00a0\u2002\u2003\u2009\u202f\u3000-\u2010\u2011\u2013/"} | {
    code: code + 32 for code in range(ord("A"), ord("Z") + 1)
}


@dataclass(frozen=True, slots=True)
class LineStyle:
    """How a line is dressed, so far as one writer keeps to it within one paper."""

    indent: int = 0
    level: int = 0
    bullet: str = ""
    numbered: bool = False
    bold: bool = False
    bracketed: bool = False
    has_emoji: bool = False


@dataclass(slots=True)
class StyleParser:
    """A line whose dress is being taken off, mark by mark; ``at`` is where the rest begins.

    ``plain`` is the start of the line, character by character, with one kind of blank and no capitals.
    ``emphasis`` and ``bracket`` are what was opened and not closed so far.
    """

    line: str
    plain: str
    at: int
    indent: int
    level: int = 0
    bullet: str = ""
    numbered: bool = False
    has_emoji: bool = False
    emphasis: str = ""
    bracket: str = ""

    def style(self) -> LineStyle:
        """Return what was taken off so far."""
        bold, bracketed = bool(self.emphasis), bool(self.bracket)
        return LineStyle(self.indent, self.level, self.bullet, self.numbered, bold, bracketed, self.has_emoji)

    def strip_one(self) -> bool:
        """Take off one mark or numeral; False, and nothing is changed, where text begins."""
        if self.at >= len(self.plain):
            return False
        char = self.line[self.at]
        if char in "*_":
            self._strip_emphasis(char)
        elif char == "<" and (end := find_tag_end(self.line, self.at)):
            self.at = end
        elif unicodedata.category(char)[0] in "LN":
            return self._strip_numeral()
        else:
            self._strip_mark(char)
        return True

    def _strip_emphasis(self, char: str) -> None:
        start = self.at
        while self.line[self.at : self.at + 1] == char:
            self.at += 1
        run = self.line[start : self.at]
        spaced = not self.line[self.at : self.at + 1].strip()
        if run == self.emphasis:
            self.emphasis = ""
        elif run == "*" and spaced:
            self.bullet = run
        else:
            self.emphasis = run

    def _strip_numeral(self) -> bool:
        end = find_numeral_end(self.plain, self.at)
        if end == self.at:
            return False
        self.at, self.numbered = end, True
        if self.bracket and self.line[end : end + 1] == BRACKETS[self.bracket]:
            self.at, self.bracket = end + 1, ""
        return True

    def _strip_mark(self, char: str) -> None:
        self.at += 1
        if char == "#":
            self.level += 1
        elif char in _BULLETS and self.line[self.at : self.at + 1].isspace():
            self.bullet = char
        elif char in BRACKETS:
            self.bracket = char
        elif unicodedata.category(char) in {"So", "Co"}:
            self.has_emoji = True


def start_style_parser(line: str) -> StyleParser:
    """Begin with a line: only its indentation is taken off yet."""
    indent = len(line) - len(line.lstrip())
    plain = line[: indent + _MAX_PREFIX].translate(_PLAIN)
    return StyleParser(line=line, plain=plain, at=indent, indent=indent)


def find_tag_end(line: str, start: int) -> int:
    """Return the end of a short HTML tag that begins at ``start``, or 0."""
    end = line.find(">", start, start + _MAX_TAG)
    name = line[start + 1 : end].strip("/ ")
    return end + 1 if end > 0 and name.isascii() and name.isalnum() else 0
