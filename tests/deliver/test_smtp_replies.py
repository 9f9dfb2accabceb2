"""The table "Retries" (docs/delivery.md), cell by cell."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.channel import Gone, Later, Outcome, Refused, Uncertain
from digest.deliver.smtp_replies import (
    OPENING,
    Stage,
    login_refused,
    outcome_of_loss,
    outcome_of_reply,
    split_reply,
)
from digest.reason_texts import reason_in_english

TRANSACTION = [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END]
LATE = [Stage.DATA, Stage.END]


def cells(*sides: Iterable[object]) -> list[tuple[object, ...]]:
    """Give every cell of a table."""
    return list(product(*sides))


def judged(stage: Stage, code: int, enhanced: str = "", text: str = "no") -> str:
    """Give an outcome as one word of this file's tables."""
    return word_of(outcome_of_reply(stage, code, enhanced, text))


def word_of(outcome: Outcome) -> str:  # noqa: PLR0911 - one line a word
    match outcome:
        case Later(whole_channel=True, counts=False):
            return "everybody waits"
        case Later(counts=True, after=timedelta(days=1)):
            return "a point, daily"
        case Later(counts=True):
            return "a try"
        case Later():
            return "not a try"
        case Refused(our_fault=True):
            return "our fault"
        case Refused(nobodys_fault=True):
            return "nobody's fault"
        case Refused():
            return "refused"
        case _:
            return type(outcome).__name__.lower()


@pytest.mark.parametrize(
    ("stage", "reply"), cells(list(Stage), [(421, ""), (421, "4.4.2"), (450, "4.3.2"), (451, "4.3.2")])
)
def test_a_server_that_closes_makes_everybody_wait(stage: Stage, reply: tuple[int, str]) -> None:
    assert judged(stage, *reply) == "everybody waits"


@pytest.mark.parametrize(("stage", "code"), cells(OPENING, [421, 450, 500, 502, 530, 535, 550, 554]))
def test_a_server_that_lets_nobody_in_makes_everybody_wait(stage: Stage, code: int) -> None:
    assert judged(stage, code, f"{code // 100}.7.1") == "everybody waits"


@pytest.mark.parametrize(
    ("stage", "reply"),
    cells(
        TRANSACTION,
        [
            (450, ""),
            (451, ""),
            (450, "4.2.1"),
            (452, "4.2.2"),
            (450, "4.7.0"),
            (451, "4.7.1"),
            (451, "4.3.0"),
        ],
    ),
)
def test_greylisting_and_the_like_count_as_a_try(stage: Stage, reply: tuple[int, str]) -> None:
    assert judged(stage, *reply) == "a try"


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "word"),
    [
        (Stage.RCPT, 452, "", "not a try"),
        (Stage.RCPT, 452, "4.5.3", "not a try"),
        (Stage.MAIL, 451, "4.5.3", "not a try"),
        (Stage.MAIL, 452, "4.3.1", "everybody waits"),
        (Stage.END, 452, "", "everybody waits"),
    ],
)
def test_too_many_messages_and_full_disks_are_not_the_persons(
    stage: Stage, code: int, enhanced: str, word: str
) -> None:
    assert judged(stage, code, enhanced) == word


@pytest.mark.parametrize(
    ("code", "enhanced"),
    cells([550, 551, 553], ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]),
)
def test_an_address_that_does_not_exist_is_gone(code: int, enhanced: str) -> None:
    assert judged(Stage.RCPT, code, enhanced) == "gone"


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "text", "word"),
    [
        (Stage.RCPT, 556, "", "no mail here", "gone"),
        (Stage.RCPT, 501, "5.1.3", "bad syntax", "gone"),
        (Stage.END, 550, "5.1.1", "no such user", "gone"),
        (Stage.RCPT, 550, "", "User unknown in local recipient table", "gone"),
        (Stage.RCPT, 550, "", "No such user here", "gone"),
        (Stage.RCPT, 550, "", "blocked by our policy", "our fault"),
        (Stage.RCPT, 550, "", "no", "refused"),
        (Stage.RCPT, 554, "", "user unknown", "refused"),
        (Stage.RCPT, 501, "", "bad address", "refused"),
        (Stage.RCPT, 550, "5.4.1", "no answer from host", "nobody's fault"),
        (Stage.RCPT, 550, "5.0.0", "rejected", "refused"),
        (Stage.RCPT, 550, "5.4.1", "Recipient address rejected: Access denied", "refused"),
        (Stage.RCPT, 550, "5.1.1", "blocked using zen.spamhaus.org", "our fault"),
        (Stage.RCPT, 550, "4.7.1", "try another day", "our fault"),
        (Stage.RCPT, 550, "5.3.0", "internal error", "nobody's fault"),
        (Stage.END, 550, "5.4.6", "loop", "nobody's fault"),
        (Stage.END, 554, "", "user unknown", "our fault"),
        (Stage.MAIL, 550, "5.1.1", "sender does not exist", "our fault"),
        (Stage.RCPT, 553, "5.1.8", "bad sender", "our fault"),
    ],
)
def test_only_what_is_surely_about_the_address_ends_it(
    stage: Stage, code: int, enhanced: str, text: str, word: str
) -> None:
    assert judged(stage, code, enhanced, text) == word


