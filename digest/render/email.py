"""A digest, an announcement or a code becomes an email.

Every template is compiled and tried when the renderer is made. A paper is rendered once for each language,
layout and reason, whoever reads it; one reader's mail is a join of those pieces and a few own lines.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

from jinja2 import Template

from digest.links import MailLinks
from digest.message import MailPart
from digest.model import AddressCode, Announcement, Delivery, Digest, Layout, Locale, OptIn, Paper
from digest.render.layout import lay_out
from digest.render.mail_message import (
    LINE,
    Body,
    Envelope,
    MailIdentity,
    base64_lines,
    body,
    build,
    joined_body,
    padded,
    wire,
)
from digest.render.mail_pieces import Entry, MailPieces, Piece
from digest.render.mail_sheets import Sheet, Sheets, load_sheets
from digest.render.mail_words import PLACES, MailWords, Names, Values
from digest.render.skeleton import render

MOST_BYTES = 90_000
"""Bytes of the HTML of any mail, below the size at which Gmail cuts."""

MORE_BYTES = 1_500
"""Bytes kept free for the line that counts the papers which did not fit."""

_LISTED = ("digest", "news")
"""Kinds of mail that belong to the list; the others answer one person."""

Shown = tuple[tuple[Entry, Layout], ...]
"""The papers of a digest in order, each with its layout."""


@dataclass(frozen=True, slots=True)
class Middle:
    """The papers of a digest, joined: shared by all readers who get the same ones."""

    html: str
    html_lines: bytes
    text: str
    text_lines: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands before and after the papers, in both alternatives; heads are ``padded`` by ``led_to``."""

    subject: str
    html_head: str
    html_tail: str
    text_head: str
    text_tail: str

    @property
    def room(self) -> int:
        """Bytes that the papers may take in HTML."""
        return MOST_BYTES - len(wire(self.html_head)) - len(wire(self.html_tail)) - 2 * LINE

    def led_to(self, links: MailLinks | None) -> "Frame":
        """Give the frame with a reader's own links in their places, ready to be joined."""
        parts = [self.html_head, self.html_tail, self.text_head, self.text_tail]
        for place, link in _pairs(links) if links else ():
            parts = [part.replace(place, link) for part in parts]
        html_head, html_tail, text_head, text_tail = parts
        return Frame(self.subject, padded(html_head), html_tail, padded(text_head), text_tail)


