"""SPF as receivers would read it."""

import pytest

from digest.app.doctor.mail_dns import check_spf
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name
from tests.support.dns_server import DnsServer

FROM = "Digest <digest@example.org>"
SPF = "SPF of example.org"
HOST = "SPF and SMTP_HOST"


async def test_one_record_that_names_the_mail_server_is_ok(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "TXT", "v=spf1 include:_spf.host.org mx -all", "something=else")
    dns.add("_spf.host.org", "TXT", "v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/32 ~all")
    dns.add("example.org", "MX", "10 in.example.org.")
    dns.add("in.example.org", "A", "198.51.100.1")
    dns.add("mail.example.org", "A", "192.0.2.9")

    findings = await run_check(check_spf, build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org"))

    assert statuses_by_name(findings) == {SPF: "ok", HOST: "ok"}
    assert "2 of 10 lookups, -all" in findings[SPF].what


async def test_a_relay_that_no_record_names_may_send_from_elsewhere(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "TXT", "v=spf1 ip4:198.51.100.7 ~all")
    dns.add("mail.example.org", "A", "192.0.2.9")

    findings = await run_check(check_spf, build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org"))

    assert statuses_by_name(findings) == {SPF: "ok", HOST: "not checked"}
    assert "Authentication-Results" in findings[HOST].advice


@pytest.mark.parametrize(
    ("records", "verdict", "words"),
    [
        ([], "problem", "no record"),
        (["v=spf1 -all", "v=spf1 mx ~all"], "problem", "2 records"),
        (["v=spf1 +all"], "problem", "everybody"),
        (["v=spf1 all"], "problem", "everybody"),
        (["v=spf1 ip4:192.0.2.300 -all"], "problem", "ip4:192.0.2.300"),
        (["v=spf1 includ:x.org -all"], "problem", "includ:x.org"),
        (["v=spf1 include:nobody.org -all"], "problem", "nobody.org has no SPF record"),
        (["v=spf1 include:example.org -all"], "problem", "includes itself"),
        (["v=spf1 ip4:192.0.2.1"], "warning", "nothing of others"),
        (["v=spf1 ip4:192.0.2.1 ?all"], "warning", "nothing of others"),
        (["v=spf1 redirect=strict.org"], "ok", "-all"),
        (["v=spf1 redirect=further.org"], "ok", "-all"),
        (["v=spf1 include:strict.org"], "warning", "nothing of others"),
        (["v=spf1 exists:%{i}.x.org -all exp=why.org"], "ok", "1 of 10"),
        (["v=spf10 nonsense", "v=spf1 a/24 mx//64 -all"], "ok", "2 of 10"),
    ],
)
async def test_verdicts_on_records(
    dns: DnsServer, build: BuildContext, records: list[str], verdict: str, words: str
) -> None:
    dns.add("example.org", "A", "192.0.2.1")
    dns.add("strict.org", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    dns.add("further.org", "TXT", "v=spf1 redirect=strict.org")
    for record in records:
        dns.add("example.org", "TXT", record)

    finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

    assert finding.verdict == verdict
    assert words in finding.what


async def test_lookups_are_counted_through_includes(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "TXT", "v=spf1 include:a.org include:b.org -all")
    dns.add("a.org", "TXT", "v=spf1 a:1.a.org a:2.a.org a:3.a.org a:4.a.org -all")
    dns.add("b.org", "TXT", "v=spf1 a:1.b.org a:2.b.org a:3.b.org a:4.b.org a:5.b.org -all")

    finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

    assert finding.verdict == "problem"
    assert "asks DNS 11 times" in finding.what


async def test_ten_lookups_are_allowed(dns: DnsServer, build: BuildContext) -> None:
    names = " ".join(f"a:{n}.example.org" for n in range(10))
    dns.add("example.org", "TXT", f"v=spf1 {names} -all")

    assert (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF].verdict == "ok"


async def test_without_an_answer_nothing_is_said(dns: DnsServer, build: BuildContext) -> None:
    dns.drop_queries()

    findings = await run_check(check_spf, build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org"))

    assert statuses_by_name(findings) == {SPF: "not checked"}


async def test_an_include_that_does_not_answer_leaves_it_open(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "TXT", "v=spf1 include:slow.org -all")
    dns.fail("slow.org")

    finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

    assert finding.verdict == "not checked"
    assert "SERVFAIL" in finding.what


async def test_a_domain_that_does_not_exist_is_told(build: BuildContext) -> None:
    finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

    assert finding.verdict == "problem"
    assert "does not exist" in finding.what


async def test_the_domain_of_bounces_is_the_one_that_counts(dns: DnsServer, build: BuildContext) -> None:
    dns.add("bounces.example.org", "TXT", "v=spf1 ip4:192.0.2.1 -all")

    case = build(MAIL_FROM=FROM, BOUNCE_ADDRESS="b@bounces.example.org", BOUNCE_DIR="/tmp")  # noqa: S108 - not opened
    findings = await run_check(check_spf, case)

    assert statuses_by_name(findings) == {"SPF of bounces.example.org": "ok", HOST: "not checked", SPF: "warning"}


async def test_without_a_sender_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_spf, build())) == {"SPF": "not checked"}
