"""One paper of a mail, rendered once for all who get it for the same reason."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from jinja2 import TemplateError
from markupsafe import Markup, escape

from digest.model import DetailLevel, Locale, Paper, Section, SelectedPaper
from digest.model.errors import PaperDigestError
from digest.render.email.context import DomainNames, PaperView, SectionView
from digest.render.email.mime import to_wire
from digest.render.email.templates import EmailTemplates, render_template
from digest.render.paper import format_keywords
from digest.text import markdown
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import to_one_line

DETAIL_SECTIONS = (Section.INNOVATIONS, Section.RESULTS, Section.USAGE)
"""The sections that a whole paper shows below its contribution, in this order."""

MAX_SENTENCE_LENGTH = 320
"""Visible characters of a contribution among many papers; 87 to 152 are usual."""

MAX_CONTRIBUTION_LENGTH = 700
"""Visible characters of the contribution of a paper that is shown whole."""

MAX_SECTION_LENGTH = 2_000
"""Visible characters of any other section of a paper that is shown whole."""

INLINE_STYLES = {
    "p": "margin:8px 0 0",
    "ul": "margin:8px 0 0;padding-left:22px",
    "ol": "margin:8px 0 0;padding-left:22px",
    "li": "margin:0 0 8px",
    "code": "font-family:Menlo,Consolas,monospace;font-size:14px",
    "pre": "margin:8px 0 0;font-size:14px;line-height:22px;white-space:pre-wrap",
    "blockquote": "margin:8px 0 0;padding-left:14px;border-left:3px solid #d8cfc2",
    "a": "color:#b0552f",
}
"""How each element of a section is dressed: mail has no style sheet to rely on."""

PLAIN_TEXT_WIDTH = 72
"""Columns of plain text."""


@dataclass(frozen=True, slots=True)
class PaperTexts:
    """The Chinese text of a paper in one layout."""

    contribution: str = ""
    sections: tuple[SectionView, ...] = ()


def html_texts(sections: Mapping[Section, str], detail_level: DetailLevel, locale: Locale) -> PaperTexts:
    """Return a paper's text as safe HTML."""
    return _build_texts(sections, detail_level, locale, render_line=_html_line, render_section=_html_section)


def web_texts(sections: Mapping[Section, str], locale: Locale) -> PaperTexts:
    """Return a paper's whole text as safe HTML without any style of its own, for a page with a style sheet."""
    tr = translator_for(locale)
    blocks = [(s, Markup(markdown.to_html(markdown.parse(sections[s])))) for s in DETAIL_SECTIONS if s in sections]  # noqa: S704 - markup escapes
    return PaperTexts(
        Markup(markdown.inline_html(_best_section_text(sections))),  # noqa: S704 - markup escapes
        tuple(SectionView(name=_section_heading(section, tr), body=body) for section, body in blocks if body),
    )


def plain_texts(sections: Mapping[Section, str], detail_level: DetailLevel, locale: Locale) -> PaperTexts:
    """Return a paper's text as plain text."""
    return _build_texts(sections, detail_level, locale, render_line=_plain_line, render_section=_plain_section)


def _build_texts(
    sections: Mapping[Section, str],
    detail_level: DetailLevel,
    locale: Locale,
    *,
    render_line: Callable[[str, int], str],
    render_section: Callable[[str, int], str],
) -> PaperTexts:
    """Return what a layout shows: nothing, one sentence, or everything."""
    if detail_level is DetailLevel.TITLES:
        return PaperTexts()
    if detail_level is DetailLevel.SHORT:
        return PaperTexts(render_line(_best_section_text(sections), MAX_SENTENCE_LENGTH))
    tr = translator_for(locale)
    shown = [
        (section, render_section(sections[section], MAX_SECTION_LENGTH))
        for section in DETAIL_SECTIONS
        if section in sections
    ]
    return PaperTexts(
        render_line(sections.get(Section.CONTRIBUTION, ""), MAX_CONTRIBUTION_LENGTH),
        tuple(SectionView(name=_section_heading(section, tr), body=body) for section, body in shown if body),
    )


def _best_section_text(sections: Mapping[Section, str]) -> str:
    """Return the text that tells a paper in one sentence: its contribution, or what comes nearest."""
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((sections[section] for section in order if sections.get(section, "").strip()), "")


def _section_heading(section: Section, tr: Translator) -> str:
    """Name a section for readers."""
    match section:
        case Section.INNOVATIONS:
            return tr.gettext("What is new")
        case Section.RESULTS:
            return tr.gettext("Results")
        case Section.USAGE:
            return tr.gettext("How to use it")
        case Section.CONTRIBUTION:
            return tr.gettext("Contribution")
        case Section.AREA:
            return tr.gettext("Area")


def _html_line(text: str, max_length: int) -> Markup:
    """Return a sentence with its stress; one that is far too long loses it with its end."""
    plain = markdown.inline_plain(text)
    if len(plain) <= max_length:
        return Markup(markdown.inline_html(text, style=INLINE_STYLES))  # noqa: S704 - markup escapes
    return escape(markdown.truncate(plain, max_length))


def _plain_line(text: str, max_length: int) -> str:
    return "\n".join(markdown.wrap(markdown.truncate(markdown.inline_plain(text), max_length), PLAIN_TEXT_WIDTH))


def _html_section(text: str, max_length: int) -> Markup:
    return Markup(markdown.to_html(_parse_shortened(text, max_length), style=INLINE_STYLES))  # noqa: S704 - markup escapes


def _plain_section(text: str, max_length: int) -> str:
    return markdown.to_plain(_parse_shortened(text, max_length), width=PLAIN_TEXT_WIDTH)


def _parse_shortened(text: str, max_length: int) -> markdown.Document:
    return markdown.truncate_document(markdown.parse(text), max_length)


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
