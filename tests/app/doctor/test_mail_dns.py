"""What DNS says of our mail, as receivers would read it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.app.doctor.checks import CheckContext
from digest.app.doctor.mail_dns import check_dkim, check_dmarc, check_mx, check_ptr, check_spf
from digest.mail.dkim import load_signer
from tests.app.doctor.conftest import BuildContext, impatient, run_check, statuses_by_name
from tests.mail.signing import make_ed25519_key, make_rsa_key
from tests.support.dns_server import DnsServer

FROM = "Digest <digest@example.org>"
SPF, HOST, DMARC, MX = "SPF of example.org", "SPF and SMTP_HOST", "DMARC of example.org", "MX of example.org"
KEY_RECORD_NAME = "mail26._domainkey.example.org"
PTR_NAME = "7.2.0.192.in-addr.arpa"


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


async def test_verdicts_on_spf_records(dns: DnsServer, build: BuildContext) -> None:
    rows = [
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
    ]
    dns.add("example.org", "A", "192.0.2.1")
    dns.add("strict.org", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    dns.add("further.org", "TXT", "v=spf1 redirect=strict.org")
    for records, verdict, words in rows:
        dns.replace("example.org", "TXT", *records)

        finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

        assert finding.verdict == verdict, records
        assert words in finding.what, records


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


async def test_without_an_answer_nothing_is_said_of_spf(dns: DnsServer, build: BuildContext) -> None:
    dns.drop_queries()

    findings = await run_check(check_spf, impatient(build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org")))

    assert statuses_by_name(findings) == {SPF: "not checked"}


async def test_an_include_that_does_not_answer_leaves_it_open(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "TXT", "v=spf1 include:slow.org -all")
    dns.fail("slow.org")

    finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

    assert finding.verdict == "not checked"
    assert "SERVFAIL" in finding.what


async def test_a_domain_that_does_not_exist_is_a_problem(build: BuildContext) -> None:
    finding = (await run_check(check_spf, build(MAIL_FROM=FROM)))[SPF]

    assert finding.verdict == "problem"
    assert "does not exist" in finding.what


async def test_the_domain_of_bounces_is_the_one_that_counts(dns: DnsServer, build: BuildContext) -> None:
    dns.add("bounces.example.org", "TXT", "v=spf1 ip4:192.0.2.1 -all")

    case = build(MAIL_FROM=FROM, BOUNCE_ADDRESS="b@bounces.example.org", BOUNCE_DIR="/tmp")  # noqa: S108 - not opened
    findings = await run_check(check_spf, case)

    assert statuses_by_name(findings) == {"SPF of bounces.example.org": "ok", HOST: "not checked", SPF: "warning"}


def write_key(key: RSAPrivateKey | Ed25519PrivateKey, file: Path) -> str:
    """Write a key's file, and give its path."""
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(file)


def dkim_settings(file: str) -> dict[str, str]:
    """Return the settings that sign with a key."""
    return {"DKIM_DOMAIN": "example.org", "DKIM_SELECTOR": "mail26", "DKIM_KEY_FILE": file}


def dkim_record(file: str) -> str:
    """Return the record of a key's file."""
    signer = load_signer(
        domain="example.org", selector="mail26", key_file=Path(file), ed25519_selector=None, ed25519_key_file=None
    )
    assert signer is not None
    return signer.dns_records()[0].text


async def test_both_keys_in_dns_are_ok(dns: DnsServer, build: BuildContext, tmp_path: Path) -> None:
    rsa = write_key(make_rsa_key(), tmp_path / "rsa.pem")
    edwards = make_ed25519_key()
    given = {
        **dkim_settings(rsa),
        "DKIM_ED25519_SELECTOR": "ed26",
        "DKIM_ED25519_KEY_FILE": write_key(edwards, tmp_path / "ed.pem"),
    }
    signer = load_signer(
        domain="example.org",
        selector="mail26",
        key_file=Path(rsa),
        ed25519_selector="ed26",
        ed25519_key_file=tmp_path / "ed.pem",
    )
    assert signer is not None
    for one in signer.dns_records():
        dns.add(one.name, "TXT", one.text)

    assert statuses_by_name(await run_check(check_dkim, build(**given))) == {"DKIM mail26": "ok", "DKIM ed26": "ok"}


async def test_verdicts_on_keys_in_dns(dns: DnsServer, build: BuildContext, tmp_path: Path) -> None:
    rows: list[tuple[Callable[[str, str], list[str]], str, str]] = [
        (lambda text, _: [text.replace("k=rsa; ", "")], "ok", "holds the key"),
        (lambda text, _: [text.replace("v=DKIM1; k=rsa; p=", "p = ") + " ;"], "ok", "holds the key"),
        (lambda text, _: [text.replace("k=rsa", "k=rsa; t=y:s")], "warning", "t=y"),
        (lambda _, other: [other], "problem", "another key"),
        (lambda text, _: [text.replace("k=rsa", "k=ed25519")], "problem", "another key"),
        (lambda *_: ["v=DKIM1; k=rsa; p="], "problem", "revoked"),
        (lambda *_: ["v=DKIM1; k=rsa; p=%%%"], "problem", "cannot be read"),
        (lambda *_: ["v=DKIM1; k=rsa"], "problem", "cannot be read"),
        (lambda text, _: [text, text + ";"], "problem", "2 key records"),
        (lambda *_: ["hello"], "problem", "no key record"),
    ]
    file = write_key(make_rsa_key(), tmp_path / "rsa.pem")
    mine = dkim_record(file)
    other = mine[:100] + ("A" if mine[100] != "A" else "B") + mine[101:]
    for change, verdict, words in rows:
        records = change(mine, other)
        dns.replace(KEY_RECORD_NAME, "TXT", *records)

        finding = (await run_check(check_dkim, build(**dkim_settings(file))))["DKIM mail26"]

        assert finding.verdict == verdict, records
        assert words in finding.what, records
        assert verdict != "problem" or mine[:60] in finding.advice, records


