"""``doctor`` as a process: what it prints, how it ends, and what it never says."""

import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.dns_server import DnsServer
from tests.support.program import CommandResult, run_bot, start_bot
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_server import TelegramServer

RESULT_KEYS = {"area", "name", "verdict", "what", "advice"}
NETWORK_SETTINGS = {
    "MAIL_FROM": "Digest <digest@example.org>",
    "SMTP_HOST": "mail.example.org",
    "SMTP_USERNAME": "digest",
    "SMTP_PASSWORD": "hush-hush",
    "PUBLIC_URL": "https://digest.example.org",
    "TELEGRAM_BOT_TOKEN": "123456:hush-token",
    "TELEGRAM_API_URL": "http://telegram.example.org",
    "BOUNCE_ADDRESS": "bounces@example.org",
    "BOUNCE_IMAP_HOST": "imap.example.org",
    "BOUNCE_IMAP_USERNAME": "bounces",
    "BOUNCE_IMAP_PASSWORD": "hush-imap",
}
NETWORK_AREAS = {"mail server", "DNS", "Telegram", "web", "bounces"}


@pytest.fixture
async def dns() -> AsyncIterator[DnsServer]:
    """Return a DNS server that knows of .org."""
    async with DnsServer() as server:
        server.add("org", "NS", "ns.example.net.")
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Return the settings of an installation of its own."""
    return {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "out")}


def results_by_name(ended: CommandResult) -> dict[str, dict[str, str]]:
    """Return the findings of ``--format json`` by area and name."""
    return {f"{one['area']}: {one['name']}": one for one in json.loads(ended.stdout)}


async def test_an_installation_without_problems_ends_with_0(settings: dict[str, str]) -> None:
    ended = await run_bot("doctor", settings=settings)

    assert (ended.exit_code, ended.stderr) == (0, "")
    assert max(map(len, ended.stdout.splitlines())) <= 80
    for word in ("settings", "SECRET_KEY", "not checked", "→", "warnings"):
        assert word in ended.stdout


async def test_a_problem_ends_with_1_and_one_line(settings: dict[str, str]) -> None:
    ended = await run_bot("doctor", settings={**settings, "REPORTS_DIR": "/nowhere", "TAXONOMY_FILE": "/no"})

    assert ended.exit_code == 1
    assert ended.stderr == "bot.py: 2 problems: domains, reports\n"


async def test_json_stands_alone_on_standard_output(settings: dict[str, str]) -> None:
    ended = await run_bot("doctor", "--format", "json", settings={**settings, "SMTP_PORT": "0"})

    assert ended.exit_code == 1
    assert all(set(one) == RESULT_KEYS for one in json.loads(ended.stdout))
    assert results_by_name(ended)["settings: SMTP_PORT"]["verdict"] == "problem"


async def test_without_network_nothing_of_the_world_is_ok_and_no_secret_is_shown(
    settings: dict[str, str], dns: DnsServer
) -> None:
    dns.drop_queries()

    ended = await run_bot(
        "doctor", "--format", "json", "--timeout", "4", "--dns", f"127.0.0.1:{dns.port}",
        settings={**settings, **NETWORK_SETTINGS},
    )  # fmt: skip

    said = [one for one in json.loads(ended.stdout) if one["area"] in NETWORK_AREAS and one["name"] != "admins"]
    assert {one["area"] for one in said} == NETWORK_AREAS
    assert [one for one in said if one["verdict"] != "not checked"] == []
    assert "hush" not in ended.stdout + ended.stderr


async def test_a_server_that_denies_everything_is_not_believed(settings: dict[str, str]) -> None:
    async with DnsServer() as empty:
        ended = await run_bot(
            "doctor", "--format", "json", "--timeout", "4", "--dns", f"127.0.0.1:{empty.port}",
            settings={**settings, **NETWORK_SETTINGS},
        )  # fmt: skip

    said = [one for one in json.loads(ended.stdout) if one["area"] == "DNS"]
    assert {one["verdict"] for one in said} == {"not checked"}


async def test_servers_in_order_are_ok(
    settings: dict[str, str], dns: DnsServer, mail: SmtpServer, telegram: TelegramServer
) -> None:
    dns.add("example.org", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    dns.add("example.org", "MX", "10 in.example.org.")
    dns.add("in.example.org", "A", "192.0.2.1")
    dns.add("_dmarc.example.org", "TXT", "v=DMARC1; p=reject")
    more = {
        "MAIL_FROM": "Digest <digest@example.org>",
        **mail.settings,
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
    }

    ended = await run_bot("doctor", "--format", "json", "--dns", f"127.0.0.1:{dns.port}", settings={**settings, **more})

    found = results_by_name(ended)
    assert ended.exit_code == 0
    for name in (
        "mail server: connection",
        "mail server: sender",
        "DNS: SPF of example.org",
        "DNS: MX of example.org",
        "DNS: DMARC of example.org",
        "Telegram: bot",
        "Telegram: webhook",
    ):
        assert found[name]["verdict"] == "ok", name
    assert mail.messages == []


async def test_wrong_words_end_with_2(settings: dict[str, str]) -> None:
    for words in (("--dns", "1.1.1.1:0"), ("--format", "xml"), ("--timeout", "soon"), ("--timeout", "0")):
        assert (await run_bot("doctor", *words, settings=settings)).exit_code == 2, words


async def test_ctrl_c_ends_it_at_once_without_a_traceback(settings: dict[str, str], dns: DnsServer) -> None:
    dns.drop_queries()
    child = await start_bot(
        "doctor", "--timeout", "60", "--dns", f"127.0.0.1:{dns.port}", settings={**settings, **NETWORK_SETTINGS}
    )
    await dns.question_received.wait()

    child.send_signal(signal.SIGINT)
    _, err = await child.communicate()

    assert child.returncode not in {0, None}
    assert b"Traceback" not in err