@pytest.mark.parametrize(
    ("stage", "reply"),
    cells([Stage.RCPT, *LATE], [(552, ""), (552, "5.2.2"), (550, "5.2.2"), (554, "5.2.2")]),
)
def test_a_full_mailbox_is_tried_daily(stage: Stage, reply: tuple[int, str]) -> None:
    assert judged(stage, *reply) == "a point, daily"


@pytest.mark.parametrize(
    ("stage", "reply"),
    cells(
        TRANSACTION,
        [
            (552, "5.2.3"),
            (552, "5.3.4"),
            (554, "5.6.0"),
            (554, "5.6.1"),
            (503, "5.5.1"),
            (501, "5.5.4"),
            (500, ""),
            (502, ""),
            (503, ""),
            (504, ""),
            (530, "5.7.0"),
            (530, ""),
            (535, "5.7.8"),
            (550, "5.7.1"),
            (554, "5.7.26"),
        ],
    ),
)
def test_what_is_our_bug_or_our_set_up_raises_an_alarm(stage: Stage, reply: tuple[int, str]) -> None:
    assert judged(stage, *reply) == "our fault"


@pytest.mark.parametrize(
    ("stage", "reply"), cells(LATE, [(550, ""), (551, ""), (553, ""), (554, ""), (554, "5.0.0")])
)
def test_a_message_refused_without_a_code_is_our_fault(stage: Stage, reply: tuple[int, str]) -> None:
    assert judged(stage, *reply) == "our fault"


def test_only_a_silence_after_the_dot_leaves_a_doubt() -> None:
    words = {stage: word_of(outcome_of_loss(stage, "connection lost")) for stage in Stage}

    assert words == {
        **dict.fromkeys(OPENING, "everybody waits"),
        **dict.fromkeys([Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.BODY], "not a try"),
        Stage.END: "uncertain",
    }


@pytest.mark.parametrize("code", [-1, 0, 99, 100, 199, 220, 250, 299, 334, 354, 399, 600, 700, 999, 55_000])
def test_a_reply_that_is_none_leaves_a_doubt_after_the_dot_and_makes_everybody_wait_before_it(
    code: int,
) -> None:
    words = {stage: judged(stage, code, text="2.0.0 Ok") for stage in Stage}

    assert words == {**dict.fromkeys(Stage, "everybody waits"), Stage.END: "uncertain"}


@pytest.mark.parametrize("code", [400, 599])
def test_the_last_codes_of_a_refusal_are_refusals(code: int) -> None:
    assert judged(Stage.END, code) in ("a try", "our fault")


def test_what_a_server_says_before_it_knows_the_recipient_is_never_the_recipients_fault() -> None:
    replies = [(550, "5.1.1"), (550, "5.2.1"), (552, "5.2.2"), (552, ""), (556, ""), (554, "5.4.6")]

    assert {judged(Stage.MAIL, *reply) for reply in replies} == {"our fault"}


def test_a_refused_login_says_what_to_do() -> None:
    wrong = login_refused(535, "5.7.8 Authentication credentials invalid")
    away = login_refused(454, "4.7.0 Temporary authentication failure")

    assert "check SMTP_USERNAME and SMTP_PASSWORD (535 5.7.8" in reason_in_english(wrong.reason)
    assert "check" not in reason_in_english(away.reason)
    assert word_of(wrong) == word_of(away) == "everybody waits"


@pytest.mark.parametrize(
    ("text", "enhanced", "words"),
    [
        ("5.1.1 <x@y>: unknown", "5.1.1", "<x@y>: unknown"),
        ("5.7.1 line one\n5.7.1 line two", "5.7.1", "line one line two"),
        ("Transaction failed\n5.7.1 by policy", "5.7.1", "Transaction failed by policy"),
        ("no code here", "", "no code here"),
        ("2.0.0", "2.0.0", ""),
        ("10.0.0.1 is blocked", "", "10.0.0.1 is blocked"),
        ("", "", ""),
    ],
)
def test_an_enhanced_code_is_found_where_it_stands(text: str, enhanced: str, words: str) -> None:
    assert split_reply(text) == (enhanced, words)


@given(
    st.sampled_from(Stage),
    st.integers(-1, 999),
    st.one_of(st.just(""), st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True)),
    st.text(),
)
def test_every_reply_has_a_meaning_and_only_the_end_is_uncertain(
    stage: Stage, code: int, enhanced: str, text: str
) -> None:
    outcome = outcome_of_reply(stage, code, enhanced, text)

    assert isinstance(outcome, get_args(Outcome))
    assert not isinstance(outcome, Uncertain) or stage is Stage.END
    assert not isinstance(outcome, Gone) or stage in (Stage.RCPT, Stage.DATA, Stage.BODY, Stage.END)
