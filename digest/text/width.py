"""How wide text is on a terminal or in a text mail, and where its lines may break."""

import re
import unicodedata
from collections.abc import Iterator

_WIDE = frozenset("WF")
_NOT_AT_START = frozenset("、。，．：；！？）】》」』〉〕”’…—%°")
_NOT_AT_END = frozenset("（【《「『〈〔“‘")
_CHUNK = re.compile(r"\s+|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef“”‘’…—]+|[\s\S]")


def display_width(text: str) -> int:
    """Return the columns that ``text`` takes.

    Two for a wide character (UAX #11), none for a combining one.
    """
    return sum(map(_char_width, text))


def _char_width(char: str) -> int:
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
    for piece in _unbreakable_pieces(text):
        wide = display_width(piece)
        if line and used + display_width(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, used = "", 0
            piece = piece.lstrip()  # noqa: PLW2901 - a line does not begin with the space at which it was broken
            wide = display_width(piece)
        line += piece
        used += wide
    lines.append(line.rstrip())
    return lines


def _unbreakable_pieces(text: str) -> Iterator[str]:
    """Return what must stay on one line: a word with its space, a character with its marks."""
    piece = ""
    for chunk in _CHUNK.findall(text):
        glued = chunk[0] in _NOT_AT_START or piece[-1:] in _NOT_AT_END
        if piece and not chunk.isspace() and (piece[-1].isspace() or not glued):
            yield piece
            piece = ""
        piece += chunk
    if piece:
        yield piece
