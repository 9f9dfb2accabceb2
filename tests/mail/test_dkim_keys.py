"""Keys are read once, what is wrong with one is told in one line, and none is ever shown."""

import logging
import traceback
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

from digest.mail.dkim import DkimSigner, load_signer
from digest.model.errors import InvalidSettings
from tests.mail.signing import make_ed25519_key, make_email, make_rsa_key, make_signer

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
