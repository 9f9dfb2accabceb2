"""Bytes of strangers: nothing raises, and nothing takes long."""

import base64
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.bounces.mime import MAX_PARTS, parse_email
from digest.mail.bounces.parser import parse_bounce
from tests.mail.bounces.sample_mails import delivery_report

MEGABYTE = 1_000_000

PIECES = st.sampled_from(
    [
        b"Content-Type: multipart/report; boundary=b\n",
        b"Content-Type: message/delivery-status\n",
        b"Content-Type: message/rfc822\n",
        b"Content-Type: text/plain; charset=unicode_escape\n",
        b"Content-Type: text/plain; charset=\xff\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Subject: =?utf-8?b?\xff?= =?x?q?=FF?=\n",
        b"Final-Recipient: rfc822; \\x{d800}\\x{fffffff}@a\n",
        b"Action: failed\n",
        b"From: MAILER-DAEMON\n",
        b"\n",
        b"--b\n",
        b"--b--\n",
        b"\x00",
        b"\r",
        "\u2028\x85退信".encode(),
        b"\xed\xa0\x80",
    ]
)

SHAPES: dict[str, Callable[[], bytes]] = {
    "10,000 parts, each in the one before": lambda: b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(10_000)
    ),
    "10,000 mails, each in the one before": lambda: b"Content-Type: message/rfc822\n\n" * 10_000,
    "parts without end": lambda: b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 700_000,
    "a header of 5 MB": lambda: b"From: MAILER-DAEMON\nSubject: " + b"a" * 5 * MEGABYTE,
    "a folded header of 5 MB": lambda: b"Subject: a\n" + b" a\n" * (5 * MEGABYTE // 3),
    "semicolons": lambda: b"Content-Type: multipart/report" + b";" * MEGABYTE + b"\n\nx",
    "quotation marks": lambda: b"Content-Type: multipart/report" + b';a="' * 250_000 + b"\n\nx",
    "headers": lambda: b"a: b\n" * 200_000,
    "addresses": lambda: b"From: MAILER-DAEMON\nTo: " + b"a@b," * 250_000 + b"\n\nx",
    "encoded words": lambda: b"Subject: " + b"=?utf-8?b?" * 100_000 + b"\n\nx",
    "line ends": lambda: b"From: MAILER-DAEMON\n\n" + b"\n" * MEGABYTE,
    "carriage returns": lambda: b"From: MAILER-DAEMON\n\n" + b"\r" * MEGABYTE,
    "angle brackets": lambda: b"From: MAILER-DAEMON\n\n" + b"<" * MEGABYTE,
    "at signs": lambda: b"From: MAILER-DAEMON\n\n" + b"@" * MEGABYTE,
    "one word": lambda: b"From: MAILER-DAEMON\n\n" + b"a" * MEGABYTE,
    "blanks": lambda: b"From: MAILER-DAEMON\n\nMessage-ID" + b" " * MEGABYTE,
    "groups of fields": lambda: b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 60_000,
    "failed addresses": lambda: b"From: MAILER-DAEMON\n\nfailed:\n" + b"<a@example.org>\n" * 60_000,
    "NUL": lambda: b"\0" * MEGABYTE,
    "base64": lambda: (
        b"Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"Content-Type: message/rfc822\n\n" * 20_000)
    ),
    "dashes": lambda: b"From: MAILER-DAEMON\n\n" + b"-" * MEGABYTE,
    "quotation signs": lambda: b"From: MAILER-DAEMON\n\n" + b"> " * 500_000,
    "replies": lambda: b"From: MAILER-DAEMON\n\n" + b"550 5.1.1 no\n" * 80_000,
    "replies in one line": lambda: b"From: MAILER-DAEMON\n\n" + b"550-5.1.1 " * 100_000,
    "recipients": lambda: b"From: MAILER-DAEMON\n\nnot delivered " + b"recipient to the following " * 37_000,
    "tags": lambda: b"From: MAILER-DAEMON\nContent-Type: text/html\n\n" + b"<br <p " * 150_000,
    "a diagnostic": lambda: (
        b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b\nAction: failed\n"
        b"Diagnostic-Code: smtp; " + b"550 your ip user sender quota " * 30_000
    ),
    "Chinese words": lambda: b"From: postmaster@qq\n\n" + "收件人无法发送到".encode() * 40_000,
}


@given(raw=st.binary(max_size=2_000))
@example(raw=b"")
@example(raw=b"\n")
@example(raw=b"From x")
def test_any_bytes_say_something(raw: bytes) -> None:
    said = parse_bounce(raw)

    for text in (said.detail, said.subject, *said.delivered_to, *said.original_senders, *said.original_message_ids):
        assert text.encode("utf-8", "strict") is not None
        assert "\0" not in text


@given(raw=st.lists(PIECES, max_size=30).map(b"".join))
def test_any_shape_of_a_mail_says_something(raw: bytes) -> None:
    said = parse_bounce(raw)

    assert all(one.address.encode() and one.diagnostic.isprintable() for one in said.recipients if one.address)


@given(at=st.integers(0, 1_500), with_=st.binary(max_size=8))
def test_a_report_with_a_wound_anywhere_is_read_as_far_as_it_goes(at: int, with_: bytes) -> None:
    whole = delivery_report()

    assert parse_bounce(whole[:at] + with_ + whole[at + len(with_) :]).kind is not None
    assert parse_bounce(whole[:at]).kind is not None


@pytest.mark.timeout(60)
def test_a_hostile_shape_is_read_in_time() -> None:
    for shape, build in SHAPES.items():
        assert parse_bounce(build()).kind is not None, shape


def test_a_mail_has_so_many_parts_and_no_more() -> None:
    parts = parse_email(SHAPES["parts without end"]())

    assert len(list(parts.walk(into_returned=True))) <= MAX_PARTS + 1
