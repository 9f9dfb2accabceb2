"""DKIM signatures hold for what we sent and for nothing else, as dkimpy sees it."""

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from digest.mail.dkim import DkimKey, DkimSigner
from tests.mail.signing import (
    BODY,
    HEADERS,
    body_hashes_of,
    is_valid,
    make_ed25519_key,
    make_email,
    make_rsa_key,
    make_signer,
    verify_each,
)
from tests.render.email.sample_emails import sample_emails


def test_every_mail_that_we_send_can_be_verified() -> None:
    signer = make_signer()

    for name, mail in sample_emails().items():
        signed = signer.sign(mail.raw)

        assert is_valid(signed, signer), name
        assert signed.endswith(mail.raw)


def test_there_is_a_signature_for_each_key() -> None:
    signer = DkimSigner(domain="example.org", keys=(DkimKey(selector="a", private_key=make_rsa_key()),) * 2)

    signed = signer.sign(make_email())

    assert signed.count(b"DKIM-Signature: ") == 2
    assert verify_each(signed, signer) == [True, True]


def test_ed25519_signs_the_hash_with_its_bare_key_in_dns() -> None:
    key = DkimKey(selector="b", private_key=make_ed25519_key())
    signer = DkimSigner(domain="example.org", keys=(key,))

    signed = signer.sign(make_email())

    assert b" a=ed25519-sha256;" in signed
    assert signer.dns_records()[0].text == f"v=DKIM1; k=ed25519; p={b64encode(key.public_bytes()).decode()}"
    assert len(key.public_bytes()) == 32
    assert is_valid(signed, signer)


def test_the_same_mail_has_the_same_signature_and_the_time_of_its_date() -> None:
    first, second = make_signer().sign(make_email()), make_signer().sign(make_email())

    assert first == second
    assert b" t=1769238000;" in first


def test_a_date_that_says_no_time_is_signed_all_the_same() -> None:
    signer = make_signer()

    for date in ("yesterday", "", "Sat, 24 Jan 1926 07:00:00 +0000", "é", "1 Jan 99999 0:0"):
        assert is_valid(signer.sign(make_email(HEADERS | {"Date": date})), signer), date


def test_lines_are_folded() -> None:
    signer = DkimSigner(domain="digest.example.org", keys=make_signer().keys)
    many = [*HEADERS.items(), *((f"List-Number-{at}", "x") for at in range(40))]

    signed = signer.sign(make_email(many))

    ours, _, _ = signed.partition(b"From: ")
    assert max(len(line) for line in ours.split(b"\r\n")) <= 78
    assert ours.count(b"\n") == ours.count(b"\r\n")
    assert is_valid(signed, signer)


def test_no_header_can_be_changed_or_taken_away() -> None:
    signer = make_signer()
    signed = signer.sign(make_email())
    for name, value in HEADERS.items():
        line = f"{name}: {value}\r\n".encode()
        for changed_line in (line.replace(b": ", b": x", 1), b""):
            changed = signed.replace(line, changed_line)

            assert changed != signed
            assert not is_valid(changed, signer), (name, changed_line)


