"""DKIM: what DNS holds against the key that signs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.app.doctor.mail_dns import check_dkim
from digest.mail.dkim import load_signer
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name
from tests.support.dns_server import DnsServer

RECORD_NAME = "mail26._domainkey.example.org"


@pytest.fixture(scope="module")
def keys() -> tuple[RSAPrivateKey, RSAPrivateKey]:
    """Return two keys, made once."""
    return generate_private_key(65537, 2048), generate_private_key(65537, 2048)


def write_key(key: RSAPrivateKey | Ed25519PrivateKey, file: Path) -> str:
    """Write a key's file, and give its path."""
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(file)


def dkim_settings(file: str) -> dict[str, str]:
    """Return the settings that sign with a key."""
    return {"DKIM_DOMAIN": "example.org", "DKIM_SELECTOR": "mail26", "DKIM_KEY_FILE": file}


def dkim_record(file: str) -> str:
    """Return the record of a key's file."""
    signer = load_signer(
        domain="example.org", selector="mail26", key_file=Path(file), ed25519_selector=None, ed25519_key_file=None
    )
    assert signer is not None
    return signer.dns_records()[0].text


async def test_both_keys_in_dns_are_ok(
    dns: DnsServer, build: BuildContext, keys: tuple[RSAPrivateKey, RSAPrivateKey], tmp_path: Path
) -> None:
    rsa = write_key(keys[0], tmp_path / "rsa.pem")
    edwards = Ed25519PrivateKey.generate()
    given = {
        **dkim_settings(rsa),
        "DKIM_ED25519_SELECTOR": "ed26",
        "DKIM_ED25519_KEY_FILE": write_key(edwards, tmp_path / "ed.pem"),
    }
    signer = load_signer(
        domain="example.org",
        selector="mail26",
        key_file=Path(rsa),
        ed25519_selector="ed26",
        ed25519_key_file=tmp_path / "ed.pem",
    )
    assert signer is not None
    for one in signer.dns_records():
        dns.add(one.name, "TXT", one.text)

    assert statuses_by_name(await run_check(check_dkim, build(**given))) == {"DKIM mail26": "ok", "DKIM ed26": "ok"}


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        (lambda text, _: [text.replace("k=rsa; ", "")], "ok", "holds the key"),
        (lambda text, _: [text.replace("v=DKIM1; k=rsa; p=", "p = ") + " ;"], "ok", "holds the key"),
        (lambda text, _: [text.replace("k=rsa", "k=rsa; t=y:s")], "warning", "t=y"),
        (lambda _, other: [other], "problem", "another key"),
        (lambda text, _: [text.replace("k=rsa", "k=ed25519")], "problem", "another key"),
        (lambda *_: ["v=DKIM1; k=rsa; p="], "problem", "revoked"),
        (lambda *_: ["v=DKIM1; k=rsa; p=%%%"], "problem", "cannot be read"),
        (lambda *_: ["v=DKIM1; k=rsa"], "problem", "cannot be read"),
        (lambda text, _: [text, text + ";"], "problem", "2 key records"),
        (lambda *_: ["hello"], "problem", "no key record"),
    ],
)
async def test_verdicts_on_records(
    dns: DnsServer,
    build: BuildContext,
    keys: tuple[RSAPrivateKey, RSAPrivateKey],
    tmp_path: Path,
    change: Callable[[str, str], list[str]],
    verdict: str,
    words: str,
) -> None:
    mine, other = (write_key(key, tmp_path / f"{n}.pem") for n, key in enumerate(keys))
    dns.add(RECORD_NAME, "TXT", *change(dkim_record(mine), dkim_record(other)))

    finding = (await run_check(check_dkim, build(**dkim_settings(mine))))["DKIM mail26"]

    assert finding.verdict == verdict
    assert words in finding.what
    if verdict == "problem":
        assert dkim_record(mine)[:60] in finding.advice


async def test_a_selector_that_dns_does_not_know_is_told(
    build: BuildContext, keys: tuple[RSAPrivateKey, RSAPrivateKey], tmp_path: Path
) -> None:
    file = write_key(keys[0], tmp_path / "rsa.pem")

    finding = (await run_check(check_dkim, build(**dkim_settings(file))))["DKIM mail26"]

    assert finding.verdict == "problem"
    assert f"{RECORD_NAME} does not exist" in finding.what


async def test_without_an_answer_nothing_is_said(
    dns: DnsServer, build: BuildContext, keys: tuple[RSAPrivateKey, RSAPrivateKey], tmp_path: Path
) -> None:
    dns.drop_queries()
    file = write_key(keys[0], tmp_path / "rsa.pem")

    assert statuses_by_name(await run_check(check_dkim, build(**dkim_settings(file)))) == {"DKIM mail26": "not checked"}


async def test_a_key_file_that_holds_none_is_told_without_its_words(build: BuildContext, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("my secret", encoding="utf-8")

    finding = (await run_check(check_dkim, build(**dkim_settings(str(tmp_path / "key.pem")))))["DKIM"]

    assert finding.verdict == "problem"
    assert "my secret" not in repr(finding)


async def test_without_a_domain_there_is_nothing_to_compare(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_dkim, build())) == {"DKIM": "not checked"}
