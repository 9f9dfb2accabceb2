"""A piece of a Telegram message: the same words with and without style, and what they take."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from digest.render.telegram.packing import MessageSize
from digest.text.telegram_length import utf16_length


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Words in the Bot API's HTML style and the same words plain; tags are whole, so that pieces join."""

    html: str
    plain: str
    size: MessageSize

    def __add__(self, other: "Fragment") -> "Fragment":
        return Fragment(html=self.html + other.html, plain=self.plain + other.plain, size=self.size + other.size)

    def __bool__(self) -> bool:
        return bool(self.html)


def text_fragment(text: str, *, plain: str | None = None) -> Fragment:
    """Return text without style; ``plain`` is how its plain twin reads where that differs."""
    return _with_tags("", text, "", plain)


def bold(text: str) -> Fragment:
    """Return bold text."""
    return _with_tags("<b>", text, "</b>")


def italic(text: str) -> Fragment:
    """Return text in italics."""
    return _with_tags("<i>", text, "</i>")


def link(text: str, url: str, *, plain: str | None = None) -> Fragment:
    """Return linked text; ``plain`` is how its plain twin reads, by default without the address."""
    return _with_tags(f'<a href="{escape(quote_url(url))}">', text, "</a>", plain)


def expandable_quote(fragment: Fragment) -> Fragment:
    """Return a piece in a quote that opens on a tap; it must hold no quote itself."""
    html = f"<blockquote expandable>{fragment.html}</blockquote>"
    return html_fragment(
        html, fragment.plain, utf16_units=fragment.size.utf16_units, entities=fragment.size.entities + 1
    )


def html_fragment(html: str, plain: str, *, utf16_units: int, entities: int) -> Fragment:
    """Return a piece of ready HTML; ``utf16_units`` and ``entities`` are what it comes to once parsed."""
    size = MessageSize(
        utf16_units=utf16_units, raw_bytes=len(html.encode()), plain_units=utf16_length(plain), entities=entities
    )
    return Fragment(html=html, plain=plain, size=size)


def _with_tags(before: str, text: str, after: str, plain: str | None = None) -> Fragment:
    html = f"{before}{escape(text, quote=False)}{after}"
    plain = text if plain is None else plain
    return html_fragment(html, plain, utf16_units=utf16_length(text), entities=1 if before else 0)


EMPTY = text_fragment("")


def join_fragments(fragments: Iterable[Fragment], separator: str = "\n") -> Fragment:
    """Join the pieces that are not empty, with ``separator`` between them where they read as something."""
    parts = [piece for piece in fragments if piece]
    plain = [piece.plain for piece in parts if piece.plain]
    gaps, plain_gaps = max(len(parts) - 1, 0), max(len(plain) - 1, 0)
    size = sum((piece.size for piece in parts), MessageSize())
    return Fragment(
        html=separator.join(piece.html for piece in parts),
        plain=separator.join(plain),
        size=size
        + MessageSize(
            utf16_units=gaps * len(separator), raw_bytes=gaps * len(separator), plain_units=plain_gaps * len(separator)
        ),
    )


def quote_url(url: str) -> str:
    """Return an address without anything that could end it or that Telegram refuses in a button."""
    return quote(url, safe=":/?&=%#.-_~+,;@!*()", errors="replace")
