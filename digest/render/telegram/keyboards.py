"""The keyboard on which a reader chooses domains: names first, then a mark, then today's number of papers.

The buttons below a paper: its addresses, what its reader does with it, and its neighbours.

Buttons with numbers in rows as even as can be, so that none stands wide and alone.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from digest.model import Locale, Paper, PaperFeedback, Vote
from digest.model.message import Button, Keyboard
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import REPLACES_PAPER, Action, decode_callback, encode_callback
from digest.render.telegram.deep_links import paper_start_url
from digest.render.telegram.fragment import is_valid_id, quote_url
from digest.text.i18n import Translator, translator_for

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
    target_id: int | None = None,
) -> Keyboard:
    """Return two columns of domains to switch on and off, "Everything" above them and "Today's papers" below.

    ``selected`` None is everything; ``paper_counts`` are today's papers of each slug, of which 0 is not
    shown. ``onboarding``: it is the first choice, which "Everything" or "Done" ends. ``target_id`` numbers the
    subscriber that chooses, None for the chat in which the keyboard stands.
    """
    tr = translator_for(locale)
    domains = [
        Button(
            text=_button_label(
                short_domain_name(taxonomy.name(slug, locale)),
                paper_counts.get(slug, 0),
                checked=_is_selected(selected, slug),
            ),
            callback_data=encode_callback(Action.TOGGLE_DOMAIN, slug, target_id=target_id),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(domains[at : at + _COLUMNS]) for at in range(0, len(domains), _COLUMNS)]
    if onboarding:
        everything = Button(text=tr.gettext("Everything"), callback_data=encode_callback(Action.ONBOARDING, "all"))
        done = Button(
            text=tr.gettext("Done, show me my papers"), callback_data=encode_callback(Action.ONBOARDING, "done")
        )
        return ((everything,), *rows, (done,))
    everything = Button(
        text=_button_label(tr.gettext("Everything"), 0, checked=selected is None),
        callback_data=encode_callback(Action.TOGGLE_ALL, target_id=target_id),
    )
    return ((everything,), *rows, (today_button(tr, target_id),))


def today_button(tr: Translator, target_id: int | None = None) -> Button:
    """Return the button that shows the newest digest."""
    return Button(text=tr.gettext("Today's papers"), callback_data=encode_callback(Action.TODAY, target_id=target_id))


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


CHECK_MARK = " ✓"
"""Stands behind the words of a button that says what is so already; pressing it undoes that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjacentPapers:
    """Ids of the papers before and after in the list from which the paper was opened."""

    previous_id: str | None = None
    next_id: str | None = None


def paper_keyboard(
    paper: Paper, tr: Translator, *, adjacent: AdjacentPapers, feedback: PaperFeedback | None, bot_username: str | None
) -> Keyboard:
    """Return the rows below a paper.

    ``feedback`` is what its reader did with it, None where nobody in particular reads, as in a group: there
    ``bot_username``, the bot's username, makes a button that opens the paper in the private chat.
    """
    before, after = tr.gettext("Previous"), tr.gettext("Next")
    pages = (*_adjacent_button(f"◀ {before}", adjacent.previous_id), *_adjacent_button(f"{after} ▶", adjacent.next_id))
    rows: Keyboard = (pages,)
    if is_valid_id(paper.id):
        save = _save_buttons(paper.id, tr, feedback) if feedback else _private_chat_buttons(paper.id, tr, bot_username)
        votes = _vote_buttons(paper.id, tr, feedback) if feedback else ()
        share = Button(text=tr.gettext("Share"), switch_inline_query=paper.id)
        rows = (_link_buttons(paper), (*save, share), votes, pages)
    return tuple(row for row in rows if row)


def with_feedback(keyboard: Keyboard, paper_id: str, tr: Translator, feedback: PaperFeedback) -> Keyboard:
    """Return the keyboard with the buttons of ``paper_id`` as ``feedback`` has it, and every other as it is."""
    (save,), votes = _save_buttons(paper_id, tr, feedback), _vote_buttons(paper_id, tr, feedback)
    rows = (votes if any(_is_button_for(button, Action.VOTE, paper_id) for button in row) else row for row in keyboard)
    return tuple(
        tuple(save if _is_button_for(button, Action.SAVE, paper_id) else button for button in row) for row in rows
    )


def _is_button_for(button: Button, action: Action, paper_id: str) -> bool:
    press = decode_callback(button.callback_data or "")
    return press is not None and press.action is action and press.first_arg == paper_id


def _link_buttons(paper: Paper) -> tuple[Button, ...]:
    return (
        Button(text="arXiv", url=quote_url(paper.arxiv_url)),
        Button(text="PDF", url=quote_url(paper.pdf_url)),
        Button(text="Hugging Face", url=quote_url(paper.huggingface_url)),
    )


def _save_buttons(paper_id: str, tr: Translator, feedback: PaperFeedback) -> tuple[Button, ...]:
    text, wish = (tr.gettext("🔖 Saved") + CHECK_MARK, "off") if feedback.saved else (tr.gettext("🔖 Save"), "on")
    return tuple(_callback_button(text, Action.SAVE, paper_id, wish))


def _private_chat_buttons(paper_id: str, tr: Translator, bot_username: str | None) -> tuple[Button, ...]:
    url = paper_start_url(bot_username, paper_id) if bot_username else None
    return (Button(text=tr.gettext("Open in private"), url=url),) if url else ()


def _vote_buttons(paper_id: str, tr: Translator, feedback: PaperFeedback) -> tuple[Button, ...]:
    good, bad = tr.gettext("Good"), tr.gettext("Not for me")
    sides = ((f"👍 {good}", Vote.UP, "up"), (f"👎 {bad}", Vote.DOWN, "down"))
    return tuple(
        button
        for text, vote, wish in sides
        for button in (
            _callback_button(text + CHECK_MARK, Action.VOTE, paper_id, "none")
            if feedback.vote is vote
            else _callback_button(text, Action.VOTE, paper_id, wish)
        )
    )


def _adjacent_button(text: str, paper_id: str | None) -> Iterator[Button]:
    """Return the button that opens a neighbour; none where no id is given."""
    if paper_id:
        yield from _callback_button(text, Action.PAPER, paper_id, REPLACES_PAPER)


def _callback_button(text: str, action: Action, *arguments: str) -> Iterator[Button]:
    """Return a button, or none for an id that no button can carry."""
    with suppress(ValueError):
        yield Button(text=text, callback_data=encode_callback(action, *arguments))


MAX_BUTTONS_PER_ROW = 8
"""Buttons that Telegram shows beside each other."""


def number_button_rows(buttons: Sequence[Button]) -> Keyboard:
    """Return the buttons in the fewest rows, none more than one button longer than another."""
    rows = -(-len(buttons) // MAX_BUTTONS_PER_ROW)
    if not rows:
        return ()
    least, longer = divmod(len(buttons), rows)
    ends = [0]
    for row in range(rows):
        ends.append(ends[-1] + least + (row < longer))
    return tuple(tuple(buttons[a:b]) for a, b in pairwise(ends))
