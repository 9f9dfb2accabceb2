"""The main job, end to end: a reader subscribes, is due, receives both messages, and nothing comes twice."""

import asyncio
import re
import signal
from pathlib import Path

import pytest

from digest.model import DeliveryState
from tests.e2e.environment import (
    ADMIN,
    ROBOTICS_PAPERS,
    count_states,
    make_everybody_due,
    plain_text_of,
    service_settings,
    wait_for_emails,
)
from tests.support.program import running_service
from tests.support.smtp_server import SmtpServer
from tests.support.telegram_server import TelegramServer

SEED = Path("seeds/2026-01-24.md")
SEED_BYTES = SEED.read_bytes()


@pytest.fixture
def settings(tmp_path: Path, telegram: TelegramServer, mail: SmtpServer) -> dict[str, str]:
    """Return the settings of a service between both stand-ins."""
    return {**service_settings(tmp_path, telegram), **mail.settings, "MAIL_FROM": "Paper Digest <digest@example.org>"}


async def test_the_main_job_from_subscribing_to_a_restart(
    settings: dict[str, str], telegram: TelegramServer, mail: SmtpServer
) -> None:
    reader, admin = telegram.user(42), telegram.user(ADMIN)
    async with running_service(settings) as service:
        await service.wait_for_log("telegram: answering")
        reader.send("/subscribe robotics")
        assert "Robotics" in (await reader.wait_for_message()).text

        reader.send("/email ada@example.org")
        await reader.wait_for_message("ada@example.org")
        (code_mail,) = await wait_for_emails(mail, 1)
        found = re.search(r"/email (\d{6})", plain_text_of(code_mail))
        assert found
        reader.send(found[0])
        await reader.wait_for_message("ada@example.org")

        await make_everybody_due(settings)
        message = await reader.wait_for_message("4 of 27", timeout=200)
        assert set(re.findall(r"arxiv\.org/abs/([\d.]+)", message.html)) == ROBOTICS_PAPERS
        _, digest_mail = await wait_for_emails(mail, 2)
        assert digest_mail["To"] == "ada@example.org"
        assert set(re.findall(r"arxiv\.org/abs/([\d.]+)", plain_text_of(digest_mail))) == ROBOTICS_PAPERS

        reader.tap("2", on=message)
        assert "Cosmos Policy" in (await reader.wait_for_message("Contribution")).text
        reader.send("/paper 2601.15876")
        assert "EvoCUA" in (await reader.wait_for_message("2601.15876")).text

        admin.send("/broadcast Maintenance at noon.")
        preview = await admin.wait_for_message("Maintenance at noon.")
        confirm = await admin.wait_for_message() if not preview.buttons else preview
        admin.tap(confirm.buttons[0], on=confirm)
        await reader.wait_for_message("Maintenance at noon.", timeout=200)
        *_, word = await wait_for_emails(mail, 3)
        assert "Maintenance at noon." in plain_text_of(word)

        assert await service.stop() == 0
        before = "".join(service.log_lines)

    seen = len(reader.messages), len(mail.messages)
    async with running_service(settings) as service:
        await service.wait_for_log("telegram: answering")
        await make_everybody_due(settings)
        await service.wait_for_log("served", within=200)
        await asyncio.sleep(3)
        assert await service.stop(signal.SIGINT) == 0

    assert (len(reader.messages), len(mail.messages)) == seen
    assert set(await count_states(settings)) == {DeliveryState.SENT}
    for secret in (telegram.token, telegram.token.partition(":")[2], found[1]):
        assert secret not in before


async def test_without_a_token_and_a_mail_server_it_starts_and_says_where_messages_go(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "out")}

    async with running_service(settings) as service:
        told = await service.wait_for_log("telegram: no token")
        assert "TELEGRAM_BOT_TOKEN" in told
        assert "SMTP_HOST" in await service.wait_for_log("email: no server")
        await service.wait_for_log("report taken in")

        assert await service.stop(signal.SIGHUP) == 0


async def test_a_report_that_arrives_while_it_runs_is_noticed_within_a_minute(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    settings = {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "MAIL_DIR": str(tmp_path / "out"),
        "REPORTS_DIR": str(reports),
    }

    async with running_service(settings) as service:
        await service.wait_for_log("running")
        (reports / SEED.name).write_bytes(SEED_BYTES)

        assert "new=27" in re.sub(r"\x1b\[\d*m", "", await service.wait_for_log("report taken in", within=200))
        assert await service.stop() == 0


async def test_a_second_service_on_the_same_database_ends_with_one_line(tmp_path: Path) -> None:
    settings = {"DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db", "MAIL_DIR": str(tmp_path / "out")}
    async with running_service(settings) as first:
        await first.wait_for_log("running")

        async with running_service(settings) as second:
            line = await second.wait_for_log("another Paper Digest", within=200)
            code = await second.child.wait()

        assert (code, line.startswith("bot.py: ")) == (1, True)
        assert first.child.returncode is None


async def test_a_refused_token_stops_telegram_alone_and_an_admin_is_told_by_mail(
    settings: dict[str, str], mail: SmtpServer
) -> None:
    wrong = "7000000001:AAnot-the-token-of-the-stand-in_01234567"
    odd = {"TELEGRAM_BOT_TOKEN": wrong, "ADMIN_EMAILS": "admin@example.org"}

    async with running_service(settings | odd) as service:
        await service.wait_for_log("telegram has stopped; everything else goes on")
        await service.wait_for_log("report taken in")
        (told,) = await wait_for_emails(mail, 1)

        assert await service.stop() == 0
    assert told["To"] == "admin@example.org"
    assert "TELEGRAM_BOT_TOKEN" in plain_text_of(told)
    assert wrong not in "".join(service.log_lines)


async def test_an_unreachable_telegram_holds_up_nothing_and_is_tried_again(
    settings: dict[str, str], telegram: TelegramServer
) -> None:
    async with telegram.unreachable(), running_service(settings) as service:
        await service.wait_for_log("telegram is not reachable")
        await service.wait_for_log("report taken in")

        assert await service.stop() == 0
