"""Takes the dress off the start of a line: heading marks, bullets, numerals, bold, brackets, emoji, tags."""

import unicodedata
from dataclasses import dataclass

from digest.parse.numerals import numeral_end

OPENING = {
    "(": ")",
    "（": "）",
    "[": "]",
    "【": "】",
    "「": "」",
    "『": "』",
    "〔": "〕",
    "《": "》",
    "〖": "〗",
}
_BULLETS = frozenset("-+•·◦‣")
_LONGEST_TAG = 12
_WINDOW = 150
_PLAIN = {ord(char): " " for char in "\t\u00a0\u2002\u2003\u2009\u202f\u3000-\u2010\u2011\u2013/"} | {
    code: code + 32 for code in range(ord("A"), ord("Z") + 1)
}


@dataclass(frozen=True, slots=True)
class Dress:
    """How a line is dressed, so far as one writer keeps to it within one paper."""

    indent: int = 0
    level: int = 0
    bullet: str = ""
    numbered: bool = False
    bold: bool = False
    bracketed: bool = False
    iconic: bool = False


@dataclass(slots=True)
class Undressing:
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
    iconic: bool = False
    emphasis: str = ""
    bracket: str = ""

    def dress(self) -> Dress:
        """Give what was taken off so far."""
        bold, bracketed = bool(self.emphasis), bool(self.bracket)
        return Dress(self.indent, self.level, self.bullet, self.numbered, bold, bracketed, self.iconic)

    def take_off(self) -> bool:
        """Take off one mark or numeral; False, and nothing is changed, where text begins."""
        if self.at >= len(self.plain):
            return False
        char = self.line[self.at]
        if char in "*_":
            self._emphasis(char)
        elif char == "<" and (end := tag_end(self.line, self.at)):
            self.at = end
        elif unicodedata.category(char)[0] in "LN":
            return self._numeral()
        else:
            self._mark(char)
        return True

    def _emphasis(self, char: str) -> None:
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

    def _numeral(self) -> bool:
        end = numeral_end(self.plain, self.at)
        if end == self.at:
            return False
        self.at, self.numbered = end, True
        if self.bracket and self.line[end : end + 1] == OPENING[self.bracket]:
            self.at, self.bracket = end + 1, ""
        return True

    def _mark(self, char: str) -> None:
        self.at += 1
        if char == "#":
            self.level += 1
        elif char in _BULLETS and self.line[self.at : self.at + 1].isspace():
            self.bullet = char
        elif char in OPENING:
            self.bracket = char
        elif unicodedata.category(char) in {"So", "Co"}:
            self.iconic = True


def undressing(line: str) -> Undressing:
    """Begin with a line: only its indentation is taken off yet."""
    indent = len(line) - len(line.lstrip())
    plain = line[: indent + _WINDOW].translate(_PLAIN)
    return Undressing(line=line, plain=plain, at=indent, indent=indent)


def tag_end(line: str, start: int) -> int:
    """Give the end of a short HTML tag that begins at ``start``, or 0."""
    end = line.find(">", start, start + _LONGEST_TAG)
    name = line[start + 1 : end].strip("/ ")
    return end + 1 if end > 0 and name.isascii() and name.isalnum() else 0
