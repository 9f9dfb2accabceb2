"""The mail server as the sender meets it, without a message."""

from datetime import timedelta

import pytest

from digest.app.doctor.checks import CheckContext
from digest.app.doctor.smtp import check_smtp, evaluate_smtp
from digest.app.settings import Settings
from digest.mail.smtp_connect import SmtpSecurity
from digest.mail.smtp_probe import ProbeResult
from digest.mail.smtp_replies import SmtpStage
from digest.model.clock import system_clock
from tests.app.doctor.conftest import BuildContext, impatient, run_check, statuses_by_name
from tests.support.dns_server import DnsServer
from tests.support.smtp_faults import DelayReply, DropConnection, SmtpFaultStage
from tests.support.smtp_server import SmtpServer

FROM = "Digest <digest@example.org>"


def smtp_context(build: BuildContext, server: SmtpServer, **more: str) -> CheckContext:
    """Return an installation that sends through a server."""
    return build(**{"MAIL_FROM": FROM, "SMTP_EHLO_NAME": "us.example.org", **server.settings, **more})


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_server_in_order_is_ok_and_gets_no_message(build: BuildContext, security: SmtpSecurity) -> None:
    async with SmtpServer(security=security, username="digest", password="hush") as server:
        case = smtp_context(build, server)

        findings = await run_check(check_smtp, case)

        assert server.messages == []
        assert server.commands[-3:] == ["RCPT TO:<digest@example.org>", "RSET", "QUIT"]
    assert statuses_by_name(findings) == {"connection": "ok", "TLS": "warning", "login": "ok", "sender": "ok"}
    assert "messages up to 10 MB, PIPELINING" in findings["connection"].what
    assert "TLS 1.3; certificate good until" in findings["TLS"].what
    assert "hush" not in repr(findings)


async def test_mail_leaves_with_the_address_that_bounces_go_to(build: BuildContext, mail: SmtpServer) -> None:
    await run_check(check_smtp, smtp_context(build, mail, BOUNCE_ADDRESS="b@example.org", BOUNCE_DIR="x"))

    assert "MAIL FROM:<b@example.org>" in mail.commands


@pytest.mark.parametrize(
    ("days", "version", "verdict"),
    [(90, "TLSv1.3", "ok"), (90, "TLSv1.2", "ok"), (13, "TLSv1.3", "warning"), (90, "TLSv1.1", "warning")],
)
def test_old_tls_and_the_end_of_a_certificate_are_warnings(days: int, version: str, verdict: str) -> None:
    now = system_clock()
    look = ProbeResult(
        stage=SmtpStage.END,
        tls_version=version,
        certificate_expires_at=now + timedelta(days=days, hours=1),
        extensions={},
    )
    settings = Settings.load({"SMTP_HOST": "mail.example.org", "MAIL_FROM": FROM})

    findings = {finding.name: finding for finding in evaluate_smtp(look, settings, "a@example.org", now)}

    assert findings["TLS"].verdict == verdict


@pytest.mark.parametrize(("host", "verdict"), [("localhost", "ok"), ("mail.example.org", "warning")])
def test_mail_without_tls_is_a_warning_unless_it_stays_on_this_machine(host: str, verdict: str) -> None:
    settings = Settings.load({"SMTP_HOST": host, "MAIL_FROM": FROM, "SMTP_SECURITY": "none"})
    look = ProbeResult(stage=SmtpStage.END, extensions={})

    findings = {finding.name: finding for finding in evaluate_smtp(look, settings, "a@example.org", system_clock())}

    assert findings["TLS"].verdict == verdict


async def test_a_certificate_that_nobody_vouches_for_is_a_problem(build: BuildContext) -> None:
    async with SmtpServer(security="tls") as server:
        findings = await run_check(check_smtp, smtp_context(build, server, SMTP_CA_FILE=""))

    assert statuses_by_name(findings) == {"TLS": "problem", "login": "not checked", "sender": "not checked"}
    assert "self-signed" in findings["TLS"].what


async def test_a_server_without_starttls_is_a_problem(build: BuildContext) -> None:
    async with SmtpServer(security="none") as server:
        findings = await run_check(check_smtp, smtp_context(build, server, SMTP_SECURITY="starttls"))

    assert statuses_by_name(findings)["TLS"] == "problem"
    assert "SMTP_SECURITY=tls" in findings["TLS"].advice


async def test_a_refused_login_is_a_problem_without_the_password(build: BuildContext) -> None:
    async with SmtpServer(username="digest", password="right") as server:
        server.plan_reply(SmtpFaultStage.AUTH, 535, "5.7.8", "wrong: hush-hush", connection=1)
        case = smtp_context(build, server, SMTP_PASSWORD="hush-hush")

        findings = await run_check(check_smtp, case)

    assert (findings["login"].verdict, findings["sender"].verdict) == ("problem", "not checked")
    assert "hush-hush" not in repr(findings)


async def test_a_refused_sender_is_a_problem(build: BuildContext, mail: SmtpServer) -> None:
    mail.plan_reply(SmtpFaultStage.MAIL, 553, "5.7.1", "Sender address rejected", connection=1)

    findings = await run_check(check_smtp, smtp_context(build, mail))

    assert findings["sender"].verdict == "problem"
    assert "digest@example.org" in findings["sender"].advice


