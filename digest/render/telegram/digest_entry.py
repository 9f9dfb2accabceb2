"""One paper of a Telegram digest, made once for all who get it at the same length and for the same reason."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from digest.model import DetailLevel, Locale, Paper
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.fragment import (
    EMPTY,
    Fragment,
    bold,
    expandable_quote,
    html_fragment,
    italic,
    join_fragments,
    link,
    quote_url,
    text_fragment,
)
from digest.render.telegram.packing import MessageSize
from digest.text import markdown as markup
from digest.text.i18n import translator_for
from digest.text.sanitize import to_one_line

FULL_CONTRIBUTION = 1000
"""Letters of a contribution that counts as whole; the seed's longest has 152."""

MAX_INNOVATIONS_LENGTH = 1200
"""Letters of the innovations that one paper of a digest may show at most."""

RENDER_ERRORS = (ValueError, LookupError, TypeError, RecursionError)
"""What a paper's text may raise on its way here; it costs that paper alone."""

_MAX_TITLE_LENGTH = 250
_MAX_ID_LENGTH = 60
"""Letters of an id that is one; with what stands before it in a button they stay under 64 bytes."""

_MAX_QUOTE_SIZE = MessageSize(utf16_units=1600, raw_bytes=12_000, plain_units=1600, entities=24)
"""What a quote may take, so that its paper is never more than a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramEntry:
    """A paper as a digest lists it: everything its piece depends on, fit to be a cache's key.

    ``domain_note`` says its domains, or which of them are the reason why it is there; ``keyword_note`` which
    keywords are. ``innovations`` is Markdown as written. ``available`` is False for a paper that is not
    there.
    """

    id: str
    locale: Locale
    title: str = ""
    url: str = ""
    contribution: str = ""
    abstract_only: bool = False
    domain_note: str = ""
    keyword_note: str = ""
    innovations: str = ""
    detail_level: DetailLevel = DetailLevel.SHORT
    available: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedTelegramEntry:
    """An entry made ready: its lines behind the number, and what its button says; None: nothing to open."""

    fragment: Fragment
    button_data: str | None


@lru_cache(maxsize=8192)
def render_entry(entry: TelegramEntry, contribution_length: int, innovations_length: int = 0) -> RenderedTelegramEntry:
    """Return an entry with at most ``contribution_length`` letters of its contribution.

    ``FULL_CONTRIBUTION`` adds the domains, 0 is none.

    ``innovations_length`` are the letters of its innovations, at most ``MAX_INNOVATIONS_LENGTH``, in a quote
    that opens on a tap. Never raises for what the paper holds; what cannot be shown says so, with its link.
    """
    if entry.available and is_valid_id(entry.id):
        with suppress(*RENDER_ERRORS):
            return RenderedTelegramEntry(
                fragment=_entry_fragment(entry, contribution_length, innovations_length),
                button_data=encode_callback(Action.PAPER, entry.id),
            )
    return RenderedTelegramEntry(fragment=_unavailable_fragment(entry), button_data=None)


def is_valid_id(paper_id: str) -> bool:
    """Return whether an id may stand in an address: in one line, of an id's length."""
    return bool(paper_id) and to_one_line(paper_id, max_length=_MAX_ID_LENGTH) == paper_id


def display_id(paper_id: str) -> str:
    """Return an id as it may be shown, whatever it holds."""
    return to_one_line(paper_id, max_length=_MAX_ID_LENGTH)


def display_title(paper: Paper) -> str:
    """Return a paper's title as people read it, in one line; its id where it has none."""
    return _plain_title(paper.title) or display_id(paper.id)


@lru_cache(maxsize=4096)
def _plain_title(markdown: str) -> str:
    return to_one_line(markup.inline_plain(markdown), max_length=_MAX_TITLE_LENGTH)


def _entry_fragment(entry: TelegramEntry, contribution_length: int, innovations_length: int) -> Fragment:
    """Return the lines of an entry; where its plain twin names the address, it has less contribution."""
    whole = contribution_length >= FULL_CONTRIBUTION
    address = f"\n{entry.url}" if whole else f" [{entry.id}]"
    title = link(entry.title, entry.url, plain=entry.title + address)
    if entry.detail_level is DetailLevel.TITLES:
        return title
    notes = [note for note in (entry.keyword_note, entry.domain_note if whole else "") if note]
    if entry.abstract_only:
        notes.append(translator_for(entry.locale).gettext("abstract only"))
    note = italic(" · ".join(notes)) if notes else EMPTY
    contribution = _contribution_fragment(
        entry.contribution,
        contribution_length,
        contribution_length if whole else max(contribution_length - len(address), 0),
    )
    if whole or not note:
        return join_fragments([title, contribution, note, _innovations_quote(entry, innovations_length)])
    return join_fragments([title + text_fragment(" · ") + note, contribution])


def _innovations_quote(entry: TelegramEntry, max_length: int) -> Fragment:
    """Return the innovations in a folded quote; without their style where that is more than a quote takes."""
    if not max_length or not entry.innovations.strip():
        return EMPTY
    name = bold(translator_for(entry.locale).gettext("Main innovations"))
    tree = markup.truncate_document(markup.parse(entry.innovations), min(max_length, MAX_INNOVATIONS_LENGTH))
    for body in (section_fragment(tree, in_quote=True), text_fragment(markup.to_plain(tree))):
        quote = expandable_quote(join_fragments([name, body]))
        if body and quote.size.fits(_MAX_QUOTE_SIZE):
            return quote
    return EMPTY


def section_fragment(tree: markup.Document, *, in_quote: bool) -> Fragment:
    """Return a section's text with its style; it holds no quote where it stands in one."""
    html = markup.to_telegram(tree, in_quote=in_quote)
    return html_fragment(
        html, markup.to_plain(tree), utf16_units=markup.telegram_length(html), entities=markup.telegram_entities(html)
    )


def _contribution_fragment(markdown: str, max_length: int, max_plain_length: int) -> Fragment:
    text = to_one_line(markup.inline_plain(markdown)) if max_length else ""
    return text_fragment(markup.truncate(text, max_length), plain=markup.truncate(text, max_plain_length))


def _unavailable_fragment(entry: TelegramEntry) -> Fragment:
    name = display_id(entry.id)
    why = translator_for(entry.locale).gettext("could not be shown")
    said = text_fragment(f" · {why}")
    if not is_valid_id(entry.id):
        return text_fragment(name) + said
    url = Paper(id=entry.id, title="", url="").arxiv_url
    return link(name, url, plain=f"{name} ({quote_url(url)})") + said
