"""What DNS says of our mail: SPF, DKIM and DMARC, where answers arrive, and the mail server's name."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from ipaddress import ip_address, ip_network

from digest.app.doctor.checks import Area, CheckContext, CheckResult, domain_of
from digest.app.doctor.dns_client import DnsAnswer, DnsClient, DnsUnavailable
from digest.app.mail_account import load_dkim_signer
from digest.mail.dkim import DkimTxtRecord
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
_SPF_HOST = "SPF and SMTP_HOST"
_MAX_SPF_FOLLOWED = 30
"""How far a record is counted on beyond what is allowed."""

_DMARC_ADVICE = "publish as TXT of _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:YOUR-ADDRESS"
_MAX_PTR_ADDRESSES = 4
_PRIVATE_NETWORKS = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


async def _if_available(name: str, result: Awaitable[CheckResult]) -> CheckResult:
    try:
        return await result
    except DnsUnavailable as error:
        return _DNS.not_checked(name, str(error))


async def check_spf(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at the SPF record of each domain that stands in our mail."""
    if not ctx.mail_domains:
        yield _DNS.not_checked("SPF", "MAIL_FROM is not set")
        return
    for domain in ctx.mail_domains:
        name = f"SPF of {domain}"
        counts = domain == ctx.envelope_domain
        try:
            answer = await ctx.dns.txt(domain)
        except DnsUnavailable as error:
            yield _DNS.not_checked(name, str(error))
            continue
        records = find_spf_records(answer.values)
        if len(records) != 1:
            yield _evaluate_record_count(name, records, answer.missing, is_envelope=counts)
            continue
        walk = _SpfWalker(ctx.dns)
        await walk.follow_record(domain, records[0], decides=True)
        yield _evaluate_record(name, walk)
        if counts:
            yield await _if_available(_SPF_HOST, _evaluate_smtp_host(ctx, walk))


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
    """Check SPF for SMTP_HOST, which may be only the first hop of a relay."""
    host = ctx.settings.smtp_host
    if host is None:
        return _DNS.not_checked(_SPF_HOST, "SMTP_HOST is not set")
    answer = await ctx.dns.addresses(host)
    if not answer.values:
        return _DNS.not_checked(_SPF_HOST, answer.missing)
    addresses = [ip_address(one) for one in answer.values]
    covered = [one for one in addresses if any(one in network for network in walker.networks)]
    if covered:
        return _DNS.ok(_SPF_HOST, f"the record names {covered[0]}, an address of {host}")
    return _DNS.not_checked(
        _SPF_HOST,
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
                await self._add_hosts((await self._ask(self._dns.mx(target))).values, term)
            case _:
                pass

    async def _follow_include(self, domain: str, term: SpfTerm, *, decides: bool) -> None:
        if domain in self._path:
            self.errors.append(f"{domain} includes itself")
            return
        records = find_spf_records((await self._ask(self._dns.txt(domain))).values)
        if len(records) == 1:
            await self.follow_record(domain, records[0], decides=decides)
        elif not self.unanswered:
            self.errors.append(f"{term.name} {domain} has {len(records) or 'no'} SPF records")

    async def _add_hosts(self, hosts: Sequence[str], term: SpfTerm) -> None:
        for host in hosts:
            addresses = (await self._ask(self._dns.addresses(host))).values
            if term.qualifier == "+":
                self.networks += [
                    ip_network(f"{one}/{term.mask6 if ':' in one else term.mask4}", strict=False) for one in addresses
                ]

    async def _ask(self, answer: Awaitable[DnsAnswer]) -> DnsAnswer:
        try:
            return await answer
        except DnsUnavailable as error:
            self.unanswered = str(error)
            return DnsAnswer()


async def check_dkim(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Compare each key with its record."""
    try:
        signer = load_dkim_signer(ctx.settings)
    except InvalidSettings as error:
        yield _DNS.problem("DKIM", str(error), "openssl genrsa -out FILE 2048 makes a key")
        return
    if signer is None:
        yield _DNS.not_checked("DKIM", "DKIM_DOMAIN is not set: we sign nothing")
        return
    for record in signer.dns_records():
        name = f"DKIM {record.name.partition('._domainkey')[0]}"
        yield await _if_available(name, _check_key_record(ctx.dns, name, record))


async def _check_key_record(dns: DnsClient, name: str, expected: DkimTxtRecord) -> CheckResult:
    answer = await dns.txt(expected.name)
    publish = f"publish: {expected.zone_line}"
    records = find_dkim_records(answer.values)
    key, mine = parse_dkim(records[0]) if len(records) == 1 else None, parse_dkim(expected.text)
    if key is None or mine is None:
        if not records:
            why = answer.missing or f"{expected.name} has no key record"
        elif len(records) == 1:
            why = f"the record at {expected.name} cannot be read"
        else:
            why = f"{expected.name} has {len(records)} key records, where one may stand"
        return _DNS.problem(name, f"{why}: our signatures fail", publish)
    if not key.public_key:
        return _DNS.problem(name, "the key was revoked (p= is empty)", f"choose a new selector, or {publish}")
    if (key.algorithm, key.public_key) != (mine.algorithm, mine.public_key):
        return _DNS.problem(name, "DNS holds another key than we sign with", publish)
    if key.is_testing:
        return _DNS.warning(name, "the key we sign with, but marked as a test (t=y)", "take t=y out")
    return _DNS.ok(name, f"{expected.name} holds the key we sign with")


async def check_dmarc(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look for the record that counts for our ``From``, and compare SPF and DKIM with it."""
    sender = ctx.from_domain
    if sender is None:
        yield _DNS.not_checked("DMARC", "MAIL_FROM is not set")
        return
    name = f"DMARC of {sender}"
    for domain in dmarc_domains(sender):
        try:
            records = find_dmarc_records((await ctx.dns.txt(f"_dmarc.{domain}")).values)
        except DnsUnavailable as error:
            yield _DNS.not_checked(name, str(error))
            yield _DNS.not_checked("alignment", "the DMARC record comes first")
            return
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
        name = f"MX of {domain}"
        yield await _if_available(name, _check_domain_mx(ctx.dns, name, domain))


async def _check_domain_mx(dns: DnsClient, name: str, domain: str) -> CheckResult:
    answer = await dns.mx(domain)
    if answer.values == (".",):
        return _DNS.problem(
            name,
            "the domain says that it takes no mail (RFC 7505): answers and bounces are lost",
            "publish where its mail goes, or send from a domain that takes mail",
        )
    if not answer.values:
        # Mail then goes to the domain's own address (RFC 5321 section 5.1).
        if own := (await dns.addresses(domain)).values:
            return _DNS.warning(name, f"no MX; mail goes to {domain} itself, {own[0]}", "publish an MX record")
        what = f"{answer.missing}: answers and bounces are lost"
        return _DNS.problem(name, what, "publish an MX record, or correct the domain")
    for host in answer.values:
        try:
            found = await dns.addresses(host)
        except DnsUnavailable as error:
            return _DNS.not_checked(name, f"{host}: {error}")
        if found.values:
            return _DNS.ok(name, f"mail goes to {host}")
    hosts = ", ".join(answer.values)
    return _DNS.problem(name, f"{hosts}: no such host", "let MX name a host that has an address")


async def check_ptr(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Ask for the names of SMTP_HOST's addresses, and back."""
    host = ctx.settings.smtp_host
    if host is None:
        yield _DNS.not_checked("PTR", "SMTP_HOST is not set")
        return
    try:
        answer = await ctx.dns.addresses("127.0.0.1" if host == "localhost" else host)
    except DnsUnavailable as error:
        yield _DNS.not_checked("PTR", str(error))
        return
    if not answer.values:
        yield _DNS.not_checked("PTR", answer.missing)
    for address in answer.values[:_MAX_PTR_ADDRESSES]:
        name = f"PTR of {address}"
        yield await _if_available(name, _check_address_ptr(ctx.dns, name, address))


async def _check_address_ptr(dns: DnsClient, name: str, text: str) -> CheckResult:
    address = ip_address(text)
    if address.is_loopback or address.is_link_local or any(address in network for network in _PRIVATE_NETWORKS):
        return _DNS.not_checked(
            name,
            "an address of your own network; receivers see another one",
            "ask for the PTR of the address that your mail leaves from",
        )
    hosts = (await dns.ptr(text)).values
    advice = "if this server delivers to the world itself, have whoever owns the address set its PTR"
    if not hosts:
        return _DNS.warning(name, "none: many receivers refuse mail from such an address", advice)
    for host in hosts:
        try:
            back = (await dns.addresses(host)).values
        except DnsUnavailable as error:
            return _DNS.not_checked(name, f"{host}, and then: {error}")
        if address in map(ip_address, back):
            return _DNS.ok(name, f"{host}, and back")
    return _DNS.warning(name, f"{hosts[0]}, which does not lead back to {text}", advice)
