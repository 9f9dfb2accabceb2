"""One paper in Telegram, and the list of saved papers: each one message."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Protocol

from digest.model import Locale, Paper, Section
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
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
from digest.render.telegram.keyboards import number_button_rows
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
    first = page_start(start, len(paper_ids))
    page = paper_ids[first : first + PAGE_SIZE]
    lines = [_numbered_title(at, id_, papers.get(id_)) for at, id_ in enumerate(page, first + 1)]
    head = bold(tr.gettext("Your saved papers")) + text_fragment(
        f" · {_range_text(first, len(page), len(paper_ids), tr)}"
    )
    whole = join_fragments([head, join_fragments(lines), _footer(first, len(paper_ids), tr)], "\n\n")
    buttons = [button for at, id_ in enumerate(page, first + 1) for button in _paper_buttons(at, id_)]
    pages = _page_buttons(first, len(paper_ids), tr)
    return TelegramMessage(
        html=whole.html, plain=whole.plain, keyboard=(*number_button_rows(buttons), *((pages,) if pages else ()))
    )


def page_start(start: int, total: int) -> int:
    """Return the place with which the page begins that holds ``start``, or the page nearest to it."""
    return max(min(start, total - 1), 0) // PAGE_SIZE * PAGE_SIZE


def _range_text(first: int, shown: int, total: int, tr: Translator) -> str:
    if shown < total:
        return tr.gettext("{first}–{last} of {n}", first=first + 1, last=first + shown, n=total)
    return tr.ngettext("{n} paper", "{n} papers", total)


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
        tr.gettext("To take one off: /saved remove {n}", n=first + 1),
    ]
    if total > PAGE_SIZE:
        following = first // PAGE_SIZE + 2 if first + PAGE_SIZE < total else 1
        lines.append(tr.gettext("Another page: /saved page {n}", n=following))
    return join_fragments(map(text_fragment, lines))


def _paper_buttons(number: int, paper_id: str) -> list[Button]:
    with suppress(ValueError):
        return [Button(text=str(number), callback_data=encode_callback(Action.PAPER, paper_id))]
    return []


def _page_buttons(first: int, total: int, tr: Translator) -> tuple[Button, ...]:
    before, after = first - PAGE_SIZE, first + PAGE_SIZE
    newer, older = tr.gettext("Newer"), tr.gettext("Older")
    back = Button(text=f"◀ {newer}", callback_data=encode_callback(Action.SAVED, str(before)))
    forth = Button(text=f"{older} ▶", callback_data=encode_callback(Action.SAVED, str(after)))
    return (*((back,) if before >= 0 else ()), *((forth,) if after < total else ()))
