"""Section Markdown as a language model writes it, into the neutral tree."""

import re
from collections.abc import Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from digest.text.markdown.inline import add_rules, build_inlines
from digest.text.markdown.normalize import normalize_lines
from digest.text.markdown.tree import Block, Bold, CodeBlock, Document, Inline, List, ListItem, Paragraph, Quote, Text

MAX_LENGTH = 50_000
"""Characters of a text that are read; the longest section of the seed has 1,000."""
MAX_PARAGRAPH = 20_000
"""Characters of one paragraph whose mark-up is read; the words of a longer one are kept."""
_MAX_NESTING = 60

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e001f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|[\x85\u2028\u2029]")


def parse(text: str) -> Document:
    """Read Markdown; whatever it is, its words are kept and nothing is raised.

    Time is linear in the length of ``text``, of which the first 50,000 characters are read.
    """
    clean = clean_text(text)
    lines = normalize_lines(clean.expandtabs(4))
    return Document(blocks=tuple(_blocks(_TokenStream(_parser().parse("\n".join(lines))))))


def parse_inline(text: str) -> tuple[Inline, ...]:
    """Read one line without blocks, such as a title: ``1. `` or ``# `` at its beginning is part of it."""
    tokens = _parser().parseInline(" ".join(clean_text(text).split()))
    return build_inlines(tokens[0].children or []) if tokens else ()


def clean_text(text: str) -> str:
    """Return ``text`` with plain line ends, cut at the bound, without characters that nobody sees.

    Those are controls, direction overrides, and code points that XML and UTF-8 refuse.
    """
    if len(text) > MAX_LENGTH:
        text = text[:MAX_LENGTH].rstrip() + "…"
    text = _LINE_END.sub("\n", text)
    return _INVISIBLE.sub("", _SURROGATE.sub("\ufffd", text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    parser.block.ruler.disable(["code", "html_block", "lheading", "reference"])
    add_rules(parser)
    parser.core.ruler.before("inline", "bound", _strip_long_paragraphs)
    return parser


def _strip_long_paragraphs(state: object) -> None:
    """Take the mark-up out of endless paragraphs before markdown-it reads them."""
    for token in getattr(state, "tokens", []):
        if token.type == "inline" and len(token.content) > MAX_PARAGRAPH:
            token.content = re.sub(r"[*_`\[\]<>~$\\]+", " ", token.content)


class _TokenStream:
    """markdown-it's flat stream, read forward."""

    def __init__(self, tokens: list[Token]) -> None:
        self._stream = iter(tokens)

    def until(self, closing: str) -> Iterator[Token]:
        """Return the tokens up to the closing one, which is taken from the stream."""
        for token in self._stream:
            if token.type == closing:
                return
            yield token


def _blocks(tokens: _TokenStream, closing: str = "") -> Iterator[Block]:
    for token in tokens.until(closing):
        yield from _block(token, tokens)


def _block(token: Token, tokens: _TokenStream) -> Iterator[Block]:
    match token.type:
        case "inline":
            yield from _paragraph(build_inlines(token.children or []))
        case "heading_open":
            for inner in tokens.until("heading_close"):
                yield from _paragraph(build_inlines(inner.children or [], wrapper=Bold))
        case "fence":
            yield CodeBlock(text=token.content.rstrip("\n"))
        case "blockquote_open":
            if blocks := tuple(_blocks(tokens, "blockquote_close")):
                yield Quote(blocks=blocks)
        case "bullet_list_open":
            yield from _list(tokens, "bullet_list_close", None)
        case "ordered_list_open":
            yield from _list(tokens, "ordered_list_close", int(token.attrs.get("start", 1)))
        case "table_open":
            yield from _table(tokens)
        case _:  # the ends of paragraphs
            return


def _paragraph(inlines: tuple[Inline, ...]) -> Iterator[Paragraph]:
    if inlines:
        yield Paragraph(children=inlines)


def _list(tokens: _TokenStream, closing: str, start: int | None) -> Iterator[List]:
    items = tuple(
        ListItem(blocks=blocks) for _ in tokens.until(closing) if (blocks := tuple(_blocks(tokens, "list_item_close")))
    )
    if items:
        yield List(items=items, start=start)


def _table(tokens: _TokenStream) -> Iterator[List]:
    """Make a table a list: each row an item, its first cell bold, the others named by their column."""
    rows: list[list[tuple[Inline, ...]]] = []
    for token in tokens.until("table_close"):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            first = len(rows) > 1 and not rows[-1]
            rows[-1].append(build_inlines(token.children or [], wrapper=Bold if first else None))
    items = tuple(
        ListItem(blocks=(Paragraph(children=cells),)) for row in rows[1:] if (cells := tuple(_row_cells(rows[0], row)))
    )
    if items:
        yield List(items=items)


def _row_cells(names: list[tuple[Inline, ...]], row: list[tuple[Inline, ...]]) -> Iterator[Inline]:
    yield from row[0]
    separator = ": " if row[0] else ""
    for name, cell in zip(names[1:], row[1:], strict=False):
        if cell:
            yield Text(text=separator)
            yield from name
            yield Text(text=" ")
            yield from cell
            separator = "; "
