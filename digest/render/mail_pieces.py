"""One paper of a mail, rendered once for all who get it for the same reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from jinja2 import TemplateError

from digest.errors import PaperDigestError
from digest.model import Layout, Locale, Paper, Pick, Section
from digest.render.keyword_line import keyword_line
from digest.render.mail_message import wire
from digest.render.mail_sheets import Sheets
from digest.render.mail_words import Names
from digest.render.one_line import one_line
from digest.render.paper_view import PaperView, plain_view, rich_view
from digest.render.skeleton import render
from digest.words import words_in

UNSHOWABLE = (PaperDigestError, TemplateError, ValueError, LookupError, RecursionError)
"""What a paper's text may raise on its way through Markdown and template; it costs that paper alone."""

NUMBER = "\ufdd0"
"""Stands in a piece for the paper's number, which differs from reader to reader; no text may hold it."""

TITLE = 300
"""Characters of a title, at most."""

SHORT_TITLE = 160
"""Characters of a title among so many papers that titles are all there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper as a digest lists it: everything that its rendering depends on, fit to be a cache's key.

    ``known`` is False for a paper that the archive does not have.
    """

    id: str
    title: str
    locale: Locale
    reasons: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    sections: tuple[tuple[Section, str], ...] = ()
    abstract_only: bool = False
    known: bool = True

    @classmethod
    def of(cls, pick: Pick, paper: Paper | None, locale: Locale) -> Self:
        """Give the entry of a pick and of its paper, if there is one."""
        if paper is None:
            return cls(
                id=pick.paper,
                title="",
                locale=locale,
                reasons=pick.reasons,
                keywords=pick.keywords,
                known=False,
            )
        return cls(
            id=paper.id,
            title=paper.title,
            locale=locale,
            reasons=pick.reasons,
            keywords=pick.keywords,
            domains=paper.domains,
            sections=tuple(paper.sections.items()),
            abstract_only=paper.abstract_only,
        )

    @property
    def asked(self) -> str:
        """Name the reader's own words that brought the paper."""
        return keyword_line(self.keywords, words_in(self.locale))


@dataclass(frozen=True, slots=True)
class Piece:
    """A paper in both alternatives; ``size`` is its bytes in HTML, with room for a number of three digits."""

    html: str
    text: str
    size: int

    @classmethod
    def of(cls, html: str, text: str) -> Self:
        """Give the piece of what templates made."""
        return cls(html, text, len(wire(html)))

    def numbered(self, number: int) -> "Piece":
        """Give the piece with its number in its place."""
        return Piece(
            self.html.replace(NUMBER, str(number)), self.text.replace(NUMBER, str(number)), self.size
        )


@dataclass(frozen=True, slots=True)
class MailPieces:
    """Renders papers; what cannot be rendered becomes a line with its link, and ``tell`` hears of it."""

    sheets: Mapping[Locale, Sheets]
    names: Names
    tell: Callable[[str], None]

    def piece(self, entry: Entry, layout: Layout) -> Piece:
        """Render one paper in a layout; never raises for what the paper holds."""
        try:
            if not entry.known:
                raise LookupError("not in the archive")
            return self._shown(entry, layout)
        except UNSHOWABLE as error:
            self.tell(f"paper {entry.id} could not be shown: {type(error).__name__}: {error}")
            return self._line(entry)

    def _shown(self, entry: Entry, layout: Layout) -> Piece:
        rich = self.view(entry, layout, plain=False)
        plain = self.view(entry, layout, plain=True)
        return self._fill(entry.locale, rich, plain)

    def _line(self, entry: Entry) -> Piece:
        reasons, _ = self._domains(entry)
        view = PaperView(
            layout=Layout.SHORT,
            number=NUMBER,
            id=one_line(entry.id),
            reasons=reasons,
            keywords=entry.asked,
            shown=False,
        )
        return self._fill(entry.locale, view, view)

    def _fill(self, locale: Locale, rich: PaperView, plain: PaperView) -> Piece:
        sheet = self.sheets[locale].digest
        return Piece.of(
            render(sheet.html.piece, {"paper": rich}),
            render(sheet.text.piece, {"paper": plain}),
        )

    def view(self, entry: Entry, layout: Layout, *, plain: bool) -> PaperView:
        """Give what a template sees of the paper, numbered with the place-holder."""
        reasons, others = self._domains(entry)
        most = SHORT_TITLE if layout is Layout.TITLES else TITLE
        view = PaperView(
            layout=layout,
            number=NUMBER,
            id=one_line(entry.id),
            title=one_line(entry.title.replace(NUMBER, ""), most=most),
            reasons=reasons,
            others=others,
            keywords=entry.asked,
            abstract_only=entry.abstract_only,
        )
        texts = (plain_view if plain else rich_view)(dict(entry.sections), layout, entry.locale)
        return replace(view, contribution=texts.contribution, sections=texts.sections)

    def _domains(self, entry: Entry) -> tuple[str, str]:
        """Name the domains that are the reason, and the others."""
        reasons = [self.names.name(slug, entry.locale) for slug in entry.reasons]
        others = [self.names.name(slug, entry.locale) for slug in entry.domains if slug not in entry.reasons]
        return " · ".join(reasons), " · ".join(others)