def test_no_header_that_harms_can_be_added() -> None:
    signer = make_signer()
    signed = signer.sign(make_email())
    names = ("From", "To", "Subject", "Date", "Reply-To", "Content-Type", "List-Unsubscribe", "List-Unsubscribe-Post")
    for name in (*names, "list-unsubscribe"):
        added = f"{name}: <https://evil.example/>\r\n".encode()

        assert not is_valid(added + signed, signer), name
        assert not is_valid(signed.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n", 1), signer), name


def test_a_mail_of_no_list_cannot_be_given_an_unsubscribe_link() -> None:
    signer = make_signer()
    signed = signer.sign(make_email({k: v for k, v in HEADERS.items() if not k.startswith("List-")}))

    changed = b"List-Unsubscribe: <https://evil.example/>\r\n" + signed

    assert is_valid(signed, signer)
    assert not is_valid(changed, signer)


def test_what_a_relay_adds_does_no_harm() -> None:
    signer = make_signer()
    signed = signer.sign(make_email())

    relayed = b"Return-Path: <x@example.org>\r\nReceived: from a by b\r\n\t; today\r\nX-Spam: no\r\n" + signed

    assert is_valid(relayed, signer)


def test_no_body_can_be_changed() -> None:
    signer = make_signer()
    head, _, body = signer.sign(make_email()).partition(b"\r\n\r\n")
    changes = [(b"the end", b"the END"), (b"the end\r\n", b"the end\r\nP.S.\r\n"), (b"one", b"\r\none"), (BODY, b"")]
    for was, becomes in changes:
        assert not is_valid(head + b"\r\n\r\n" + body.replace(was, becomes), signer), becomes


def test_any_body_can_be_verified() -> None:
    signer = make_signer()
    bodies = [
        b"",
        b"\r\n",
        b"\r\n\r\n\r\n",
        b" \t\r\n \r\n",
        b"no line end",
        b"blanks at the end \t ",
        b"x\r\n\r\n\r\n",
        b"a \t b\t\r\n\t c  \r\n \r\n",
        b".\r\n..\r\n.x\r\n",
        "每天的论文\r\n".encode(),
        b"x" * 100_000,
        b" " * 2_000 + b"x",
        b"\r\n" * 50_000 + b"x\r\n",
    ]

    assert [body[:20] for body in bodies if not is_valid(signer.sign(make_email(body=body)), signer)] == []


def test_blanks_without_end_are_signed_as_the_few_that_they_count_as() -> None:
    signer = make_signer()
    pairs = [
        (b" " * 100_000 + b"x", b" x"),
        (b"x" + b"\t " * 50_000 + b"\r\ny", b"x\r\ny"),
        (b"x" + b" \r\n" * 50_000, b"x"),
    ]
    for long, short in pairs:
        signed = signer.sign(make_email(body=short))

        assert body_hashes_of(signer.sign(make_email(body=long))) == body_hashes_of(signed), short
        assert len(body_hashes_of(signed)) == len(signer.keys)
        assert is_valid(signed, signer)


def test_any_header_can_be_verified() -> None:
    signer = make_signer()
    headers = [
        ("Subject", "a" * 900),
        ("Subject", "folded\r\n here\r\n\tand \t there  "),
        ("Subject", "\r\n on its own line"),
        ("Subject", ""),
        ("Subject", "每天的论文 · ünïcode"),
        ("Subject", "a: colon; and semi; b=colon"),
        ("To", '"Ann, of \\"X\\"" <ann@example.com>'),
        ("List-Unsubscribe", "<https://example.org/" + "u" * 800 + ">,\r\n <mailto:x@example.org>"),
    ]
    for name, value in headers:
        assert is_valid(signer.sign(make_email(HEADERS | {name: value})), signer), (name, value)


def test_headers_that_stand_twice_are_signed_from_the_last() -> None:
    signer = make_signer()
    twice = [*HEADERS.items(), ("List-Post", "NO"), ("list-post", "<mailto:x@example.org>")]

    assert is_valid(signer.sign(make_email(twice)), signer)


VALUES = st.lists(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40), min_size=1, max_size=4
).map("\r\n ".join)
BODIES = st.lists(st.sampled_from([b"", b" ", b"\t", b"\r\n", b".", b"word", "词".encode()]), max_size=30)


@given(values=st.dictionaries(st.sampled_from(sorted(HEADERS.keys() - {"From"})), VALUES), body=BODIES)
def test_signatures_hold_for_any_headers_and_any_body(values: dict[str, str], body: list[bytes]) -> None:
    signer = make_signer()

    signed = signer.sign(make_email(HEADERS | values, b"".join(body)))

    assert is_valid(signed, signer)
