"""One paper of a mail, rendered once for all who get it for the same reason."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from jinja2 import TemplateError
from markupsafe import Markup, escape

from digest.model import DetailLevel, Locale, Paper, Section, SelectedPaper
from digest.model.errors import PaperDigestError
from digest.render.email.context import DomainNames, PaperView, SectionView
from digest.render.email.mime import to_wire
from digest.render.email.templates import EmailTemplates, render_template
from digest.render.paper import best_section, format_keywords
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


PaperTexts = tuple[str, tuple[SectionView, ...]]
"""The Chinese text of a paper in one layout: its contribution, and the sections below that."""


def web_texts(sections: Mapping[Section, str], locale: Locale) -> PaperTexts:
    """Return a paper's whole text as safe HTML without any style of its own, for a page with a style sheet."""
    return (
        Markup(markdown.inline_html(_best_text(sections))),  # noqa: S704 - markup escapes
        _section_views(sections, locale, lambda text: Markup(markdown.to_html(markdown.parse(text)))),  # noqa: S704
    )


def html_texts(sections: Mapping[Section, str], detail_level: DetailLevel, locale: Locale) -> PaperTexts:
    """Return what a layout shows of a paper as safe HTML: nothing, one sentence, or everything."""
    return _shortened_texts(sections, detail_level, locale, _html_line, _html_section)


def plain_texts(sections: Mapping[Section, str], detail_level: DetailLevel, locale: Locale) -> PaperTexts:
    """Return the same as plain text."""
    return _shortened_texts(sections, detail_level, locale, _plain_line, _plain_section)


def _shortened_texts(
    sections: Mapping[Section, str],
    detail_level: DetailLevel,
    locale: Locale,
    render_line: Callable[[str, int], str],
    render_section: Callable[[markdown.Document], str],
) -> PaperTexts:
    if detail_level is DetailLevel.TITLES:
        return "", ()
    if detail_level is DetailLevel.SHORT:
        return render_line(_best_text(sections), MAX_SENTENCE_LENGTH), ()
    contribution = render_line(sections.get(Section.CONTRIBUTION, ""), MAX_CONTRIBUTION_LENGTH)
    return contribution, _section_views(
        sections,
        locale,
        lambda text: render_section(markdown.truncate_document(markdown.parse(text), MAX_SECTION_LENGTH)),
    )


def _best_text(sections: Mapping[Section, str]) -> str:
    section = best_section(sections)
    return sections[section] if section else ""


def _section_views(
    sections: Mapping[Section, str], locale: Locale, render_section: Callable[[str], str]
) -> tuple[SectionView, ...]:
    tr = translator_for(locale)
    bodies = [(section, render_section(sections[section])) for section in DETAIL_SECTIONS if section in sections]
    return tuple(SectionView(name=_section_heading(section, tr), body=body) for section, body in bodies if body)


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


def _html_section(tree: markdown.Document) -> Markup:
    return Markup(markdown.to_html(tree, style=INLINE_STYLES))  # noqa: S704 - markup escapes


def _plain_section(tree: markdown.Document) -> str:
    return markdown.to_plain(tree, width=PLAIN_TEXT_WIDTH)


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
        entry = cls(
            id=selected.paper_id,
            title="",
            locale=locale,
            matched_domains=selected.matched_domains,
            keywords=selected.matched_keywords,
            available=False,
        )
        if paper is None:
            return entry
        return replace(
            entry,
            id=paper.id,
            title=paper.title,
            domains=paper.domains,
            sections=tuple(paper.sections.items()),
            abstract_only=paper.abstract_only,
            available=True,
        )

    def to_view(
        self, detail_level: DetailLevel, domain_names: DomainNames, *, number: str = NUMBER_PLACEHOLDER
    ) -> PaperView:
        """Return what a template sees of the paper, besides its text."""
        max_length = MAX_SHORT_TITLE_LENGTH if detail_level is DetailLevel.TITLES else MAX_TITLE_LENGTH
        view = PaperView(
            detail_level=detail_level,
            number=number,
            id=to_one_line(self.id),
            matched_domains=_format_domains(self.matched_domains, domain_names, self.locale),
            keywords=format_keywords(self.keywords, translator_for(self.locale)),
            available=self.available,
        )
        if not self.available:
            return view
        others = [slug for slug in self.domains if slug not in self.matched_domains]
        return replace(
            view,
            title=to_one_line(self.title.replace(NUMBER_PLACEHOLDER, ""), max_length=max_length),
            other_domains=_format_domains(others, domain_names, self.locale),
            abstract_only=self.abstract_only,
        )


def _format_domains(slugs: Iterable[str], domain_names: DomainNames, locale: Locale) -> str:
    return " · ".join(domain_names.name(slug, locale) for slug in slugs)


@dataclass(frozen=True, slots=True)
class RenderedEmailEntry:
    """A paper in both alternatives; ``size`` is its bytes in HTML, with room for a number of three digits."""

    html: str
    text: str
    size: int

    def with_number(self, number: int) -> "RenderedEmailEntry":
        """Return the piece with its number in its place."""
        html, text = (part.replace(NUMBER_PLACEHOLDER, str(number)) for part in (self.html, self.text))
        return RenderedEmailEntry(html, text, self.size)


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
            return self._render_views(
                entry.locale,
                self.paper_view(entry, detail_level, plain=False),
                self.paper_view(entry, detail_level, plain=True),
            )
        except RENDER_ERRORS as error:
            self.on_error(f"paper {entry.id} could not be shown: {type(error).__name__}: {error}")
            view = replace(entry, available=False).to_view(DetailLevel.SHORT, self.domain_names)
            return self._render_views(entry.locale, view, view)

    def paper_view(self, entry: EmailEntry, detail_level: DetailLevel, *, plain: bool) -> PaperView:
        """Return what a template sees of the paper, numbered with the place-holder."""
        render_texts = plain_texts if plain else html_texts
        contribution, sections = render_texts(dict(entry.sections), detail_level, entry.locale)
        view = entry.to_view(detail_level, self.domain_names)
        return replace(view, contribution=contribution, sections=sections)

    def _render_views(self, locale: Locale, html_view: PaperView, text_view: PaperView) -> RenderedEmailEntry:
        template = self.templates[locale].digest
        html = render_template(template.html.loop_body, {"paper": html_view})
        text = render_template(template.text.loop_body, {"paper": text_view})
        return RenderedEmailEntry(html, text, len(to_wire(html)))
