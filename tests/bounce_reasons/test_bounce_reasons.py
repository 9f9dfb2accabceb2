"""Whom a refusal blames: the same by every way on which it comes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.bounce_reasons import Blame, BounceReason, Moment, reason_of
from digest.bounces import Verdict, read_return
from digest.channel import Gone, Later, Outcome, Refused
from digest.deliver.smtp_replies import Stage, outcome_of_reply, split_reply
from tests.bounce_reasons.replies import NOBODY, READER, REPLIES, US, Reply
from tests.bounces.mails import SENT, exim, microsoft, qmail, report

REFUSALS = [one for one in REPLIES if one.code >= 500]
ENHANCED = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
CODES = st.sampled_from([500, 501, 503, 530, 535, 550, 551, 552, 553, 554, 556, 571])
STATUS = st.one_of(
    st.just(""), st.builds("5.{}.{}".format, st.integers(0, 7), st.integers(0, 30)), st.just("4.4.7")
)
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


def blamed(outcome: Outcome) -> Blame:
    """Give whom an answer on the line blames, by what follows from it."""
    match outcome:
        case Gone() | Later(points=5):
            return READER
        case Refused(our_fault=True):
            return US
        case Refused(nobodys_fault=True):
            return NOBODY
        case Refused():
            return READER
        case _:
            raise AssertionError(outcome)


def live(reply: Reply, stage: Stage = Stage.RCPT) -> Blame:
    """Give whom a reply blames that a server gives while it has us on the line."""
    return blamed(outcome_of_reply(stage, reply.code, *split_reply(reply.text)))


def statuses(reply: Reply) -> list[str]:
    """Give the status fields that servers make of a reply: its own code, or none that says anything."""
    found = ENHANCED.search(reply.line)
    return [found.group() if found else f"{reply.code // 100}.0.0", "5.0.0"]


def in_report(reply: Reply, status: str, kind: str = "smtp; ") -> Verdict:
    """Give what a report with the reply as its diagnostic means."""
    return read_return(report(status=status, said=kind + reply.line)).verdict


def expected(reply: Reply) -> Verdict:
    """Give the verdict on a mail that came back because of a reply."""
    return Verdict.FAILED if reply.blame is READER else Verdict.BLAMELESS


def test_the_table_is_of_use() -> None:
    assert len(REPLIES) > 100
    assert {one.blame for one in REPLIES} == set(Blame)


@pytest.mark.parametrize("reply", REFUSALS, ids=lambda reply: reply.line[:60])
def test_a_reply_on_the_line_blames_whom_it_speaks_of(reply: Reply) -> None:
    assert live(reply) is reply.blame


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.line[:60])
def test_a_report_with_the_same_reply_blames_the_same(reply: Reply) -> None:
    verdicts = {
        in_report(reply, status, kind) for status in statuses(reply) for kind in ("smtp; ", "SMTP;", "")
    }

    assert verdicts == {expected(reply)}


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.line[:60])
def test_the_same_reply_in_prose_blames_the_same(reply: Reply) -> None:
    mails = (exim(SENT, reply.line), qmail(SENT, reply.line), microsoft(SENT, reply.line))

    assert [read_return(mail).verdict for mail in mails] == [expected(reply)] * len(mails)


@given(code=CODES, status=STATUS, words=WORDS)
def test_whatever_the_reply_says_every_way_agrees(code: int, status: str, words: str) -> None:
    reply = Reply(code=code, text=f"{status} {words}".strip(), blame=READER)
    judged = live(reply) is READER

    found = {in_report(reply, one) for one in statuses(reply)[:1]}
    found |= {read_return(kind(SENT, reply.line)).verdict for kind in (exim, qmail, microsoft)}

    assert found == {Verdict.FAILED if judged else Verdict.BLAMELESS}


@given(code=CODES, status=STATUS, words=WORDS)
def test_after_the_message_every_way_agrees_too(code: int, status: str, words: str) -> None:
    reply = Reply(code=code, text=f"{status} {words}".strip(), blame=READER)
    judged = live(reply, Stage.END) is READER
    said = f"host mx.example.net[192.0.2.1] said: {reply.line} (in reply to end of DATA command)"

    found = read_return(report(status=statuses(reply)[0], said=f"smtp; {reply.line}", text=said)).verdict

    assert found is (Verdict.FAILED if judged else Verdict.BLAMELESS)


@given(status=st.sampled_from(["5.7.1", "5.7.26", "5.6.0", "5.3.4", "5.1.8", "5.1.7", "5.5.1"]), words=WORDS)
def test_a_code_that_speaks_of_us_never_blames_a_reader(status: str, words: str) -> None:
    assert reason_of(words, code=550, status=status).blame is US


@given(status=st.sampled_from(["4.4.7", "5.3.2", "5.4.6", "5.4.7"]), words=st.just("no"))
def test_a_code_that_speaks_of_the_way_blames_nobody(status: str, words: str) -> None:
    assert reason_of(words, code=550, status=status).blame is NOBODY


@given(text=st.text(), code=st.integers(-1, 999), status=st.text(max_size=9), moment=st.sampled_from(Moment))
def test_any_answer_has_a_reason(text: str, code: int, status: str, moment: Moment) -> None:
    assert isinstance(reason_of(text, code=code, status=status, moment=moment), BounceReason)


@given(words=WORDS, status=STATUS, code=CODES)
def test_before_the_recipient_is_named_no_reader_is_blamed(words: str, status: str, code: int) -> None:
    assert reason_of(words, code=code, status=status, moment=Moment.BEFORE).blame is not READER


@pytest.mark.parametrize(
    ("status", "said", "verdict"),
    [
        ("5.1.1", "smtp; 550 Mail content denied", Verdict.BLAMELESS),  # Sendmail makes 5.1.1 of any 550
        ("5.7.1", "smtp; 550 User unknown", Verdict.BLAMELESS),
        ("4.4.7", "smtp; 550 4.4.7 QUEUE.Expired; message expired", Verdict.BLAMELESS),
        (
            "4.4.1",
            "X-Postfix; connect to mx.example.net[192.0.2.1]:25: Connection timed out",
            Verdict.BLAMELESS,
        ),
        ("4.2.2", "smtp; 452 4.2.2 Mailbox full", Verdict.FAILED),
        ("5.1.1", 'X-Postfix; unknown user: "ann"', Verdict.FAILED),
        ("5.7.1", "smtp; 550 5.1.1 User unknown", Verdict.BLAMELESS),
        ("4.4.7", "smtp; 550 5.1.1 User unknown", Verdict.BLAMELESS),
        ("5.1.1", "smtp; 550 5.4.6 loop", Verdict.BLAMELESS),
        ("5.7.1", "", Verdict.BLAMELESS),
        ("5.1.1", "", Verdict.FAILED),
        ("5.0.0", "", Verdict.FAILED),
    ],
)
def test_the_fields_of_a_report_are_read_together(status: str, said: str, verdict: Verdict) -> None:
    assert read_return(report(status=status, said=said)).verdict is verdict


def test_where_the_fields_say_nothing_the_text_is_read() -> None:
    text = "<ann@example.net>: host mx.example.net[192.0.2.1] said: 554 5.7.1 You are on a\n block list"

    assert read_return(report(status="5.0.0", said="", text=text)).verdict is Verdict.BLAMELESS


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("said: 554 no thanks (in reply to end of DATA command)", Verdict.BLAMELESS),
        ("SMTP error from remote mail server after end of data:\n554 no thanks", Verdict.BLAMELESS),
        ("said: 554 no thanks (in reply to MAIL FROM command)", Verdict.BLAMELESS),
        ("host mx refused to talk to me: 554 no thanks", Verdict.BLAMELESS),
        ("said: 554 no thanks (in reply to RCPT TO command)", Verdict.FAILED),
        ("said: 554 no thanks", Verdict.FAILED),
    ],
)
def test_what_was_answered_tells_whom_a_bare_refusal_blames(text: str, verdict: Verdict) -> None:
    assert read_return(report(status="5.0.0", said="smtp; 554 no thanks", text=text)).verdict is verdict
