"""One paper of a Telegram digest, made once for all who get it at the same length and for the same reason."""

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from digest import markup
from digest.callbacks import Action, callback
from digest.model import Layout, Locale, Paper
from digest.render.one_line import one_line
from digest.render.packing import Size
from digest.render.piece import NOTHING, Piece, bold, folded, italic, joined, link, styled, web_address, words
from digest.words import words_in

WHOLE = 1000
"""Letters of a contribution that counts as whole; the seed's longest has 152."""

MOST_NEW = 1200
"""Letters of the innovations that one paper of a digest may show at most."""

UNSHOWABLE = (ValueError, LookupError, TypeError, RecursionError)
"""What a paper's text may raise on its way here; it costs that paper alone."""

_TITLE = 250
_ID = 60
"""Letters of an id that is one; with what stands before it in a button they stay under 64 bytes."""

_QUOTE = Size(units=1600, raw=12_000, plain=1600, entities=24)
"""What a quote may take, so that its paper is never more than a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A paper as a digest lists it: everything its piece depends on, fit to be a cache's key.

    ``about`` says its domains, or which of them are the reason why it is there; ``found`` which keywords
    are. ``innovations`` is Markdown as written. ``known`` is False for a paper that is not there.
    """

    id: str
    locale: Locale
    title: str = ""
    url: str = ""
    contribution: str = ""
    abstract_only: bool = False
    about: str = ""
    found: str = ""
    innovations: str = ""
    layout: Layout = Layout.SHORT
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry made ready: its lines behind the number, and what its button says; None: nothing to open."""

    piece: Piece
    opens: str | None


@lru_cache(maxsize=8192)
def shown(entry: Entry, most: int, new: int = 0) -> Shown:
    """Give an entry with at most ``most`` letters of its contribution: ``WHOLE`` adds the domains, 0 is none.

    ``new`` are the letters of its innovations, at most ``MOST_NEW``, in a quote that opens on a tap. Never
    raises for what the paper holds; what cannot be shown says so, with its link.
    """
    if entry.known and is_sound(entry.id):
        with suppress(*UNSHOWABLE):
            return Shown(piece=_piece(entry, most, new), opens=callback(Action.PAPER, entry.id))
    return Shown(piece=_line(entry), opens=None)


def is_sound(id_: str) -> bool:
    """Tell whether an id may stand in an address: in one line, of an id's length."""
    return bool(id_) and one_line(id_, most=_ID) == id_


def name_of(id_: str) -> str:
    """Give an id as it may be shown, whatever it holds."""
    return one_line(id_, most=_ID)


def title_of(paper: Paper) -> str:
    """Give a paper's title as people read it, in one line; its id where it has none."""
    return _title(paper.title) or name_of(paper.id)


@lru_cache(maxsize=4096)
def _title(written: str) -> str:
    return one_line(markup.inline_plain(written), most=_TITLE)


def _piece(entry: Entry, most: int, new: int) -> Piece:
    """Give the lines of an entry; where its plain twin names the address, it has less contribution."""
    whole = most >= WHOLE
    address = f"\n{entry.url}" if whole else f" [{entry.id}]"
    title = link(entry.title, entry.url, plain=entry.title + address)
    if entry.layout is Layout.TITLES:
        return title
    notes = [note for note in (entry.found, entry.about if whole else "") if note]
    if entry.abstract_only:
        notes.append(words_in(entry.locale).say("abstract only"))
    note = italic(" · ".join(notes)) if notes else NOTHING
    contribution = _contribution(entry.contribution, most, most if whole else max(most - len(address), 0))
    if whole or not note:
        return joined([title, contribution, note, _innovations(entry, new)])
    return joined([title + words(" · ") + note, contribution])


def _innovations(entry: Entry, new: int) -> Piece:
    """Give the innovations in a folded quote; without their style where that is more than a quote takes."""
    if not new or not entry.innovations.strip():
        return NOTHING
    name = bold(words_in(entry.locale).say("Main innovations"))
    tree = markup.shorten_tree(markup.read(entry.innovations), min(new, MOST_NEW))
    for body in (section_text(tree, in_quote=True), words(markup.to_plain(tree))):
        quote = folded(joined([name, body]))
        if body and quote.size.fits(_QUOTE):
            return quote
    return NOTHING


def section_text(tree: markup.Tree, *, in_quote: bool) -> Piece:
    """Give a section's text with its style; it holds no quote where it stands in one."""
    html = markup.to_telegram(tree, in_quote=in_quote)
    return styled(
        html,
        markup.to_plain(tree),
        units=markup.telegram_length(html),
        entities=markup.telegram_entities(html),
    )


def _contribution(written: str, most: int, plain: int) -> Piece:
    text = one_line(markup.inline_plain(written)) if most else ""
    return words(markup.shorten(text, most), plain=markup.shorten(text, plain))


def _line(entry: Entry) -> Piece:
    name = name_of(entry.id)
    why = words_in(entry.locale).say("could not be shown")
    said = words(f" · {why}")
    if not is_sound(entry.id):
        return words(name) + said
    url = Paper(id=entry.id, title="", url="").arxiv_url
    return link(name, url, plain=f"{name} ({web_address(url)})") + said
