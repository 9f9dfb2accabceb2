"""The mail server as the sender meets it, without a message."""

from datetime import timedelta

import pytest

from digest.app.doctor.case import Case
from digest.app.doctor.mail_server import check, judged
from digest.clock import system_clock
from digest.deliver.smtp_look import Look
from digest.deliver.smtp_opening import Security
from digest.deliver.smtp_replies import Stage
from digest.settings import Settings
from tests.app.doctor.conftest import Build, found, told
from tests.support.dns_server import DnsServer
from tests.support.mail_faults import Drop, MailStage, Wait
from tests.support.mail_server import MailServer

FROM = "Digest <digest@example.org>"


def on(build: Build, server: MailServer, **more: str) -> Case:
    """Return an installation that sends through a server."""
    return build(**{"MAIL_FROM": FROM, "SMTP_EHLO_NAME": "us.example.org", **server.settings, **more})


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_server_in_order_is_ok_and_gets_no_message(build: Build, security: Security) -> None:
    async with MailServer(security=security, username="digest", password="hush") as server:
        case = on(build, server)

        findings = await found(check, case)

        assert server.messages == []
        assert server.commands[-3:] == ["RCPT TO:<digest@example.org>", "RSET", "QUIT"]
    assert told(findings) == {"connection": "ok", "TLS": "warning", "login": "ok", "sender": "ok"}
    assert "messages up to 10 MB, PIPELINING" in findings["connection"].what
    assert "TLS 1.3; certificate good until" in findings["TLS"].what
    assert "hush" not in repr(findings)


async def test_mail_leaves_with_the_address_that_bounces_go_to(build: Build, mail: MailServer) -> None:
    await found(check, on(build, mail, BOUNCE_ADDRESS="b@example.org", BOUNCE_DIR="x"))

    assert "MAIL FROM:<b@example.org>" in mail.commands


@pytest.mark.parametrize(
    ("days", "version", "verdict"),
    [(90, "TLSv1.3", "ok"), (90, "TLSv1.2", "ok"), (13, "TLSv1.3", "warning"), (90, "TLSv1.1", "warning")],
)
def test_old_tls_and_the_end_of_a_certificate_are_warnings(days: int, version: str, verdict: str) -> None:
    now = system_clock()
    look = Look(stage=Stage.END, tls=version, valid_until=now + timedelta(days=days, hours=1), extensions={})
    settings = Settings.load({"SMTP_HOST": "mail.example.org", "MAIL_FROM": FROM})

    findings = {finding.name: finding for finding in judged(look, settings, "a@example.org", now)}

    assert findings["TLS"].verdict == verdict


@pytest.mark.parametrize(("host", "verdict"), [("localhost", "ok"), ("mail.example.org", "warning")])
def test_mail_without_tls_is_a_warning_unless_it_stays_on_this_machine(host: str, verdict: str) -> None:
    settings = Settings.load({"SMTP_HOST": host, "MAIL_FROM": FROM, "SMTP_SECURITY": "none"})
    look = Look(stage=Stage.END, extensions={})

    findings = {finding.name: finding for finding in judged(look, settings, "a@example.org", system_clock())}

    assert findings["TLS"].verdict == verdict


async def test_a_certificate_that_nobody_vouches_for_is_a_problem(build: Build) -> None:
    async with MailServer(security="tls") as server:
        findings = await found(check, on(build, server, SMTP_CA_FILE=""))

    assert told(findings) == {"TLS": "problem", "login": "not checked", "sender": "not checked"}
    assert "self-signed" in findings["TLS"].what


async def test_a_server_without_starttls_is_a_problem(build: Build) -> None:
    async with MailServer(security="none") as server:
        findings = await found(check, on(build, server, SMTP_SECURITY="starttls"))

    assert told(findings)["TLS"] == "problem"
    assert "SMTP_SECURITY=tls" in findings["TLS"].advice


async def test_a_refused_login_is_a_problem_without_the_password(build: Build) -> None:
    async with MailServer(username="digest", password="right") as server:
        server.answer(MailStage.AUTH, 535, "5.7.8", "wrong: hush-hush", connection=1)
        case = on(build, server, SMTP_PASSWORD="hush-hush")

        findings = await found(check, case)

    assert (findings["login"].verdict, findings["sender"].verdict) == ("problem", "not checked")
    assert "hush-hush" not in repr(findings)


async def test_a_refused_sender_is_a_problem(build: Build, mail: MailServer) -> None:
    mail.answer(MailStage.MAIL, 553, "5.7.1", "Sender address rejected", connection=1)

    findings = await found(check, on(build, mail))

    assert findings["sender"].verdict == "problem"
    assert "digest@example.org" in findings["sender"].advice


