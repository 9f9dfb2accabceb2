"""The keyboard on which a reader chooses domains: names first, then a mark, then today's number of papers."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from digest.callbacks import Action, encode_callback
from digest.domains import Taxonomy
from digest.message import Button, Keyboard
from digest.model import Locale
from digest.words import Translator, translator_for

_COLUMNS = 2
_MAX_NAME_WIDTH = 20
"""Letters of a name that half the width of a phone shows beside mark and number; Chinese takes two each."""


def domain_keyboard(
    taxonomy: Taxonomy,
    selected: tuple[str, ...] | None,
    paper_counts: Mapping[str, int],
    locale: Locale,
    *,
    onboarding: bool = False,
) -> Keyboard:
    """Return two columns of domains to switch on and off, "Everything" above them and "Today's papers" below.

    ``selected`` None is everything; ``paper_counts`` are today's papers of each slug, of which 0 is not
    shown. ``onboarding``: it is the first choice, which "Everything" or "Done" ends.
    """
    tr = translator_for(locale)
    domains = [
        Button(
            text=_button_label(
                short_domain_name(taxonomy.name(slug, locale)),
                paper_counts.get(slug, 0),
                checked=_is_selected(selected, slug),
            ),
            callback_data=encode_callback(Action.TOGGLE_DOMAIN, slug),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(domains[at : at + _COLUMNS]) for at in range(0, len(domains), _COLUMNS)]
    if onboarding:
        everything = Button(text=tr.gettext("Everything"), callback_data=encode_callback(Action.ONBOARDING, "all"))
        done = Button(
            text=tr.gettext("Done, show me my papers"),
            callback_data=encode_callback(Action.ONBOARDING, "done"),
        )
        return ((everything,), *rows, (done,))
    return (_everything_row(tr, selected), *rows, (today_button(tr),))


def today_button(tr: Translator) -> Button:
    """Return the button that shows the newest digest."""
    return Button(text=tr.gettext("Today's papers"), callback_data=encode_callback(Action.TODAY))


def _everything_row(tr: Translator, selected: tuple[str, ...] | None) -> tuple[Button, ...]:
    text = _button_label(tr.gettext("Everything"), 0, checked=selected is None)
    return (Button(text=text, callback_data=encode_callback(Action.TOGGLE_ALL)),)


def _is_selected(selected: tuple[str, ...] | None, slug: str) -> bool:
    return selected is None or slug in selected


def _button_label(name: str, count: int, *, checked: bool) -> str:
    return f"{name}{' ✓' if checked else ''}{f' · {count}' if count else ''}"


@lru_cache(maxsize=1024)
def short_domain_name(name: str) -> str:
    """Return a domain's name as half a row has room for it, cut after a whole word where it has several."""
    if _display_width(name) <= _MAX_NAME_WIDTH:
        return name
    kept = ""
    for char in name:
        if _display_width(kept + char) >= _MAX_NAME_WIDTH:
            break
        kept += char
    whole_words = kept if name[len(kept)].isspace() else kept.rpartition(" ")[0]
    return (whole_words or kept).rstrip(" &,:;、，（(与和") + "…"


def _display_width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
