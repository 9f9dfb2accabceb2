"""The tree in the Bot API's HTML style (https://core.telegram.org/bots/api#html-style).

Telegram knows no lists, paragraphs or headings: those become lines. Its code holds no other entity and is
held by none, so bold words around code are split, and a quote stands in no quote.
"""

import html
from itertools import groupby

from digest.text.markdown.inline import is_web_url
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
)

TAGS = frozenset(["b", "i", "a", "code", "pre", "blockquote"])
"""Every element that :func:`to_telegram` makes."""
_INDENT = "    "


def to_telegram(document: Document, *, in_quote: bool = False) -> str:
    """Return the tree as Telegram HTML; ``in_quote`` where the caller puts it into a quote of its own."""
    return "\n\n".join(_blocks(document.blocks, in_quote=in_quote))


def inlines_to_telegram(inlines: tuple[Inline, ...]) -> str:
    """Return inlines as Telegram HTML."""
    return "".join(_inline(inline) for inline in inlines)


def _blocks(blocks: tuple[Block, ...], *, in_quote: bool) -> list[str]:
    """Return the blocks as chunks of lines; a list belongs to the paragraph that it follows."""
    chunks: list[str] = []
    for block in blocks:
        chunk = "\n".join(_lines(block, depth=0, in_quote=in_quote))
        if chunks and isinstance(block, List):
            chunks[-1] += f"\n{chunk}"
        else:
            chunks.append(chunk)
    return chunks


def _lines(block: Block, *, depth: int, in_quote: bool) -> list[str]:
    match block:
        case Paragraph(children=children):
            return inlines_to_telegram(children).split("\n")
        case CodeBlock(text=text):
            return [f"<pre>{html.escape(text, quote=False)}</pre>"]
        case Quote(blocks=blocks) if in_quote or depth:
            return [line for inner in blocks for line in _lines(inner, depth=depth, in_quote=True)]
        case Quote(blocks=blocks):
            return ["<blockquote>" + "\n".join(_blocks(blocks, in_quote=True)) + "</blockquote>"]
        case List():
            return _list_lines(block, depth, in_quote=in_quote)


def _list_lines(listing: List, depth: int, *, in_quote: bool) -> list[str]:
    lines: list[str] = []
    for position, item in enumerate(listing.items):
        inner = [line for block in item.blocks for line in _lines(block, depth=depth + 1, in_quote=in_quote)]
        lines.append(f"{listing.marker(position, depth)} {inner[0]}")
        lines += [line if line.startswith("<pre>") else _INDENT + line for line in inner[1:]]
    return lines


def _inline(inline: Inline, *, in_link: bool = False) -> str:
    match inline:
        case Text(text=text):
            return html.escape(text, quote=False)
        case InlineCode(text=text):
            code = html.escape(text, quote=False)
            return code if in_link else f"<code>{code}</code>"
        case LineBreak():
            return "\n"
        case Bold(children=children):
            return _styled("b", children, in_link=in_link)
        case Italic(children=children):
            return _styled("i", children, in_link=in_link)
        case Link(url=url, children=children):
            words = "".join(_inline(child, in_link=True) for child in children)
            return f'<a href="{html.escape(url)}">{words}</a>' if is_web_url(url) else words


def _styled(tag: str, children: tuple[Inline, ...], *, in_link: bool) -> str:
    """Return the children inside ``tag``, which stops before each piece of code and begins again after it."""
    parts: list[str] = []
    for holds_code, run in groupby(children, key=lambda child: not in_link and _contains_code(child)):
        words = "".join(_inline(child, in_link=in_link) for child in run)
        parts.append(words if holds_code or not words.strip() else f"<{tag}>{words}</{tag}>")
    return "".join(parts)


def _contains_code(inline: Inline) -> bool:
    match inline:
        case Bold(children=children) | Italic(children=children):
            return any(_contains_code(child) for child in children)
        case _:
            return isinstance(inline, InlineCode)
