"""DKIM signatures hold for what we sent and for nothing else, as dkimpy sees it; keys are never shown."""

import logging
import traceback
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.dkim import DkimKey, DkimSigner, load_signer
from digest.model.errors import InvalidSettings
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


AnyPrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: AnyPrivateKey, password: bytes | None = None) -> bytes:
    protection = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)


def load_with(
    *, domain: str = "example.org", selector: str = "a", rsa: Path | None = None, ed25519: Path | None = None
) -> DkimSigner | None:
    return load_signer(domain=domain, selector=selector, key_file=rsa, ed25519_selector="b", ed25519_key_file=ed25519)


def write_key(folder: Path, data: bytes) -> Path:
    file = folder / f"key{len(list(folder.iterdir()))}.pem"
    file.write_bytes(data)
    return file


def test_keys_are_read_from_their_files(tmp_path: Path) -> None:
    rsa_file, ed_file = write_key(tmp_path, pem(make_rsa_key())), write_key(tmp_path, pem(make_ed25519_key()))

    signer = load_with(domain="Example.ORG", rsa=rsa_file, ed25519=ed_file)

    assert signer is not None
    assert [record.name for record in signer.dns_records()] == ["a._domainkey.example.org", "b._domainkey.example.org"]
    assert b" d=example.org; s=a;" in signer.sign(make_email())


def test_without_a_domain_or_a_key_nothing_is_signed(tmp_path: Path) -> None:
    file = write_key(tmp_path, pem(make_rsa_key()))

    signer = load_signer(domain=None, selector="a", key_file=file, ed25519_selector=None, ed25519_key_file=None)

    assert signer is None
    assert load_with() is None


def test_the_record_of_an_rsa_key_fits_the_strings_of_dns() -> None:
    (record, *_) = make_signer().dns_records()

    strings = record.zone_line.split(" IN TXT ")[1].strip('"').split('" "')

    assert record.zone_line.startswith("rsa2026._domainkey.example.org. IN TXT ")
    assert "".join(strings) == record.text
    assert record.text.startswith("v=DKIM1; k=rsa; p=MII")
    assert max(map(len, strings)) <= 255


def test_mistakes_in_keys_are_told_in_one_line(tmp_path: Path) -> None:
    public = make_rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    wrong = {
        "cannot be read: No such file or directory": tmp_path / "nowhere.pem",
        "cannot be read: Is a directory": tmp_path,
        "holds no private key in PEM": write_key(tmp_path, public),
        "is encrypted; a service needs a key without a passphrase": write_key(tmp_path, pem(make_rsa_key(), b"secret")),
        "has 1024 bits; an RSA key has 2048 to 4096": write_key(tmp_path, pem(make_rsa_key(1024))),
        "is no RSA key": write_key(tmp_path, pem(make_ed25519_key())),
    }

    for said, file in wrong.items():
        with pytest.raises(InvalidSettings) as caught:
            load_with(rsa=file)

        assert str(caught.value) == f"DKIM_KEY_FILE={file}: {said}"


@pytest.mark.parametrize("key", [make_rsa_key(), ec.generate_private_key(ec.SECP256R1())], ids=["rsa", "ec"])
def test_another_kind_of_key_does_not_pass_for_ed25519(key: AnyPrivateKey, tmp_path: Path) -> None:
    file = write_key(tmp_path, pem(key))

    with pytest.raises(InvalidSettings) as caught:
        load_with(ed25519=file)

    assert str(caught.value) == f"DKIM_ED25519_KEY_FILE={file}: is no Ed25519 key"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    junk = write_key(tmp_path, b"junk")

    with pytest.raises(InvalidSettings) as caught:
        load_with(domain="example.org; x", selector="a b", rsa=junk, ed25519=junk)

    assert str(caught.value) == (
        "DKIM_DOMAIN='example.org; x': not a domain like example.org, in ASCII; "
        "DKIM_SELECTOR='a b': not a name like mail2026; "
        f"DKIM_KEY_FILE={junk}: holds no private key in PEM; "
        f"DKIM_ED25519_KEY_FILE={junk}: holds no private key in PEM"
    )


def test_no_key_is_shown_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rsa_file, ed_file = write_key(tmp_path, pem(make_rsa_key())), write_key(tmp_path, pem(make_ed25519_key()))
    damaged = write_key(tmp_path, rsa_file.read_bytes().replace(b"\n", b"!\n", 3))
    caplog.set_level(logging.DEBUG)

    signer = load_with(rsa=rsa_file, ed25519=ed_file)
    with pytest.raises(InvalidSettings) as caught:
        load_with(rsa=damaged)
    logging.getLogger("digest").debug("%r %s", signer, signer, exc_info=caught.value)
    traced = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()

    shown = "".join([caplog.text, *traced])
    assert "Signer(domain='example.org'" in shown
    assert "damaged = " in shown
    for file in (rsa_file, ed_file):
        assert not [line for line in file.read_text().splitlines()[1:-1] if line in shown]
