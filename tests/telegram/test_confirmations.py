"""Questions that wait for a yes."""

from datetime import UTC, datetime, timedelta

from digest.model import Target
from digest.services.broadcasts import Audience
from digest.telegram.confirmations import CONFIRMATION_TTL, Confirmations, EraseData, SendBroadcast

NOW = datetime(2026, 1, 24, 9, tzinfo=UTC)
CHAT_TARGET = Target.telegram(7)
HELLO_BROADCAST = SendBroadcast(text="Hello", audience=Audience())


def test_a_question_is_answered_once() -> None:
    open_questions = Confirmations()
    key = open_questions.add(HELLO_BROADCAST, user_id=7, target=CHAT_TARGET, now=NOW)

    answers = [open_questions.pop(key, user_id=7, target=CHAT_TARGET, now=NOW) for _ in range(2)]

    assert answers == [HELLO_BROADCAST, None]


def test_nobody_else_can_answer_and_nobody_else_closes_it() -> None:
    open_questions = Confirmations()
    key = open_questions.add(HELLO_BROADCAST, user_id=7, target=CHAT_TARGET, now=NOW)

    stranger = open_questions.pop(key, user_id=8, target=CHAT_TARGET, now=NOW)
    elsewhere = open_questions.pop(key, user_id=7, target=Target.telegram(-1), now=NOW)

    assert (stranger, elsewhere) == (None, None)
    assert open_questions.pop(key, user_id=7, target=CHAT_TARGET, now=NOW) == HELLO_BROADCAST


def test_a_question_dies_after_its_life() -> None:
    open_questions = Confirmations()
    key = open_questions.add(HELLO_BROADCAST, user_id=7, target=CHAT_TARGET, now=NOW)

    assert open_questions.pop(key, user_id=7, target=CHAT_TARGET, now=NOW + CONFIRMATION_TTL) is None


def test_a_question_lives_until_then() -> None:
    open_questions = Confirmations()
    key = open_questions.add(HELLO_BROADCAST, user_id=7, target=CHAT_TARGET, now=NOW)

    last_moment = NOW + CONFIRMATION_TTL - timedelta(seconds=1)

    assert open_questions.pop(key, user_id=7, target=CHAT_TARGET, now=last_moment) == HELLO_BROADCAST


def test_a_new_question_takes_the_place_of_the_one_before() -> None:
    open_questions = Confirmations()
    old = open_questions.add(HELLO_BROADCAST, user_id=7, target=CHAT_TARGET, now=NOW)
    new = open_questions.add(EraseData(), user_id=7, target=CHAT_TARGET, now=NOW)

    assert open_questions.pop(old, user_id=7, target=CHAT_TARGET, now=NOW) is None
    assert open_questions.pop(new, user_id=7, target=CHAT_TARGET, now=NOW) == EraseData()


def test_a_key_fits_a_button_and_cannot_be_guessed() -> None:
    open_questions = Confirmations()

    keys = {open_questions.add(HELLO_BROADCAST, user_id=n, target=CHAT_TARGET, now=NOW) for n in range(100)}

    assert len(keys) == 100
    assert all(len(key) == 8 and key.isalnum() for key in keys)
