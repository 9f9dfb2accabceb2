"""The buttons below a paper: its addresses, what its reader does with it, and its neighbours."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from digest.callbacks import Action, decode_callback, encode_callback
from digest.deep_links import paper_start_url
from digest.message import Button, Keyboard
from digest.model import Paper, PaperFeedback, Vote
from digest.render.piece import quote_url
from digest.render.telegram_entry import is_valid_id
from digest.words import Translator

CHECK_MARK = " ✓"
"""Stands behind the words of a button that says what is so already; pressing it undoes that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjacentPapers:
    """Ids of the papers before and after in the list from which the paper was opened."""

    previous_id: str | None = None
    next_id: str | None = None


def paper_keyboard(
    paper: Paper,
    tr: Translator,
    *,
    adjacent: AdjacentPapers,
    feedback: PaperFeedback | None,
    bot_username: str | None,
) -> Keyboard:
    """Return the rows below a paper.

    ``feedback`` is what its reader did with it, None where nobody in particular reads, as in a group: there
    ``bot_username``, the bot's username, makes a button that opens the paper in the private chat.
    """
    before, after = tr.gettext("Previous"), tr.gettext("Next")
    pages = (
        *_adjacent_button(f"◀ {before}", adjacent.previous_id),
        *_adjacent_button(f"{after} ▶", adjacent.next_id),
    )
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
        yield from _callback_button(text, Action.PAPER, paper_id)


def _callback_button(text: str, action: Action, *arguments: str) -> Iterator[Button]:
    """Return a button, or none for an id that no button can carry."""
    with suppress(ValueError):
        yield Button(text=text, callback_data=encode_callback(action, *arguments))
