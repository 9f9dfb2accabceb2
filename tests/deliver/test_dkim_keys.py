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

from digest.deliver.dkim import Signer, load_signer
from digest.errors import BadSettings
from tests.deliver.signing import a_mail, a_signer, an_ed25519_key, an_rsa_key

Private = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Private, password: bytes | None = None) -> bytes:
    protection = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)


def load(
    *, domain: str = "example.org", selector: str = "a", rsa: Path | None = None, ed25519: Path | None = None
) -> Signer | None:
    return load_signer(
        domain=domain,
        selector=selector,
        key_file=rsa,
        ed25519_selector="b",
        ed25519_key_file=ed25519,
    )


def written(folder: Path, data: bytes) -> Path:
    file = folder / f"key{len(list(folder.iterdir()))}.pem"
    file.write_bytes(data)
    return file


def test_keys_are_read_from_their_files(tmp_path: Path) -> None:
    rsa_file, ed_file = written(tmp_path, pem(an_rsa_key())), written(tmp_path, pem(an_ed25519_key()))

    signer = load(domain="Example.ORG", rsa=rsa_file, ed25519=ed_file)

    assert signer is not None
    assert [record.name for record in signer.records()] == [
        "a._domainkey.example.org",
        "b._domainkey.example.org",
    ]
    assert b" d=example.org; s=a;" in signer.sign(a_mail())


def test_without_a_domain_or_a_key_nothing_is_signed(tmp_path: Path) -> None:
    file = written(tmp_path, pem(an_rsa_key()))

    signer = load_signer(
        domain=None, selector="a", key_file=file, ed25519_selector=None, ed25519_key_file=None
    )

    assert signer is None
    assert load() is None


def test_the_record_of_an_rsa_key_fits_the_strings_of_dns() -> None:
    (record, *_) = a_signer().records()

    strings = record.zone_line.split(" IN TXT ")[1].strip('"').split('" "')

    assert record.zone_line.startswith("rsa2026._domainkey.example.org. IN TXT ")
    assert "".join(strings) == record.text
    assert record.text.startswith("v=DKIM1; k=rsa; p=MII")
    assert max(map(len, strings)) <= 255


def test_mistakes_in_keys_are_told_in_one_line(tmp_path: Path) -> None:
    public = an_rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    wrong = {
        "cannot be read: No such file or directory": tmp_path / "nowhere.pem",
        "cannot be read: Is a directory": tmp_path,
        "holds no private key in PEM": written(tmp_path, public),
        "is encrypted; a service needs a key without a passphrase": written(
            tmp_path, pem(an_rsa_key(), b"secret")
        ),
        "has 1024 bits; an RSA key has 2048 to 4096": written(tmp_path, pem(an_rsa_key(1024))),
        "is no RSA key": written(tmp_path, pem(an_ed25519_key())),
    }

    for said, file in wrong.items():
        with pytest.raises(BadSettings) as caught:
            load(rsa=file)

        assert str(caught.value) == f"DKIM_KEY_FILE={file}: {said}"


@pytest.mark.parametrize("key", [an_rsa_key(), ec.generate_private_key(ec.SECP256R1())], ids=["rsa", "ec"])
def test_another_kind_of_key_does_not_pass_for_ed25519(key: Private, tmp_path: Path) -> None:
    file = written(tmp_path, pem(key))

    with pytest.raises(BadSettings) as caught:
        load(ed25519=file)

    assert str(caught.value) == f"DKIM_ED25519_KEY_FILE={file}: is no Ed25519 key"


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    junk = written(tmp_path, b"junk")

    with pytest.raises(BadSettings) as caught:
        load(domain="example.org; x", selector="a b", rsa=junk, ed25519=junk)

    assert str(caught.value) == (
        "DKIM_DOMAIN='example.org; x': not a domain like example.org, in ASCII; "
        "DKIM_SELECTOR='a b': not a name like mail2026; "
        f"DKIM_KEY_FILE={junk}: holds no private key in PEM; "
        f"DKIM_ED25519_KEY_FILE={junk}: holds no private key in PEM"
    )


def test_no_key_is_shown_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rsa_file, ed_file = written(tmp_path, pem(an_rsa_key())), written(tmp_path, pem(an_ed25519_key()))
    damaged = written(tmp_path, rsa_file.read_bytes().replace(b"\n", b"!\n", 3))
    caplog.set_level(logging.DEBUG)

    signer = load(rsa=rsa_file, ed25519=ed_file)
    with pytest.raises(BadSettings) as caught:
        load(rsa=damaged)
    logging.getLogger("digest").debug("%r %s", signer, signer, exc_info=caught.value)
    traced = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()

    shown = "".join([caplog.text, *traced])
    assert "Signer(domain='example.org'" in shown
    assert "damaged = " in shown
    for file in (rsa_file, ed_file):
        assert not [line for line in file.read_text().splitlines()[1:-1] if line in shown]