@pytest.mark.parametrize(
    ("stage", "code", "words"),
    [
        (SmtpFaultStage.EHLO, 501, "5.5.2 [127.0.0.1]: Syntactically invalid EHLO argument"),
        (SmtpFaultStage.EHLO, 550, "Access denied"),
        (SmtpFaultStage.MAIL, 550, "5.7.1 HELO not permitted"),
        (SmtpFaultStage.RCPT, 504, "5.5.2 <box>: Helo command rejected: need fully-qualified hostname"),
        (SmtpFaultStage.RCPT, 450, "4.7.1 <box>: Helo command rejected: Host not found"),
    ],
)
async def test_a_server_that_refuses_our_name_is_told_with_the_way_out(
    build: BuildContext, mail: SmtpServer, stage: SmtpFaultStage, code: int, words: str
) -> None:
    mail.plan_reply(stage, code, text=words, times=None)
    if stage is SmtpFaultStage.EHLO:
        mail.plan_reply(SmtpFaultStage.HELO, code, text=words, times=None)

    findings = await run_check(check_smtp, smtp_context(build, mail))

    (problem,) = [finding for finding in findings.values() if finding.verdict == "problem"]
    assert "EHLO us.example.org" in problem.what
    assert "SMTP_EHLO_NAME" in problem.advice


async def test_a_recipient_that_the_server_does_not_know_is_no_finding(build: BuildContext, mail: SmtpServer) -> None:
    mail.plan_reply(SmtpFaultStage.RCPT, 550, "5.1.1", "No such user", to="digest@example.org")

    findings = await run_check(check_smtp, smtp_context(build, mail))

    assert findings["sender"].verdict == "ok"
    assert mail.messages == []


async def test_an_address_instead_of_a_name_is_a_warning(build: BuildContext, mail: SmtpServer) -> None:
    findings = await run_check(check_smtp, smtp_context(build, mail, SMTP_EHLO_NAME="[192.0.2.1]"))

    assert findings["name"].verdict == "warning"
    assert "SMTP_EHLO_NAME" in findings["name"].advice


async def test_a_server_that_wants_a_login_is_told_at_the_sender(build: BuildContext) -> None:
    async with SmtpServer(username="digest", password="right") as server:
        findings = await run_check(check_smtp, smtp_context(build, server, SMTP_USERNAME="", SMTP_PASSWORD=""))

    assert findings["sender"].verdict == "problem"
    assert "SMTP_USERNAME" in findings["sender"].advice


@pytest.mark.parametrize(
    ("stage", "step"),
    [(SmtpFaultStage.GREETING, "connection"), (SmtpFaultStage.EHLO, "connection"), (SmtpFaultStage.MAIL, "sender")],
)
async def test_silence_is_not_checked(build: BuildContext, mail: SmtpServer, stage: SmtpFaultStage, step: str) -> None:
    mail.plan_fault(stage, DelayReply(seconds=60), connection=1)

    findings = await run_check(check_smtp, impatient(smtp_context(build, mail)))

    assert findings[step].verdict == "not checked"
    assert findings["sender"].verdict == "not checked"


async def test_nobody_at_the_port_is_a_problem(build: BuildContext, mail: SmtpServer) -> None:
    await mail.close()

    findings = statuses_by_name(await run_check(check_smtp, smtp_context(build, mail)))

    assert findings == {"connection": "problem", "TLS": "not checked", "login": "not checked", "sender": "not checked"}


async def test_a_cut_line_is_a_problem_and_a_closing_server_too(build: BuildContext, mail: SmtpServer) -> None:
    mail.plan_fault(SmtpFaultStage.GREETING, DropConnection(), connection=1)
    cut = statuses_by_name(await run_check(check_smtp, smtp_context(build, mail)))
    mail.plan_reply(SmtpFaultStage.GREETING, 554, "5.7.1", "Go away", connection=2)
    refused = statuses_by_name(await run_check(check_smtp, smtp_context(build, mail)))

    assert (cut["connection"], refused["connection"]) == ("problem", "problem")


async def test_a_host_that_does_not_exist_is_a_problem(dns: DnsServer, build: BuildContext) -> None:
    dns.add("example.org", "A", "192.0.2.1")

    case = build(MAIL_FROM=FROM, SMTP_HOST="mail.nowhere.org")

    assert statuses_by_name(await run_check(check_smtp, case)) == {"connection": "problem"}


async def test_a_host_that_cannot_be_looked_up_is_not_checked(dns: DnsServer, build: BuildContext) -> None:
    dns.drop_queries()

    case = impatient(build(MAIL_FROM=FROM, SMTP_HOST="mail.nowhere.org"))

    assert statuses_by_name(await run_check(check_smtp, case)) == {"connection": "not checked"}


async def test_without_a_server_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_smtp, build())) == {"mail server": "not checked"}


async def test_a_file_without_certificates_is_a_problem(build: BuildContext, mail: SmtpServer) -> None:
    assert statuses_by_name(await run_check(check_smtp, smtp_context(build, mail, SMTP_CA_FILE=__file__))) == {
        "TLS": "problem"
    }
