"""The tree in the Bot API's HTML style (https://core.telegram.org/bots/api#html-style).

Telegram knows no lists, paragraphs or headings: those become lines. Its code holds no other entity and is
held by none, so bold words around code are split, and a quote stands in no quote.
"""

import html
from itertools import groupby

from digest.markup.inline import is_web
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
    Tree,
)

TAGS = frozenset(["b", "i", "a", "code", "pre", "blockquote"])
"""Every element that :func:`to_telegram` makes."""
_STEP = "    "


def to_telegram(tree: Tree, *, in_quote: bool = False) -> str:
    """Give the tree as Telegram HTML; ``in_quote`` where the caller puts it into a quote of its own."""
    return "\n\n".join(_blocks(tree.blocks, in_quote=in_quote))


def inlines_to_telegram(inlines: tuple[Inline, ...]) -> str:
    """Give inlines as Telegram HTML."""
    return "".join(_inline(inline) for inline in inlines)


def _blocks(blocks: tuple[Block, ...], *, in_quote: bool) -> list[str]:
    """Give the blocks as chunks of lines; a list belongs to the paragraph that it follows."""
    chunks: list[str] = []
    for block in blocks:
        chunk = "\n".join(_lines(block, depth=0, in_quote=in_quote))
        if chunks and isinstance(block, Listing):
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
        case Listing():
            return _listing(block, depth, in_quote=in_quote)


def _listing(listing: Listing, depth: int, *, in_quote: bool) -> list[str]:
    lines: list[str] = []
    for position, item in enumerate(listing.items):
        inner = [line for block in item.blocks for line in _lines(block, depth=depth + 1, in_quote=in_quote)]
        lines.append(f"{listing.marker(position, depth)} {inner[0]}")
        lines += [line if line.startswith("<pre>") else _STEP + line for line in inner[1:]]
    return lines


def _inline(inline: Inline, *, in_link: bool = False) -> str:
    match inline:
        case Text(text=text):
            return html.escape(text, quote=False)
        case Code(text=text):
            code = html.escape(text, quote=False)
            return code if in_link else f"<code>{code}</code>"
        case Break():
            return "\n"
        case Bold(children=children):
            return _dressed("b", children, in_link=in_link)
        case Italic(children=children):
            return _dressed("i", children, in_link=in_link)
        case Link(url=url, children=children):
            words = "".join(_inline(child, in_link=True) for child in children)
            return f'<a href="{html.escape(url)}">{words}</a>' if is_web(url) else words


def _dressed(tag: str, children: tuple[Inline, ...], *, in_link: bool) -> str:
    """Give the children inside ``tag``, which stops before each piece of code and begins again after it."""
    parts: list[str] = []
    for holds_code, run in groupby(children, key=lambda child: not in_link and _holds_code(child)):
        words = "".join(_inline(child, in_link=in_link) for child in run)
        parts.append(words if holds_code or not words.strip() else f"<{tag}>{words}</{tag}>")
    return "".join(parts)


def _holds_code(inline: Inline) -> bool:
    match inline:
        case Bold(children=children) | Italic(children=children):
            return any(_holds_code(child) for child in children)
        case _:
            return isinstance(inline, Code)
