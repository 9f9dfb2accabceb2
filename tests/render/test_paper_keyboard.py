"""The buttons below a paper."""

import pytest

from digest.callbacks import Action, callback
from digest.message import Button
from digest.model import Locale, Mark, Vote
from digest.render.paper_keyboard import Neighbours, marked, paper_keyboard
from digest.words import words_in
from tests.render.chats import a_paper
from tests.render.strict_telegram import accepted_keyboard

EN = words_in(Locale.EN)
PAPER = a_paper("A paper", id_="2601.15876")
LINKS = (
    Button(text="arXiv", url="https://arxiv.org/abs/2601.15876"),
    Button(text="PDF", url="https://arxiv.org/pdf/2601.15876"),
    Button(text="Hugging Face", url="https://huggingface.co/papers/2601.15876"),
)
SHARE = Button(text="Share", inline="2601.15876")
PAGES = (
    Button(text="◀ Previous", data=callback(Action.PAPER, "2601.15875")),
    Button(text="Next ▶", data=callback(Action.PAPER, "hep-th/9901001")),
)
AROUND = Neighbours(previous="2601.15875", next="hep-th/9901001")


def does(text: str, action: Action, wish: str) -> Button:
    """Give a button that does something with the paper."""
    return Button(text=text, data=callback(action, "2601.15876", wish))


SAVE, GOOD = does("🔖 Save", Action.SAVE, "on"), does("👍 Good", Action.VOTE, "up")
BAD = does("👎 Not for me", Action.VOTE, "down")


def test_a_paper_offers_its_addresses_what_to_do_with_it_and_its_neighbours() -> None:
    keyboard = paper_keyboard(PAPER, EN, neighbours=AROUND, mark=Mark(), bot=None)

    assert keyboard == (LINKS, (SAVE, SHARE), (GOOD, BAD), PAGES)
    accepted_keyboard(keyboard)


def test_what_is_so_already_is_ticked_and_its_button_undoes_it() -> None:
    mark = Mark(saved=True, vote=Vote.DOWN)

    keyboard = paper_keyboard(PAPER, EN, neighbours=Neighbours(), mark=mark, bot=None)

    assert keyboard[1][0] == does("🔖 Saved ✓", Action.SAVE, "off")
    assert keyboard[2] == (GOOD, does("👎 Not for me ✓", Action.VOTE, "none"))
    assert len(keyboard) == 3


def test_in_a_group_nothing_is_personal_and_one_button_leads_to_the_bot() -> None:
    keyboard = paper_keyboard(PAPER, EN, neighbours=Neighbours(), mark=None, bot="paper_digest_bot")

    private = Button(text="Open in private", url="https://t.me/paper_digest_bot?start=p_2601-15876")
    assert keyboard == (LINKS, (private, SHARE))


@pytest.mark.parametrize("mark", [Mark(saved=True), Mark(vote=Vote.UP), Mark(saved=True, vote=Vote.DOWN)])
@pytest.mark.parametrize("before", [Mark(), Mark(saved=True, vote=Vote.UP)])
def test_a_press_changes_the_buttons_of_its_paper_alone(before: Mark, mark: Mark) -> None:
    shown = paper_keyboard(PAPER, EN, neighbours=AROUND, mark=before, bot=None)

    after = marked(shown, PAPER.id, EN, mark)

    assert after == paper_keyboard(PAPER, EN, neighbours=AROUND, mark=mark, bot=None)


def test_buttons_of_another_message_stay_as_they_are() -> None:
    shown = (PAGES, (does("x", Action.SAVE, "on"),))

    after = marked(shown, "2601.00001", EN, Mark(saved=True))

    assert after == shown


@pytest.mark.parametrize("id_", ["", "a\nb", "x" * 70])
def test_an_id_that_is_none_has_no_buttons(id_: str) -> None:
    keyboard = paper_keyboard(
        a_paper("Odd", id_=id_), EN, neighbours=Neighbours(), mark=Mark(), bot="paper_digest_bot"
    )

    assert keyboard == ()
