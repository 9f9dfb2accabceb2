"""Where bounces are read."""

import socket
from pathlib import Path

import pytest

from digest.app.doctor.bounces import check
from digest.app.doctor.case import Case
from tests.app.doctor.conftest import Build, found, told
from tests.support.certificate import Certificate
from tests.support.dns_server import DnsServer
from tests.support.imap_look import mailboxes


def on(build: Build, port: int, **more: str) -> Case:
    """Give an installation that reads bounces from a mailbox."""
    given = {
        "BOUNCE_ADDRESS": "b@example.org",
        "BOUNCE_IMAP_HOST": "127.0.0.1",
        "BOUNCE_IMAP_PORT": str(port),
        "BOUNCE_IMAP_SECURITY": "none",
        "BOUNCE_IMAP_USERNAME": "b",
        "BOUNCE_IMAP_PASSWORD": "right",
    }
    return build(**{**given, **more})


async def test_a_mailbox_that_lets_us_in_is_ok(build: Build) -> None:
    async with mailboxes("INBOX") as port:
        findings = await found(check, on(build, port))

    assert told(findings) == {"mailbox": "ok"}
    assert "3 messages" in findings["mailbox"].what


async def test_a_mailbox_over_tls_is_ok_where_somebody_vouches(
    build: Build, certificate: Certificate
) -> None:
    async with mailboxes("INBOX", certificate=certificate) as port:
        trusted = on(build, port, BOUNCE_IMAP_SECURITY="tls", BOUNCE_IMAP_CA_FILE=str(certificate.file))
        unknown = on(build, port, BOUNCE_IMAP_SECURITY="tls")

        assert told(await found(check, trusted)) == {"mailbox": "ok"}
        assert told(await found(check, unknown)) == {"mailbox": "problem"}


async def test_a_refused_login_is_a_problem_without_the_password(build: Build) -> None:
    async with mailboxes("INBOX", password="another") as port:
        findings = await found(check, on(build, port, BOUNCE_IMAP_PASSWORD="hush-hush"))

    assert told(findings) == {"mailbox": "problem"}
    assert "BOUNCE_IMAP_PASSWORD" in findings["mailbox"].advice
    assert "hush-hush" not in repr(findings)


async def test_a_folder_that_is_not_there_is_a_problem(build: Build) -> None:
    async with mailboxes("INBOX") as port:
        findings = await found(check, on(build, port, BOUNCE_IMAP_FOLDER="Bounces"))

    assert told(findings) == {"mailbox": "problem"}
    assert "BOUNCE_IMAP_FOLDER" in findings["mailbox"].advice


async def test_a_server_that_speaks_no_imap_is_a_problem(build: Build) -> None:
    async with mailboxes(greeting="220 smtp ready") as port:
        assert told(await found(check, on(build, port))) == {"mailbox": "problem"}


async def test_nobody_at_the_port_is_a_problem(build: Build) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]

    assert told(await found(check, on(build, port))) == {"mailbox": "problem"}


async def test_silence_is_not_checked(build: Build) -> None:
    async with mailboxes("INBOX", after=3) as port:
        assert told(await found(check, on(build, port))) == {"mailbox": "not checked"}


async def test_a_host_that_does_not_exist_is_a_problem_and_an_unknown_one_is_not_checked(
    dns: DnsServer, build: Build
) -> None:
    missing = told(await found(check, on(build, 993, BOUNCE_IMAP_HOST="imap.nowhere.org")))
    dns.silence()
    unknown = told(await found(check, on(build, 993, BOUNCE_IMAP_HOST="imap.nowhere.org")))

    assert (missing, unknown) == ({"mailbox": "problem"}, {"mailbox": "not checked"})


async def test_a_file_without_certificates_is_a_problem(build: Build) -> None:
    case = on(build, 993, BOUNCE_IMAP_SECURITY="tls", BOUNCE_IMAP_CA_FILE=__file__)

    assert told(await found(check, case)) == {"mailbox": "problem"}


@pytest.mark.parametrize(("name", "verdict"), [("", "ok"), ("none", "problem")])
async def test_a_folder_of_bounces(build: Build, tmp_path: Path, name: str, verdict: str) -> None:
    case = build(BOUNCE_ADDRESS="b@example.org", BOUNCE_DIR=str(tmp_path / name))

    assert told(await found(check, case)) == {"folder": verdict}


async def test_without_either_nobody_reads_bounces(build: Build) -> None:
    assert told(await found(check, build())) == {"mailbox": "not checked"}
