"""One line of Markdown, such as a title or a contribution in one sentence, without any block around it."""

import re
from collections.abc import Iterator

from digest.markup.as_html import Style, inlines_to_html
from digest.markup.as_telegram import inlines_to_telegram
from digest.markup.reader import read, read_line
from digest.markup.tree import (
    Block,
    Bold,
    Break,
    Code,
    CodeBlock,
    Inline,
    Italic,
    Link,
    Listing,
    Paragraph,
    Quote,
    Text,
    words_of,
)

_MARKS = re.compile(r"(?:[*+\-•]|#{1,6}|>)\s+")


def inline_html(text: str, *, style: Style | None = None) -> str:
    """Give one line of Markdown as HTML without block elements."""
    return inlines_to_html(fold(text), style=style)


def inline_telegram(text: str) -> str:
    """Give one line of Markdown as Telegram HTML."""
    return inlines_to_telegram(fold(text))


def inline_plain(text: str) -> str:
    """Give one line of Markdown as plain text on one line; links keep their words alone."""
    return words_of(fold(text))


def fold(text: str) -> tuple[Inline, ...]:
    """Read Markdown as one line: the blocks of several lines follow each other with a space between."""
    stripped = text.strip()
    if "\n" not in stripped and "\r" not in stripped:
        return tuple(
            _unbroken(read_line(_MARKS.sub("", stripped, count=1) if _MARKS.match(stripped) else stripped))
        )
    inlines: list[Inline] = []
    for line in _paragraphs(read(stripped).blocks):
        inlines += [Text(text=" "), *line] if inlines else line
    return tuple(_unbroken(inlines))


def _paragraphs(blocks: tuple[Block, ...]) -> Iterator[tuple[Inline, ...]]:
    for block in blocks:
        match block:
            case Paragraph(children=children):
                yield children
            case CodeBlock(text=text):
                yield (Code(text=" ".join(text.split())),)
            case Quote(blocks=inner):
                yield from _paragraphs(inner)
            case Listing(items=items):
                for item in items:
                    yield from _paragraphs(item.blocks)


def _unbroken(inlines: list[Inline] | tuple[Inline, ...]) -> Iterator[Inline]:
    for inline in inlines:
        match inline:
            case Break():
                yield Text(text=" ")
            case Bold(children=children):
                yield Bold(children=tuple(_unbroken(children)))
            case Italic(children=children):
                yield Italic(children=tuple(_unbroken(children)))
            case Link(url=url, children=children):
                yield Link(url=url, children=tuple(_unbroken(children)))
            case _:
                yield inline
