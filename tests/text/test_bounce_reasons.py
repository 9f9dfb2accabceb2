"""Whom a refusal blames: the same by every way on which it comes."""

import re

from hypothesis import given
from hypothesis import strategies as st

from digest.mail.bounces.parser import parse_bounce
from digest.mail.smtp_replies import SmtpStage, outcome_of_reply, split_reply
from digest.model.bounce import Blame, BounceKind, BounceReason
from digest.model.outcome import Outcome, Refused, RetryLater, Unreachable
from digest.text.bounce_reasons import SmtpPhase, classify_refusal
from tests.mail.bounces.sample_mails import ORIGINAL, delivery_report, exchange_online_report, exim_report, qmail_report
from tests.text.sample_replies import NO_FAULT, RECIPIENT_FAULT, REPLIES, SENDER_FAULT, BounceReply

PERMANENT_REPLIES = [one for one in REPLIES if one.code >= 500]
ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
CODES = st.sampled_from([500, 501, 503, 530, 535, 550, 551, 552, 553, 554, 556, 571])
STATUS = st.one_of(st.just(""), st.builds("5.{}.{}".format, st.integers(0, 7), st.integers(0, 30)), st.just("4.4.7"))
WORDS = st.lists(
    st.sampled_from(
        [
            "user unknown",
            "mailbox is full",
            "blocked using zen.spamhaus.org",
            "message rejected",
            "policy",
            "your IP is banned",
            "does not exist",
            "too many hops",
            "Message size exceeds",
            "invalid HELO",
            "<ann@example.net>",
            "sorry",
        ]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)


def blame_of_outcome(outcome: Outcome) -> Blame:
    """Return whom an answer on the line blames, by what follows from it."""
    match outcome:
        case Unreachable() | RetryLater(max_failures=5):
            return RECIPIENT_FAULT
        case Refused(is_our_fault=True):
            return SENDER_FAULT
        case Refused(is_external_fault=True):
            return NO_FAULT
        case Refused():
            return RECIPIENT_FAULT
        case _:
            raise AssertionError(outcome)


def blame_during_session(reply: BounceReply, stage: SmtpStage = SmtpStage.RCPT) -> Blame:
    """Return whom a reply blames that a server gives while it has us on the line."""
    return blame_of_outcome(outcome_of_reply(stage, reply.code, *split_reply(reply.text)))


def status_fields(reply: BounceReply) -> list[str]:
    """Return the status fields that servers make of a reply: its own code, or none that says anything."""
    found = ENHANCED.search(reply.one_line)
    return [found.group() if found else f"{reply.code // 100}.0.0", "5.0.0"]


def kind_in_report(reply: BounceReply, status: str, kind: str = "smtp; ") -> BounceKind:
    """Return what a report with the reply as its diagnostic means."""
    return parse_bounce(delivery_report(status=status, diagnostic=kind + reply.one_line)).kind


def expected_kind(reply: BounceReply) -> BounceKind:
    """Return the verdict on a mail that came back because of a reply."""
    return BounceKind.FAILED if reply.blame is RECIPIENT_FAULT else BounceKind.BLAMELESS


def test_the_table_is_of_use() -> None:
    assert len(REPLIES) > 100
    assert {one.blame for one in REPLIES} == set(Blame)


def test_a_reply_on_the_line_blames_whom_it_speaks_of() -> None:
    assert [one.one_line for one in PERMANENT_REPLIES if blame_during_session(one) is not one.blame] == []


def test_a_report_with_the_same_reply_blames_the_same() -> None:
    wrong = [
        (reply.one_line, status, diagnostic_type)
        for reply in REPLIES
        for status in status_fields(reply)
        for diagnostic_type in ("smtp; ", "SMTP;", "")
        if kind_in_report(reply, status, diagnostic_type) is not expected_kind(reply)
    ]

    assert wrong == []


def test_the_same_reply_in_prose_blames_the_same() -> None:
    wrong = [
        (reply.one_line, report.__name__)
        for reply in REPLIES
        for report in (exim_report, qmail_report, exchange_online_report)
        if parse_bounce(report(ORIGINAL, reply.one_line)).kind is not expected_kind(reply)
    ]

    assert wrong == []


@given(code=CODES, status=STATUS, words=WORDS)
def test_whatever_the_reply_says_every_way_agrees(code: int, status: str, words: str) -> None:
    reply = BounceReply(code=code, text=f"{status} {words}".strip(), blame=RECIPIENT_FAULT)
    judged = blame_during_session(reply) is RECIPIENT_FAULT

    found = {kind_in_report(reply, one) for one in status_fields(reply)[:1]}
    found |= {
        parse_bounce(kind(ORIGINAL, reply.one_line)).kind
        for kind in (exim_report, qmail_report, exchange_online_report)
    }

    assert found == {BounceKind.FAILED if judged else BounceKind.BLAMELESS}


@given(code=CODES, status=STATUS, words=WORDS)
def test_after_the_message_every_way_agrees_too(code: int, status: str, words: str) -> None:
    reply = BounceReply(code=code, text=f"{status} {words}".strip(), blame=RECIPIENT_FAULT)
    judged = blame_during_session(reply, SmtpStage.END) is RECIPIENT_FAULT
    said = f"host mx.example.net[192.0.2.1] said: {reply.one_line} (in reply to end of DATA command)"

    found = parse_bounce(
        delivery_report(status=status_fields(reply)[0], diagnostic=f"smtp; {reply.one_line}", text=said)
    ).kind

    assert found is (BounceKind.FAILED if judged else BounceKind.BLAMELESS)


@given(status=st.sampled_from(["5.7.1", "5.7.26", "5.6.0", "5.3.4", "5.1.8", "5.1.7", "5.5.1"]), words=WORDS)
def test_a_code_that_speaks_of_us_never_blames_a_reader(status: str, words: str) -> None:
    assert classify_refusal(words, code=550, status=status).blame is SENDER_FAULT


@given(status=st.sampled_from(["4.4.7", "5.3.2", "5.4.6", "5.4.7"]), words=st.just("no"))
def test_a_code_that_speaks_of_the_way_blames_nobody(status: str, words: str) -> None:
    assert classify_refusal(words, code=550, status=status).blame is NO_FAULT


@given(text=st.text(), code=st.integers(-1, 999), status=st.text(max_size=9), moment=st.sampled_from(SmtpPhase))
def test_any_answer_has_a_reason(text: str, code: int, status: str, moment: SmtpPhase) -> None:
    assert isinstance(classify_refusal(text, code=code, status=status, phase=moment), BounceReason)


@given(words=WORDS, status=STATUS, code=CODES)
def test_before_the_recipient_is_named_no_reader_is_blamed(words: str, status: str, code: int) -> None:
    assert (
        classify_refusal(words, code=code, status=status, phase=SmtpPhase.BEFORE_RECIPIENT).blame is not RECIPIENT_FAULT
    )


def test_the_fields_of_a_report_are_read_together() -> None:
    rows = [
        ("5.1.1", "smtp; 550 Mail content denied", BounceKind.BLAMELESS),  # Sendmail makes 5.1.1 of any 550
        ("5.7.1", "smtp; 550 User unknown", BounceKind.BLAMELESS),
        ("4.4.7", "smtp; 550 4.4.7 QUEUE.Expired; message expired", BounceKind.BLAMELESS),
        ("4.4.1", "X-Postfix; connect to mx.example.net[192.0.2.1]:25: Connection timed out", BounceKind.BLAMELESS),
        ("4.2.2", "smtp; 452 4.2.2 Mailbox full", BounceKind.FAILED),
        ("5.1.1", 'X-Postfix; unknown user: "ann"', BounceKind.FAILED),
        ("5.7.1", "smtp; 550 5.1.1 User unknown", BounceKind.BLAMELESS),
        ("4.4.7", "smtp; 550 5.1.1 User unknown", BounceKind.BLAMELESS),
        ("5.1.1", "smtp; 550 5.4.6 loop", BounceKind.BLAMELESS),
        ("5.7.1", "", BounceKind.BLAMELESS),
        ("5.1.1", "", BounceKind.FAILED),
        ("5.0.0", "", BounceKind.FAILED),
    ]
    for status, diagnostic, kind in rows:
        assert parse_bounce(delivery_report(status=status, diagnostic=diagnostic)).kind is kind, (status, diagnostic)


def test_where_the_fields_say_nothing_the_text_is_read() -> None:
    text = "<ann@example.net>: host mx.example.net[192.0.2.1] said: 554 5.7.1 You are on a\n block list"

    assert parse_bounce(delivery_report(status="5.0.0", diagnostic="", text=text)).kind is BounceKind.BLAMELESS


def test_what_was_answered_tells_whom_a_bare_refusal_blames() -> None:
    rows = [
        ("said: 554 no thanks (in reply to end of DATA command)", BounceKind.BLAMELESS),
        ("SMTP error from remote mail server after end of data:\n554 no thanks", BounceKind.BLAMELESS),
        ("said: 554 no thanks (in reply to MAIL FROM command)", BounceKind.BLAMELESS),
        ("host mx refused to talk to me: 554 no thanks", BounceKind.BLAMELESS),
        ("said: 554 no thanks (in reply to RCPT TO command)", BounceKind.FAILED),
        ("said: 554 no thanks", BounceKind.FAILED),
    ]
    for text, kind in rows:
        report = delivery_report(status="5.0.0", diagnostic="smtp; 554 no thanks", text=text)

        assert parse_bounce(report).kind is kind, text
