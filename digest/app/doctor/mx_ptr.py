"""MX and PTR: can answers and bounces arrive, and does the mail server's address have its name."""

from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

from digest.app.doctor.context import CheckContext
from digest.app.doctor.dns_client import DnsClient, DnsMissing, DnsRecords, DnsUnknown
from digest.app.doctor.result import Area, CheckResult

_DNS = Area.DNS
_MAX_ADDRESSES = 4
_PRIVATE_NETWORKS = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
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
    for address in looked.values[:_MAX_ADDRESSES]:
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
