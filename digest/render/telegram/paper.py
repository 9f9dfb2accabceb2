"""One paper in Telegram, and the list of saved papers: each one message."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date

from digest.model import Locale, Paper, Section
from digest.model.message import Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.paper import section_name
from digest.render.telegram.callback_data import Action
from digest.render.telegram.fragment import (
    MAX_MESSAGE_SIZE,
    RENDER_ERRORS,
    Fragment,
    bold,
    display_id,
    display_title,
    expandable_quote,
    is_valid_id,
    italic,
    join_fragments,
    link,
    quote_url,
    section_fragment,
    text_fragment,
)
from digest.render.telegram.keyboards import callback_button, number_button_rows
from digest.text import markdown
from digest.text.i18n import Translator, translator_for
from digest.text.sanitize import to_one_line

SECTION_LENGTHS = (4000, 3000, 2000, 1500, 1200, 1000, 800, 600, 400, 200)
"""Characters of each section; the greatest with which the paper is one message is used."""

_COLLAPSED_SECTIONS = frozenset({Section.USAGE, Section.INNOVATIONS, Section.RESULTS})
_MAX_NAME_LENGTH = 60
_MAX_DOMAINS = 8


def paper_message(
    paper: Paper, locale: Locale, taxonomy: Taxonomy, *, first_seen: date | None, keyboard: Keyboard
) -> TelegramMessage:
    """Return the view of a paper; what is too long is cut with a link to the paper."""
    tr = translator_for(locale)
    view = _fitting_view(paper, tr, _header(paper, taxonomy, tr, first_seen))
    return TelegramMessage(html=view.html, plain=view.plain, keyboard=keyboard)


def _fitting_view(paper: Paper, tr: Translator, header: Fragment) -> Fragment:
    """Return the longest view that fits, with its style if that fits too; the header alone if none does."""
    trees = {section: markdown.parse(paper.sections.get(section, "")) for section in Section}
    for max_length in SECTION_LENGTHS:
        shortened = {section: markdown.truncate_document(tree, max_length) for section, tree in trees.items()}
        is_cut = any(shortened[section] is not trees[section] for section in Section)
        more = [_paper_link(paper, tr.gettext("… more in the paper"), separator=": ")] if is_cut else []
        for styled in (True, False):
            view = join_fragments([header, *_sections(shortened, tr, styled=styled), *more], "\n\n")
            if view.size.fits(MAX_MESSAGE_SIZE):
                return view
    return header


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


def _sections(trees: Mapping[Section, markdown.Document], tr: Translator, *, styled: bool) -> list[Fragment]:
    """Return each section that the report has, under its name; ``styled`` False: its words alone."""
    parts = []
    for section, tree in trees.items():
        folds = section in _COLLAPSED_SECTIONS
        text = section_fragment(tree, in_quote=folds) if styled else text_fragment(markdown.to_plain(tree))
        if text:
            parts.append(join_fragments([bold(section_name(section, tr)), expandable_quote(text) if folds else text]))
    return parts or [italic(tr.gettext("The report has no more details about this paper."))]


def _paper_link(paper: Paper, text: str, *, separator: str = " ") -> Fragment:
    """Link words to the paper, where its id makes an address; the plain twin names the address."""
    if not is_valid_id(paper.id):
        return text_fragment(text)
    return link(text, paper.arxiv_url, plain=f"{text}{separator}{quote_url(paper.arxiv_url)}")


PAGE_SIZE = 10
"""Papers of one page."""

_MAX_TITLE_UNITS = 200
"""UTF-16 units of a title; ten of them with their ids are one message in any form."""


def saved_papers_message(
    paper_ids: Sequence[str], papers: Mapping[str, Paper], start: int, locale: Locale
) -> TelegramMessage:
    """Return the page that begins at the place ``start`` (from 0) of the kept papers, of which there are some.

    A place that is not there is the nearest page; ``papers`` holds at least those of the page.
    """
    tr = translator_for(locale)
    total, first = len(paper_ids), page_start(start, len(paper_ids))
    page = list(enumerate(paper_ids[first : first + PAGE_SIZE], first + 1))
    if len(page) < total:
        shown = tr.gettext("{first}–{last} of {n}", first=first + 1, last=first + len(page), n=total)
    else:
        shown = tr.ngettext("{n} paper", "{n} papers", total)
    head = bold(tr.gettext("Your saved papers")) + text_fragment(f" · {shown}")
    lines = [_numbered_title(number, paper_id, papers.get(paper_id)) for number, paper_id in page]
    whole = join_fragments([head, join_fragments(lines), _footer(first, total, tr)], "\n\n")
    buttons = [button for number, paper_id in page for button in callback_button(str(number), Action.PAPER, paper_id)]
    newer, older = tr.gettext("Newer"), tr.gettext("Older")
    pages = (
        *(callback_button(f"◀ {newer}", Action.SAVED, str(first - PAGE_SIZE)) if first >= PAGE_SIZE else ()),
        *(callback_button(f"{older} ▶", Action.SAVED, str(first + PAGE_SIZE)) if first + PAGE_SIZE < total else ()),
    )
    rows = (*number_button_rows(buttons), *((pages,) if pages else ()))
    return TelegramMessage(html=whole.html, plain=whole.plain, keyboard=rows)


def page_start(start: int, total: int) -> int:
    """Return the place with which the page begins that holds ``start``, or the page nearest to it."""
    return max(min(start, total - 1), 0) // PAGE_SIZE * PAGE_SIZE


def _numbered_title(number: int, paper_id: str, paper: Paper | None) -> Fragment:
    """Return a numbered title; the id alone for a paper whose text makes no sense."""
    title = display_id(paper_id)
    if paper is not None:
        with suppress(*RENDER_ERRORS):
            title = markdown.truncate(display_title(paper), _MAX_TITLE_UNITS)
    prefix = text_fragment(f"{number}. ")
    if not is_valid_id(paper_id):
        return prefix + text_fragment(title)
    url = Paper(id=paper_id, title="", url="").arxiv_url
    return prefix + link(title, url, plain=f"{title} [{paper_id}]")


def _footer(first: int, total: int, tr: Translator) -> Fragment:
    lines = [
        tr.gettext("Tap a number to read, or type /paper {n}.", n=first + 1),
        tr.gettext("To remove one: /saved remove {n}", n=first + 1),
    ]
    if total > PAGE_SIZE:
        following = first // PAGE_SIZE + 2 if first + PAGE_SIZE < total else 1
        lines.append(tr.gettext("Another page: /saved page {n}", n=following))
    return join_fragments(map(text_fragment, lines))
