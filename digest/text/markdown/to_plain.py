"""The tree as plain text: for the text part of a mail and for the terminal."""

from digest.text.markdown.tree import (
    Block,
    Bold,
    CodeBlock,
    Document,
    Inline,
    InlineCode,
    Italic,
    LineBreak,
    Link,
    List,
    Paragraph,
    Quote,
    Text,
    plain_text,
)
from digest.text.width import display_width, wrap

_MIN_WIDTH = 16
"""Columns that a deeply indented line has at least, whatever the width."""


def to_plain(document: Document, *, width: int | None = None) -> str:
    """Return the tree as plain text, wrapped at ``width`` columns if one is given.

    Lists are indented under their marks, links are followed by ``<address>``, code stands as it is.
    """
    chunks: list[str] = []
    for block in document.blocks:
        chunk = "\n".join(_lines(block, 0, width))
        if chunks and isinstance(block, List):
            chunks[-1] += f"\n{chunk}"
        else:
            chunks.append(chunk)
    return "\n\n".join(chunks)


def inlines_to_plain(inlines: tuple[Inline, ...]) -> str:
    """Return inlines as plain text."""
    return "".join(_inline(inline) for inline in inlines)


def _lines(block: Block, depth: int, width: int | None) -> list[str]:
    match block:
        case Paragraph(children=children):
            written = inlines_to_plain(children).split("\n")
            return written if width is None else [line for part in written for line in wrap(part, width)]
        case CodeBlock(text=text):
            return [f"    {line}".rstrip() for line in text.split("\n")]
        case Quote(blocks=blocks):
            inner = [line for part in blocks for line in _lines(part, depth, _remaining_width(width, 2))]
            return [f"> {line}" for line in inner]
        case List():
            return _list_lines(block, depth, width)


def _list_lines(listing: List, depth: int, width: int | None) -> list[str]:
    lines: list[str] = []
    for position, item in enumerate(listing.items):
        marker = listing.marker(position, depth) + " "
        rest = _remaining_width(width, display_width(marker))
        inner = [line for block in item.blocks for line in _lines(block, depth + 1, rest)]
        lines.append(marker + inner[0].lstrip())
        lines += [f"{' ' * len(marker)}{line}".rstrip() for line in inner[1:]]
    return lines


def _remaining_width(width: int | None, used: int) -> int | None:
    return None if width is None else max(_MIN_WIDTH, width - used)


def _inline(inline: Inline) -> str:
    match inline:
        case Text(text=text) | InlineCode(text=text):
            return text
        case LineBreak():
            return "\n"
        case Bold(children=children) | Italic(children=children):
            return inlines_to_plain(children)
        case Link(url=url, children=children):
            words = plain_text(children)
            return url if words == url else f"{words} <{url}>"