async def test_a_selector_that_dns_does_not_know_is_told(build: BuildContext, tmp_path: Path) -> None:
    file = write_key(make_rsa_key(), tmp_path / "rsa.pem")

    finding = (await run_check(check_dkim, build(**dkim_settings(file))))["DKIM mail26"]

    assert finding.verdict == "problem"
    assert f"{KEY_RECORD_NAME} does not exist" in finding.what


async def test_without_an_answer_nothing_is_said_of_dkim(dns: DnsServer, build: BuildContext, tmp_path: Path) -> None:
    dns.drop_queries()
    file = write_key(make_rsa_key(), tmp_path / "rsa.pem")

    findings = await run_check(check_dkim, impatient(build(**dkim_settings(file))))

    assert statuses_by_name(findings) == {"DKIM mail26": "not checked"}


async def test_a_key_file_that_holds_none_is_told_without_its_words(build: BuildContext, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("my secret", encoding="utf-8")

    finding = (await run_check(check_dkim, build(**dkim_settings(str(tmp_path / "key.pem")))))["DKIM"]

    assert finding.verdict == "problem"
    assert "my secret" not in repr(finding)


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


async def test_verdicts_on_dmarc_records(dns: DnsServer, build: BuildContext) -> None:
    rows: list[tuple[list[str], str]] = [
        (["v=DMARC1; p=none"], "ok"),
        ([], "warning"),
        (["v=DMARC1; p=maybe"], "problem"),
        (["v=DMARC1; rua=mailto:a@example.org"], "problem"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "problem"),
    ]
    dns.add("example.org", "A", "192.0.2.1")
    for records, verdict in rows:
        dns.replace("_dmarc.example.org", "TXT", *records)

        findings = await run_check(check_dmarc, build(MAIL_FROM="digest@example.org"))

        assert findings[DMARC].verdict == verdict, records


async def test_one_of_spf_and_dkim_must_count_for_from(dns: DnsServer, build: BuildContext, tmp_path: Path) -> None:
    rows = [
        ("example.org", "b@example.org", "p=reject", "ok"),
        ("example.org", "b@relay.org", "p=reject; adkim=s", "ok"),
        ("mail.example.org", "b@relay.org", "p=reject; adkim=s", "problem"),
        ("mail.example.org", "b@relay.org", "p=reject", "ok"),
        ("relay.org", "b@example.org", "p=reject", "warning"),
        ("relay.org", "b@bounces.example.org", "p=reject; aspf=s", "problem"),
        ("relay.org", "b@relay.org", "p=reject", "problem"),
    ]
    for signs, bounces, policy, verdict in rows:
        dns.replace("_dmarc.example.org", "TXT", f"v=DMARC1; {policy}")
        bounce_settings = {"BOUNCE_ADDRESS": bounces, "BOUNCE_DIR": str(tmp_path)}

        case = signing_context(build, tmp_path, signs, "digest@example.org", **bounce_settings)

        assert (await run_check(check_dmarc, case))["alignment"].verdict == verdict, (signs, bounces, policy)


async def test_without_an_answer_nothing_is_said_of_dmarc(dns: DnsServer, build: BuildContext) -> None:
    dns.fail("_dmarc.example.org")

    findings = await run_check(check_dmarc, build(MAIL_FROM="digest@example.org"))

    assert statuses_by_name(findings) == {"DMARC of example.org": "not checked", "alignment": "not checked"}


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


async def test_an_address_inside_says_nothing(build: BuildContext) -> None:
    for host in ("localhost", "10.0.0.5", "127.0.0.1", "fd00::1"):
        (finding,) = (await run_check(check_ptr, build(MAIL_FROM=FROM, SMTP_HOST=host))).values()

        assert finding.verdict == "not checked", host


@pytest.mark.parametrize("name", ["mail.example.org", PTR_NAME, "back.example.org"])
async def test_without_an_answer_nothing_is_said_of_ptr(dns: DnsServer, build: BuildContext, name: str) -> None:
    dns.add("mail.example.org", "A", "192.0.2.7")
    dns.add(PTR_NAME, "PTR", "back.example.org.")
    dns.drop_queries(name)
    case = impatient(build(MAIL_FROM=FROM, SMTP_HOST="mail.example.org"))

    (finding,) = (await run_check(check_ptr, case)).values()

    assert finding.verdict == "not checked"


async def test_without_a_setting_there_is_nothing_to_ask(build: BuildContext) -> None:
    for check, name in (
        (check_spf, "SPF"),
        (check_dkim, "DKIM"),
        (check_dmarc, "DMARC"),
        (check_mx, "MX"),
        (check_ptr, "PTR"),
    ):
        assert statuses_by_name(await run_check(check, build())) == {name: "not checked"}
