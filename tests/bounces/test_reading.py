"""What mails say that came back: each kind of server in its own words."""

from collections.abc import Callable

import pytest

from digest.bounces import Verdict, read_return
from tests.bounces import mails
from tests.bounces.mails import ANN, MESSAGE_ID, SENT, Sent, complaint, letter, report

SERVERS = [
    report,
    mails.exchange,
    mails.gmail,
    mails.sendmail,
    mails.exim,
    mails.qmail,
    mails.microsoft,
    mails.netease,
]


@pytest.mark.parametrize("mail", SERVERS)
def test_every_kind_of_server_says_who_failed_and_what_came_back(mail: Callable[[Sent], bytes]) -> None:
    said = read_return(mail(SENT))

    assert said.verdict is Verdict.FAILED
    assert [one.address.lower() for one in said.recipients] == [ANN]
    assert said.message_ids == (MESSAGE_ID,)
    assert SENT.sender in said.to
    assert SENT.sender in said.quoted


def test_a_bounce_in_prose_is_shown_with_the_servers_own_words() -> None:
    said = read_return(mails.microsoft())

    assert said.detail.startswith("550 5.1.10 RESOLVER.ADR.RecipientNotFound")


def test_what_we_wrote_ourselves_says_nothing_of_why_it_came_back() -> None:
    ours = Sent(to=ANN, message_id=MESSAGE_ID)
    loud = mails.exim(ours).replace(b"Subject: 3 papers", b"Subject: Spam blocked by Spamhaus")

    assert read_return(loud + b"\r\nMalware, spam, and DKIM: access denied\r\n").verdict is Verdict.FAILED


@pytest.mark.parametrize("who", ["Mailer Daemon <MAILER-DAEMON@mx.example.net>", "no-reply@mx.example.net"])
def test_a_machine_is_known_by_its_name_or_by_its_empty_sender(who: str) -> None:
    head = (
        f"Return-Path: <>\nFrom: {who}\nTo: {SENT.sender}\nSubject: Delivery status notification: error\n\n"
    )
    body = f"A message could not be delivered to:\n\n{ANN}: 550 5.1.1 user unknown\n"

    said = read_return((head + body).encode())

    assert (said.verdict, [one.address for one in said.recipients]) == (Verdict.FAILED, [ANN])


def test_a_delay_in_prose_is_nothing() -> None:
    head = f"From: postmaster@contoso.example\nTo: {SENT.sender}\nSubject: Delivery delayed: 3 papers\n\n"
    body = f"Your message to {ANN} hasn't been delivered yet. Delivery will continue to be attempted.\n"

    assert read_return((head + body).encode()).verdict is Verdict.DELAYED


def test_a_chinese_provider_without_a_report_is_understood_by_its_words() -> None:
    said = read_return(mails.qq())

    assert (said.verdict, said.recipients[0].address) == (Verdict.FAILED, ANN)


@pytest.mark.parametrize(
    ("action", "status", "verdict"),
    [
        ("failed", "4.4.7", Verdict.BLAMELESS),
        ("failed", "4.2.2", Verdict.FAILED),
        ("delayed", "5.7.1", Verdict.DELAYED),
        ("delayed", "5.1.1", Verdict.DELAYED),
        ("Delayed", "4.4.1", Verdict.DELAYED),
        ("delivered", "5.0.0", Verdict.DELIVERED),
        ("relayed", "2.0.0", Verdict.DELIVERED),
        ("expanded", "2.0.0", Verdict.DELIVERED),
        ("error", "5.0.0", Verdict.FAILED),
        ("", "5.1.1", Verdict.FAILED),
        ("", "5.7.1", Verdict.BLAMELESS),
        ("", "4.2.2", Verdict.DELAYED),
    ],
)
def test_the_action_decides_and_not_the_status(action: str, status: str, verdict: Verdict) -> None:
    said = read_return(report(action=action, status=status))

    assert said.verdict is verdict


def test_a_report_counts_whatever_the_whole_calls_itself() -> None:
    assert read_return(report(kind="multipart/mixed")).verdict is Verdict.FAILED


def test_each_recipient_of_a_report_is_judged_by_itself() -> None:
    two = report(final="rfc822; bob@example.net\nAction: delayed\n\nFinal-Recipient: rfc822; ann@example.net")

    said = read_return(two)

    assert said.verdict is Verdict.FAILED
    assert said.verdict_for("BOB@example.net") is Verdict.DELAYED
    assert said.verdict_for("ann@example.net") is Verdict.FAILED
    assert said.verdict_for("who@example.net") is Verdict.FAILED


def test_of_several_recipients_only_the_one_who_is_to_blame_is_blamed() -> None:
    blocked = "rfc822; bob@example.net\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 no"

    said = read_return(report(final=f"{blocked}\n\nFinal-Recipient: rfc822; ann@example.net"))

    assert said.verdict_for("bob@example.net") is Verdict.BLAMELESS
    assert said.verdict_for("ann@example.net") is Verdict.FAILED


