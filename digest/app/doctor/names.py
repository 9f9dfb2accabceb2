"""Asking DNS: what a name has, that it has nothing, or that nobody could say. These are three things.

A machine without network often has a resolver that denies everything; a denial counts only from a server
that does not deny the whole top-level domain as well.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address

import dns.asyncresolver
import dns.exception
import dns.name
import dns.nameserver
import dns.resolver
import dns.reversename
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from digest.errors import BadRequest

DNS_PORT = 53


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What DNS has, in its order."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """DNS says that there is nothing; ``why`` tells whether the name or only the record is missing."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody could say."""

    why: str


Looked = Found | Missing | Unknown


@dataclass(slots=True, kw_only=True)
class Names:
    """Asks one DNS server, or the system's; ``patience`` is seconds for one question."""

    server: tuple[str, int] | None
    patience: float
    _resolver: dns.asyncresolver.Resolver | None = None
    _tops: dict[str, asyncio.Task[bool]] = field(default_factory=dict)

    async def texts(self, name: str) -> Looked:
        """Give the TXT records of a name, each joined to one text."""
        return await self._ask(name, "TXT")

    async def mail_hosts(self, domain: str) -> Looked:
        """Give where mail for a domain goes, the preferred first; ``.`` stands for nowhere (RFC 7505)."""
        return await self._ask(domain, "MX")

    async def addresses(self, host: str) -> Looked:
        """Give a host's addresses, IPv4 first; an address is its own."""
        if _is_address(host):
            return Found(values=(host,))
        four, six = await asyncio.gather(self._ask(host, "A"), self._ask(host, "AAAA"))
        found = [value for one in (four, six) if isinstance(one, Found) for value in one.values]
        if found:
            return Found(values=tuple(found))
        return six if isinstance(four, Missing) and isinstance(six, Unknown) else four

    async def reverse(self, address: str) -> Looked:
        """Give the names that an address has (PTR)."""
        return await self._ask(dns.reversename.from_address(address).to_text(), "PTR")

    async def _ask(self, name: str, kind: str) -> Looked:
        try:
            resolver = await self._resolving()
            answer = await resolver.resolve(name, kind, search=False)
        except dns.resolver.NXDOMAIN:
            return await self._denied(name)
        except dns.resolver.NoAnswer:
            return Missing(why=f"{name} has no {kind} record")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            return Unknown(why=self._trouble(error))
        values = [_value(record) for record in answer]
        if kind == "MX":
            values = [name for _, name in sorted((record.preference, _value(record)) for record in answer)]
        return Found(values=tuple(values))

    async def _denied(self, name: str) -> Looked:
        """Believe that a name does not exist only where its top-level domain does."""
        top = name.rstrip(".").rpartition(".")[2]
        if top not in self._tops:
            self._tops[top] = asyncio.create_task(self._knows(top))
        if await self._tops[top]:
            return Missing(why=f"{name} does not exist")
        return Unknown(why=f"{self.who} denies all of .{top}: it does not know the internet's names")

    async def _knows(self, top: str) -> bool:
        try:
            await (await self._resolving()).resolve(f"{top}.", "NS", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return False
        except (dns.exception.DNSException, OSError):
            # A server that answers for its own domains alone refuses this question.
            return True
        return True

    @property
    def who(self) -> str:
        """Who is asked, in words."""
        if self.server:
            return f"the DNS server {self.server[0]}:{self.server[1]}"
        servers = ", ".join(map(str, self._resolver.nameservers)) if self._resolver else "of the system"
        return f"the DNS server {servers}"

    async def _resolving(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=self.server is None)
            if self.server:
                host, port = self.server
                resolver.nameservers = [dns.nameserver.Do53Nameserver(await _address_of(host), port)]
            resolver.lifetime = self.patience
            resolver.timeout = max(0.2, self.patience / 2)
            self._resolver = resolver
        return self._resolver

    def _trouble(self, error: Exception) -> str:
        match error:
            case dns.resolver.NoResolverConfiguration():
                return "this machine names no DNS server"
            case dns.resolver.LifetimeTimeout():
                return f"no answer from {self.who} within {self.patience:g} s"
            case dns.resolver.NoNameservers():
                return f"{self.who} fails to answer ({_code(error)})"
            case _:
                return f"{self.who}: {error}"


def server_of(text: str) -> tuple[str, int]:
    """Give the host and port of ``HOST[:PORT]``, IPv6 in brackets; raises ``BadRequest`` for the rest."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\s\[\]]+)|([0-9A-Fa-f:]+))(?::(\d{1,5}))?", text)
    if found is None or not 0 < int(found[4] or DNS_PORT) < 1 << 16:
        raise BadRequest(f"{text!r} is no DNS server like 9.9.9.9 or 127.0.0.1:5353")
    return found[1] or found[2] or found[3], int(found[4] or DNS_PORT)


async def _address_of(host: str) -> str:
    if _is_address(host):
        return host
    found = await asyncio.get_running_loop().getaddrinfo(host, DNS_PORT)
    return str(found[0][4][0])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _value(record: object) -> str:
    match record:
        case TXT():
            return b"".join(record.strings).decode("utf-8", "replace")
        case MX():
            return record.exchange.to_text(omit_final_dot=record.exchange != dns.name.root)
        case _:
            return str(record).rstrip(".")


def _code(error: dns.resolver.NoNameservers) -> str:
    """Give the answer code of the last try, such as SERVFAIL."""
    errors: Sequence[tuple[object, ...]] = error.kwargs.get("errors", ())
    return str(errors[-1][3]) if errors else "no answer"
