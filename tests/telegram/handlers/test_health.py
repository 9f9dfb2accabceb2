"""How the service does, in words, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import Channel
from digest.model.reasons import server_reply, telegram_error
from digest.services.admin import ServiceStatus, UpdateSource
from digest.services.broadcasts import Audience
from digest.telegram.handlers.health import MAX_QUEUE_AGE, MAX_REPORT_AGE
from tests.support.telegram_server import TelegramServer
from tests.support.telegram_users import Person
from tests.telegram.chat_app import ADMIN, NOW, ChatApp
from tests.telegram.conftest import run_chat
from tests.telegram.conversation import send_and_wait

HEALTHY_STATUS = ServiceStatus(
    version="1.2.3",
    started_at=NOW - timedelta(hours=5),
    free_bytes=40_000_000_000,
    last_tick_at=NOW,
    pause_reasons={Channel.TELEGRAM: None, Channel.EMAIL: None},
    web_url="https://digest.example.org",
    is_public=True,
    update_source=UpdateSource(is_webhook=True),
)


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Return an admin."""
    return telegram.user(ADMIN)


async def ask_health(telegram: TelegramServer, chat_app: ChatApp, admin: Person, status: ServiceStatus) -> str:
    """Ask how a program with these signs does."""

    async def current_status() -> ServiceStatus:
        return status

    async with run_chat(telegram, replace(chat_app.deps, status=current_status)):
        return (await send_and_wait(admin, "/health")).text


async def test_when_all_is_well_the_first_line_says_so(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    told = await ask_health(telegram, chat_app, admin, HEALTHY_STATUS)

    assert told.startswith("Everything is working.")
    assert "look at this" not in told
    for part in (
        "Program: ok. Version 1.2.3, running for 5 hours",
        "Database: ok. It responds.",
        "Disk: ok. 40.0 GB free.",
        "Scheduler: ok. Last run: Sat 24 Jan, 09:30.",
        "Telegram: ok. Messages are being sent.",
        "Email: ok. Messages are being sent.",
        "Queue: ok. Waiting: 0 for Telegram, 0 for email.",
        "Reports: ok. The latest is for 24 January 2026, with 27 papers and 0 problems",
        "Web pages: ok. Address: https://digest.example.org.",
        "Webhook: ok. Messages are received through the webhook.",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("signs", "told"),
    [
        (replace(HEALTHY_STATUS, free_bytes=300_000_000), "Disk: needs attention. 300 MB free. Free up disk space"),
        (replace(HEALTHY_STATUS, on_schedule=False), "Scheduler: needs attention."),
        (
            replace(
                HEALTHY_STATUS,
                update_source=UpdateSource(is_webhook=True, last_error=telegram_error("502 Bad Gateway")),
            ),
            "Webhook: needs attention. Some incoming messages are not received: 502 Bad Gateway. Run",
        ),
        (
            replace(
                HEALTHY_STATUS,
                pause_reasons={Channel.TELEGRAM: None, Channel.EMAIL: server_reply("login refused for a@b.example")},
            ),
            "Email: needs attention. Sending is paused: login refused for a…@b.example.",
        ),
    ],
)
async def test_what_is_wrong_says_what_to_do(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person, signs: ServiceStatus, told: str
) -> None:
    answer = await ask_health(telegram, chat_app, admin, signs)

    assert answer.startswith("1 thing needs attention.")
    assert told in answer


async def test_folders_are_named_with_the_setting_that_changes_that(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    folders = dict.fromkeys(Channel, "out")

    told = await ask_health(telegram, chat_app, admin, replace(HEALTHY_STATUS, output_folders=folders, is_public=False))

    assert "Email: ok. Messages are written to the folder out until SMTP_HOST is set." in told
    assert "Telegram: ok. Messages are written to the folder out until TELEGRAM_BOT_TOKEN is set." in told
    assert "Emails will link to these pages once PUBLIC_URL is set." in told


async def test_what_waits_too_long_and_a_report_that_is_old_need_a_look(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    async with run_chat(telegram, chat_app.deps):
        await send_and_wait(telegram.user(42), "/subscribe robotics")
    await chat_app.store.broadcasts.queue("hello", Audience(), "7", chat_app.clock())
    chat_app.clock.advance(MAX_QUEUE_AGE + timedelta(minutes=1))
    late = await ask_health(telegram, chat_app, admin, HEALTHY_STATUS)
    chat_app.clock.advance(MAX_REPORT_AGE)
    old = await ask_health(telegram, chat_app, admin, HEALTHY_STATUS)

    assert "Queue: needs attention. Waiting: 1 for Telegram, 0 for email." in late
    assert "Reports: ok." in late
    assert "Reports: needs attention." in old
    assert "2 things need attention." in old


async def test_held_deliveries_need_a_look(telegram: TelegramServer, chat_app: ChatApp, admin: Person) -> None:
    async with run_chat(telegram, chat_app.deps):
        await send_and_wait(telegram.user(42), "/subscribe robotics")
    await chat_app.store.broadcasts.queue("hello", Audience(), "7", chat_app.clock())
    now, until = chat_app.clock(), chat_app.clock() + timedelta(minutes=1)
    (one,) = await chat_app.store.outbox.claim(Channel.TELEGRAM, "x", due_at=now, now=now, until=until, limit=1)
    await chat_app.store.outbox.mark_sending(one.id, "x")
    await chat_app.store.outbox.recover(now)

    told = await ask_health(telegram, chat_app, admin, HEALTHY_STATUS)

    assert "On hold and rejected: needs attention. 1 are on hold" in told
    assert "/outbox" in told


async def test_a_terminal_says_what_only_the_service_knows(
    telegram: TelegramServer, chat_app: ChatApp, admin: Person
) -> None:
    told = await ask_health(telegram, chat_app, admin, ServiceStatus(version="1", started_at=NOW, free_bytes=10**10))

    assert "Everything that can be checked from here is working." in told
    assert "Scheduler: cannot be checked from here. It runs in the service, not in this program." in told
    assert "Web pages: cannot be checked from here. Pages are served by the service, not by this program." in told
    assert "Database: ok." in told
