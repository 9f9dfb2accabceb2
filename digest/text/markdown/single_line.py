"""One line of Markdown, such as a title or a contribution in one sentence, without any block around it."""

import re
from collections.abc import Iterator

from digest.text.markdown.parser import parse, parse_inline
from digest.text.markdown.to_html import TagStyles, inlines_to_html
from digest.text.markdown.to_telegram import inlines_to_telegram
from digest.text.markdown.tree import (
    Block,
    Bold,
    CodeBlock,
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

_BLOCK_MARKS = re.compile(r"(?:[*+\-•]|#{1,6}|>)\s+")


def inline_html(text: str, *, style: TagStyles | None = None) -> str:
    """Return one line of Markdown as HTML without block elements."""
    return inlines_to_html(flatten(text), style=style)


def inline_telegram(text: str) -> str:
    """Return one line of Markdown as Telegram HTML."""
    return inlines_to_telegram(flatten(text))


def inline_plain(text: str) -> str:
    """Return one line of Markdown as plain text on one line; links keep their words alone."""
    return plain_text(flatten(text))


def flatten(text: str) -> tuple[Inline, ...]:
    """Read Markdown as one line: the blocks of several lines follow each other with a space between."""
    stripped = text.strip()
    if "\n" not in stripped and "\r" not in stripped:
        return tuple(
            _without_breaks(
                parse_inline(_BLOCK_MARKS.sub("", stripped, count=1) if _BLOCK_MARKS.match(stripped) else stripped)
            )
        )
    inlines: list[Inline] = []
    for line in _paragraphs(parse(stripped).blocks):
        inlines += [Text(text=" "), *line] if inlines else line
    return tuple(_without_breaks(inlines))


def _paragraphs(blocks: tuple[Block, ...]) -> Iterator[tuple[Inline, ...]]:
    for block in blocks:
        match block:
            case Paragraph(children=children):
                yield children
            case CodeBlock(text=text):
                yield (InlineCode(text=" ".join(text.split())),)
            case Quote(blocks=inner):
                yield from _paragraphs(inner)
            case List(items=items):
                for item in items:
                    yield from _paragraphs(item.blocks)


def _without_breaks(inlines: list[Inline] | tuple[Inline, ...]) -> Iterator[Inline]:
    for inline in inlines:
        match inline:
            case LineBreak():
                yield Text(text=" ")
            case Bold(children=children):
                yield Bold(children=tuple(_without_breaks(children)))
            case Italic(children=children):
                yield Italic(children=tuple(_without_breaks(children)))
            case Link(url=url, children=children):
                yield Link(url=url, children=tuple(_without_breaks(children)))
            case _:
                yield inline
