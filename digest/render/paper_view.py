"""What a mail's template sees of one paper: plain values, ready to be put in their place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from digest import markup
from digest.model import Layout, Locale, Section
from digest.words import Words, words_in

BLOCKS = (Section.INNOVATIONS, Section.RESULTS, Section.USAGE)
"""The sections that a whole paper shows below its contribution, in this order."""

SENTENCE = 320
"""Visible characters of a contribution among many papers; 87 to 152 are usual."""

PARAGRAPH = 700
"""Visible characters of the contribution of a paper that is shown whole."""

BLOCK = 2_000
"""Visible characters of any other section of a paper that is shown whole."""

STYLE = {
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

WIDTH = 72
"""Columns of plain text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A section under its name; ``body`` is safe HTML or plain text."""

    name: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A paper as a template sees it; what is empty is not shown.

    ``shown`` False: only the id is sure, and the template shows a line with the link.
    """

    layout: str
    number: str
    id: str
    title: str = ""
    reasons: str = ""
    others: str = ""
    keywords: str = ""
    contribution: str = ""
    sections: tuple[SectionView, ...] = ()
    abstract_only: bool = False
    shown: bool = True

    @property
    def arxiv(self) -> str:
        """Address of the abstract page at arXiv."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf(self) -> str:
        """Address of the PDF at arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def huggingface(self) -> str:
        """Address of the paper's page at Hugging Face."""
        return f"https://huggingface.co/papers/{self.id}"


@dataclass(frozen=True, slots=True)
class Texts:
    """The Chinese text of a paper in one layout."""

    contribution: str = ""
    sections: tuple[SectionView, ...] = ()


def rich_view(sections: Mapping[Section, str], layout: Layout, locale: Locale) -> Texts:
    """Give a paper's text as safe HTML."""
    return _texts(sections, layout, locale, line=_rich_line, block=_rich_block)


def web_view(sections: Mapping[Section, str], locale: Locale) -> Texts:
    """Give a paper's whole text as safe HTML without any style of its own, for a page with a style sheet."""
    words = words_in(locale)
    blocks = [(s, Markup(markup.to_html(markup.read(sections[s])))) for s in BLOCKS if s in sections]  # noqa: S704 - markup escapes
    return Texts(
        Markup(markup.inline_html(_sentence(sections))),  # noqa: S704 - markup escapes
        tuple(SectionView(name=_heading(section, words), body=body) for section, body in blocks if body),
    )


def plain_view(sections: Mapping[Section, str], layout: Layout, locale: Locale) -> Texts:
    """Give a paper's text as plain text."""
    return _texts(sections, layout, locale, line=_plain_line, block=_plain_block)


def _texts(
    sections: Mapping[Section, str],
    layout: Layout,
    locale: Locale,
    *,
    line: Callable[[str, int], str],
    block: Callable[[str, int], str],
) -> Texts:
    """Give what a layout shows: nothing, one sentence, or everything."""
    if layout is Layout.TITLES:
        return Texts()
    if layout is Layout.SHORT:
        return Texts(line(_sentence(sections), SENTENCE))
    words = words_in(locale)
    shown = [(section, block(sections[section], BLOCK)) for section in BLOCKS if section in sections]
    return Texts(
        line(sections.get(Section.CONTRIBUTION, ""), PARAGRAPH),
        tuple(SectionView(name=_heading(section, words), body=body) for section, body in shown if body),
    )


def _sentence(sections: Mapping[Section, str]) -> str:
    """Give the text that tells a paper in one sentence: its contribution, or what comes nearest."""
    order = (Section.CONTRIBUTION, Section.INNOVATIONS, Section.RESULTS, Section.AREA)
    return next((sections[section] for section in order if sections.get(section, "").strip()), "")


def _heading(section: Section, words: Words) -> str:
    """Name a section for readers."""
    match section:
        case Section.INNOVATIONS:
            return words.say("What is new")
        case Section.RESULTS:
            return words.say("Results")
        case Section.USAGE:
            return words.say("How to use it")
        case Section.CONTRIBUTION:
            return words.say("Contribution")
        case Section.AREA:
            return words.say("Area")


def _rich_line(text: str, most: int) -> Markup:
    """Give a sentence with its stress; one that is far too long loses it with its end."""
    plain = markup.inline_plain(text)
    if len(plain) <= most:
        return Markup(markup.inline_html(text, style=STYLE))  # noqa: S704 - markup escapes
    return escape(markup.shorten(plain, most))


def _plain_line(text: str, most: int) -> str:
    return "\n".join(markup.wrap(markup.shorten(markup.inline_plain(text), most), WIDTH))


def _rich_block(text: str, most: int) -> Markup:
    return Markup(markup.to_html(_cut(text, most), style=STYLE))  # noqa: S704 - markup escapes


def _plain_block(text: str, most: int) -> str:
    return markup.to_plain(_cut(text, most), width=WIDTH)


def _cut(text: str, most: int) -> markup.Tree:
    return markup.shorten_tree(markup.read(text), most)
