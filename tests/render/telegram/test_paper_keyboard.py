"""The buttons below a paper."""

import pytest

from digest.model import Locale, PaperFeedback, Vote
from digest.model.message import Button
from digest.render.telegram.callback_data import REPLACES_PAPER, Action, encode_callback
from digest.render.telegram.keyboards import paper_keyboard, with_feedback
from digest.text.i18n import translator_for
from tests.render.telegram.sample_messages import make_paper
from tests.render.telegram.strict_reader import assert_keyboard_accepted

EN = translator_for(Locale.EN)
PAPER = make_paper("A paper", id_="2601.15876")
LINK_BUTTONS = (
    Button(text="arXiv", url="https://arxiv.org/abs/2601.15876"),
    Button(text="PDF", url="https://arxiv.org/pdf/2601.15876"),
    Button(text="Hugging Face", url="https://huggingface.co/papers/2601.15876"),
)
SHARE_BUTTON = Button(text="Share", switch_inline_query="2601.15876")
PAGE_BUTTONS = (
    Button(text="◀ Previous", callback_data=encode_callback(Action.PAPER, "2601.15875", REPLACES_PAPER)),
    Button(text="Next ▶", callback_data=encode_callback(Action.PAPER, "hep-th/9901001", REPLACES_PAPER)),
)
NEIGHBOURS = {"previous_id": "2601.15875", "next_id": "hep-th/9901001"}


def action_button(text: str, action: Action, wish: str) -> Button:
    """Return a button that does something with the paper."""
    return Button(text=text, callback_data=encode_callback(action, "2601.15876", wish))


SAVE_BUTTON, GOOD_BUTTON = (action_button("🔖 Save", Action.SAVE, "on"), action_button("👍 Good", Action.VOTE, "up"))
BAD_BUTTON = action_button("👎 Not interested", Action.VOTE, "down")


def test_a_paper_offers_its_addresses_what_to_do_with_it_and_its_neighbours() -> None:
    keyboard = paper_keyboard(PAPER, EN, **NEIGHBOURS, feedback=PaperFeedback(), bot_username=None)

    assert keyboard == (LINK_BUTTONS, (SAVE_BUTTON, SHARE_BUTTON), (GOOD_BUTTON, BAD_BUTTON), PAGE_BUTTONS)
    assert_keyboard_accepted(keyboard)


def test_what_is_so_already_is_ticked_and_its_button_undoes_it() -> None:
    mark = PaperFeedback(saved=True, vote=Vote.DOWN)

    keyboard = paper_keyboard(PAPER, EN, feedback=mark, bot_username=None)

    assert keyboard[1][0] == action_button("🔖 Saved ✓", Action.SAVE, "off")
    assert keyboard[2] == (GOOD_BUTTON, action_button("👎 Not interested ✓", Action.VOTE, "none"))
    assert len(keyboard) == 3


def test_in_a_group_nothing_is_personal_and_one_button_leads_to_the_bot() -> None:
    keyboard = paper_keyboard(PAPER, EN, feedback=None, bot_username="paper_digest_bot")

    private = Button(text="Open in private", url="https://t.me/paper_digest_bot?start=p_2601-15876")
    assert keyboard == (LINK_BUTTONS, (private, SHARE_BUTTON))


@pytest.mark.parametrize(
    "mark", [PaperFeedback(saved=True), PaperFeedback(vote=Vote.UP), PaperFeedback(saved=True, vote=Vote.DOWN)]
)
@pytest.mark.parametrize("before", [PaperFeedback(), PaperFeedback(saved=True, vote=Vote.UP)])
def test_a_press_changes_the_buttons_of_its_paper_alone(before: PaperFeedback, mark: PaperFeedback) -> None:
    shown = paper_keyboard(PAPER, EN, **NEIGHBOURS, feedback=before, bot_username=None)

    after = with_feedback(shown, PAPER.id, EN, mark)

    assert after == paper_keyboard(PAPER, EN, **NEIGHBOURS, feedback=mark, bot_username=None)


def test_buttons_of_another_message_stay_as_they_are() -> None:
    shown = (PAGE_BUTTONS, (action_button("x", Action.SAVE, "on"),))

    after = with_feedback(shown, "2601.00001", EN, PaperFeedback(saved=True))

    assert after == shown


@pytest.mark.parametrize("id_", ["", "a\nb", "x" * 70])
def test_an_id_that_is_none_has_no_buttons(id_: str) -> None:
    keyboard = paper_keyboard(make_paper("Odd", id_=id_), EN, feedback=PaperFeedback(), bot_username="paper_digest_bot")

    assert keyboard == ()
