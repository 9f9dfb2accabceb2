"""What mails say that came back: each kind of server in its own words."""

import pytest

from digest.mail.bounces.parser import parse_bounce
from digest.model.bounce import BounceKind
from tests.mail.bounces import sample_mails
from tests.mail.bounces.sample_mails import (
    ANN_ADDRESS,
    MESSAGE_ID,
    ORIGINAL,
    OriginalMail,
    arf_complaint,
    delivery_report,
    plain_mail,
)

REPORT_BUILDERS = [
    delivery_report,
    sample_mails.exchange_report,
    sample_mails.gmail_report,
    sample_mails.sendmail_report,
    sample_mails.exim_report,
    sample_mails.qmail_report,
    sample_mails.exchange_online_report,
    sample_mails.netease_report,
]


def test_every_kind_of_server_says_who_failed_and_what_came_back() -> None:
    for build in REPORT_BUILDERS:
        report = parse_bounce(build(ORIGINAL))

        assert report.kind is BounceKind.FAILED, build
        assert [one.address.lower() for one in report.recipients] == [ANN_ADDRESS], build
        assert report.original_message_ids == (MESSAGE_ID,), build
        assert ORIGINAL.sender in report.delivered_to, build
        assert ORIGINAL.sender in report.original_senders, build


def test_a_bounce_in_prose_is_shown_with_the_servers_own_words() -> None:
    said = parse_bounce(sample_mails.exchange_online_report())

    assert said.detail.startswith("550 5.1.10 RESOLVER.ADR.RecipientNotFound")


def test_what_we_wrote_ourselves_says_nothing_of_why_it_came_back() -> None:
    ours = OriginalMail(to=ANN_ADDRESS, message_id=MESSAGE_ID)
    loud = sample_mails.exim_report(ours).replace(b"Subject: 3 papers", b"Subject: Spam blocked by Spamhaus")

    assert parse_bounce(loud + b"\r\nMalware, spam, and DKIM: access denied\r\n").kind is BounceKind.FAILED


@pytest.mark.parametrize("who", ["Mailer Daemon <MAILER-DAEMON@mx.example.net>", "no-reply@mx.example.net"])
def test_a_machine_is_known_by_its_name_or_by_its_empty_sender(who: str) -> None:
    head = f"Return-Path: <>\nFrom: {who}\nTo: {ORIGINAL.sender}\nSubject: Delivery status notification: error\n\n"
    body = f"A message could not be delivered to:\n\n{ANN_ADDRESS}: 550 5.1.1 user unknown\n"

    said = parse_bounce((head + body).encode())

    assert (said.kind, [one.address for one in said.recipients]) == (BounceKind.FAILED, [ANN_ADDRESS])


def test_a_delay_in_prose_is_nothing() -> None:
    head = f"From: postmaster@contoso.example\nTo: {ORIGINAL.sender}\nSubject: Delivery delayed: 3 papers\n\n"
    body = f"Your message to {ANN_ADDRESS} hasn't been delivered yet. Delivery will continue to be attempted.\n"

    assert parse_bounce((head + body).encode()).kind is BounceKind.DELAYED


def test_a_chinese_provider_without_a_report_is_understood_by_its_words() -> None:
    said = parse_bounce(sample_mails.qq_report())

    assert (said.kind, said.recipients[0].address) == (BounceKind.FAILED, ANN_ADDRESS)


def test_the_action_decides_and_not_the_status() -> None:
    rows = [
        ("failed", "4.4.7", BounceKind.BLAMELESS),
        ("failed", "4.2.2", BounceKind.FAILED),
        ("delayed", "5.7.1", BounceKind.DELAYED),
        ("delayed", "5.1.1", BounceKind.DELAYED),
        ("Delayed", "4.4.1", BounceKind.DELAYED),
        ("delivered", "5.0.0", BounceKind.DELIVERED),
        ("relayed", "2.0.0", BounceKind.DELIVERED),
        ("expanded", "2.0.0", BounceKind.DELIVERED),
        ("error", "5.0.0", BounceKind.FAILED),
        ("", "5.1.1", BounceKind.FAILED),
        ("", "5.7.1", BounceKind.BLAMELESS),
        ("", "4.2.2", BounceKind.DELAYED),
    ]

    assert [row for row in rows if parse_bounce(delivery_report(action=row[0], status=row[1])).kind is not row[2]] == []


def test_a_report_counts_whatever_the_whole_calls_itself() -> None:
    assert parse_bounce(delivery_report(kind="multipart/mixed")).kind is BounceKind.FAILED


def test_each_recipient_of_a_report_is_judged_by_itself() -> None:
    two = delivery_report(final="rfc822; bob@example.net\nAction: delayed\n\nFinal-Recipient: rfc822; ann@example.net")

    said = parse_bounce(two)

    assert said.kind is BounceKind.FAILED
    assert said.kind_for("BOB@example.net") is BounceKind.DELAYED
    assert said.kind_for("ann@example.net") is BounceKind.FAILED
    assert said.kind_for("who@example.net") is BounceKind.FAILED


