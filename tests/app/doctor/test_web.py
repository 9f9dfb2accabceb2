"""PUBLIC_URL, from this machine."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.app.doctor import web
from digest.app.doctor.web import check_public_url
from digest.storage.sqlite.locks import ProcessLock
from tests.app.doctor.conftest import BuildContext, impatient, run_check, statuses_by_name
from tests.support.certificate import Certificate
from tests.support.dns_server import DnsServer
from tests.support.static_http_server import serve_response

HEALTHY = json.dumps({"status": "ok"}).encode()


@pytest.fixture
def held_lock(tmp_path: Path) -> Iterator[None]:
    """Hold the lock, as a service does that runs."""
    lock = ProcessLock(tmp_path / "digest.db.lock")
    lock.acquire()
    yield
    lock.release()


def unused_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def test_pages_that_answer_as_we_do_are_ok(build: BuildContext) -> None:
    async with serve_response(200, HEALTHY) as url:
        assert statuses_by_name(await run_check(check_public_url, build(PUBLIC_URL=url))) == {"PUBLIC_URL": "ok"}


async def test_the_end_of_the_certificate_is_told(
    build: BuildContext, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    async with serve_response(200, HEALTHY, certificate=certificate) as url:
        findings = await run_check(check_public_url, build(PUBLIC_URL=url))
    monkeypatch.setattr(web, "EXPIRY_WARNING_DAYS", 0)
    async with serve_response(200, HEALTHY, certificate=certificate) as url:
        later = await run_check(check_public_url, build(PUBLIC_URL=url))

    assert statuses_by_name(findings) == {"PUBLIC_URL": "ok", "certificate": "warning"}
    assert statuses_by_name(later) == {"PUBLIC_URL": "ok", "certificate": "ok"}


async def test_a_certificate_that_nobody_vouches_for_is_a_problem(
    build: BuildContext, certificate: Certificate
) -> None:
    async with serve_response(200, HEALTHY, certificate=certificate) as url:
        findings = await run_check(check_public_url, build(PUBLIC_URL=url))

    assert statuses_by_name(findings) == {"PUBLIC_URL": "problem"}
    assert "certificate" in findings["PUBLIC_URL"].what


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>welcome</html>", "not as we do"),
        (200, b"[]", "not as we do"),
        (404, b"", "answers 404"),
        (503, b'{"status": "store"}', "'store'"),
    ],
)
@pytest.mark.usefixtures("held_lock")
async def test_what_answers_otherwise_is_a_problem(build: BuildContext, status: int, body: bytes, words: str) -> None:
    async with serve_response(status, body) as url:
        finding = (await run_check(check_public_url, build(PUBLIC_URL=url)))["PUBLIC_URL"]

    assert finding.verdict == "problem"
    assert words in finding.what


async def test_a_way_on_is_a_problem_for_one_click(build: BuildContext) -> None:
    async with serve_response(301, headers=("Location: https://elsewhere.org/",)) as url:
        finding = (await run_check(check_public_url, build(PUBLIC_URL=url)))["PUBLIC_URL"]

    assert finding.verdict == "problem"
    assert "elsewhere.org" in finding.what


async def test_nobody_there_says_nothing_while_no_service_runs(build: BuildContext) -> None:
    async with serve_response(502, b"Bad Gateway") as url:
        behind = await run_check(check_public_url, build(PUBLIC_URL=url))
    alone = await run_check(check_public_url, build(PUBLIC_URL=f"http://127.0.0.1:{unused_port()}"))

    assert statuses_by_name(behind) == statuses_by_name(alone) == {"PUBLIC_URL": "not checked"}


@pytest.mark.usefixtures("held_lock")
async def test_nobody_there_is_a_problem_while_a_service_runs(build: BuildContext) -> None:
    async with serve_response(502, b"Bad Gateway") as url:
        behind = await run_check(check_public_url, build(PUBLIC_URL=url))
    alone = await run_check(check_public_url, build(PUBLIC_URL=f"http://127.0.0.1:{unused_port()}"))

    assert statuses_by_name(behind) == statuses_by_name(alone) == {"PUBLIC_URL": "problem"}


async def test_silence_is_not_checked(build: BuildContext) -> None:
    async with serve_response(200, HEALTHY, delay=3) as url:
        findings = await run_check(check_public_url, impatient(build(PUBLIC_URL=url)))

    assert statuses_by_name(findings) == {"PUBLIC_URL": "not checked"}


async def test_a_name_that_does_not_exist_is_a_problem_and_an_unknown_one_is_not_checked(
    dns: DnsServer, build: BuildContext
) -> None:
    missing = statuses_by_name(await run_check(check_public_url, build(PUBLIC_URL="https://digest.nowhere.org")))
    dns.drop_queries()
    case = impatient(build(PUBLIC_URL="https://digest.nowhere.org"))
    unknown = statuses_by_name(await run_check(check_public_url, case))

    assert (missing, unknown) == ({"PUBLIC_URL": "problem"}, {"PUBLIC_URL": "not checked"})


async def test_without_an_address_there_is_nothing_to_ask(build: BuildContext) -> None:
    assert statuses_by_name(await run_check(check_public_url, build())) == {"PUBLIC_URL": "not checked"}
