"""Cutting a tree to a length, with every emphasis, list and quote still closed."""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from digest.text.markdown.to_plain import to_plain
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
    ListItem,
    Paragraph,
    Quote,
    Text,
    plain_text,
)
from digest.text.truncate import ELLIPSIS, NO_ELLIPSIS_AFTER, find_cut, utf16_length


def plain_length(document: Document) -> int:
    """Return the UTF-16 units of the tree as plain text."""
    return utf16_length(to_plain(document))


def truncate_document(document: Document, limit: int, *, size: Callable[[Document], int] = plain_length) -> Document:
    """Return ``document``, or its beginning and ``…``, so that its ``size`` is at most ``limit``.

    ``size`` may count another output, as long as it grows with the words. The tree is cut between blocks
    or items if that keeps more than half of what fits, else inside a paragraph, and not after a lead-in
    (``如下：``) whose list would be gone.
    """
    if size(document) <= limit:
        return document
    leaves = list(_block_texts(document.blocks))
    total = sum(map(len, leaves))
    fitting = bisect_right(range(total + 1), limit, key=lambda keep: size(_first_characters(document, keep))) - 1
    if fitting < 0:
        return Document(blocks=())
    whole = end = 0
    for leaf in leaves:
        if end + len(leaf) > fitting:
            break
        end += len(leaf)
        whole = whole if leaf.endswith(("：", ":")) else end
    if whole * 2 > fitting:
        return _first_characters(document, whole)
    return _first_characters(document, end + find_cut(leaf, fitting - end))


def _block_texts(blocks: tuple[Block, ...]) -> Iterator[str]:
    """Return the words of each paragraph and code block, in order."""
    for block in blocks:
        match block:
            case Paragraph(children=children):
                yield plain_text(children)
            case CodeBlock(text=text):
                yield text
            case Quote(blocks=inner):
                yield from _block_texts(inner)
            case List(items=items):
                for item in items:
                    yield from _block_texts(item.blocks)


def _first_characters(document: Document, keep: int) -> Document:
    """Return the tree with its first ``keep`` characters and an ellipsis."""
    blocks = _Truncator(keep).blocks(document.blocks)
    return Document(blocks=_with_ellipsis(blocks) if blocks else (Paragraph(children=(Text(text=ELLIPSIS),)),))


class _Truncator:
    """Walks in reading order and keeps what the remaining number of characters allows."""

    def __init__(self, left: int) -> None:
        self._remaining = left

    def _take(self, text: str) -> str:
        kept = text[: self._remaining]
        self._remaining -= len(kept)
        return kept if self._remaining else kept.rstrip(NO_ELLIPSIS_AFTER)

    def blocks(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        kept: list[Block] = []
        for block in blocks:
            if not self._remaining:
                break
            kept += self._block(block)
        return tuple(kept)

    def _block(self, block: Block) -> Iterator[Block]:
        match block:
            case Paragraph(children=children):
                if inlines := self._inlines(children):
                    yield Paragraph(children=inlines)
            case CodeBlock(text=text):
                if code := self._take(text):
                    yield CodeBlock(text=code)
            case Quote(blocks=inner):
                if blocks := self.blocks(inner):
                    yield Quote(blocks=blocks)
            case List(items=items, start=start):
                kept = [ListItem(blocks=blocks) for item in items if (blocks := self.blocks(item.blocks))]
                if kept:
                    yield List(items=tuple(kept), start=start)

    def _inlines(self, inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
        kept: list[Inline] = []
        for inline in inlines:
            if not self._remaining:
                break
            kept += self._inline(inline)
        while kept and not self._remaining and isinstance(kept[-1], LineBreak):
            kept.pop()
        return tuple(kept)

    def _inline(self, inline: Inline) -> Iterator[Inline]:
        match inline:
            case LineBreak():
                self._remaining -= 1
                yield inline
            case Text(text=text) | InlineCode(text=text):
                if words := self._take(text):
                    yield type(inline)(text=words)
            case Bold(children=children) | Italic(children=children):
                if inner := self._inlines(children):
                    yield type(inline)(children=inner)
            case Link(url=url, children=children):
                if inner := self._inlines(children):
                    yield Link(url=url, children=inner)


def _with_ellipsis(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    """Put the ellipsis where the last words end."""
    *before, last = blocks
    match last:
        case Paragraph(children=children):
            last = Paragraph(children=(*children, Text(text=ELLIPSIS)))
        case CodeBlock(text=text):
            last = CodeBlock(text=text + ELLIPSIS)
        case Quote(blocks=inner):
            last = Quote(blocks=_with_ellipsis(inner))
        case List(items=items, start=start):
            end = ListItem(blocks=_with_ellipsis(items[-1].blocks))
            last = List(items=(*items[:-1], end), start=start)
    return (*before, last)
