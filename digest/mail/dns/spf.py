"""SPF: who may send with a domain's envelope address (RFC 7208)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

MAX_LOOKUPS = 10
"""How many terms may ask DNS, with all that is included (RFC 7208 section 4.6.4)."""

LOOKUP_TERMS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""The terms that ask DNS, and count."""

IpNetwork = IPv4Network | IPv6Network
Qualifier = Literal["+", "-", "~", "?"]

_TERM = re.compile(r"(?P<qualifier>[-+~?]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<rest>[:/=].*)?")
_DOMAIN_OPTIONAL_TERMS = frozenset({"all", "a", "mx", "ptr"})
_DOMAIN_REQUIRED_TERMS = frozenset({"include", "exists", "ip4", "ip6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SpfTerm:
    """A mechanism or ``redirect``: ``value`` is its domain, ``mask4`` and ``mask6`` the bits of addresses."""

    qualifier: Qualifier
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
    def default_qualifier(self) -> Qualifier | None:
        """What ``all`` says of whoever no other term names; None where there is no ``all``."""
        return next((term.qualifier for term in self.terms if term.name == "all"), None)


def find_spf_records(texts: Sequence[str]) -> list[str]:
    """Return the texts that are SPF records: exactly one may stand at a name."""
    return [text for text in texts if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]


def parse_spf(text: str) -> SpfRecord:
    """Read one record; what follows ``all`` is never reached, and left out."""
    terms: list[SpfTerm] = []
    wrong: list[str] = []
    redirect: SpfTerm | None = None
    for word in text.split()[1:]:
        term = _parse_term(word)
        if term is None:
            wrong.append(word)
        elif term.name == "redirect":
            redirect = term
        elif term.name and not (terms and terms[-1].name == "all"):
            terms.append(term)
    if redirect and not any(term.name == "all" for term in terms):
        terms.append(redirect)
    return SpfRecord(terms=tuple(terms), invalid_terms=tuple(wrong))


def _parse_term(word: str) -> SpfTerm | None:
    """Return a word's term, one without a name for a modifier that says nothing to us, None for nonsense."""
    found = _TERM.fullmatch(word)
    if found is None:
        return None
    name, rest = found["name"].lower(), found["rest"] or ""
    if rest.startswith("="):
        return SpfTerm(qualifier="+", name="redirect" if name == "redirect" else "", value=rest[1:])
    qualifier = _parse_qualifier(found["qualifier"])
    if name in {"ip4", "ip6"}:
        return _parse_address_term(qualifier, name, rest.removeprefix(":"))
    if name in _DOMAIN_REQUIRED_TERMS and len(rest) > 1 and rest.startswith(":"):
        return SpfTerm(qualifier=qualifier, name=name, value=rest[1:])
    return _parse_bare_term(qualifier, name, rest) if name in _DOMAIN_OPTIONAL_TERMS else None


def _parse_qualifier(sign: str) -> Qualifier:
    match sign:
        case "-" | "~" | "?":
            return sign
        case _:
            return "+"


def _parse_address_term(qualifier: Qualifier, name: str, text: str) -> SpfTerm | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.version != int(name[-1]):
        return None
    return SpfTerm(qualifier=qualifier, name=name, value=text, network=network)


def _parse_bare_term(qualifier: Qualifier, name: str, rest: str) -> SpfTerm | None:
    """Return ``a``, ``mx``, ``ptr`` or ``all``, with ``:domain`` and ``/bits//bits`` where they have them."""
    found = re.fullmatch(r"(?::([^/]+))?(?:/(\d{1,2}))?(?://(\d{1,3}))?", rest)
    if found is None or (name == "all" and rest):
        return None
    domain, four, six = found.groups()
    mask4, mask6 = int(four or 32), int(six or 128)
    if mask4 > 32 or mask6 > 128:  # noqa: PLR2004 - the bits of an address
        return None
    return SpfTerm(qualifier=qualifier, name=name, value=domain or "", mask4=mask4, mask6=mask6)
