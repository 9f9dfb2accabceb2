"""The neutral tree: what a section says, without any output's dress.

Blocks hold inlines or blocks; nesting is bounded by the reader, so walking by recursion is safe.
"""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Words as people read them: no mark-up, no line break."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineCode:
    """Inline code, verbatim."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineBreak:
    """A new line inside a paragraph."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bold:
    """Strong words; never directly or indirectly inside other bold."""

    children: tuple["Inline", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Italic:
    """Stressed words; never inside other italics."""

    children: tuple["Inline", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Words that lead to ``url``, which is always http or https; never inside another link."""

    url: str
    children: tuple["Inline", ...]


Inline: TypeAlias = Text | InlineCode | LineBreak | Bold | Italic | Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """A run of inlines; a heading is one whose only child is bold."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeBlock:
    """Lines of code, verbatim, without the last line's end."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """Quoted blocks."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """One entry of a list."""

    blocks: tuple["Block", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list: ``start`` is the first number, None for bullets."""

    items: tuple[ListItem, ...]
    start: int | None = None

    def marker(self, position: int, depth: int) -> str:
        """Return the mark of the item at ``position`` (from 0) in a list inside ``depth`` others."""
        if self.start is not None:
            return f"{self.start + position}."
        return "•" if depth == 0 else "–"


Block: TypeAlias = Paragraph | CodeBlock | Quote | List


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole text."""

    blocks: tuple[Block, ...]


def plain_text(inlines: tuple[Inline, ...]) -> str:
    """Return the visible characters of ``inlines``, with a newline for each break."""
    parts: list[str] = []
    for inline in inlines:
        match inline:
            case Text(text=text) | InlineCode(text=text):
                parts.append(text)
            case LineBreak():
                parts.append("\n")
            case Bold(children=children) | Italic(children=children) | Link(children=children):
                parts.append(plain_text(children))
    return "".join(parts)