@dataclass(frozen=True, slots=True)
class MailRenderer:
    """Renders every mail that we send; made by ``MailRenderer.load`` once, safe to share between threads."""

    _identity: MailIdentity
    _secret: bytes
    _sheets: Mapping[Locale, Sheets]
    _words: MailWords
    _piece: Callable[[Entry, Layout], Piece]
    _middle: Callable[[Shown], Middle]
    _frame: Callable[[Digest, tuple[str, ...], int, MailLinks | None], Frame]

    @classmethod
    def load(
        cls,
        templates: Path,
        *,
        taxonomy: Names,
        identity: MailIdentity,
        secret: bytes,
        tell: Callable[[str], None] = lambda _: None,
    ) -> Self:
        """Compile the templates of a folder (``templates/email``) in every language and try them.

        ``secret`` keys the Message-IDs. ``tell`` hears one line for each paper that could not be shown.
        Raises ``BadTemplate`` naming the file.
        """
        sheets = load_sheets(templates, identity)
        words = MailWords(identity=identity, names=taxonomy)
        piece = lru_cache(maxsize=4096)(MailPieces(sheets, taxonomy, tell).piece)

        @lru_cache(maxsize=64)
        def middle(shown: Shown) -> Middle:
            return _joined([piece(*one).numbered(at) for at, one in enumerate(shown, 1)])

        @lru_cache(maxsize=512)
        def frame(digest: Digest, titles: tuple[str, ...], more: int, places: MailLinks | None) -> Frame:
            return _framed(sheets[digest.locale].digest, words.digest(digest, titles, more, places))

        return cls(identity, secret, sheets, words, piece, middle, frame)

    def digest(
        self,
        delivery: Delivery,
        digest: Digest,
        papers: Mapping[str, Paper],
        links: MailLinks | None = None,
    ) -> MailPart:
        """Render a reader's digest; HTML of at most ``MOST_BYTES``, the same papers and links in both parts.

        A paper that ``papers`` lacks, or that cannot be rendered, becomes a line with its link. A delivery
        that was too big once shows titles alone.
        """
        if not digest.picks:
            values = self._words.quiet(digest, links)
            envelope = self._envelope(delivery, str(values["subject"]), digest.locale, "digest", links)
            return self._sheet(envelope, self._sheets[digest.locale].quiet, values)
        entries = [Entry.of(pick, papers.get(pick.paper), digest.locale) for pick in digest.picks]
        titles = tuple(entry.title for entry in entries[:4])
        places = _places(links) if links else None
        frame = self._frame(digest, titles, 0, places).led_to(links)
        layouts = lay_out(
            len(entries),
            lambda at, layout: self._piece(entries[at], layout).size,
            room=frame.room,
            more=MORE_BYTES,
            wanted=Layout.TITLES if delivery.shorter else digest.layout,
        )
        if len(layouts) < len(entries):
            frame = self._frame(digest, titles, len(entries) - len(layouts), places).led_to(links)
        middle = self._middle(tuple(zip(entries, layouts, strict=False)))
        return build(
            self._envelope(delivery, frame.subject, digest.locale, "digest", links),
            self._identity,
            self._secret,
            html=joined_body(frame.html_head, middle.html, middle.html_lines, frame.html_tail),
            text=joined_body(frame.text_head, middle.text, middle.text_lines, frame.text_tail),
        )

    def announcement(
        self, delivery: Delivery, announcement: Announcement, links: MailLinks | None = None
    ) -> MailPart:
        """Render an admin's words; addresses become links, nothing else is interpreted."""
        values = self._words.announcement(announcement, links)
        kind = "notice" if announcement.notice else "news"
        envelope = self._envelope(delivery, str(values["subject"]), announcement.locale, kind, links)
        return self._sheet(envelope, self._sheets[announcement.locale].announcement, values)

    def address_code(self, delivery: Delivery, code: AddressCode) -> MailPart:
        """Render the mail that proves an address; it belongs to no list and holds no stranger's text."""
        values = self._words.code(code)
        envelope = self._envelope(delivery, str(values["subject"]), code.locale, "code", None)
        return self._sheet(envelope, self._sheets[code.locale].code, values)

    def opt_in(self, delivery: Delivery, question: OptIn, confirm: str) -> MailPart:
        """Render the mail that asks after a sign-up, with the link that says yes; it belongs to no list."""
        values = self._words.opt_in(question, confirm)
        envelope = self._envelope(delivery, str(values["subject"]), question.locale, "opt-in", None)
        return self._sheet(envelope, self._sheets[question.locale].opt_in, values)

    def _envelope(
        self, delivery: Delivery, subject: str, locale: Locale, kind: str, links: MailLinks | None
    ) -> Envelope:
        return Envelope(
            to=delivery.target.address,
            subject=subject,
            key=delivery.key,
            kind=kind,
            locale=locale,
            created_at=delivery.created_at,
            listed=kind in _LISTED,
            links=links,
        )

    def _sheet(self, envelope: Envelope, sheet: Sheet, values: Values) -> MailPart:
        """Render a mail without papers."""
        return build(
            envelope,
            self._identity,
            self._secret,
            html=_whole(sheet.html.whole, values),
            text=_whole(sheet.text.whole, values),
        )


def _places(links: MailLinks) -> MailLinks:
    """Give the place-holders of those links that there are."""
    return MailLinks(
        unsubscribe=PLACES.unsubscribe,
        preferences=PLACES.preferences if links.preferences else None,
        copy=PLACES.copy if links.copy else None,
    )


def _pairs(links: MailLinks) -> Iterator[tuple[str, str]]:
    """Give each place-holder with what belongs there."""
    yield PLACES.unsubscribe, links.unsubscribe
    if PLACES.preferences and links.preferences:
        yield PLACES.preferences, links.preferences
    if PLACES.copy and links.copy:
        yield PLACES.copy, links.copy


def _framed(sheet: Sheet, values: Values) -> Frame:
    """Fill what stands before and after the papers."""
    return Frame(
        subject=str(values["subject"]),
        html_head=render(sheet.html.head, values),
        html_tail=render(sheet.html.tail, values),
        text_head=render(sheet.text.head, values),
        text_tail=render(sheet.text.tail, values),
    )


def _joined(pieces: list[Piece]) -> Middle:
    """Join papers and encode them, once for everybody."""
    html = padded("".join(piece.html for piece in pieces))
    text = padded("".join(piece.text for piece in pieces))
    return Middle(html, base64_lines(wire(html)), text, base64_lines(wire(text)))


def _whole(template: Template, values: Values) -> Body:
    return body(render(template, values))
