"""MX and PTR: where answers go, and whose address the mail server has."""

import pytest

from digest.app.doctor.mail_dns import check_mx, check_ptr
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name
from tests.support.dns_server import DnsServer

FROM = "digest@example.org"
MX = "MX of example.org"
PTR_NAME = "7.2.0.192.in-addr.arpa"


async def test_a_mail_host_with_an_address_is_ok(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "MX", "10 in.example.org.")
    dns.add("in.example.org", "AAAA", "2001:db8::7")

    assert statuses_by_name(await run_check(check_mx, build(MAIL_FROM=FROM))) == {MX: "ok"}


async def test_the_domain_of_bounces_is_asked_too(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "MX", "10 in.example.org.")
    dns.add("in.example.org", "A", "192.0.2.7")
    dns.add("bounces.example.org", "TXT", "nothing for mail")

    case = build(MAIL_FROM=FROM, BOUNCE_ADDRESS="b@bounces.example.org", BOUNCE_DIR="/tmp")  # noqa: S108 - not opened

    assert statuses_by_name(await run_check(check_mx, case)) == {MX: "ok", "MX of bounces.example.org": "problem"}


async def test_a_domain_without_mx_takes_mail_itself(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "A", "192.0.2.7")

    assert statuses_by_name(await run_check(check_mx, build(MAIL_FROM=FROM))) == {MX: "warning"}


@pytest.mark.parametrize("record", ["0 .", "10 gone.example.org."])
async def test_a_domain_whose_mail_goes_nowhere_is_a_problem(dns: DnsServer, build: BuildContext, record: str) -> None:
    dns.add("example.org", "MX", record)

    assert statuses_by_name(await run_check(check_mx, build(MAIL_FROM=FROM))) == {MX: "problem"}


@pytest.mark.parametrize("name", ["example.org", "in.example.org"])
async def test_without_an_answer_nothing_is_said_of_mx(dns: DnsServer, build: BuildContext, name: str) -> None:
    dns.add("example.org", "MX", "10 in.example.org.")
    dns.fail(name)

    assert statuses_by_name(await run_check(check_mx, build(MAIL_FROM=FROM))) == {MX: "not checked"}
    assert statuses_by_name(await run_check(check_mx, build())) == {"MX": "not checked"}


async def test_a_name_that_leads_there_and_back_is_ok(dns: DnsServer, build: BuildContext) -> None:
    dns.add("mail.example.org", "A", "192.0.2.7")
    dns.add(PTR_NAME, "PTR", "mail.example.org.")

    findings = await run_check(check_ptr, build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org"))

    assert statuses_by_name(findings) == {"PTR of 192.0.2.7": "ok"}


async def test_a_name_that_does_not_lead_back_is_a_warning(dns: DnsServer, build: BuildContext) -> None:
    dns.add("host.isp.org", "A", "192.0.2.8")
    dns.add(PTR_NAME, "PTR", "host.isp.org.")

    findings = await run_check(check_ptr, build(MAIL_FROM=FROM, SMTP_HOST="192.0.2.7"))

    assert statuses_by_name(findings) == {"PTR of 192.0.2.7": "warning"}


async def test_no_name_is_a_warning(dns: DnsServer, build: BuildContext) -> None:
    dns.add("arpa", "NS", "ns.example.org.")

    findings = await run_check(check_ptr, build(MAIL_FROM=FROM, SMTP_HOST="192.0.2.7"))

    assert statuses_by_name(findings) == {"PTR of 192.0.2.7": "warning"}


@pytest.mark.parametrize("host", ["localhost", "10.0.0.5", "127.0.0.1", "fd00::1"])
async def test_an_address_inside_says_nothing(build: BuildContext, host: str) -> None:
    (finding,) = (await run_check(check_ptr, build(MAIL_FROM=FROM, SMTP_HOST=host))).values()

    assert finding.verdict == "not checked"


@pytest.mark.parametrize("name", ["mail.example.org", PTR_NAME, "back.example.org"])
async def test_without_an_answer_nothing_is_said_of_ptr(dns: DnsServer, build: BuildContext, name: str) -> None:
    dns.add("mail.example.org", "A", "192.0.2.7")
    dns.add(PTR_NAME, "PTR", "back.example.org.")
    dns.drop_queries(name)

    (finding,) = (await run_check(check_ptr, build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org"))).values()

    assert finding.verdict == "not checked"


async def test_without_a_mail_server_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_ptr, build())) == {"PTR": "not checked"}
