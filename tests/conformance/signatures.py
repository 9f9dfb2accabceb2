"""mailauth and dkimpy check the signatures of our mails, and see a changed mail for what it is."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version

from digest.deliver.dkim import Key, Signer
from tests.conformance import node
from tests.conformance.mails import Specimen
from tests.conformance.verdict import Verdict, in_each
from tests.deliver.signing import an_ed25519_key, an_rsa_key, verdicts

RSA = Key(selector="rsa2026", private=an_rsa_key())
ED25519 = Key(selector="ed2026", private=an_ed25519_key())

Judge = Callable[[Mapping[str, bytes]], Mapping[str, list[bool]]]
"""Gives, for mails by name, whether each of their signatures holds."""


def with_mailauth(mails: Mapping[str, Specimen]) -> Verdict:
    """Have mailauth check RSA and Ed25519; it asks no server but a table of ours."""
    signer = Signer(domain="example.org", keys=(RSA, ED25519))
    records = {record.name: record.text for record in signer.records()}

    def judge(signed: Mapping[str, bytes]) -> Mapping[str, list[bool]]:
        encoded = {name: b64encode(mail).decode() for name, mail in signed.items()}
        answer = node.ask("mailauth.js", {"records": records, "mails": encoded})
        return {name: [one["result"] == "pass" for one in found] for name, found in answer.items()}

    return _verdict("mailauth", node.version("mailauth"), _faults(mails, signer, judge))


def with_dkimpy(mails: Mapping[str, Specimen]) -> Verdict:
    """Have dkimpy check both signatures."""
    signer = Signer(domain="example.org", keys=(RSA, ED25519))

    def judge(signed: Mapping[str, bytes]) -> Mapping[str, list[bool]]:
        return {name: verdicts(mail, signer) for name, mail in signed.items()}

    return _verdict("dkimpy", version("dkimpy"), _faults(mails, signer, judge))


def _verdict(name: str, number: str, faults: Mapping[str, list[str]]) -> Verdict:
    return Verdict(
        name=name,
        version=number,
        tried=f"{len(faults)} signed mails, RSA and Ed25519, as sent and changed in four ways",
        faults=in_each(faults),
    )


def _faults(mails: Mapping[str, Specimen], signer: Signer, judge: Judge) -> Mapping[str, list[str]]:
    """Give, for each mail, what should hold and does not, or holds and should not."""
    signed = {name: signer.sign(one.part.raw) for name, one in mails.items()}
    cases = {
        f"{name} {how}": mail for name, raw in signed.items() for how, mail in (("", raw), *_changed(raw))
    }
    found = judge(cases)
    wanted = {case: [case.endswith(" ")] * len(signer.keys) for case in cases}
    return {
        name: [
            f"{case}: {found[case]}"
            for case in cases
            if case.split(" ")[0] == name and found[case] != wanted[case]
        ]
        for name in mails
    }


def _changed(signed: bytes) -> Iterator[tuple[str, bytes]]:
    """Give a signed mail as an attacker would like it."""
    yield "with another link", signed.replace(b"\r\nSubject: ", b"\r\nSubject: x", 1)
    yield "with a link of theirs", b"List-Unsubscribe: <https://evil.example/>\r\n" + signed
    yield "from two", b"From: <ceo@evil.example>\r\n" + signed
    yield "with one word more", signed[:-2] + b"word\r\n"
