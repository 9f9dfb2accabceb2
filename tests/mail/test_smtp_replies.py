"""The table "Retries" (docs/delivery.md), cell by cell."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import product
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from digest.mail.smtp_replies import (
    CONNECT_STAGES,
    SmtpStage,
    outcome_of_disconnect,
    outcome_of_refused_login,
    outcome_of_reply,
    split_reply,
)
from digest.model.outcome import Outcome, Refused, RetryLater, Uncertain, Unreachable
from digest.text.reason_texts import reason_in_english

TRANSACTION_STAGES = [SmtpStage.MAIL, SmtpStage.RCPT, SmtpStage.DATA, SmtpStage.END]
LATE_STAGES = [SmtpStage.DATA, SmtpStage.END]


def classify(stage: SmtpStage, code: int, enhanced: str = "", text: str = "no") -> str:
    """Return an outcome as one word of this file's tables."""
    return outcome_name(outcome_of_reply(stage, code, enhanced, text))


def outcome_name(outcome: Outcome) -> str:  # noqa: PLR0911 - one line a word
    match outcome:
        case RetryLater(pause_channel=True, counts_as_attempt=False):
            return "everybody waits"
        case RetryLater(counts_as_attempt=True, retry_after=timedelta(days=1)):
            return "a point, daily"
        case RetryLater(counts_as_attempt=True):
            return "a try"
        case RetryLater():
            return "not a try"
        case Refused(is_our_fault=True):
            return "our fault"
        case Refused(is_external_fault=True):
            return "nobody's fault"
        case Refused():
            return "refused"
        case _:
            return type(outcome).__name__.lower()


R, E = SmtpStage.RCPT, SmtpStage.END
Row = tuple[Iterable[SmtpStage], Iterable[tuple[int, str]], str]

TABLE: list[Row] = [
    # A server that is closing, or lets nobody in.
    (SmtpStage, [(421, ""), (421, "4.4.2"), (450, "4.3.2"), (451, "4.3.2")], "everybody waits"),
    (CONNECT_STAGES, [(450, "4.7.1"), (500, "5.7.1"), (535, "5.7.8"), (554, "5.7.1")], "everybody waits"),
    # Greylisting and the like.
    (
        TRANSACTION_STAGES,
        [(450, ""), (451, ""), (450, "4.2.1"), (452, "4.2.2"), (450, "4.7.0"), (451, "4.7.1"), (451, "4.3.0")],
        "a try",
    ),
    # Too many messages on a connection, and full disks, are not the recipient's.
    ([R], [(452, ""), (452, "4.5.3")], "not a try"),
    ([SmtpStage.MAIL], [(451, "4.5.3")], "not a try"),
    ([SmtpStage.MAIL], [(452, "4.3.1")], "everybody waits"),
    ([E], [(452, "")], "everybody waits"),
    # An address that does not exist.
    ([R], product([550, 551, 553], ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]), "unreachable"),
    # A full mailbox.
    ([R, *LATE_STAGES], [(552, ""), (552, "5.2.2"), (550, "5.2.2"), (554, "5.2.2")], "a point, daily"),
    # Our bug, or our set-up.
    (
        TRANSACTION_STAGES,
        [
            *((552, "5.2.3"), (552, "5.3.4"), (554, "5.6.0"), (554, "5.6.1"), (503, "5.5.1"), (501, "5.5.4")),
            *((500, ""), (502, ""), (503, ""), (504, ""), (530, "5.7.0"), (530, ""), (535, "5.7.8")),
            *((550, "5.7.1"), (554, "5.7.26")),
        ],
        "our fault",
    ),
    # A message refused without a code.
    (LATE_STAGES, [(550, ""), (551, ""), (553, ""), (554, ""), (554, "5.0.0")], "our fault"),
    # What is said before the recipient is known is never the recipient's fault.
    ([SmtpStage.MAIL], [(550, "5.1.1"), (550, "5.2.1"), (552, "5.2.2"), (552, ""), (556, "")], "our fault"),
    ([SmtpStage.MAIL], [(554, "5.4.6")], "our fault"),
    # The first and the last code of a refusal.
    ([E], [(400, "")], "a try"),
    ([E], [(599, "")], "our fault"),
]


def test_each_cell_of_the_table() -> None:
    cells = [(stage, *reply, word) for stages, replies, word in TABLE for stage, reply in product(stages, replies)]

    assert len(cells) > 180
    assert [cell for cell in cells if classify(*cell[:3]) != cell[3]] == []


