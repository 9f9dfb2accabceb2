"""How wide text is on a terminal or in a text mail, and where its lines may break."""

import re
import unicodedata
from collections.abc import Iterator

_WIDE = frozenset("WF")
_STARTS_NO_LINE = frozenset("、。，．：；！？）】》」』〉〕”’…—%°")
_ENDS_NO_LINE = frozenset("（【《「『〈〔“‘")
_CHUNK = re.compile(r"\s+|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef“”‘’…—]+|[\s\S]")


def columns(text: str) -> int:
    """Give the columns that ``text`` takes: two for a wide character (UAX #11), none for a combining one."""
    return sum(map(_columns, text))


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def wrap(text: str, width: int) -> list[str]:
    """Break ``text`` into lines of at most ``width`` columns, at spaces and between Chinese characters.

    No line begins with a closing mark or ends with an opening one; a word that is wider than a line (an
    address) stands whole.
    """
    lines: list[str] = []
    line, used = "", 0
    for piece in _pieces(text):
        wide = columns(piece)
        if line and used + columns(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, used = "", 0
            piece = piece.lstrip()  # noqa: PLW2901 - a line does not begin with the space at which it was broken
            wide = columns(piece)
        line += piece
        used += wide
    lines.append(line.rstrip())
    return lines


def _pieces(text: str) -> Iterator[str]:
    """Give what must stay on one line: a word with its space, a character with its marks."""
    piece = ""
    for chunk in _CHUNK.findall(text):
        glued = chunk[0] in _STARTS_NO_LINE or piece[-1:] in _ENDS_NO_LINE
        if piece and not chunk.isspace() and (piece[-1].isspace() or not glued):
            yield piece
            piece = ""
        piece += chunk
    if piece:
        yield piece
