"""The buttons below a paper: its addresses, what its reader does with it, and its neighbours."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from digest.callbacks import Action, callback, read_callback
from digest.deep_links import paper_address
from digest.message import Button, Keyboard
from digest.model import Mark, Paper, Vote
from digest.render.piece import web_address
from digest.render.telegram_entry import is_sound
from digest.words import Words

CHOSEN = " ✓"
"""Stands behind the words of a button that says what is so already; pressing it undoes that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Ids of the papers before and after in the list from which the paper was opened."""

    previous: str | None = None
    next: str | None = None


def paper_keyboard(
    paper: Paper, say: Words, *, neighbours: Neighbours, mark: Mark | None, bot: str | None
) -> Keyboard:
    """Give the rows below a paper.

    ``mark`` is what its reader did with it, None where nobody in particular reads, as in a group: there
    ``bot``, the bot's username, makes a button that opens the paper in the private chat.
    """
    before, after = say.say("Previous"), say.say("Next")
    pages = (*_page(f"◀ {before}", neighbours.previous), *_page(f"{after} ▶", neighbours.next))
    rows: Keyboard = (pages,)
    if is_sound(paper.id):
        save = _save(paper.id, say, mark) if mark else _private(paper.id, say, bot)
        votes = _votes(paper.id, say, mark) if mark else ()
        share = Button(text=say.say("Share"), inline=paper.id)
        rows = (_links(paper), (*save, share), votes, pages)
    return tuple(row for row in rows if row)


def marked(keyboard: Keyboard, paper: str, say: Words, mark: Mark) -> Keyboard:
    """Give the keyboard with the buttons of ``paper`` as ``mark`` has it, and every other as it is."""
    (save,), votes = _save(paper, say, mark), _votes(paper, say, mark)
    rows = (votes if any(_is(button, Action.VOTE, paper) for button in row) else row for row in keyboard)
    return tuple(tuple(save if _is(button, Action.SAVE, paper) else button for button in row) for row in rows)


def _is(button: Button, action: Action, paper: str) -> bool:
    press = read_callback(button.data or "")
    return press is not None and press.action is action and press.argument == paper


def _links(paper: Paper) -> tuple[Button, ...]:
    return (
        Button(text="arXiv", url=web_address(paper.arxiv_url)),
        Button(text="PDF", url=web_address(paper.pdf_url)),
        Button(text="Hugging Face", url=web_address(paper.huggingface_url)),
    )


def _save(paper: str, say: Words, mark: Mark) -> tuple[Button, ...]:
    text, wish = (say.say("🔖 Saved") + CHOSEN, "off") if mark.saved else (say.say("🔖 Save"), "on")
    return tuple(_does(text, Action.SAVE, paper, wish))


def _private(paper: str, say: Words, bot: str | None) -> tuple[Button, ...]:
    url = paper_address(bot, paper) if bot else None
    return (Button(text=say.say("Open in private"), url=url),) if url else ()


def _votes(paper: str, say: Words, mark: Mark) -> tuple[Button, ...]:
    good, bad = say.say("Good"), say.say("Not for me")
    sides = ((f"👍 {good}", Vote.UP, "up"), (f"👎 {bad}", Vote.DOWN, "down"))
    return tuple(
        button
        for text, vote, wish in sides
        for button in (
            _does(text + CHOSEN, Action.VOTE, paper, "none")
            if mark.vote is vote
            else _does(text, Action.VOTE, paper, wish)
        )
    )


def _page(text: str, paper: str | None) -> Iterator[Button]:
    """Give the button that opens a neighbour; none where no id is given."""
    if paper:
        yield from _does(text, Action.PAPER, paper)


def _does(text: str, action: Action, *arguments: str) -> Iterator[Button]:
    """Give a button, or none for an id that no button can carry."""
    with suppress(ValueError):
        yield Button(text=text, data=callback(action, *arguments))
