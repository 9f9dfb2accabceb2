"""What a mail's template sees of one paper: plain values, ready to be put in their place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from digest.model import DetailLevel, Locale, Section
from digest.text import markdown
from digest.text.i18n import Translator, translator_for

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section under its name; ``body`` is safe HTML or plain text."""

    name: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A paper as a template sees it; what is empty is not shown.

    ``available`` False: only the id is sure, and the template shows a line with the link.
    """

    detail_level: str
    number: str
    id: str
    title: str = ""
    matched_domains: str = ""
    other_domains: str = ""
    keywords: str = ""
    contribution: str = ""
    sections: tuple[SectionView, ...] = ()
    abstract_only: bool = False
    available: bool = True

    @property
    def arxiv_url(self) -> str:
        """Address of the abstract page at arXiv."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """Address of the PDF at arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def huggingface_url(self) -> str:
        """Address of the paper's page at Hugging Face."""
        return f"https://huggingface.co/papers/{self.id}"


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
