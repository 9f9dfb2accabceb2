"""One paper of a mail, rendered once for all who get it for the same reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from jinja2 import TemplateError

from digest.model import DetailLevel, Locale, Paper, Section, SelectedPaper
from digest.model.errors import PaperDigestError
from digest.render.email.context import DomainNames
from digest.render.email.mime import to_wire
from digest.render.email.paper_context import PaperView, html_texts, plain_texts
from digest.render.email.split_template import render_template
from digest.render.email.templates import EmailTemplates
from digest.render.labels import format_keywords
from digest.text.i18n import translator_for
from digest.text.sanitize import to_one_line

RENDER_ERRORS = (PaperDigestError, TemplateError, ValueError, LookupError, RecursionError)
"""What a paper's text may raise on its way through Markdown and template; it costs that paper alone."""

NUMBER_PLACEHOLDER = "\ufdd0"
"""Stands in a piece for the paper's number, which differs from reader to reader; no text may hold it."""

MAX_TITLE_LENGTH = 300
"""Characters of a title, at most."""

MAX_SHORT_TITLE_LENGTH = 160
"""Characters of a title among so many papers that titles are all there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailEntry:
    """A paper as a digest lists it: everything that its rendering depends on, fit to be a cache's key.

    ``available`` is False for a paper that the archive does not have.
    """

    id: str
    title: str
    locale: Locale
    matched_domains: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    sections: tuple[tuple[Section, str], ...] = ()
    abstract_only: bool = False
    available: bool = True

    @classmethod
    def from_selected(cls, selected: SelectedPaper, paper: Paper | None, locale: Locale) -> Self:
        """Return the entry of a pick and of its paper, if there is one."""
        if paper is None:
            return cls(
                id=selected.paper_id,
                title="",
                locale=locale,
                matched_domains=selected.matched_domains,
                keywords=selected.matched_keywords,
                available=False,
            )
        return cls(
            id=paper.id,
            title=paper.title,
            locale=locale,
            matched_domains=selected.matched_domains,
            keywords=selected.matched_keywords,
            domains=paper.domains,
            sections=tuple(paper.sections.items()),
            abstract_only=paper.abstract_only,
        )

    @property
    def keywords_text(self) -> str:
        """Name the reader's own words that brought the paper."""
        return format_keywords(self.keywords, translator_for(self.locale))


@dataclass(frozen=True, slots=True)
class RenderedEmailEntry:
    """A paper in both alternatives; ``size`` is its bytes in HTML, with room for a number of three digits."""

    html: str
    text: str
    size: int

    @classmethod
    def from_parts(cls, html: str, text: str) -> Self:
        """Return the piece of what templates made."""
        return cls(html, text, len(to_wire(html)))

    def with_number(self, number: int) -> "RenderedEmailEntry":
        """Return the piece with its number in its place."""
        return RenderedEmailEntry(
            self.html.replace(NUMBER_PLACEHOLDER, str(number)),
            self.text.replace(NUMBER_PLACEHOLDER, str(number)),
            self.size,
        )


@dataclass(frozen=True, slots=True)
class EmailEntryRenderer:
    """Renders papers; what cannot be rendered becomes a line with its link, and ``on_error`` hears of it."""

    templates: Mapping[Locale, EmailTemplates]
    domain_names: DomainNames
    on_error: Callable[[str], None]

    def render_entry(self, entry: EmailEntry, detail_level: DetailLevel) -> RenderedEmailEntry:
        """Render one paper in a layout; never raises for what the paper holds."""
        try:
            if not entry.available:
                raise LookupError("not in the archive")
            return self._render_available(entry, detail_level)
        except RENDER_ERRORS as error:
            self.on_error(f"paper {entry.id} could not be shown: {type(error).__name__}: {error}")
            return self._render_unavailable(entry)

    def _render_available(self, entry: EmailEntry, detail_level: DetailLevel) -> RenderedEmailEntry:
        rich = self.paper_view(entry, detail_level, plain=False)
        plain = self.paper_view(entry, detail_level, plain=True)
        return self._fill_templates(entry.locale, rich, plain)

    def _render_unavailable(self, entry: EmailEntry) -> RenderedEmailEntry:
        reasons, _ = self._format_domains(entry)
        view = PaperView(
            detail_level=DetailLevel.SHORT,
            number=NUMBER_PLACEHOLDER,
            id=to_one_line(entry.id),
            matched_domains=reasons,
            keywords=entry.keywords_text,
            available=False,
        )
        return self._fill_templates(entry.locale, view, view)

    def _fill_templates(self, locale: Locale, rich: PaperView, plain: PaperView) -> RenderedEmailEntry:
        sheet = self.templates[locale].digest
        return RenderedEmailEntry.from_parts(
            render_template(sheet.html.loop_body, {"paper": rich}),
            render_template(sheet.text.loop_body, {"paper": plain}),
        )

    def paper_view(self, entry: EmailEntry, detail_level: DetailLevel, *, plain: bool) -> PaperView:
        """Return what a template sees of the paper, numbered with the place-holder."""
        reasons, others = self._format_domains(entry)
        most = MAX_SHORT_TITLE_LENGTH if detail_level is DetailLevel.TITLES else MAX_TITLE_LENGTH
        view = PaperView(
            detail_level=detail_level,
            number=NUMBER_PLACEHOLDER,
            id=to_one_line(entry.id),
            title=to_one_line(entry.title.replace(NUMBER_PLACEHOLDER, ""), max_length=most),
            matched_domains=reasons,
            other_domains=others,
            keywords=entry.keywords_text,
            abstract_only=entry.abstract_only,
        )
        texts = (plain_texts if plain else html_texts)(dict(entry.sections), detail_level, entry.locale)
        return replace(view, contribution=texts.contribution, sections=texts.sections)

    def _format_domains(self, entry: EmailEntry) -> tuple[str, str]:
        """Name the domains that are the reason, and the others."""
        reasons = [self.domain_names.name(slug, entry.locale) for slug in entry.matched_domains]
        others = [
            self.domain_names.name(slug, entry.locale) for slug in entry.domains if slug not in entry.matched_domains
        ]
        return " · ".join(reasons), " · ".join(others)
