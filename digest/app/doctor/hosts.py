"""MX and PTR: can answers and bounces arrive, and does the mail server's address have its name."""

from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.app.doctor.names import Found, Missing, Names, Unknown

_DNS = Area.DNS
_MOST_ADDRESSES = 4
_INSIDE = tuple(
    map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"))
)


async def check_mx(case: Case) -> AsyncIterator[Finding]:
    """Ask where mail to each of our domains goes."""
    if not case.mail_domains:
        yield _DNS.not_checked("MX", "MAIL_FROM is not set")
    for domain in case.mail_domains:
        yield await _mx(case.names, domain)


async def _mx(names: Names, domain: str) -> Finding:
    name = f"MX of {domain}"
    looked = await names.mail_hosts(domain)
    if isinstance(looked, Unknown):
        return _DNS.not_checked(name, looked.why)
    if isinstance(looked, Missing):
        return await _without_mx(names, name, domain, looked.why)
    if looked.values == (".",):
        return _DNS.problem(
            name,
            "the domain says that it takes no mail (RFC 7505): answers and bounces are lost",
            "publish where its mail goes, or send from a domain that takes mail",
        )
    lost: list[str] = []
    for host in looked.values:
        found = await names.addresses(host)
        if isinstance(found, Found):
            return _DNS.ok(name, f"mail goes to {host}")
        if isinstance(found, Unknown):
            return _DNS.not_checked(name, f"{host}: {found.why}")
        lost.append(host)
    return _DNS.problem(name, f"{', '.join(lost)}: no such host", "let MX name a host that has an address")


async def _without_mx(names: Names, name: str, domain: str, why: str) -> Finding:
    """Judge a domain without MX: its own address counts then (RFC 5321 section 5.1)."""
    found = await names.addresses(domain)
    if isinstance(found, Unknown):
        return _DNS.not_checked(name, found.why)
    if isinstance(found, Found):
        return _DNS.warning(
            name, f"no MX; mail goes to {domain} itself, {found.values[0]}", "publish an MX record"
        )
    return _DNS.problem(
        name, f"{why}: answers and bounces are lost", "publish an MX record, or correct the domain"
    )


async def check_ptr(case: Case) -> AsyncIterator[Finding]:
    """Ask for the names of SMTP_HOST's addresses, and back."""
    host = case.settings.smtp_host
    if host is None:
        yield _DNS.not_checked("PTR", "SMTP_HOST is not set")
        return
    looked = await case.names.addresses("127.0.0.1" if host == "localhost" else host)
    if not isinstance(looked, Found):
        yield _DNS.not_checked("PTR", looked.why)
        return
    for address in looked.values[:_MOST_ADDRESSES]:
        yield await _ptr(case.names, address)


async def _ptr(names: Names, address: str) -> Finding:
    name = f"PTR of {address}"
    if _is_inside(address):
        return _DNS.not_checked(
            name,
            "an address of your own network; receivers see another one",
            "ask for the PTR of the address that your mail leaves from",
        )
    looked = await names.reverse(address)
    if isinstance(looked, Unknown):
        return _DNS.not_checked(name, looked.why)
    advice = "if this server delivers to the world itself, have whoever owns the address set its PTR"
    if isinstance(looked, Missing):
        return _DNS.warning(name, "none: many receivers refuse mail from such an address", advice)
    for host in looked.values:
        back = await names.addresses(host)
        if isinstance(back, Unknown):
            return _DNS.not_checked(name, f"{host}, and then: {back.why}")
        if isinstance(back, Found) and ip_address(address) in map(ip_address, back.values):
            return _DNS.ok(name, f"{host}, and back")
    return _DNS.warning(name, f"{looked.values[0]}, which does not lead back to {address}", advice)


def _is_inside(text: str) -> bool:
    address = ip_address(text)
    return address.is_loopback or address.is_link_local or any(address in one for one in _INSIDE)
