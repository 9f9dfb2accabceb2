"""Where bounces are read."""

import socket
from pathlib import Path

import pytest

from digest.app.doctor.bounce_mailbox import check_bounce_mailbox
from digest.app.doctor.checks import CheckContext
from tests.app.doctor.conftest import BuildContext, impatient, run_check, statuses_by_name
from tests.support.certificate import Certificate
from tests.support.dns_server import DnsServer
from tests.support.imap_stub import run_imap_stub


def bounce_context(build: BuildContext, port: int, **more: str) -> CheckContext:
    """Return an installation that reads bounces from a mailbox."""
    given = {
        "BOUNCE_ADDRESS": "b@example.org",
        "BOUNCE_IMAP_HOST": "127.0.0.1",
        "BOUNCE_IMAP_PORT": str(port),
        "BOUNCE_IMAP_SECURITY": "none",
        "BOUNCE_IMAP_USERNAME": "b",
        "BOUNCE_IMAP_PASSWORD": "right",
    }
    return build(**{**given, **more})


async def test_a_mailbox_that_lets_us_in_is_ok(build: BuildContext) -> None:
    async with run_imap_stub("INBOX") as port:
        findings = await run_check(check_bounce_mailbox, bounce_context(build, port))

    assert statuses_by_name(findings) == {"mailbox": "ok"}
    assert "3 messages" in findings["mailbox"].what


async def test_a_mailbox_over_tls_is_ok_where_somebody_vouches(build: BuildContext, certificate: Certificate) -> None:
    async with run_imap_stub("INBOX", certificate=certificate) as port:
        trusted = bounce_context(build, port, BOUNCE_IMAP_SECURITY="tls", BOUNCE_IMAP_CA_FILE=str(certificate.file))
        unknown = bounce_context(build, port, BOUNCE_IMAP_SECURITY="tls")

        assert statuses_by_name(await run_check(check_bounce_mailbox, trusted)) == {"mailbox": "ok"}
        assert statuses_by_name(await run_check(check_bounce_mailbox, unknown)) == {"mailbox": "problem"}


async def test_a_refused_login_is_a_problem_without_the_password(build: BuildContext) -> None:
    async with run_imap_stub("INBOX", password="another") as port:
        findings = await run_check(check_bounce_mailbox, bounce_context(build, port, BOUNCE_IMAP_PASSWORD="hush-hush"))

    assert statuses_by_name(findings) == {"mailbox": "problem"}
    assert "BOUNCE_IMAP_PASSWORD" in findings["mailbox"].advice
    assert "hush-hush" not in repr(findings)


async def test_a_folder_that_is_not_there_is_a_problem(build: BuildContext) -> None:
    async with run_imap_stub("INBOX") as port:
        findings = await run_check(check_bounce_mailbox, bounce_context(build, port, BOUNCE_IMAP_FOLDER="Bounces"))

    assert statuses_by_name(findings) == {"mailbox": "problem"}
    assert "BOUNCE_IMAP_FOLDER" in findings["mailbox"].advice


async def test_a_server_that_speaks_no_imap_is_a_problem(build: BuildContext) -> None:
    async with run_imap_stub(greeting="220 smtp ready") as port:
        assert statuses_by_name(await run_check(check_bounce_mailbox, bounce_context(build, port))) == {
            "mailbox": "problem"
        }


async def test_nobody_at_the_port_is_a_problem(build: BuildContext) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]

    assert statuses_by_name(await run_check(check_bounce_mailbox, bounce_context(build, port))) == {
        "mailbox": "problem"
    }


async def test_silence_is_not_checked(build: BuildContext) -> None:
    async with run_imap_stub("INBOX", delay=3) as port:
        assert statuses_by_name(await run_check(check_bounce_mailbox, impatient(bounce_context(build, port)))) == {
            "mailbox": "not checked"
        }


async def test_a_host_that_does_not_exist_is_a_problem_and_an_unknown_one_is_not_checked(
    dns: DnsServer, build: BuildContext
) -> None:
    missing = statuses_by_name(
        await run_check(check_bounce_mailbox, bounce_context(build, 993, BOUNCE_IMAP_HOST="imap.nowhere.org"))
    )
    dns.drop_queries()
    case = impatient(bounce_context(build, 993, BOUNCE_IMAP_HOST="imap.nowhere.org"))
    unknown = statuses_by_name(await run_check(check_bounce_mailbox, case))

    assert (missing, unknown) == ({"mailbox": "problem"}, {"mailbox": "not checked"})


async def test_a_file_without_certificates_is_a_problem(build: BuildContext) -> None:
    case = bounce_context(build, 993, BOUNCE_IMAP_SECURITY="tls", BOUNCE_IMAP_CA_FILE=__file__)

    assert statuses_by_name(await run_check(check_bounce_mailbox, case)) == {"mailbox": "problem"}


@pytest.mark.parametrize(("name", "verdict"), [("", "ok"), ("none", "problem")])
async def test_a_folder_of_bounces(build: BuildContext, tmp_path: Path, name: str, verdict: str) -> None:
    case = build(BOUNCE_ADDRESS="b@example.org", BOUNCE_DIR=str(tmp_path / name))

    assert statuses_by_name(await run_check(check_bounce_mailbox, case)) == {"folder": verdict}


async def test_without_either_nobody_reads_bounces(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_bounce_mailbox, build())) == {"mailbox": "not checked"}
