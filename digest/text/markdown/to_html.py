"""The tree as HTML: for mail and web pages."""

import html
from collections.abc import Mapping

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
    ListItem,
    Paragraph,
    Quote,
    Text,
)

TAGS = frozenset(["p", "ul", "ol", "li", "pre", "code", "blockquote", "strong", "em", "a", "br"])
"""Every element that :func:`to_html` makes."""
ATTRIBUTES = frozenset(["href", "rel", "start", "style"])
"""Every attribute that :func:`to_html` makes."""

TagStyles = Mapping[str, str]


def to_html(document: Document, *, style: TagStyles | None = None) -> str:
    """Return the tree as HTML that is also well-formed XML.

    ``style`` maps a tag's name to its ``style`` attribute, for mail. Everything that comes from the text
    is escaped; only http and https addresses become links.
    """
    return _HtmlWriter(style or {}).blocks(document.blocks)


def inlines_to_html(inlines: tuple[Inline, ...], *, style: TagStyles | None = None) -> str:
    """Return inlines as HTML without any block element."""
    return _HtmlWriter(style or {}).inlines(inlines)


class _HtmlWriter:
    def __init__(self, style: TagStyles) -> None:
        self._open_tags = {
            tag: f'<{tag} style="{html.escape(style[tag])}"' if style.get(tag) else f"<{tag}" for tag in TAGS
        }

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "\n".join(self._block(block) for block in blocks)

    def inlines(self, inlines: tuple[Inline, ...]) -> str:
        return "".join(self._inline(inline) for inline in inlines)

    def _element(self, tag: str, inner: str, attributes: str = "") -> str:
        return f"{self._open_tags[tag]}{attributes}>{inner}</{tag}>"

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(children=children):
                return self._element("p", self.inlines(children))
            case CodeBlock(text=text):
                return self._element("pre", f"<code>{html.escape(text)}</code>")
            case Quote(blocks=blocks):
                return self._element("blockquote", self.blocks(blocks))
            case List(items=items, start=start):
                tag = "ul" if start is None else "ol"
                from_here = "" if start in {None, 1} else f' start="{start}"'
                inner = "".join(f"\n{self._item(item)}" for item in items)
                return self._element(tag, f"{inner}\n", from_here)

    def _item(self, item: ListItem) -> str:
        """Return an item; its first paragraph stands in it directly, without the space around a ``p``."""
        first, rest = item.blocks[0], item.blocks[1:]
        if not isinstance(first, Paragraph):
            return self._element("li", self.blocks(item.blocks))
        inner = self.inlines(first.children)
        return self._element("li", f"{inner}\n{self.blocks(rest)}" if rest else inner)

    def _inline(self, inline: Inline) -> str:
        match inline:
            case Text(text=text):
                return html.escape(text)
            case InlineCode(text=text):
                return self._element("code", html.escape(text))
            case LineBreak():
                return f"{self._open_tags['br']} />"
            case Bold(children=children):
                return self._element("strong", self.inlines(children))
            case Italic(children=children):
                return self._element("em", self.inlines(children))
            case Link(url=url, children=children):
                return self._link(url, self.inlines(children))

    def _link(self, url: str, inner: str) -> str:
        if not is_web_url(url):
            return inner
        return self._element("a", inner, f' href="{html.escape(url)}" rel="noopener noreferrer nofollow"')
