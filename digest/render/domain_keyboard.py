"""The keyboard on which a reader chooses domains: names first, then a mark, then today's number of papers."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from digest.callbacks import Action, callback
from digest.domains import Taxonomy
from digest.message import Button, Keyboard
from digest.model import Locale
from digest.words import Words, words_in

_COLUMNS = 2
_NAME_CELLS = 20
"""Letters of a name that half the width of a phone shows beside mark and number; Chinese takes two each."""


def domain_keyboard(
    taxonomy: Taxonomy,
    chosen: tuple[str, ...] | None,
    counts: Mapping[str, int],
    locale: Locale,
    *,
    first: bool = False,
) -> Keyboard:
    """Give two columns of domains to switch on and off, "Everything" above them and "Today's papers" below.

    ``chosen`` None is everything; ``counts`` are today's papers of each slug, of which 0 is not shown.
    ``first``: it is the first choice, which "Everything" or "Done" ends.
    """
    words = words_in(locale)
    domains = [
        Button(
            text=_label(
                short_name(taxonomy.name(slug, locale)), counts.get(slug, 0), ticked=_has(chosen, slug)
            ),
            data=callback(Action.TOGGLE, slug),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(domains[at : at + _COLUMNS]) for at in range(0, len(domains), _COLUMNS)]
    if first:
        everything = Button(text=words.say("Everything"), data=callback(Action.BEGIN, "all"))
        done = Button(text=words.say("Done, show me my papers"), data=callback(Action.BEGIN, "done"))
        return ((everything,), *rows, (done,))
    return (_everything(words, chosen), *rows, (today_button(words),))


def today_button(words: Words) -> Button:
    """Give the button that shows the newest digest."""
    return Button(text=words.say("Today's papers"), data=callback(Action.TODAY))


def _everything(words: Words, chosen: tuple[str, ...] | None) -> tuple[Button, ...]:
    text = _label(words.say("Everything"), 0, ticked=chosen is None)
    return (Button(text=text, data=callback(Action.EVERYTHING)),)


def _has(chosen: tuple[str, ...] | None, slug: str) -> bool:
    return chosen is None or slug in chosen


def _label(name: str, count: int, *, ticked: bool) -> str:
    return f"{name}{' ✓' if ticked else ''}{f' · {count}' if count else ''}"


@lru_cache(maxsize=1024)
def short_name(name: str) -> str:
    """Give a domain's name as half a row has room for it, cut after a whole word where it has several."""
    if _cells(name) <= _NAME_CELLS:
        return name
    kept = ""
    for char in name:
        if _cells(kept + char) >= _NAME_CELLS:
            break
        kept += char
    whole_words = kept if name[len(kept)].isspace() else kept.rpartition(" ")[0]
    return (whole_words or kept).rstrip(" &,:;、，（(与和") + "…"


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
