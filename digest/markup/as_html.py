"""The tree as HTML: for mail and web pages."""

import html
from collections.abc import Mapping

from digest.markup.inline import is_web
from digest.markup.tree import (
    Block,
    Bold,
    Break,
    Code,
    CodeBlock,
    Inline,
    Italic,
    Item,
    Link,
    Listing,
    Paragraph,
    Quote,
    Text,
    Tree,
)

TAGS = frozenset(["p", "ul", "ol", "li", "pre", "code", "blockquote", "strong", "em", "a", "br"])
"""Every element that :func:`to_html` makes."""
ATTRIBUTES = frozenset(["href", "rel", "start", "style"])
"""Every attribute that :func:`to_html` makes."""

Style = Mapping[str, str]


def to_html(tree: Tree, *, style: Style | None = None) -> str:
    """Give the tree as HTML that is also well-formed XML.

    ``style`` maps a tag's name to its ``style`` attribute, for mail. Everything that comes from the text
    is escaped; only http and https addresses become links.
    """
    return _Html(style or {}).blocks(tree.blocks)


def inlines_to_html(inlines: tuple[Inline, ...], *, style: Style | None = None) -> str:
    """Give inlines as HTML without any block element."""
    return _Html(style or {}).inlines(inlines)


class _Html:
    def __init__(self, style: Style) -> None:
        self._opening = {
            tag: f'<{tag} style="{html.escape(style[tag])}"' if style.get(tag) else f"<{tag}" for tag in TAGS
        }

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n".join(self._block(block) for block in blocks)

    def inlines(self, inlines: tuple[Inline, ...]) -> str:
        return "".join(self._inline(inline) for inline in inlines)

    def _in(self, tag: str, inner: str, attributes: str = "") -> str:
        return f"{self._opening[tag]}{attributes}>{inner}</{tag}>"

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(children=children):
                return self._in("p", self.inlines(children))
            case CodeBlock(text=text):
                return self._in("pre", f"<code>{html.escape(text)}</code>")
            case Quote(blocks=blocks):
                return self._in("blockquote", self.blocks(blocks))
            case Listing(items=items, start=start):
                tag = "ul" if start is None else "ol"
                from_here = "" if start in {None, 1} else f' start="{start}"'
                inner = "".join(f"\n{self._item(item)}" for item in items)
                return self._in(tag, f"{inner}\n", from_here)

    def _item(self, item: Item) -> str:
        """Give an item; its first paragraph stands in it directly, without the space around a ``p``."""
        first, rest = item.blocks[0], item.blocks[1:]
        if not isinstance(first, Paragraph):
            return self._in("li", self.blocks(item.blocks))
        inner = self.inlines(first.children)
        return self._in("li", f"{inner}\n{self.blocks(rest)}" if rest else inner)

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Text(text=text):
                return html.escape(text)
            case Code(text=text):
                return self._in("code", html.escape(text))
            case Break():
                return f"{self._opening['br']} />"
            case Bold(children=children):
                return self._in("strong", self.inlines(children))
            case Italic(children=children):
                return self._in("em", self.inlines(children))
            case Link(url=url, children=children):
                return self._link(url, self.inlines(children))

    def _link(self, url: str, inner: str) -> str:
        if not is_web(url):
            return inner
        return self._in("a", inner, f' href="{html.escape(url)}" rel="noopener noreferrer nofollow"')