@pytest.mark.parametrize(
    ("stage", "code", "words"),
    [
        (MailStage.EHLO, 501, "5.5.2 [127.0.0.1]: Syntactically invalid EHLO argument"),
        (MailStage.EHLO, 550, "Access denied"),
        (MailStage.MAIL, 550, "5.7.1 HELO not permitted"),
        (MailStage.RCPT, 504, "5.5.2 <box>: Helo command rejected: need fully-qualified hostname"),
        (MailStage.RCPT, 450, "4.7.1 <box>: Helo command rejected: Host not found"),
    ],
)
async def test_a_server_that_refuses_our_name_is_told_with_the_way_out(
    build: Build, mail: MailServer, stage: MailStage, code: int, words: str
) -> None:
    mail.answer(stage, code, text=words, times=None)
    if stage is MailStage.EHLO:
        mail.answer(MailStage.HELO, code, text=words, times=None)

    findings = await found(check, on(build, mail))

    (problem,) = [finding for finding in findings.values() if finding.verdict == "problem"]
    assert "EHLO us.example.org" in problem.what
    assert "SMTP_EHLO_NAME" in problem.advice


async def test_a_recipient_that_the_server_does_not_know_is_no_finding(
    build: Build, mail: MailServer
) -> None:
    mail.answer(MailStage.RCPT, 550, "5.1.1", "No such user", to="digest@example.org")

    findings = await found(check, on(build, mail))

    assert findings["sender"].verdict == "ok"
    assert mail.messages == []


async def test_an_address_instead_of_a_name_is_a_warning(build: Build, mail: MailServer) -> None:
    findings = await found(check, on(build, mail, SMTP_EHLO_NAME="[192.0.2.1]"))

    assert findings["name"].verdict == "warning"
    assert "SMTP_EHLO_NAME" in findings["name"].advice


async def test_a_server_that_wants_a_login_is_told_at_the_sender(build: Build) -> None:
    async with MailServer(username="digest", password="right") as server:
        findings = await found(check, on(build, server, SMTP_USERNAME="", SMTP_PASSWORD=""))

    assert findings["sender"].verdict == "problem"
    assert "SMTP_USERNAME" in findings["sender"].advice


@pytest.mark.parametrize(
    ("stage", "step"),
    [(MailStage.GREETING, "connection"), (MailStage.EHLO, "connection"), (MailStage.MAIL, "sender")],
)
async def test_silence_is_not_checked(build: Build, mail: MailServer, stage: MailStage, step: str) -> None:
    mail.order(stage, Wait(seconds=5), connection=1)

    findings = await found(check, on(build, mail))

    assert findings[step].verdict == "not checked"
    assert findings["sender"].verdict == "not checked"


async def test_nobody_at_the_port_is_a_problem(build: Build, mail: MailServer) -> None:
    await mail.close()

    findings = told(await found(check, on(build, mail)))

    assert findings == {
        "connection": "problem",
        "TLS": "not checked",
        "login": "not checked",
        "sender": "not checked",
    }


async def test_a_cut_line_is_a_problem_and_a_closing_server_too(build: Build, mail: MailServer) -> None:
    mail.order(MailStage.GREETING, Drop(), connection=1)
    cut = told(await found(check, on(build, mail)))
    mail.answer(MailStage.GREETING, 554, "5.7.1", "Go away", connection=2)
    refused = told(await found(check, on(build, mail)))

    assert (cut["connection"], refused["connection"]) == ("problem", "problem")


async def test_a_host_that_does_not_exist_is_a_problem(dns: DnsServer, build: Build) -> None:
    dns.add("example.org", "A", "192.0.2.1")

    case = build(MAIL_FROM=FROM, SMTP_HOST="mail.nowhere.org")

    assert told(await found(check, case)) == {"connection": "problem"}


async def test_a_host_that_cannot_be_looked_up_is_not_checked(dns: DnsServer, build: Build) -> None:
    dns.silence()

    case = build(MAIL_FROM=FROM, SMTP_HOST="mail.nowhere.org")

    assert told(await found(check, case)) == {"connection": "not checked"}


async def test_without_a_server_there_is_nothing_to_ask(build: Build) -> None:
    assert told(await found(check, build())) == {"mail server": "not checked"}


async def test_a_file_without_certificates_is_a_problem(build: Build, mail: MailServer) -> None:
    assert told(await found(check, on(build, mail, SMTP_CA_FILE=__file__))) == {"TLS": "problem"}
