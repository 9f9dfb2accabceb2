"""What DNS says of our mail: SPF, DKIM and DMARC, where answers arrive, and the mail server's name."""

from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address, ip_network

from digest.app.doctor.checks import Area, CheckContext, CheckResult, domain_of
from digest.app.doctor.dns_client import DnsAnswer, DnsClient, DnsMissing, DnsRecords, DnsUnknown
from digest.mail.dkim import DkimTxtRecord, load_signer
from digest.mail.dns_records import (
    MAX_SPF_LOOKUPS,
    SPF_LOOKUP_TERMS,
    DmarcRecord,
    IpNetwork,
    SpfTerm,
    dmarc_domains,
    find_dkim_records,
    find_dmarc_records,
    find_spf_records,
    is_aligned,
    parse_dkim,
    parse_dmarc,
    parse_spf,
)
from digest.model.errors import InvalidSettings

_DNS = Area.DNS
_MAX_SPF_FOLLOWED = 30
"""How far a record is counted on beyond what is allowed."""

_DMARC_ADVICE = "publish as TXT of _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:YOUR-ADDRESS"
_MAX_PTR_ADDRESSES = 4
_PRIVATE_NETWORKS = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


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
        await walk.follow_record(domain, records[0], decides=True)
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
    if walker.lookups > MAX_SPF_LOOKUPS:
        more = " or more" if walker.lookups >= _MAX_SPF_FOLLOWED else ""
        return _DNS.problem(
            name,
            f"asks DNS {walker.lookups}{more} times, and receivers give up after {MAX_SPF_LOOKUPS}",
            "take includes out that you do not send through (RFC 7208, 4.6.4)",
        )
    if walker.all_qualifier == "+":
        return _DNS.problem(name, "+all lets everybody send as you", "end it with ~all or -all")
    if walker.unanswered:
        return _DNS.not_checked(name, f"there, but not all of it could be asked: {walker.unanswered}")
    told = f"one record, {walker.lookups} of {MAX_SPF_LOOKUPS} lookups"
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
    """A record with everything that it includes: how often it asks DNS, and whom it names."""

    def __init__(self, dns: DnsClient) -> None:
        self.lookups = 0
        self.networks: list[IpNetwork] = []
        self.errors: list[str] = []
        self.unanswered = ""
        self.all_qualifier: str | None = None
        self._dns = dns
        self._path: list[str] = []

    async def follow_record(self, domain: str, text: str, *, decides: bool) -> None:
        """Follow a record; ``decides``: its ``all`` counts, as that of the first and of where it redirects."""
        spf = parse_spf(text)
        self.errors += [f"{word!r} of {domain}" for word in spf.invalid_terms]
        if decides:
            self.all_qualifier = spf.default_qualifier
        self._path.append(domain)
        for term in spf.terms:
            await self._follow_term(domain, term, decides=decides)
        self._path.pop()

    async def _follow_term(self, domain: str, term: SpfTerm, *, decides: bool) -> None:
        if term.network is not None and term.qualifier == "+":
            self.networks.append(term.network)
        if term.name not in SPF_LOOKUP_TERMS or self.lookups >= _MAX_SPF_FOLLOWED:
            return
        self.lookups += 1
        target = term.value.rstrip(".") or domain
        if "%" in target or self.unanswered:
            return
        match term.name:
            case "include" | "redirect":
                await self._follow_include(target, term, decides=decides and term.name == "redirect")
            case "a":
                await self._add_hosts((target,), term)
            case "mx":
                await self._add_hosts(self._values(await self._dns.mx(target)), term)
            case _:
                pass

    async def _follow_include(self, domain: str, term: SpfTerm, *, decides: bool) -> None:
        if domain in self._path:
            self.errors.append(f"{domain} includes itself")
            return
        answer = await self._dns.txt(domain)
        records = find_spf_records(self._values(answer))
        if len(records) == 1:
            await self.follow_record(domain, records[0], decides=decides)
        elif not isinstance(answer, DnsUnknown):
            self.errors.append(f"{term.name} {domain} has {len(records) or 'no'} SPF records")

    async def _add_hosts(self, hosts: Sequence[str], term: SpfTerm) -> None:
        for host in hosts:
            addresses = self._values(await self._dns.addresses(host))
            if term.qualifier == "+":
                self.networks += [
                    ip_network(f"{one}/{term.mask6 if ':' in one else term.mask4}", strict=False) for one in addresses
                ]

    def _values(self, answer: DnsAnswer) -> Sequence[str]:
        if isinstance(answer, DnsUnknown):
            self.unanswered = answer.reason
        return answer.values if isinstance(answer, DnsRecords) else ()


