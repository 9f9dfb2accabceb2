"""Pieces of Telegram messages: words with and without style, what they take, and packing them into messages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from operator import add, le, sub
from typing import NamedTuple, TypeVar
from urllib.parse import quote

from digest.model import Paper
from digest.text import markdown as markup
from digest.text.sanitize import to_one_line
from digest.text.truncate import utf16_length

T = TypeVar("T")


class MessageSize(NamedTuple):
    """What a piece of a message takes, or what a message has room for.

    ``utf16_units`` are UTF-16 code units once entities are parsed, ``raw_bytes`` bytes as sent,
    ``plain_units`` the units of the plain twin.
    """

    utf16_units: int = 0
    raw_bytes: int = 0
    plain_units: int = 0
    entities: int = 0
    buttons: int = 0

    def __add__(self, other: "MessageSize") -> "MessageSize":  # type: ignore[override]
        return MessageSize(*map(add, self, other))

    def __sub__(self, other: "MessageSize") -> "MessageSize":
        return MessageSize(*map(sub, self, other))

    def fits(self, limit: "MessageSize") -> bool:
        """Return whether this is within ``limit`` in every respect."""
        return all(map(le, self, limit))


MAX_MESSAGE_SIZE = MessageSize(utf16_units=4000, raw_bytes=32768, plain_units=4096, entities=96, buttons=100)
"""What we put into one message at most.

Telegram takes 4,096 units and 100 entities, beyond which the rest silently loses its style; what stays free
is for the ways of counting that differ (https://core.telegram.org/bots/api#sendmessage).
"""


def pack_blocks(
    blocks: Iterable[T], size_of: Callable[[T], MessageSize], *, separator: MessageSize, limit: MessageSize
) -> tuple[tuple[T, ...], ...]:
    """Return the blocks in messages of at most ``limit``, each filled before the next begins.

    ``separator`` is what stands between two blocks of one message. A block that is larger than ``limit`` by
    itself stands alone.
    """
    messages: list[tuple[T, ...]] = []
    kept: list[T] = []
    taken = MessageSize()
    for block in blocks:
        grown = taken + separator + size_of(block) if kept else size_of(block)
        if kept and not grown.fits(limit):
            messages.append(tuple(kept))
            kept, grown = [], size_of(block)
        kept.append(block)
        taken = grown
    return (*messages, tuple(kept)) if kept else tuple(messages)


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


RENDER_ERRORS = (ValueError, LookupError, TypeError, RecursionError)
"""What a paper's text may raise on its way here; it costs that paper alone."""


_MAX_TITLE_LENGTH = 250


_MAX_ID_LENGTH = 60
"""Characters of an id that is one; with what stands before it in a button they stay under 64 bytes."""


def is_valid_id(paper_id: str) -> bool:
    """Return whether an id may stand in an address: in one line, of an id's length."""
    return bool(paper_id) and to_one_line(paper_id, max_length=_MAX_ID_LENGTH) == paper_id


def display_id(paper_id: str) -> str:
    """Return an id as it may be shown, whatever it holds."""
    return to_one_line(paper_id, max_length=_MAX_ID_LENGTH)


def display_title(paper: Paper) -> str:
    """Return a paper's title as people read it, in one line; its id where it has none."""
    return _plain_title(paper.title) or display_id(paper.id)


@lru_cache(maxsize=4096)
def _plain_title(markdown: str) -> str:
    return to_one_line(markup.inline_plain(markdown), max_length=_MAX_TITLE_LENGTH)


def section_fragment(tree: markup.Document, *, in_quote: bool) -> Fragment:
    """Return a section's text with its style; it holds no quote where it stands in one."""
    html = markup.to_telegram(tree, in_quote=in_quote)
    return html_fragment(
        html, markup.to_plain(tree), utf16_units=markup.telegram_length(html), entities=markup.telegram_entities(html)
    )
