"""SPF: may whoever sends for us use our envelope address, as DNS says."""

from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

from digest.app.doctor.context import CheckContext
from digest.app.doctor.dns_client import DnsClient, DnsMissing, DnsRecords, DnsUnknown
from digest.app.doctor.result import Area, CheckResult
from digest.mail.dns.spf import LOOKUP_TERMS, MAX_LOOKUPS, IpNetwork, SpfRecord, SpfTerm, find_spf_records, parse_spf

_DNS = Area.DNS
_MAX_FOLLOWED = 30
"""How far a record is counted on beyond what is allowed."""


async def check_spf(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at the SPF record of each domain that stands in our mail."""
    if not ctx.mail_domains:
        yield _DNS.not_checked("SPF", "MAIL_FROM is not set")
        return
    for domain in ctx.mail_domains:
        name = f"SPF of {domain}"
        counts = domain == ctx.envelope_domain
        looked = await ctx.dns.txt(domain)
        if isinstance(looked, DnsUnknown):
            yield _DNS.not_checked(name, looked.reason)
            continue
        records = find_spf_records(looked.values) if isinstance(looked, DnsRecords) else []
        if len(records) != 1:
            why = looked.reason if isinstance(looked, DnsMissing) else ""
            yield _evaluate_record_count(name, records, why, is_envelope=counts)
            continue
        walk = _SpfWalker(ctx.dns)
        await walk.follow_record(domain, records[0])
        yield _evaluate_record(name, walk)
        if counts:
            yield await _evaluate_smtp_host(ctx, walk)


def _evaluate_record_count(name: str, records: list[str], reason: str, *, is_envelope: bool) -> CheckResult:
    """Return the verdict where there is not exactly one record."""
    if records:
        return _DNS.problem(name, f"{len(records)} records, and receivers then take none", "join them into one")
    advice = "publish one TXT record such as: v=spf1 mx ~all, with what your mail provider wants in it"
    if "does not exist" in reason:
        return _DNS.problem(name, reason, "correct MAIL_FROM or BOUNCE_ADDRESS, or register the domain")
    if is_envelope:
        return _DNS.problem(name, "no record: many receivers refuse such mail", advice)
    return _DNS.warning(name, "no record; BOUNCE_ADDRESS' domain is the one that counts", advice)


def _evaluate_record(name: str, walker: "_SpfWalker") -> CheckResult:
    """Return the verdict on one record with all that it includes."""
    if walker.errors:
        return _DNS.problem(name, f"receivers cannot read it: {'; '.join(walker.errors)}", "correct it, and ask again")
    if walker.lookups > MAX_LOOKUPS:
        more = " or more" if walker.lookups >= _MAX_FOLLOWED else ""
        return _DNS.problem(
            name,
            f"asks DNS {walker.lookups}{more} times, and receivers give up after {MAX_LOOKUPS}",
            "take includes out that you do not send through (RFC 7208, 4.6.4)",
        )
    if walker.all_qualifier == "+":
        return _DNS.problem(name, "+all lets everybody send as you", "end it with ~all or -all")
    if walker.unanswered:
        return _DNS.not_checked(name, f"there, but not all of it could be asked: {walker.unanswered}")
    told = f"one record, {walker.lookups} of {MAX_LOOKUPS} lookups"
    if walker.all_qualifier in {None, "?"}:
        return _DNS.warning(name, f"{told}; it says nothing of others", "end it with ~all or -all")
    return _DNS.ok(name, f"{told}, {walker.all_qualifier}all")


async def _evaluate_smtp_host(ctx: CheckContext, walker: "_SpfWalker") -> CheckResult:
    """Say what can be said of SMTP_HOST, which only sends to the world where it is no relay's front door."""
    name, host = "SPF and SMTP_HOST", ctx.settings.smtp_host
    if host is None:
        return _DNS.not_checked(name, "SMTP_HOST is not set")
    looked = await ctx.dns.addresses(host)
    if not isinstance(looked, DnsRecords):
        return _DNS.not_checked(name, looked.reason)
    addresses = [ip_address(one) for one in looked.values]
    covered = [one for one in addresses if any(one in network for network in walker.networks)]
    if covered:
        return _DNS.ok(name, f"the record names {covered[0]}, an address of {host}")
    return _DNS.not_checked(
        name,
        f"the record does not name {addresses[0]}; {host} may well send from other addresses",
        "send yourself a mail; its header Authentication-Results must say spf=pass",
    )


class _SpfWalker:
    """A record with everything that it includes: how often it asks, whom it names."""

    def __init__(self, dns: DnsClient) -> None:
        self.lookups = 0
        self.networks: list[IpNetwork] = []
        self.errors: list[str] = []
        self.unanswered = ""
        self.all_qualifier: str | None = None
        self._dns = dns
        self._path: list[str] = []

    async def follow_record(self, domain: str, text: str) -> SpfRecord:
        """Follow a record."""
        spf = parse_spf(text)
        self.errors += [f"{word!r} of {domain}" for word in spf.invalid_terms]
        if not self._path:
            self.all_qualifier = spf.default_qualifier
        self._path.append(domain)
        for term in spf.terms:
            await self._follow_term(domain, term)
        self._path.pop()
        return spf

    async def _follow_term(self, domain: str, term: SpfTerm) -> None:
        if term.network is not None and term.qualifier == "+":
            self.networks.append(term.network)
        if term.name not in LOOKUP_TERMS or self.lookups >= _MAX_FOLLOWED:
            return
        self.lookups += 1
        where = term.value.rstrip(".") or domain
        if "%" in where or self.unanswered:
            return
        match term.name:
            case "include" | "redirect":
                await self._follow_include(where, term)
            case "a":
                await self._add_hosts([where], term)
            case "mx":
                looked = await self._dns.mx(where)
                await self._add_hosts(looked.values if isinstance(looked, DnsRecords) else (), term)
                self._note_unanswered(looked)
            case _:
                pass

    async def _follow_include(self, domain: str, term: SpfTerm) -> None:
        if domain in self._path:
            self.errors.append(f"{domain} includes itself")
            return
        looked = await self._dns.txt(domain)
        records = find_spf_records(looked.values) if isinstance(looked, DnsRecords) else []
        if isinstance(looked, DnsUnknown):
            self._note_unanswered(looked)
        elif len(records) != 1:
            self.errors.append(f"{term.name} {domain} has {len(records) or 'no'} SPF records")
        else:
            spf = await self.follow_record(domain, records[0])
            if term.name == "redirect" and len(self._path) == 1:
                self.all_qualifier = spf.default_qualifier

    async def _add_hosts(self, hosts: "list[str] | tuple[str, ...]", term: SpfTerm) -> None:
        for host in hosts:
            looked = await self._dns.addresses(host)
            self._note_unanswered(looked)
            if isinstance(looked, DnsRecords) and term.qualifier == "+":
                self.networks += [_network_of(one, term) for one in looked.values]

    def _note_unanswered(self, answer: DnsRecords | DnsMissing | DnsUnknown) -> None:
        if isinstance(answer, DnsUnknown):
            self.unanswered = answer.reason


def _network_of(address: str, term: SpfTerm) -> IpNetwork:
    bits = term.mask6 if ":" in address else term.mask4
    return ip_network(f"{address}/{bits}", strict=False)
