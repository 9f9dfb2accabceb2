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

from digest.model.errors import InvalidInput

DNS_PORT = 53


class DnsUnavailable(Exception):
    """Nobody could say; ``str()`` tells why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsAnswer:
    """What DNS has, in its order; () where it says that there is nothing.

    ``missing`` then tells whether the name or only the record is missing.
    """

    values: tuple[str, ...] = ()
    missing: str = ""


@dataclass(slots=True, kw_only=True)
class DnsClient:
    """Asks one DNS server, or the system's; ``timeout`` is seconds for one question.

    Methods raise ``DnsUnavailable`` where nobody could say.
    """

    server: tuple[str, int] | None
    timeout: float
    _resolver: dns.asyncresolver.Resolver | None = None
    _known_tlds: dict[str, asyncio.Task[bool]] = field(default_factory=dict)

    async def txt(self, name: str) -> DnsAnswer:
        """Return the TXT records of a name, each joined to one text."""
        return await self._query(name, "TXT")

    async def mx(self, domain: str) -> DnsAnswer:
        """Return where mail for a domain goes, the preferred first; ``.`` stands for nowhere (RFC 7505)."""
        return await self._query(domain, "MX")

    async def addresses(self, host: str) -> DnsAnswer:
        """Return a host's addresses, IPv4 first; an address is its own."""
        if _is_address(host):
            return DnsAnswer(values=(host,))
        both = await asyncio.gather(self._query(host, "A"), self._query(host, "AAAA"), return_exceptions=True)
        answers = [one for one in both if isinstance(one, DnsAnswer)]
        if found := tuple(value for answer in answers for value in answer.values):
            return DnsAnswer(values=found)
        for one in both:
            if isinstance(one, BaseException):
                raise one
        return answers[0]

    async def ptr(self, address: str) -> DnsAnswer:
        """Return the names that an address has (PTR)."""
        return await self._query(dns.reversename.from_address(address).to_text(), "PTR")

    async def _query(self, name: str, kind: str) -> DnsAnswer:
        try:
            answer = await (await self._get_resolver()).resolve(name, kind, search=False)
        except dns.resolver.NXDOMAIN:
            await self._check_denial(name)
            return DnsAnswer(missing=f"{name} does not exist")
        except dns.resolver.NoAnswer:
            return DnsAnswer(missing=f"{name} has no {kind} record")
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise DnsUnavailable(self._error_text(error)) from error
        records = list(answer)
        if kind == "MX":
            records.sort(key=lambda record: (record.preference, _record_text(record)))
        return DnsAnswer(values=tuple(map(_record_text, records)))

    async def _check_denial(self, name: str) -> None:
        """Believe that a name does not exist only where its top-level domain does."""
        top = name.rstrip(".").rpartition(".")[2]
        if top not in self._known_tlds:
            self._known_tlds[top] = asyncio.create_task(self._knows_tld(top))
        if not await self._known_tlds[top]:
            raise DnsUnavailable(f"{self.server_text} denies all of .{top}: it does not know the internet's names")

    async def _knows_tld(self, tld: str) -> bool:
        try:
            await (await self._get_resolver()).resolve(f"{tld}.", "NS", raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return False
        except (dns.exception.DNSException, OSError):
            # A server that answers for its own domains alone refuses this question.
            return True
        return True

    @property
    def server_text(self) -> str:
        """Who is asked, in words."""
        if self.server:
            return f"the DNS server {self.server[0]}:{self.server[1]}"
        servers = ", ".join(map(str, self._resolver.nameservers)) if self._resolver else "of the system"
        return f"the DNS server {servers}"

    async def _get_resolver(self) -> dns.asyncresolver.Resolver:
        if self._resolver is None:
            resolver = dns.asyncresolver.Resolver(configure=self.server is None)
            if self.server:
                host, port = self.server
                resolver.nameservers = [dns.nameserver.Do53Nameserver(await _resolve_server(host), port)]
            resolver.lifetime = self.timeout
            resolver.timeout = max(0.2, self.timeout / 2)
            self._resolver = resolver
        return self._resolver

    def _error_text(self, error: Exception) -> str:
        match error:
            case dns.resolver.NoResolverConfiguration():
                return "this machine names no DNS server"
            case dns.resolver.LifetimeTimeout():
                return f"no answer from {self.server_text} within {self.timeout:g} s"
            case dns.resolver.NoNameservers():
                return f"{self.server_text} fails to answer ({_rcode_text(error)})"
            case _:
                return f"{self.server_text}: {error}"


def parse_server(text: str) -> tuple[str, int]:
    """Return the host and port of ``HOST[:PORT]``, IPv6 in brackets; raises ``InvalidInput`` for the rest."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\s\[\]]+)|([0-9A-Fa-f:]+))(?::(\d{1,5}))?", text)
    if found is None or not 0 < int(found[4] or DNS_PORT) < 1 << 16:
        raise InvalidInput(f"{text!r} is no DNS server like 9.9.9.9 or 127.0.0.1:5353")
    return found[1] or found[2] or found[3], int(found[4] or DNS_PORT)


async def _resolve_server(host: str) -> str:
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


def _record_text(record: object) -> str:
    match record:
        case TXT():
            return b"".join(record.strings).decode("utf-8", "replace")
        case MX():
            return record.exchange.to_text(omit_final_dot=record.exchange != dns.name.root)
        case _:
            return str(record).rstrip(".")


def _rcode_text(error: dns.resolver.NoNameservers) -> str:
    """Return the answer code of the last try, such as SERVFAIL."""
    errors: Sequence[tuple[object, ...]] = error.kwargs.get("errors", ())
    return str(errors[-1][3]) if errors else "no answer"