def test_of_several_recipients_only_the_one_who_is_to_blame_is_blamed() -> None:
    blocked = "rfc822; bob@example.net\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 no"

    said = parse_bounce(delivery_report(final=f"{blocked}\n\nFinal-Recipient: rfc822; ann@example.net"))

    assert said.kind_for("bob@example.net") is BounceKind.BLAMELESS
    assert said.kind_for("ann@example.net") is BounceKind.FAILED


def test_a_diagnostic_without_its_type_keeps_what_stands_before_a_semicolon() -> None:
    said = parse_bounce(
        delivery_report(status="5.7.1", diagnostic="550 5.7.1 Service unavailable; client [192.0.2.9] blocked")
    )

    assert said.detail == "550 5.7.1 Service unavailable; client [192.0.2.9] blocked"


def test_the_reason_is_the_servers_in_one_line() -> None:
    said = parse_bounce(delivery_report(diagnostic="smtp; 550 5.1.1 No such user,\n tell nobody\x00\u2028here"))

    assert said.detail == "550 5.1.1 No such user, tell nobody here"


def test_an_international_address_is_read() -> None:
    escaped = delivery_report(final=r"utf-8; \x{5f20}@example.net", status_type="message/global-delivery-status")
    plain = delivery_report(final="utf-8; 张@example.net", status_type="message/global-delivery-status")

    assert [parse_bounce(one).recipients[0].address for one in (escaped, plain)] == ["张@example.net"] * 2


def test_a_report_inside_the_mail_that_came_back_is_not_ours() -> None:
    inner = delivery_report(action="failed").decode().replace("\r\n", "\n").replace(sample_mails.BOUNDARY, "=_inner")
    forwarded = arf_complaint(kind="not-spam", original=inner)

    assert parse_bounce(forwarded).kind is BounceKind.UNKNOWN


def test_a_complaint_is_one_and_other_feedback_is_none() -> None:
    for kind in ("abuse", "Abuse", "fraud", "virus", "other", "opt-out"):
        report = parse_bounce(arf_complaint(kind=kind))

        assert (report.kind, report.original_message_ids) == (BounceKind.COMPLAINT, (MESSAGE_ID,)), kind
        assert ORIGINAL.sender in report.original_senders
    for kind in ("not-spam", "auth-failure", "dmarc", ""):
        assert parse_bounce(arf_complaint(kind=kind)).kind is BounceKind.UNKNOWN, kind


def test_a_complaint_in_microsofts_older_form_is_one() -> None:
    said = parse_bounce(sample_mails.outlook_complaint())

    assert (said.kind, said.original_message_ids) == (BounceKind.COMPLAINT, (MESSAGE_ID,))
    assert said.recipients[0].address == ANN_ADDRESS


def test_who_forwards_our_mail_with_microsofts_header_in_it_does_not_complain() -> None:
    forwarded = f"X-HmXmrOriginalRecipient: {ANN_ADDRESS}\n{ORIGINAL.headers}"
    mail = plain_mail(
        subject="Fwd: 3 papers",
        extra_headers='Content-Type: multipart/mixed; boundary="b"\n',
        body=f"--b\n\nSee this.\n--b\nContent-Type: message/rfc822\n\n{forwarded}\npapers\n--b--",
    )

    assert parse_bounce(mail).kind is BounceKind.UNKNOWN


def test_an_automatic_answer_is_nothing() -> None:
    body = "I am away and cannot be reached. <bob@example.net> has my work.\nThe following address failed:"
    rows = [
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
    ]
    for subject, more in rows:
        mail = plain_mail(subject=subject, extra_headers=more, body=body)

        assert parse_bounce(mail).kind is BounceKind.AUTO_REPLY, (subject, more)


def test_who_asks_to_leave_is_heard_and_nothing_else_is_guessed_at() -> None:
    for subject in ("unsubscribe", "Unsubscribe", "Re: unsubscribe", "退订", "=?utf-8?B?6YCA6K6i?="):
        assert parse_bounce(plain_mail(subject=subject)).kind is BounceKind.UNSUBSCRIBE, subject
    for subject in ("How do I unsubscribe?", "Your invoice", ""):
        mail = plain_mail(subject=subject, body="Hello, what is this?")

        assert parse_bounce(mail).kind is BounceKind.UNKNOWN, subject


def test_the_address_it_was_brought_to_stands_in_many_headers() -> None:
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc", "X-RCPT-TO"):
        mail = f"From: a@example.net\r\n{name.upper()}: <{ORIGINAL.sender}>\r\nSubject: x\r\n\r\n".encode()

        assert parse_bounce(mail).delivered_to == (ORIGINAL.sender,), name


def test_the_address_stands_in_the_trace_of_the_last_server_too() -> None:
    mail = f"Received: from a by b\r\n for <{ORIGINAL.sender}>; Sat, 24 Jan 2026\r\n\r\n".encode()

    assert parse_bounce(mail).delivered_to == (ORIGINAL.sender,)
