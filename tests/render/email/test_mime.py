"""The builder of emails: headers and MIME, read again by Python's parser and byte by byte."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Locale
from digest.model.message import RenderedEmail
from digest.render.email.mime import (
    EmailMetadata,
    SenderIdentity,
    build_email,
    encode_base64_lines,
    encode_body,
    join_encoded_body,
    pad_to_base64_line,
    to_wire,
)

IDENTITY = SenderIdentity(sender_name="Paper Digest", from_address="digest@example.org", list_domain="example.org")
ENVELOPE = EmailMetadata(
    recipient="reader@example.com",
    subject="3 new papers",
    key="edition-1-endpoint-1",
    kind="digest",
    locale=Locale.EN,
    created_at=datetime(2026, 1, 24, 7, tzinfo=UTC),
)
HOSTILE = "a\r\nBcc: x@y.z\u2028b\u0085c\x0bd\x00e\x9f\u202ef"


def build_small_email(
    envelope: EmailMetadata = ENVELOPE, identity: SenderIdentity = IDENTITY, text: str = "Hello\n"
) -> RenderedEmail:
    """Build a small mail."""
    return build_email(envelope, identity, b"secret", html=encode_body(f"<p>{text}</p>"), text=encode_body(text))


def parse_email(mail: RenderedEmail) -> EmailMessage:
    """Read a mail as a receiver does."""
    message = message_from_bytes(mail.raw, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def header_block(mail: RenderedEmail) -> bytes:
    """Return the header block."""
    return mail.raw.partition(b"\r\n\r\n")[0]


def test_a_mail_says_who_wrote_to_whom_when_and_about_what() -> None:
    message = parse_email(build_small_email())

    assert message["From"] == "Paper Digest <digest@example.org>"
    assert message["To"].addresses[0].addr_spec == "reader@example.com"
    assert message["Subject"] == "3 new papers"
    assert message["Date"].datetime == ENVELOPE.created_at
    assert message["Message-ID"].endswith("@example.org>")


def test_a_mail_of_the_list_says_how_to_leave_it_and_that_no_person_wrote_it() -> None:
    head = header_block(build_small_email()).split(b"\r\n")

    assert b"List-Id: Paper Digest <paper-digest.example.org>" in head
    assert b"List-Unsubscribe: <mailto:digest@example.org?subject=unsubscribe>" in head
    assert b"List-Help: <mailto:digest@example.org?subject=help>" in head
    assert b"Auto-Submitted: auto-generated" in head
    assert b"X-Auto-Response-Suppress: OOF, AutoReply" in head
    assert b"Feedback-ID: 2026-01-24:en:digest:paperdigest" in head
    assert b"Content-Language: en" in head
    assert b"List-Unsubscribe-Post" not in build_small_email().raw


def test_a_mail_that_answers_one_person_belongs_to_no_list() -> None:
    assert b"\nList-" not in build_small_email(replace(ENVELOPE, is_list_email=False)).raw


def test_every_header_stands_once() -> None:
    names = [name.lower() for name in parse_email(build_small_email()).keys()]  # noqa: SIM118 - a message's keys may repeat

    assert len(names) == len(set(names))


def test_plain_text_comes_first_and_both_parts_are_whole() -> None:
    mail = build_small_email(text="Grüße, 你好 = end. \n.\nFrom me\n")

    plain, html = parse_email(mail).iter_parts()

    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == mail.text
    assert html.get_content().replace("\r\n", "\n").rstrip("\n") == mail.html


def test_the_same_delivery_gives_the_same_bytes_and_another_one_another_message_id() -> None:
    again, other = build_small_email(), build_small_email(replace(ENVELOPE, key="edition-2-endpoint-1"))

    assert again.raw == build_small_email().raw
    assert other.message_id != again.message_id
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.org>", again.message_id)


def test_a_message_id_tells_nothing_without_the_secret() -> None:
    other = build_email(ENVELOPE, IDENTITY, b"another", html=encode_body("x"), text=encode_body("x"))

    assert other.message_id != build_small_email().message_id


def test_text_of_strangers_never_opens_a_header() -> None:
    envelope = replace(ENVELOPE, subject=HOSTILE, recipient=f"reader{HOSTILE}@example.com")
    identity = replace(IDENTITY, sender_name=HOSTILE, list_domain=f"example.org{HOSTILE}")

    mail = build_small_email(envelope, identity)

    assert "Bcc" not in parse_email(mail)
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]", header_block(mail))
    assert not re.search("[\u0080-\u009f\u2028\u2029\u202e]", str(parse_email(mail)["Subject"]))
    assert mail.subject == "a Bcc: x@y.z b c d e f"


@given(subject=st.text(st.characters(codec=None), max_size=300), name=st.text(max_size=60))
def test_any_subject_and_name_keep_the_rules_of_the_wire(subject: str, name: str) -> None:
    mail = build_small_email(replace(ENVELOPE, subject=subject), replace(IDENTITY, sender_name=name))

    assert str(parse_email(mail)["Subject"]).split() == mail.subject.split()
    assert parse_email(mail)["From"].addresses[0].addr_spec == "digest@example.org"
    assert b"\n" not in mail.raw.replace(b"\r\n", b"")
    assert b"\r" not in mail.raw.replace(b"\r\n", b"")
    assert all(len(line) <= 998 for line in mail.raw.split(b"\r\n"))
    assert all(len(line) <= 76 for line in header_block(mail).split(b"\r\n") if b"=?utf-8?" in line)
    assert header_block(mail).isascii()


def test_a_chinese_subject_is_read_as_written() -> None:
    subject = "27 篇新论文 · 机器人、具身智能与自动驾驶 · 1月24日"

    mail = build_small_email(replace(ENVELOPE, subject=subject))

    assert parse_email(mail)["Subject"] == subject


def test_a_long_unsubscribe_address_is_neither_folded_nor_encoded() -> None:
    identity = replace(IDENTITY, from_address=f"{'digest' * 10}@a-rather-long-domain-name.example.org")

    head = header_block(build_small_email(identity=identity))

    assert f"List-Unsubscribe: <{identity.mailto('unsubscribe')}>".encode() in head.split(b"\r\n")


@pytest.mark.parametrize("name", ['Lab "A"', "Papers, daily", "a\\b", "实验室", "=?utf-8?q?x?="])
def test_a_display_name_of_any_characters_comes_through(name: str) -> None:
    mail = build_small_email(identity=replace(IDENTITY, sender_name=name))

    assert parse_email(mail)["From"].addresses[0].display_name == name


def test_a_domain_in_any_script_goes_on_the_wire_in_ascii() -> None:
    mail = build_small_email(replace(ENVELOPE, recipient="reader@bücher.example"))

    assert b"To: <reader@xn--bcher-kva.example>" in header_block(mail)


def test_the_shorter_encoding_is_chosen() -> None:
    assert encode_body("mostly ascii, one é\n" * 9).encoding == "quoted-printable"
    assert encode_body("几乎都是中文\n" * 9).encoding == "base64"


@given(head=st.text(), middle=st.text(), tail=st.text())
def test_joining_encoded_pieces_equals_encoding_the_joined_text(head: str, middle: str, tail: str) -> None:
    head, middle = pad_to_base64_line(head), pad_to_base64_line(middle)

    joined = join_encoded_body(head, middle, encode_base64_lines(to_wire(middle)), tail)

    assert joined.encoded == encode_base64_lines(to_wire(head + middle + tail))
