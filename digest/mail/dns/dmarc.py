"""DMARC: what a domain asks receivers to do with mail that is not its own (RFC 7489)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.mail.dns.tags import parse_tags

POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """A policy; ``strict_dkim`` and ``strict_spf`` ask for the very domain of ``From`` in each."""

    policy: str
    subdomain_policy: str
    report_address: str
    strict_dkim: bool
    strict_spf: bool


def find_dmarc_records(texts: Sequence[str]) -> list[str]:
    """Return the texts that are DMARC records: with more than one, receivers take none."""
    return [text for text in texts if re.match(r"\s*v\s*=\s*DMARC1\s*(;|$)", text)]


def parse_dmarc(text: str) -> DmarcRecord | None:
    """Read a record; None where receivers could not, such as without a policy."""
    tags = parse_tags(text)
    policy = (tags or {}).get("p", "").lower()
    if tags is None or policy not in POLICIES:
        return None
    return DmarcRecord(
        policy=policy,
        subdomain_policy=tags.get("sp", policy).lower(),
        report_address=tags.get("rua", ""),
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
    )


def policy_domains(domain: str) -> list[str]:
    """Return the domains whose record may count, the nearest first.

    Itself, then those above, with two labels.

    RFC 7489 asks the organisational domain, which only a list of public suffixes tells; the walk upwards that
    follows it in DMARCbis finds the same record without one.
    """
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]


def is_aligned(domain: str, from_domain: str, *, strict: bool, policy_domain: str) -> bool:
    """Return whether a domain counts for ``From``; ``policy_domain`` is the domain whose record was found."""
    if domain == from_domain:
        return True
    if strict:
        return False
    return all(one == policy_domain or one.endswith(f".{policy_domain}") for one in (domain, from_domain)) or (
        domain.endswith(f".{from_domain}") or from_domain.endswith(f".{domain}")
    )
