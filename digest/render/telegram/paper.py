"""One paper in Telegram: five sections under their names, the last three folded, in one message."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

from digest.model import Locale, Paper, Section
from digest.model.message import Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.digest_entry import display_id, display_title, is_valid_id, section_fragment
from digest.render.telegram.fragment import (
    Fragment,
    bold,
    expandable_quote,
    italic,
    join_fragments,
    link,
    quote_url,
    text_fragment,
)
from digest.render.telegram.packing import MAX_MESSAGE_SIZE
from digest.text import markdown
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import to_one_line

SECTION_LENGTHS = (4000, 3000, 2000, 1500, 1200, 1000, 800, 600, 400, 200)
"""Letters of each section; the greatest with which the paper is one message is used."""

_COLLAPSED_SECTIONS = frozenset({Section.USAGE, Section.INNOVATIONS, Section.RESULTS})
_MAX_NAME_LENGTH = 60
_MAX_DOMAINS = 8


class SectionRenderer(Protocol):
    """Makes a section's text."""

    def __call__(self, tree: markdown.Document, *, in_quote: bool) -> Fragment:
        """Return a section as a piece that holds no quote where it stands in one."""
        ...


def paper_message(
    paper: Paper, locale: Locale, taxonomy: Taxonomy, *, first_seen: date | None, keyboard: Keyboard
) -> TelegramMessage:
    """Return the view of a paper; what is too long is cut with a link to the paper."""
    tr = translator_for(locale)
    head = _header(paper, taxonomy, tr, first_seen)
    whole = next(fit for fit in _shrinking_views(paper, tr, head) if fit is not None)
    return TelegramMessage(html=whole.html, plain=whole.plain, keyboard=keyboard)


def _shrinking_views(paper: Paper, tr: Translator, head: Fragment) -> Iterator[Fragment | None]:
    """Return the view at each length where it fits, with its style and then without; last of all the head."""
    trees = {section: markdown.parse(paper.sections.get(section, "")) for section in Section}
    for most in SECTION_LENGTHS:
        kept = {section: markdown.truncate_document(tree, most) for section, tree in trees.items()}
        cut = any(kept[section] is not trees[section] for section in Section)
        more = [_paper_link(paper, tr.gettext("… more in the paper"), separator=": ")] if cut else []
        for body in (section_fragment, _plain_fragment):
            whole = join_fragments([head, *_sections(kept, tr, body), *more], "\n\n")
            yield whole if whole.size.fits(MAX_MESSAGE_SIZE) else None
    yield head


def _header(paper: Paper, taxonomy: Taxonomy, tr: Translator, first_seen: date | None) -> Fragment:
    version = f"v{paper.version}" if paper.version else ""
    name = f"arXiv:{display_id(paper.id)}{version}"
    domains = [
        to_one_line(taxonomy.name(slug, tr.locale), max_length=_MAX_NAME_LENGTH)
        for slug in paper.domains[:_MAX_DOMAINS]
    ]
    about = _paper_link(paper, name)
    if domains:
        about += text_fragment(f" · {' · '.join(domains)}")
    notes = []
    if first_seen:
        notes.append(tr.gettext("First seen: {day}", day=tr.format_full_date(first_seen)))
    if paper.abstract_only:
        notes.append(tr.gettext("Summary written from the abstract only."))
    return join_fragments([bold(display_title(paper)), about, *map(italic, notes)])


def _sections(
    trees: Mapping[Section, markdown.Document], tr: Translator, render_section: SectionRenderer
) -> list[Fragment]:
    """Return each section that the report has, under its name."""
    names = _section_names(tr)
    made = []
    for section, tree in trees.items():
        folds = section in _COLLAPSED_SECTIONS
        if text := render_section(tree, in_quote=folds):
            made.append(join_fragments([bold(names[section]), expandable_quote(text) if folds else text]))
    return made or [italic(tr.gettext("The report says nothing more about this paper."))]


def _paper_link(paper: Paper, text: str, *, separator: str = " ") -> Fragment:
    """Link words to the paper, where its id makes an address; the plain twin names the address."""
    if not is_valid_id(paper.id):
        return text_fragment(text)
    return link(text, paper.arxiv_url, plain=f"{text}{separator}{quote_url(paper.arxiv_url)}")


def _section_names(tr: Translator) -> Mapping[Section, str]:
    return {
        Section.AREA: tr.gettext("Area"),
        Section.CONTRIBUTION: tr.gettext("Contribution in one sentence"),
        Section.USAGE: tr.gettext("How to use it"),
        Section.INNOVATIONS: tr.gettext("Main innovations"),
        Section.RESULTS: tr.gettext("Results"),
    }


def _plain_fragment(tree: markdown.Document, *, in_quote: bool) -> Fragment:
    """Return a section's words alone, for a text with more style than a message takes."""
    del in_quote
    return text_fragment(markdown.to_plain(tree))
