"""DMARC, and whether SPF or DKIM counts for our From."""

from pathlib import Path

import pytest

from digest.app.doctor.checks import CheckContext
from digest.app.doctor.mail_dns import check_dmarc
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name
from tests.support.dns_server import DnsServer


def signing_context(build: BuildContext, tmp_path: Path, domain: str, sender: str, **more: str) -> CheckContext:
    """Return an installation that signs for a domain; nobody reads the key here."""
    key = tmp_path / "key.pem"
    key.touch()
    return build(MAIL_FROM=sender, DKIM_DOMAIN=domain, DKIM_SELECTOR="s", DKIM_KEY_FILE=str(key), **more)


async def test_a_policy_with_dkim_of_the_same_domain_is_ok(dns: DnsServer, build: BuildContext, tmp_path: Path) -> None:
    dns.add("_dmarc.example.org", "TXT", "v=DMARC1; p=reject; rua=mailto:d@example.org")

    findings = await run_check(check_dmarc, signing_context(build, tmp_path, "example.org", "digest@example.org"))

    assert statuses_by_name(findings) == {"DMARC of example.org": "ok", "alignment": "ok"}
    assert findings["DMARC of example.org"].what == "p=reject"


async def test_the_domain_above_speaks_for_its_subdomains(dns: DnsServer, build: BuildContext, tmp_path: Path) -> None:
    dns.add("_dmarc.example.org", "TXT", "v=DMARC1; p=reject; sp=quarantine")

    findings = await run_check(
        check_dmarc, signing_context(build, tmp_path, "mail.example.org", "digest@news.example.org")
    )

    assert statuses_by_name(findings) == {"DMARC of news.example.org": "ok", "alignment": "ok"}
    assert "p=quarantine, from _dmarc.example.org" in findings["DMARC of news.example.org"].what


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        (["v=DMARC1; p=none"], "ok"),
        ([], "warning"),
        (["v=DMARC1; p=maybe"], "problem"),
        (["v=DMARC1; rua=mailto:a@example.org"], "problem"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "problem"),
    ],
)
async def test_verdicts_on_records(dns: DnsServer, build: BuildContext, records: list[str], verdict: str) -> None:
    dns.add("example.org", "A", "192.0.2.1")
    for record in records:
        dns.add("_dmarc.example.org", "TXT", record)

    findings = await run_check(check_dmarc, build(MAIL_FROM="digest@example.org"))

    assert findings["DMARC of example.org"].verdict == verdict


@pytest.mark.parametrize(
    ("signs", "bounces", "policy", "verdict"),
    [
        ("example.org", "b@example.org", "p=reject", "ok"),
        ("example.org", "b@relay.org", "p=reject; adkim=s", "ok"),
        ("mail.example.org", "b@relay.org", "p=reject; adkim=s", "problem"),
        ("mail.example.org", "b@relay.org", "p=reject", "ok"),
        ("relay.org", "b@example.org", "p=reject", "warning"),
        ("relay.org", "b@bounces.example.org", "p=reject; aspf=s", "problem"),
        ("relay.org", "b@relay.org", "p=reject", "problem"),
    ],
)
async def test_one_of_spf_and_dkim_must_count_for_from(
    dns: DnsServer, build: BuildContext, tmp_path: Path, signs: str, bounces: str, policy: str, verdict: str
) -> None:
    dns.add("_dmarc.example.org", "TXT", f"v=DMARC1; {policy}")

    case = signing_context(
        build, tmp_path, signs, "digest@example.org", BOUNCE_ADDRESS=bounces, BOUNCE_DIR=str(tmp_path)
    )

    assert (await run_check(check_dmarc, case))["alignment"].verdict == verdict


async def test_without_an_answer_nothing_is_said(dns: DnsServer, build: BuildContext) -> None:
    dns.fail("_dmarc.example.org")

    findings = await run_check(check_dmarc, build(MAIL_FROM="digest@example.org"))

    assert statuses_by_name(findings) == {"DMARC of example.org": "not checked", "alignment": "not checked"}


async def test_without_a_sender_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_dmarc, build())) == {"DMARC": "not checked"}
