"""Questions that wait for a yes."""

from datetime import UTC, datetime, timedelta

from digest.broadcast import Audience
from digest.chat.confirmations import LIFE, Confirmations, ForgetMe, SendBroadcast
from digest.model import Target

NOW = datetime(2026, 1, 24, 9, tzinfo=UTC)
HERE = Target.telegram(7)
HELLO = SendBroadcast(text="Hello", audience=Audience())


def test_a_question_is_answered_once() -> None:
    open_questions = Confirmations()
    key = open_questions.ask(HELLO, person=7, target=HERE, now=NOW)

    answers = [open_questions.take(key, person=7, target=HERE, now=NOW) for _ in range(2)]

    assert answers == [HELLO, None]


def test_nobody_else_can_answer_and_nobody_else_closes_it() -> None:
    open_questions = Confirmations()
    key = open_questions.ask(HELLO, person=7, target=HERE, now=NOW)

    stranger = open_questions.take(key, person=8, target=HERE, now=NOW)
    elsewhere = open_questions.take(key, person=7, target=Target.telegram(-1), now=NOW)

    assert (stranger, elsewhere) == (None, None)
    assert open_questions.take(key, person=7, target=HERE, now=NOW) == HELLO


def test_a_question_dies_after_its_life() -> None:
    open_questions = Confirmations()
    key = open_questions.ask(HELLO, person=7, target=HERE, now=NOW)

    assert open_questions.take(key, person=7, target=HERE, now=NOW + LIFE) is None


def test_a_question_lives_until_then() -> None:
    open_questions = Confirmations()
    key = open_questions.ask(HELLO, person=7, target=HERE, now=NOW)

    last_moment = NOW + LIFE - timedelta(seconds=1)

    assert open_questions.take(key, person=7, target=HERE, now=last_moment) == HELLO


def test_a_new_question_takes_the_place_of_the_one_before() -> None:
    open_questions = Confirmations()
    old = open_questions.ask(HELLO, person=7, target=HERE, now=NOW)
    new = open_questions.ask(ForgetMe(), person=7, target=HERE, now=NOW)

    assert open_questions.take(old, person=7, target=HERE, now=NOW) is None
    assert open_questions.take(new, person=7, target=HERE, now=NOW) == ForgetMe()


def test_a_key_fits_a_button_and_cannot_be_guessed() -> None:
    open_questions = Confirmations()

    keys = {open_questions.ask(HELLO, person=n, target=HERE, now=NOW) for n in range(100)}

    assert len(keys) == 100
    assert all(len(key) == 8 and key.isalnum() for key in keys)
