"""The papers that a reader keeps, a page at a time: numbered, linked titles."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

from digest import markup
from digest.callbacks import Action, callback
from digest.message import Button, ChatPart
from digest.model import Locale, Paper
from digest.render.number_rows import number_rows
from digest.render.piece import Piece, bold, joined, link, words
from digest.render.telegram_entry import UNSHOWABLE, is_sound, name_of, title_of
from digest.words import Words, words_in

PAGE = 10
"""Papers of one page."""

_TITLE = 200
"""UTF-16 units of a title; ten of them with their ids are one message in any form."""


def saved_part(ids: Sequence[str], papers: Mapping[str, Paper], start: int, locale: Locale) -> ChatPart:
    """Give the page that begins at the place ``start`` (from 0) of the kept papers, of which there are some.

    A place that is not there is the nearest page; ``papers`` holds at least those of the page.
    """
    say = words_in(locale)
    first = first_of_page(start, len(ids))
    page = ids[first : first + PAGE]
    lines = [_line(at, id_, papers.get(id_)) for at, id_ in enumerate(page, first + 1)]
    head = bold(say.say("Your saved papers")) + words(f" · {_counted(first, len(page), len(ids), say)}")
    whole = joined([head, joined(lines), _footer(first, len(ids), say)], "\n\n")
    buttons = [button for at, id_ in enumerate(page, first + 1) for button in _opens(at, id_)]
    pages = _pages(first, len(ids), say)
    return ChatPart(
        html=whole.html, plain=whole.plain, keyboard=(*number_rows(buttons), *((pages,) if pages else ()))
    )


def first_of_page(start: int, total: int) -> int:
    """Give the place with which the page begins that holds ``start``, or the page nearest to it."""
    return max(min(start, total - 1), 0) // PAGE * PAGE


def _counted(first: int, shown: int, total: int, say: Words) -> str:
    if shown < total:
        return say.say("{first}–{last} of {n}", first=first + 1, last=first + shown, n=total)
    return say.count("{n} paper", "{n} papers", total)


def _line(number: int, id_: str, paper: Paper | None) -> Piece:
    """Give a numbered title; the id alone for a paper whose text makes no sense."""
    title = name_of(id_)
    if paper is not None:
        with suppress(*UNSHOWABLE):
            title = markup.shorten(title_of(paper), _TITLE)
    prefix = words(f"{number}. ")
    if not is_sound(id_):
        return prefix + words(title)
    url = Paper(id=id_, title="", url="").arxiv_url
    return prefix + link(title, url, plain=f"{title} [{id_}]")


def _footer(first: int, total: int, say: Words) -> Piece:
    lines = [
        say.say("Tap a number to read, or type /paper {n}.", n=first + 1),
        say.say("To take one off: /saved remove {n}", n=first + 1),
    ]
    if total > PAGE:
        following = first // PAGE + 2 if first + PAGE < total else 1
        lines.append(say.say("Another page: /saved page {n}", n=following))
    return joined(map(words, lines))


def _opens(number: int, id_: str) -> list[Button]:
    with suppress(ValueError):
        return [Button(text=str(number), data=callback(Action.PAPER, id_))]
    return []


def _pages(first: int, total: int, say: Words) -> tuple[Button, ...]:
    before, after = first - PAGE, first + PAGE
    newer, older = say.say("Newer"), say.say("Older")
    back = Button(text=f"◀ {newer}", data=callback(Action.SAVED, str(before)))
    forth = Button(text=f"{older} ▶", data=callback(Action.SAVED, str(after)))
    return (*((back,) if before >= 0 else ()), *((forth,) if after < total else ()))
