"""DMARC: what a domain asks receivers to do with mail that is not its own (RFC 7489)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.dns_records.tags import read_tags

POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dmarc:
    """A policy; ``strict_dkim`` and ``strict_spf`` ask for the very domain of ``From`` in each."""

    policy: str
    subdomains: str
    reports_to: str
    strict_dkim: bool
    strict_spf: bool


def dmarc_records(texts: Sequence[str]) -> list[str]:
    """Give the texts that are DMARC records: with more than one, receivers take none."""
    return [text for text in texts if re.match(r"\s*v\s*=\s*DMARC1\s*(;|$)", text)]


def read_dmarc(text: str) -> Dmarc | None:
    """Read a record; None where receivers could not, such as without a policy."""
    tags = read_tags(text)
    policy = (tags or {}).get("p", "").lower()
    if tags is None or policy not in POLICIES:
        return None
    return Dmarc(
        policy=policy,
        subdomains=tags.get("sp", policy).lower(),
        reports_to=tags.get("rua", ""),
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
    )


def where_to_look(domain: str) -> list[str]:
    """Give the domains whose record may count, the nearest first: itself, then those above, with two labels.

    RFC 7489 asks the organisational domain, which only a list of public suffixes tells; the walk upwards
    that follows it in DMARCbis finds the same record without one.
    """
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]


def aligned(domain: str, sender: str, *, strict: bool, top: str) -> bool:
    """Tell whether a domain counts for ``From``; ``top`` is the domain whose record was found."""
    if domain == sender:
        return True
    if strict:
        return False
    return all(one == top or one.endswith(f".{top}") for one in (domain, sender)) or (
        domain.endswith(f".{sender}") or sender.endswith(f".{domain}")
    )