def test_a_diagnostic_without_its_type_keeps_what_stands_before_a_semicolon() -> None:
    said = read_return(
        report(status="5.7.1", said="550 5.7.1 Service unavailable; client [192.0.2.9] blocked")
    )

    assert said.detail == "550 5.7.1 Service unavailable; client [192.0.2.9] blocked"


def test_the_reason_is_the_servers_in_one_line() -> None:
    said = read_return(report(said="smtp; 550 5.1.1 No such user,\n tell nobody\x00\u2028here"))

    assert said.detail == "550 5.1.1 No such user, tell nobody here"


def test_an_international_address_is_read() -> None:
    escaped = report(final=r"utf-8; \x{5f20}@example.net", status_type="message/global-delivery-status")
    plain = report(final="utf-8; 张@example.net", status_type="message/global-delivery-status")

    assert [read_return(one).recipients[0].address for one in (escaped, plain)] == ["张@example.net"] * 2


def test_a_report_inside_the_mail_that_came_back_is_not_ours() -> None:
    inner = report(action="failed").decode().replace("\r\n", "\n").replace(mails.BOUNDARY, "=_inner")
    forwarded = complaint(kind="not-spam", original=inner)

    assert read_return(forwarded).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("kind", ["abuse", "Abuse", "fraud", "virus", "other", "opt-out"])
def test_a_complaint_is_one(kind: str) -> None:
    said = read_return(complaint(kind=kind))

    assert (said.verdict, said.message_ids) == (Verdict.COMPLAINT, (MESSAGE_ID,))
    assert SENT.sender in said.quoted


def test_a_complaint_in_microsofts_older_form_is_one() -> None:
    said = read_return(mails.junk_report())

    assert (said.verdict, said.message_ids) == (Verdict.COMPLAINT, (MESSAGE_ID,))
    assert said.recipients[0].address == ANN


def test_who_forwards_our_mail_with_microsofts_header_in_it_does_not_complain() -> None:
    forwarded = f"X-HmXmrOriginalRecipient: {ANN}\n{SENT.headers}"
    mail = letter(
        subject="Fwd: 3 papers",
        more='Content-Type: multipart/mixed; boundary="b"\n',
        body=f"--b\n\nSee this.\n--b\nContent-Type: message/rfc822\n\n{forwarded}\npapers\n--b--",
    )

    assert read_return(mail).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", ""])
def test_other_feedback_is_no_complaint(kind: str) -> None:
    assert read_return(complaint(kind=kind)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("subject", "more"),
    [
        ("Out of Office: 3 papers", ""),
        ("Automatic reply: 3 papers", "X-Auto-Response-Suppress: All\n"),
        ("Re: 3 papers", "Auto-Submitted: auto-replied (vacation)\n"),
        ("3 papers", "X-Autoreply: yes\n"),
        ("3 papers", "Precedence: auto_reply\n"),
        ("=?utf-8?B?6Ieq5Yqo5Zue5aSNOiAzIHBhcGVycw==?=", ""),
        ("=?gb2312?B?19S2r7vYuLSjug==?=", ""),
        ("自动回复：我正在休假", ""),
        ("不在のお知らせ", ""),
        ("Automatische Antwort: 3 papers", ""),
        ("Réponse automatique : 3 papers", ""),
        ("Respuesta automática", ""),
        ("Автоответ: 3 papers", ""),
    ],
)
def test_an_automatic_answer_is_nothing(subject: str, more: str) -> None:
    body = "I am away and cannot be reached. <bob@example.net> has my work.\nThe following address failed:"

    assert read_return(letter(subject=subject, more=more, body=body)).verdict is Verdict.AUTO_REPLY


@pytest.mark.parametrize(
    "subject", ["unsubscribe", "Unsubscribe", "Re: unsubscribe", "退订", "=?utf-8?B?6YCA6K6i?="]
)
def test_who_asks_to_leave_is_heard(subject: str) -> None:
    assert read_return(letter(subject=subject)).verdict is Verdict.UNSUBSCRIBE


@pytest.mark.parametrize("subject", ["How do I unsubscribe?", "Your invoice", ""])
def test_what_a_person_writes_is_not_guessed_at(subject: str) -> None:
    assert read_return(letter(subject=subject, body="Hello, what is this?")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "name", ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc", "X-RCPT-TO"]
)
def test_the_address_it_was_brought_to_stands_in_many_headers(name: str) -> None:
    mail = f"From: a@example.net\r\n{name.upper()}: <{SENT.sender}>\r\nSubject: x\r\n\r\n".encode()

    assert read_return(mail).to == (SENT.sender,)


def test_the_address_stands_in_the_trace_of_the_last_server_too() -> None:
    mail = f"Received: from a by b\r\n for <{SENT.sender}>; Sat, 24 Jan 2026\r\n\r\n".encode()

    assert read_return(mail).to == (SENT.sender,)
