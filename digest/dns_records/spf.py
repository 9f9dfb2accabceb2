"""SPF: who may send with a domain's envelope address (RFC 7208)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

MOST_LOOKUPS = 10
"""How many terms may ask DNS, with all that is included (RFC 7208 section 4.6.4)."""

ASKING = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
"""The terms that ask DNS, and count."""

Network = IPv4Network | IPv6Network
Qualifier = Literal["+", "-", "~", "?"]

_TERM = re.compile(r"(?P<qualifier>[-+~?]?)(?P<name>[A-Za-z][A-Za-z0-9_.-]*)(?P<rest>[:/=].*)?")
_BARE = frozenset({"all", "a", "mx", "ptr"})
_VALUED = frozenset({"include", "exists", "ip4", "ip6"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A mechanism or ``redirect``: ``value`` is its domain, ``mask4`` and ``mask6`` the bits of addresses."""

    qualifier: Qualifier
    name: str
    value: str = ""
    mask4: int = 32
    mask6: int = 128
    network: Network | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spf:
    """A record's terms in order; ``wrong`` names those that make receivers give up (permerror)."""

    terms: tuple[Term, ...]
    wrong: tuple[str, ...] = ()

    @property
    def everybody_else(self) -> Qualifier | None:
        """What ``all`` says of whoever no other term names; None where there is no ``all``."""
        return next((term.qualifier for term in self.terms if term.name == "all"), None)


def spf_records(texts: Sequence[str]) -> list[str]:
    """Give the texts that are SPF records: exactly one may stand at a name."""
    return [text for text in texts if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]


def read_spf(text: str) -> Spf:
    """Read one record; what follows ``all`` is never reached, and left out."""
    terms: list[Term] = []
    wrong: list[str] = []
    redirect: Term | None = None
    for word in text.split()[1:]:
        term = _term(word)
        if term is None:
            wrong.append(word)
        elif term.name == "redirect":
            redirect = term
        elif term.name and not (terms and terms[-1].name == "all"):
            terms.append(term)
    if redirect and not any(term.name == "all" for term in terms):
        terms.append(redirect)
    return Spf(terms=tuple(terms), wrong=tuple(wrong))


def _term(word: str) -> Term | None:
    """Give a word's term, one without a name for a modifier that says nothing to us, None for nonsense."""
    found = _TERM.fullmatch(word)
    if found is None:
        return None
    name, rest = found["name"].lower(), found["rest"] or ""
    if rest.startswith("="):
        return Term(qualifier="+", name="redirect" if name == "redirect" else "", value=rest[1:])
    qualifier = _qualifier(found["qualifier"])
    if name in {"ip4", "ip6"}:
        return _addresses(qualifier, name, rest.removeprefix(":"))
    if name in _VALUED and len(rest) > 1 and rest.startswith(":"):
        return Term(qualifier=qualifier, name=name, value=rest[1:])
    return _bare(qualifier, name, rest) if name in _BARE else None


def _qualifier(sign: str) -> Qualifier:
    match sign:
        case "-" | "~" | "?":
            return sign
        case _:
            return "+"


def _addresses(qualifier: Qualifier, name: str, text: str) -> Term | None:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if network.version != int(name[-1]):
        return None
    return Term(qualifier=qualifier, name=name, value=text, network=network)


def _bare(qualifier: Qualifier, name: str, rest: str) -> Term | None:
    """Give ``a``, ``mx``, ``ptr`` or ``all``, with ``:domain`` and ``/bits//bits`` where they have them."""
    found = re.fullmatch(r"(?::([^/]+))?(?:/(\d{1,2}))?(?://(\d{1,3}))?", rest)
    if found is None or (name == "all" and rest):
        return None
    domain, four, six = found.groups()
    mask4, mask6 = int(four or 32), int(six or 128)
    if mask4 > 32 or mask6 > 128:  # noqa: PLR2004 - the bits of an address
        return None
    return Term(qualifier=qualifier, name=name, value=domain or "", mask4=mask4, mask6=mask6)
