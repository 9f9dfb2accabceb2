"""SPF: may whoever sends for us use our envelope address, as DNS says."""

from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Found, Missing, Names, Unknown
from digest.dns_records.spf import ASKING, MOST_LOOKUPS, Network, Spf, Term, read_spf, spf_records

_DNS = Area.DNS
_MOST_FOLLOWED = 30
"""How far a record is counted on beyond what is allowed."""


async def check(case: Case) -> AsyncIterator[Finding]:
    """Look at the SPF record of each domain that stands in our mail."""
    if not case.mail_domains:
        yield _DNS.not_checked("SPF", "MAIL_FROM is not set")
        return
    for domain in case.mail_domains:
        name = f"SPF of {domain}"
        counts = domain == case.envelope_domain
        looked = await case.names.texts(domain)
        if isinstance(looked, Unknown):
            yield _DNS.not_checked(name, looked.why)
            continue
        records = spf_records(looked.values) if isinstance(looked, Found) else []
        if len(records) != 1:
            why = looked.why if isinstance(looked, Missing) else ""
            yield _count(name, records, why, counts=counts)
            continue
        walk = _Walk(case.names)
        await walk.record(domain, records[0])
        yield _judged(name, walk)
        if counts:
            yield await _covers(case, walk)


def _count(name: str, records: list[str], why: str, *, counts: bool) -> Finding:
    """Give the verdict where there is not exactly one record."""
    if records:
        return _DNS.problem(
            name,
            f"{len(records)} records, and receivers then take none",
            "join them into one",
        )
    advice = "publish one TXT record such as: v=spf1 mx ~all, with what your mail provider wants in it"
    if "does not exist" in why:
        return _DNS.problem(name, why, "correct MAIL_FROM or BOUNCE_ADDRESS, or register the domain")
    if counts:
        return _DNS.problem(name, "no record: many receivers refuse such mail", advice)
    return _DNS.warning(name, "no record; BOUNCE_ADDRESS' domain is the one that counts", advice)


def _judged(name: str, walk: "_Walk") -> Finding:
    """Give the verdict on one record with all that it includes."""
    if walk.wrong:
        return _DNS.problem(
            name, f"receivers cannot read it: {'; '.join(walk.wrong)}", "correct it, and ask again"
        )
    if walk.lookups > MOST_LOOKUPS:
        more = " or more" if walk.lookups >= _MOST_FOLLOWED else ""
        return _DNS.problem(
            name,
            f"asks DNS {walk.lookups}{more} times, and receivers give up after {MOST_LOOKUPS}",
            "take includes out that you do not send through (RFC 7208, 4.6.4)",
        )
    if walk.everybody == "+":
        return _DNS.problem(name, "+all lets everybody send as you", "end it with ~all or -all")
    if walk.unanswered:
        return _DNS.not_checked(name, f"there, but not all of it could be asked: {walk.unanswered}")
    told = f"one record, {walk.lookups} of {MOST_LOOKUPS} lookups"
    if walk.everybody in {None, "?"}:
        return _DNS.warning(name, f"{told}; it says nothing of others", "end it with ~all or -all")
    return _DNS.ok(name, f"{told}, {walk.everybody}all")


async def _covers(case: Case, walk: "_Walk") -> Finding:
    """Say what can be said of SMTP_HOST, which only sends to the world where it is no relay's front door."""
    name, host = "SPF and SMTP_HOST", case.settings.smtp_host
    if host is None:
        return _DNS.not_checked(name, "SMTP_HOST is not set")
    looked = await case.names.addresses(host)
    if not isinstance(looked, Found):
        return _DNS.not_checked(name, looked.why)
    addresses = [ip_address(one) for one in looked.values]
    covered = [one for one in addresses if any(one in network for network in walk.networks)]
    if covered:
        return _DNS.ok(name, f"the record names {covered[0]}, an address of {host}")
    return _DNS.not_checked(
        name,
        f"the record does not name {addresses[0]}; {host} may well send from other addresses",
        "send yourself a mail; its header Authentication-Results must say spf=pass",
    )


class _Walk:
    """A record with everything that it includes: how often it asks, whom it names."""

    def __init__(self, names: Names) -> None:
        self.lookups = 0
        self.networks: list[Network] = []
        self.wrong: list[str] = []
        self.unanswered = ""
        self.everybody: str | None = None
        self._names = names
        self._path: list[str] = []

    async def record(self, domain: str, text: str) -> Spf:
        """Follow a record."""
        spf = read_spf(text)
        self.wrong += [f"{word!r} of {domain}" for word in spf.wrong]
        if not self._path:
            self.everybody = spf.everybody_else
        self._path.append(domain)
        for term in spf.terms:
            await self._term(domain, term)
        self._path.pop()
        return spf

    async def _term(self, domain: str, term: Term) -> None:
        if term.network is not None and term.qualifier == "+":
            self.networks.append(term.network)
        if term.name not in ASKING or self.lookups >= _MOST_FOLLOWED:
            return
        self.lookups += 1
        where = term.value.rstrip(".") or domain
        if "%" in where or self.unanswered:
            return
        match term.name:
            case "include" | "redirect":
                await self._follow(where, term)
            case "a":
                await self._hosts([where], term)
            case "mx":
                looked = await self._names.mail_hosts(where)
                await self._hosts(looked.values if isinstance(looked, Found) else (), term)
                self._note(looked)
            case _:
                pass

    async def _follow(self, domain: str, term: Term) -> None:
        if domain in self._path:
            self.wrong.append(f"{domain} includes itself")
            return
        looked = await self._names.texts(domain)
        records = spf_records(looked.values) if isinstance(looked, Found) else []
        if isinstance(looked, Unknown):
            self._note(looked)
        elif len(records) != 1:
            self.wrong.append(f"{term.name} {domain} has {len(records) or 'no'} SPF records")
        else:
            spf = await self.record(domain, records[0])
            if term.name == "redirect" and len(self._path) == 1:
                self.everybody = spf.everybody_else

    async def _hosts(self, hosts: "list[str] | tuple[str, ...]", term: Term) -> None:
        for host in hosts:
            looked = await self._names.addresses(host)
            self._note(looked)
            if isinstance(looked, Found) and term.qualifier == "+":
                self.networks += [_around(one, term) for one in looked.values]

    def _note(self, looked: Found | Missing | Unknown) -> None:
        if isinstance(looked, Unknown):
            self.unanswered = looked.why


def _around(address: str, term: Term) -> Network:
    bits = term.mask6 if ":" in address else term.mask4
    return ip_network(f"{address}/{bits}", strict=False)