def test_only_what_is_surely_about_the_address_ends_it() -> None:
    rows = [
        (R, 556, "", "no mail here", "unreachable"),
        (R, 501, "5.1.3", "bad syntax", "unreachable"),
        (E, 550, "5.1.1", "no such user", "unreachable"),
        (R, 550, "", "User unknown in local recipient table", "unreachable"),
        (R, 550, "", "No such user here", "unreachable"),
        (R, 550, "", "blocked by our policy", "our fault"),
        (R, 550, "", "no", "refused"),
        (R, 554, "", "user unknown", "refused"),
        (R, 501, "", "bad address", "refused"),
        (R, 550, "5.4.1", "no answer from host", "nobody's fault"),
        (R, 550, "5.0.0", "rejected", "refused"),
        (R, 550, "5.4.1", "Recipient address rejected: Access denied", "refused"),
        (R, 550, "5.1.1", "blocked using zen.spamhaus.org", "our fault"),
        (R, 550, "4.7.1", "try another day", "our fault"),
        (R, 550, "5.3.0", "internal error", "nobody's fault"),
        (E, 550, "5.4.6", "loop", "nobody's fault"),
        (E, 554, "", "user unknown", "our fault"),
        (SmtpStage.MAIL, 550, "5.1.1", "sender does not exist", "our fault"),
        (R, 553, "5.1.8", "bad sender", "our fault"),
    ]

    assert [row for row in rows if classify(*row[:4]) != row[4]] == []


def test_only_a_silence_after_the_dot_leaves_a_doubt() -> None:
    words = {stage: outcome_name(outcome_of_disconnect(stage, "connection lost")) for stage in SmtpStage}

    assert words == {
        **dict.fromkeys(CONNECT_STAGES, "everybody waits"),
        **dict.fromkeys([SmtpStage.MAIL, SmtpStage.RCPT, SmtpStage.DATA, SmtpStage.BODY], "not a try"),
        SmtpStage.END: "uncertain",
    }


def test_a_reply_that_is_none_leaves_a_doubt_after_the_dot_and_makes_everybody_wait_before_it() -> None:
    for code in (-1, 0, 99, 100, 199, 220, 250, 299, 334, 354, 399, 600, 700, 999, 55_000):
        words = {stage: classify(stage, code, text="2.0.0 Ok") for stage in SmtpStage}

        assert words == {**dict.fromkeys(SmtpStage, "everybody waits"), SmtpStage.END: "uncertain"}, code


def test_a_refused_login_says_what_to_do() -> None:
    wrong = outcome_of_refused_login(535, "5.7.8 Authentication credentials invalid")
    away = outcome_of_refused_login(454, "4.7.0 Temporary authentication failure")

    assert "check SMTP_USERNAME and SMTP_PASSWORD (535 5.7.8" in reason_in_english(wrong.reason)
    assert "check" not in reason_in_english(away.reason)
    assert outcome_name(wrong) == outcome_name(away) == "everybody waits"


def test_an_enhanced_code_is_found_where_it_stands() -> None:
    rows = [
        ("5.1.1 <x@y>: unknown", "5.1.1", "<x@y>: unknown"),
        ("5.7.1 line one\n5.7.1 line two", "5.7.1", "line one line two"),
        ("Transaction failed\n5.7.1 by policy", "5.7.1", "Transaction failed by policy"),
        ("no code here", "", "no code here"),
        ("2.0.0", "2.0.0", ""),
        ("10.0.0.1 is blocked", "", "10.0.0.1 is blocked"),
        ("", "", ""),
    ]

    assert [row for row in rows if split_reply(row[0]) != row[1:]] == []


@given(
    st.sampled_from(SmtpStage),
    st.integers(-1, 999),
    st.one_of(st.just(""), st.from_regex(r"[245]\.\d{1,3}\.\d{1,3}", fullmatch=True)),
    st.text(),
)
def test_every_reply_has_a_meaning_and_only_the_end_is_uncertain(
    stage: SmtpStage, code: int, enhanced: str, text: str
) -> None:
    outcome = outcome_of_reply(stage, code, enhanced, text)

    assert isinstance(outcome, get_args(Outcome))
    assert not isinstance(outcome, Uncertain) or stage is SmtpStage.END
    assert not isinstance(outcome, Unreachable) or stage in (
        SmtpStage.RCPT,
        SmtpStage.DATA,
        SmtpStage.BODY,
        SmtpStage.END,
    )
