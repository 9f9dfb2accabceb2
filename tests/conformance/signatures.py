"""mailauth and dkimpy check the signatures of our mails, and see a changed mail for what it is."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

from digest.mail.dkim import DkimKey, DkimSigner
from tests.conformance import node
from tests.conformance.mails import SampleEmail
from tests.conformance.validator_report import ValidatorReport, prefix_with_name
from tests.mail.signing import make_ed25519_key, make_rsa_key, verify_each

RSA = DkimKey(selector="rsa2026", private_key=make_rsa_key())
ED25519 = DkimKey(selector="ed2026", private_key=make_ed25519_key())

Verifier = Callable[[Mapping[str, bytes]], Mapping[str, list[bool]]]
"""Gives, for mails by name, whether each of their signatures holds."""


def check_with_mailauth(mails: Mapping[str, SampleEmail]) -> ValidatorReport:
    """Have mailauth check RSA and Ed25519; it asks no server but a table of ours."""
    signer = DkimSigner(domain="example.org", keys=(RSA, ED25519))
    records = {record.name: record.text for record in signer.dns_records()}

    def verify(signed: Mapping[str, bytes]) -> Mapping[str, list[bool]]:
        encoded = {name: b64encode(mail).decode() for name, mail in signed.items()}
        answer = node.run_script("mailauth.js", {"records": records, "mails": encoded})
        return {name: [one["result"] == "pass" for one in found] for name, found in answer.items()}

    return _build_report("mailauth", node.version("mailauth"), _find_faults(mails, signer, verify))


def check_with_dkimpy(mails: Mapping[str, SampleEmail]) -> ValidatorReport:
    """Have dkimpy check both signatures."""
    signer = DkimSigner(domain="example.org", keys=(RSA, ED25519))

    def verify(signed: Mapping[str, bytes]) -> Mapping[str, list[bool]]:
        return {name: verify_each(mail, signer) for name, mail in signed.items()}

    return _build_report("dkimpy", version("dkimpy"), _find_faults(mails, signer, verify))


def _build_report(name: str, number: str, faults: Mapping[str, list[str]]) -> ValidatorReport:
    return ValidatorReport(
        name=name,
        version=number,
        scope=f"{len(faults)} signed mails, RSA and Ed25519, as sent and changed in four ways",
        faults=prefix_with_name(faults),
    )


def _find_faults(mails: Mapping[str, SampleEmail], signer: DkimSigner, verify: Verifier) -> Mapping[str, list[str]]:
    """Give, for each mail, what should hold and does not, or holds and should not."""
    signed = {name: signer.sign(one.part.raw) for name, one in mails.items()}
    cases = {f"{name} {how}": mail for name, raw in signed.items() for how, mail in (("", raw), *_tampered_mails(raw))}
    found = verify(cases)
    wanted = {case: [case.endswith(" ")] * len(signer.keys) for case in cases}
    return {
        name: [f"{case}: {found[case]}" for case in cases if case.split(" ")[0] == name and found[case] != wanted[case]]
        for name in mails
    }


def _tampered_mails(signed: bytes) -> Iterator[tuple[str, bytes]]:
    """Return a signed mail as an attacker would like it."""
    yield "with another link", signed.replace(b"\r\nSubject: ", b"\r\nSubject: x", 1)
    yield "with a link of theirs", b"List-Unsubscribe: <https://evil.example/>\r\n" + signed
    yield "from two", b"From: <ceo@evil.example>\r\n" + signed
    yield "with one word more", signed[:-2] + b"word\r\n"
