"""Keyboards: domains to choose from, the buttons below a paper, and rows of numbers."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise

from digest.model import Locale, Paper, PaperFeedback, Vote
from digest.model.message import Button, Keyboard
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import REPLACES_PAPER, Action, decode_callback, encode_callback
from digest.render.telegram.deep_links import paper_start_url
from digest.render.telegram.fragment import is_valid_id, quote_url
from digest.text.i18n import Translator, translator_for
from digest.text.width import display_width

_COLUMNS = 2
_MAX_NAME_WIDTH = 20
"""Characters of a name that half the width of a phone shows beside mark and number; Chinese takes two each."""


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
                checked=selected is None or slug in selected,
            ),
            callback_data=encode_callback(Action.TOGGLE_DOMAIN, slug, target_id=target_id),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(domains[at : at + _COLUMNS]) for at in range(0, len(domains), _COLUMNS)]
    if onboarding:
        everything = Button(text=tr.gettext("Everything"), callback_data=encode_callback(Action.ONBOARDING, "all"))
        done = Button(text=tr.gettext("Done, show my papers"), callback_data=encode_callback(Action.ONBOARDING, "done"))
        return ((everything,), *rows, (done,))
    everything = Button(
        text=_button_label(tr.gettext("Everything"), 0, checked=selected is None),
        callback_data=encode_callback(Action.TOGGLE_ALL, target_id=target_id),
    )
    return ((everything,), *rows, (today_button(tr, target_id),))


def today_button(tr: Translator, target_id: int | None = None) -> Button:
    """Return the button that shows the newest digest."""
    return Button(text=tr.gettext("Today's papers"), callback_data=encode_callback(Action.TODAY, target_id=target_id))


def _button_label(name: str, count: int, *, checked: bool) -> str:
    return f"{name}{' ✓' if checked else ''}{f' · {count}' if count else ''}"


@lru_cache(maxsize=1024)
def short_domain_name(name: str) -> str:
    """Return a domain's name as half a row has room for it, cut after a whole word where it has several."""
    if display_width(name) <= _MAX_NAME_WIDTH:
        return name
    kept = ""
    for char in name:
        if display_width(kept + char) >= _MAX_NAME_WIDTH:
            break
        kept += char
    whole_words = kept if name[len(kept)].isspace() else kept.rpartition(" ")[0]
    return (whole_words or kept).rstrip(" &,:;、，（(与和") + "…"


CHECK_MARK = " ✓"
"""Stands behind the words of a button that says what is so already; pressing it undoes that."""


def paper_keyboard(
    paper: Paper,
    tr: Translator,
    *,
    previous_id: str | None = None,
    next_id: str | None = None,
    feedback: PaperFeedback | None,
    bot_username: str | None,
) -> Keyboard:
    """Return the rows below a paper; ``previous_id`` and ``next_id`` are its neighbours in a list.

    ``feedback`` is what its reader did with it, None where nobody in particular reads, as in a group: there
    ``bot_username``, the bot's username, makes a button that opens the paper in the private chat.
    """
    previous, following = tr.gettext("Previous"), tr.gettext("Next")
    pages = (
        *(callback_button(f"◀ {previous}", Action.PAPER, previous_id, REPLACES_PAPER) if previous_id else ()),
        *(callback_button(f"{following} ▶", Action.PAPER, next_id, REPLACES_PAPER) if next_id else ()),
    )
    if not is_valid_id(paper.id):
        return (pages,) if pages else ()
    links = (
        Button(text="arXiv", url=quote_url(paper.arxiv_url)),
        Button(text="PDF", url=quote_url(paper.pdf_url)),
        Button(text="Hugging Face", url=quote_url(paper.huggingface_url)),
    )
    save: tuple[Button, ...] = ()
    if feedback:
        save = _save_buttons(paper.id, tr, feedback)
    elif bot_username and (url := paper_start_url(bot_username, paper.id)):
        save = (Button(text=tr.gettext("Open in private"), url=url),)
    share = Button(text=tr.gettext("Share"), switch_inline_query=paper.id)
    votes = _vote_buttons(paper.id, tr, feedback) if feedback else ()
    return tuple(row for row in (links, (*save, share), votes, pages) if row)


def with_feedback(keyboard: Keyboard, paper_id: str, tr: Translator, feedback: PaperFeedback) -> Keyboard:
    """Return the keyboard with the buttons of ``paper_id`` as ``feedback`` has it, and every other as it is."""
    (save,), votes = _save_buttons(paper_id, tr, feedback), _vote_buttons(paper_id, tr, feedback)
    rows = (votes if any(_is_button_for(button, Action.VOTE, paper_id) for button in row) else row for row in keyboard)
    return tuple(
        tuple(save if _is_button_for(button, Action.SAVE, paper_id) else button for button in row) for row in rows
    )


def _is_button_for(button: Button, action: Action, paper_id: str) -> bool:
    data = decode_callback(button.callback_data or "")
    return data is not None and data.action is action and data.first_arg == paper_id


def _save_buttons(paper_id: str, tr: Translator, feedback: PaperFeedback) -> tuple[Button, ...]:
    if feedback.saved:
        return callback_button(tr.gettext("🔖 Saved") + CHECK_MARK, Action.SAVE, paper_id, "off")
    return callback_button(tr.gettext("🔖 Save"), Action.SAVE, paper_id, "on")


def _vote_buttons(paper_id: str, tr: Translator, feedback: PaperFeedback) -> tuple[Button, ...]:
    good, bad = tr.gettext("Good"), tr.gettext("Not interested")
    buttons: list[Button] = []
    for text, vote, name in ((f"👍 {good}", Vote.UP, "up"), (f"👎 {bad}", Vote.DOWN, "down")):
        voted = feedback.vote is vote
        label, argument = (text + CHECK_MARK, "none") if voted else (text, name)
        buttons += callback_button(label, Action.VOTE, paper_id, argument)
    return tuple(buttons)


def callback_button(text: str, action: Action, *arguments: str) -> tuple[Button, ...]:
    """Return a button, or none for an id that no button can carry."""
    with suppress(ValueError):
        return (Button(text=text, callback_data=encode_callback(action, *arguments)),)
    return ()


MAX_BUTTONS_PER_ROW = 8
"""Buttons that Telegram shows beside each other."""


def number_button_rows(buttons: Sequence[Button]) -> Keyboard:
    """Return the buttons in the fewest rows, none more than one button longer than another."""
    if not buttons:
        return ()
    rows = -(-len(buttons) // MAX_BUTTONS_PER_ROW)
    ends = [-(-row * len(buttons) // rows) for row in range(rows + 1)]
    return tuple(tuple(buttons[start:end]) for start, end in pairwise(ends))
