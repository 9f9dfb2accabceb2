"""The papers that a reader keeps, a page at a time: numbered, linked titles."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from digest.model import Locale, Paper
from digest.model.message import Button, TelegramMessage
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.digest_entry import RENDER_ERRORS, display_id, display_title, is_valid_id
from digest.render.telegram.fragment import Fragment, bold, join_fragments, link, text_fragment
from digest.render.telegram.keyboards import number_button_rows
from digest.text import markdown
from digest.text.i18n import Translator, translator_for

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
