"""The records that receivers judge our mail by: SPF, DKIM, DMARC; text in, values out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

MAX_SPF_LOOKUPS = 10
"""How many terms may ask DNS, with all that is included (RFC 7208 section 4.6.4)."""

SPF_LOOKUP_TERMS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""The terms that ask DNS, and count."""

IpNetwork = IPv4Network | IPv6Network

_SPF_TERM = re.compile(r"(?P<qualifier>[-+~?]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<rest>[:/=].*)?")
_HOST_AND_MASKS = re.compile(r"(?::([^/]+))?(?:/(\d{1,2}))?(?://(\d{1,3}))?")
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DMARC_POLICIES = ("none", "quarantine", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfTerm:
    """A mechanism or ``redirect``: ``value`` is its domain, ``mask4`` and ``mask6`` the bits of addresses."""

    qualifier: str
    name: str
    value: str = ""
    mask4: int = 32
    mask6: int = 128
    network: IpNetwork | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfRecord:
    """A record's terms in order; ``invalid_terms`` names those that make receivers give up (permerror)."""

    terms: tuple[SpfTerm, ...]
    invalid_terms: tuple[str, ...] = ()

    @property
    def default_qualifier(self) -> str | None:
        """What ``all`` says of whoever no other term names; None where there is no ``all``."""
        return next((term.qualifier for term in self.terms if term.name == "all"), None)


def find_spf_records(texts: Sequence[str]) -> list[str]:
    """Return the texts that are SPF records: exactly one may stand at a name (RFC 7208)."""
    return [text for text in texts if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]


def parse_spf(text: str) -> SpfRecord:
    """Read one record; what follows ``all`` is never reached, and left out."""
    terms: list[SpfTerm] = []
    wrong: list[str] = []
    redirect: SpfTerm | None = None
    for word in text.split()[1:]:
        term = _parse_spf_term(word)
        if term is None:
            wrong.append(word)
        elif term.name == "redirect":
            redirect = term
        elif term.name and not (terms and terms[-1].name == "all"):
            terms.append(term)
    if redirect and not any(term.name == "all" for term in terms):
        terms.append(redirect)
    return SpfRecord(terms=tuple(terms), invalid_terms=tuple(wrong))


def _parse_spf_term(word: str) -> SpfTerm | None:
    """Return a word's term, one without a name for a modifier that says nothing to us, None for nonsense."""
    found = _SPF_TERM.fullmatch(word)
    if found is None:
        return None
    name, rest, qualifier = found["name"].lower(), found["rest"] or "", found["qualifier"] or "+"
    if rest.startswith("="):
        return SpfTerm(qualifier="+", name="redirect" if name == "redirect" else "", value=rest[1:])
    if name in {"ip4", "ip6"}:
        return _parse_address_term(qualifier, name, rest.removeprefix(":"))
    if name in {"include", "exists"} and len(rest) > 1 and rest.startswith(":"):
        return SpfTerm(qualifier=qualifier, name=name, value=rest[1:])
    return _parse_host_term(qualifier, name, rest) if name in {"all", "a", "mx", "ptr"} else None


def _parse_address_term(qualifier: str, name: str, text: str) -> SpfTerm | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.version != int(name[-1]):
        return None
    return SpfTerm(qualifier=qualifier, name=name, value=text, network=network)


def _parse_host_term(qualifier: str, name: str, rest: str) -> SpfTerm | None:
    """Return ``a``, ``mx``, ``ptr`` or ``all``, with ``:domain`` and ``/bits//bits`` where they have them."""
    found = _HOST_AND_MASKS.fullmatch(rest)
    if found is None or (name == "all" and rest):
        return None
    mask4, mask6 = int(found[2] or 32), int(found[3] or 128)
    if mask4 > 32 or mask6 > 128:  # noqa: PLR2004 - the bits of an address
        return None
    return SpfTerm(qualifier=qualifier, name=name, value=found[1] or "", mask4=mask4, mask6=mask6)


def parse_tags(text: str) -> Mapping[str, str] | None:
    """Read a list of ``name=value;`` as DKIM and DMARC write it (RFC 6376 section 3.2), in its order.

    None where this is no such list, or names a tag twice.
    """
    tags: dict[str, str] = {}
    for part in text.strip().rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not _TAG_NAME.fullmatch(name) or name in tags:
            return None
        tags[name] = value.strip()
    return tags


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimRecord:
    """A public key (RFC 6376 section 3.6.1): base64 without blanks, empty for a key that was revoked."""

    algorithm: str
    public_key: str
    is_testing: bool = False


def find_dkim_records(texts: Sequence[str]) -> list[str]:
    """Return the texts at a selector's name that may be key records."""
    return [text for text in texts if re.match(r"\s*v\s*=\s*DKIM1\b", text) or re.search(r"\bp\s*=", text)]


def parse_dkim(text: str) -> DkimRecord | None:
    """Read a key record; None where receivers could not."""
    tags = parse_tags(text)
    if tags is None or "p" not in tags or tags.get("v", "DKIM1") != "DKIM1":
        return None
    public = re.sub(r"\s+", "", tags["p"])
    if not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", public):
        return None
    return DkimRecord(
        algorithm=tags.get("k", "rsa").lower(),
        public_key=public,
        is_testing="y" in tags.get("t", "").replace(" ", "").split(":"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """What a domain asks receivers to do with mail that is not its own (RFC 7489).

    ``strict_dkim`` and ``strict_spf`` ask for the very domain of ``From`` in each.
    """

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
    tags = parse_tags(text) or {}
    policy = tags.get("p", "").lower()
    if policy not in _DMARC_POLICIES:
        return None
    return DmarcRecord(
        policy=policy,
        subdomain_policy=tags.get("sp", policy).lower(),
        report_address=tags.get("rua", ""),
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
    )


def dmarc_domains(domain: str) -> list[str]:
    """Return the domains whose record may count: itself, then those above down to two labels.

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