async def check_dkim(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Compare each key with its record."""
    settings = ctx.settings
    try:
        signer = load_signer(
            domain=settings.dkim_domain,
            selector=settings.dkim_selector,
            key_file=settings.dkim_key_file,
            ed25519_selector=settings.dkim_ed25519_selector,
            ed25519_key_file=settings.dkim_ed25519_key_file,
        )
    except InvalidSettings as error:
        yield _DNS.problem("DKIM", str(error), "openssl genrsa -out FILE 2048 makes a key")
        return
    if signer is None:
        yield _DNS.not_checked("DKIM", "DKIM_DOMAIN is not set: we sign nothing")
        return
    for record in signer.dns_records():
        name = f"DKIM {record.name.partition('._domainkey')[0]}"
        looked = await ctx.dns.txt(record.name)
        if isinstance(looked, DnsUnknown):
            yield _DNS.not_checked(name, looked.reason)
        else:
            yield evaluate_dkim(name, record, looked)


def evaluate_dkim(name: str, expected: DkimTxtRecord, answer: DnsRecords | DnsMissing) -> CheckResult:
    """Return the verdict on what stands at a selector's name."""
    publish = f"publish: {expected.zone_line}"
    records = find_dkim_records(answer.values) if isinstance(answer, DnsRecords) else []
    key, mine = parse_dkim(records[0]) if len(records) == 1 else None, parse_dkim(expected.text)
    if key is None or mine is None:
        return _DNS.problem(
            name, f"{_missing_record_text(expected, answer, len(records))}: our signatures fail", publish
        )
    if not key.public_key:
        return _DNS.problem(name, "the key was revoked (p= is empty)", f"choose a new selector, or {publish}")
    if (key.algorithm, key.public_key) != (mine.algorithm, mine.public_key):
        return _DNS.problem(name, "DNS holds another key than we sign with", publish)
    if key.is_testing:
        return _DNS.warning(name, "the key we sign with, but marked as a test (t=y)", "take t=y out")
    return _DNS.ok(name, f"{expected.name} holds the key we sign with")


def _missing_record_text(expected: DkimTxtRecord, answer: DnsRecords | DnsMissing, count: int) -> str:
    if isinstance(answer, DnsMissing):
        return answer.reason
    match count:
        case 0:
            return f"{expected.name} has no key record"
        case 1:
            return f"the record at {expected.name} cannot be read"
        case _:
            return f"{expected.name} has {count} key records, where one may stand"


async def check_dmarc(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look for the record that counts for our ``From``, and compare SPF and DKIM with it."""
    sender = ctx.from_domain
    if sender is None:
        yield _DNS.not_checked("DMARC", "MAIL_FROM is not set")
        return
    name = f"DMARC of {sender}"
    for domain in dmarc_domains(sender):
        looked = await ctx.dns.txt(f"_dmarc.{domain}")
        if isinstance(looked, DnsUnknown):
            yield _DNS.not_checked(name, looked.reason)
            yield _DNS.not_checked("alignment", "the DMARC record comes first")
            return
        records = find_dmarc_records(looked.values) if isinstance(looked, DnsRecords) else []
        if not records:
            continue
        policy = parse_dmarc(records[0]) if len(records) == 1 else None
        yield _evaluate_policy(name, sender, domain, policy, len(records))
        yield _evaluate_alignment(ctx, sender, policy, domain)
        return
    yield _DNS.warning(
        name, "no record: Gmail and Yahoo want one from whoever sends much", _DMARC_ADVICE.format(domain=sender)
    )
    yield _evaluate_alignment(ctx, sender, None, dmarc_domains(sender)[-1])


def _evaluate_policy(name: str, sender: str, domain: str, policy: DmarcRecord | None, count: int) -> CheckResult:
    if policy is None:
        what = f"{count} records, and receivers then take none" if count > 1 else "cannot be read"
        return _DNS.problem(name, f"_dmarc.{domain}: {what}", _DMARC_ADVICE.format(domain=domain))
    asked = policy.policy if domain == sender else policy.subdomain_policy
    where = "" if domain == sender else f", from _dmarc.{domain}"
    advice = "once the reports show that all your mail passes: p=quarantine" if asked == "none" else ""
    told = "" if policy.report_address else ", and nobody gets the reports"
    return _DNS.ok(name, f"p={asked}{where}{told}", advice)


def _evaluate_alignment(ctx: CheckContext, sender: str, policy: DmarcRecord | None, top: str) -> CheckResult:
    """Return whether SPF or DKIM can pass for ``From``: one of them must."""
    signs, envelope = ctx.settings.dkim_domain, ctx.envelope_domain
    by_dkim = signs is not None and is_aligned(
        domain_of(signs), sender, strict=policy is not None and policy.strict_dkim, policy_domain=top
    )
    by_spf = envelope is not None and is_aligned(
        envelope, sender, strict=policy is not None and policy.strict_spf, policy_domain=top
    )
    if by_dkim:
        return _DNS.ok("alignment", f"DKIM of {signs}{' and SPF of ' + str(envelope) if by_spf else ''}")
    if by_spf:
        return _DNS.warning(
            "alignment",
            f"by SPF of {envelope} alone, which forwarding breaks",
            "sign with DKIM for this domain, here or at your provider",
        )
    return _DNS.problem(
        "alignment",
        f"neither DKIM ({signs or 'none'}) nor SPF ({envelope}) counts for From at {sender}",
        f"sign with DKIM_DOMAIN={sender}, or use a BOUNCE_ADDRESS there",
    )


async def check_mx(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Ask where mail to each of our domains goes."""
    if not ctx.mail_domains:
        yield _DNS.not_checked("MX", "MAIL_FROM is not set")
    for domain in ctx.mail_domains:
        yield await _check_domain_mx(ctx.dns, domain)


async def _check_domain_mx(dns: DnsClient, domain: str) -> CheckResult:
    name = f"MX of {domain}"
    looked = await dns.mx(domain)
    if isinstance(looked, DnsUnknown):
        return _DNS.not_checked(name, looked.reason)
    if isinstance(looked, DnsMissing):
        return await _evaluate_without_mx(dns, name, domain, looked.reason)
    if looked.values == (".",):
        return _DNS.problem(
            name,
            "the domain says that it takes no mail (RFC 7505): answers and bounces are lost",
            "publish where its mail goes, or send from a domain that takes mail",
        )
    lost: list[str] = []
    for host in looked.values:
        found = await dns.addresses(host)
        if isinstance(found, DnsRecords):
            return _DNS.ok(name, f"mail goes to {host}")
        if isinstance(found, DnsUnknown):
            return _DNS.not_checked(name, f"{host}: {found.reason}")
        lost.append(host)
    return _DNS.problem(name, f"{', '.join(lost)}: no such host", "let MX name a host that has an address")


async def _evaluate_without_mx(dns: DnsClient, name: str, domain: str, why: str) -> CheckResult:
    """Judge a domain without MX: its own address counts then (RFC 5321 section 5.1)."""
    found = await dns.addresses(domain)
    if isinstance(found, DnsUnknown):
        return _DNS.not_checked(name, found.reason)
    if isinstance(found, DnsRecords):
        return _DNS.warning(name, f"no MX; mail goes to {domain} itself, {found.values[0]}", "publish an MX record")
    return _DNS.problem(name, f"{why}: answers and bounces are lost", "publish an MX record, or correct the domain")


async def check_ptr(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Ask for the names of SMTP_HOST's addresses, and back."""
    host = ctx.settings.smtp_host
    if host is None:
        yield _DNS.not_checked("PTR", "SMTP_HOST is not set")
        return
    looked = await ctx.dns.addresses("127.0.0.1" if host == "localhost" else host)
    if not isinstance(looked, DnsRecords):
        yield _DNS.not_checked("PTR", looked.reason)
        return
    for address in looked.values[:_MAX_PTR_ADDRESSES]:
        yield await _check_address_ptr(ctx.dns, address)


async def _check_address_ptr(dns: DnsClient, address: str) -> CheckResult:
    name = f"PTR of {address}"
    if _is_private(address):
        return _DNS.not_checked(
            name,
            "an address of your own network; receivers see another one",
            "ask for the PTR of the address that your mail leaves from",
        )
    looked = await dns.ptr(address)
    if isinstance(looked, DnsUnknown):
        return _DNS.not_checked(name, looked.reason)
    advice = "if this server delivers to the world itself, have whoever owns the address set its PTR"
    if isinstance(looked, DnsMissing):
        return _DNS.warning(name, "none: many receivers refuse mail from such an address", advice)
    for host in looked.values:
        back = await dns.addresses(host)
        if isinstance(back, DnsUnknown):
            return _DNS.not_checked(name, f"{host}, and then: {back.reason}")
        if isinstance(back, DnsRecords) and ip_address(address) in map(ip_address, back.values):
            return _DNS.ok(name, f"{host}, and back")
    return _DNS.warning(name, f"{looked.values[0]}, which does not lead back to {address}", advice)


def _is_private(text: str) -> bool:
    address = ip_address(text)
    return address.is_loopback or address.is_link_local or any(address in one for one in _PRIVATE_NETWORKS)
