"""A piece of a Telegram message: the same words with and without style, and what they take."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from digest.markup import utf16_length
from digest.render.packing import Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Words in the Bot API's HTML style and the same words plain; tags are whole, so that pieces join."""

    html: str
    plain: str
    size: Size

    def __add__(self, other: "Piece") -> "Piece":
        return Piece(html=self.html + other.html, plain=self.plain + other.plain, size=self.size + other.size)

    def __bool__(self) -> bool:
        return bool(self.html)


def words(text: str, *, plain: str | None = None) -> Piece:
    """Give text without style; ``plain`` is how its plain twin reads where that differs."""
    return _with_tags("", text, "", plain)


def bold(text: str) -> Piece:
    """Give bold text."""
    return _with_tags("<b>", text, "</b>")


def italic(text: str) -> Piece:
    """Give text in italics."""
    return _with_tags("<i>", text, "</i>")


def link(text: str, url: str, *, plain: str | None = None) -> Piece:
    """Give linked text; ``plain`` is how its plain twin reads, by default without the address."""
    return _with_tags(f'<a href="{escape(web_address(url))}">', text, "</a>", plain)


def folded(piece: Piece) -> Piece:
    """Give a piece in a quote that opens on a tap; it must hold no quote itself."""
    html = f"<blockquote expandable>{piece.html}</blockquote>"
    return styled(html, piece.plain, units=piece.size.units, entities=piece.size.entities + 1)


def styled(html: str, plain: str, *, units: int, entities: int) -> Piece:
    """Give a piece of ready HTML; ``units`` and ``entities`` are what it comes to once parsed."""
    size = Size(units=units, raw=len(html.encode()), plain=utf16_length(plain), entities=entities)
    return Piece(html=html, plain=plain, size=size)


def _with_tags(before: str, text: str, after: str, plain: str | None = None) -> Piece:
    html = f"{before}{escape(text, quote=False)}{after}"
    plain = text if plain is None else plain
    return styled(html, plain, units=utf16_length(text), entities=1 if before else 0)


NOTHING = words("")


def joined(pieces: Iterable[Piece], separator: str = "\n") -> Piece:
    """Join the pieces that are not empty, with ``separator`` between them where they read as something."""
    parts = [piece for piece in pieces if piece]
    plain = [piece.plain for piece in parts if piece.plain]
    gaps, plain_gaps = max(len(parts) - 1, 0), max(len(plain) - 1, 0)
    size = sum((piece.size for piece in parts), Size())
    return Piece(
        html=separator.join(piece.html for piece in parts),
        plain=separator.join(plain),
        size=size
        + Size(units=gaps * len(separator), raw=gaps * len(separator), plain=plain_gaps * len(separator)),
    )


def web_address(url: str) -> str:
    """Give an address without anything that could end it or that Telegram refuses in a button."""
    return quote(url, safe=":/?&=%#.-_~+,;@!*()", errors="replace")
