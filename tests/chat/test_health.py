"""How the service does, in words, over HTTP."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.broadcast import Audience
from digest.chat.answers.health import LATE, OLD_REPORT
from digest.model import Channel
from digest.overview import Hearing, Signs
from digest.reasons import server_reply, telegram_error
from tests.chat.conftest import running
from tests.chat.household import ADMIN, NOW, Household
from tests.chat.talking import ask
from tests.support.telegram_people import Person
from tests.support.telegram_server import TelegramServer

WELL = Signs(
    version="1.2.3",
    started_at=NOW - timedelta(hours=5),
    room=40_000_000_000,
    ticked_at=NOW,
    couriers={Channel.TELEGRAM: None, Channel.EMAIL: None},
    pages="https://digest.example.org",
    public=True,
    hearing=Hearing(webhook=True),
)


@pytest.fixture
def admin(telegram: TelegramServer) -> Person:
    """Give an admin."""
    return telegram.user(ADMIN)


async def health(telegram: TelegramServer, home: Household, admin: Person, signs: Signs) -> str:
    """Ask how a program with these signs does."""

    async def tell() -> Signs:
        return signs

    async with running(telegram, replace(home.house, signs=tell)):
        return (await ask(admin, "/health")).text


async def test_when_all_is_well_the_first_line_says_so(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    told = await health(telegram, home, admin, WELL)

    assert told.startswith("All is well.")
    assert "look at this" not in told
    for part in (
        "Program: ok. Version 1.2.3, running for 5 hours",
        "Database: ok. It answers.",
        "Disk: ok. 40.0 GB are free.",
        "Scheduler: ok. It last looked at Sat 24 Jan, 09:30.",
        "Telegram: ok. Messages leave.",
        "Email: ok. Messages leave.",
        "Queue: ok. 0 wait for Telegram, 0 for email.",
        "Reports: ok. The last is of 24 January 2026 with 27 papers and 0 problems",
        "Web pages: ok. They are at https://digest.example.org.",
        "Webhook: ok. Telegram brings what people say to the webhook.",
    ):
        assert part in told


@pytest.mark.parametrize(
    ("signs", "told"),
    [
        (replace(WELL, room=300_000_000), "Disk: look at this. 300 MB are free. Make room"),
        (replace(WELL, punctual=False), "Scheduler: look at this."),
        (
            replace(WELL, hearing=Hearing(webhook=True, trouble=telegram_error("502 Bad Gateway"))),
            "Webhook: look at this. Not all that people say gets through: 502 Bad Gateway. Run",
        ),
        (
            replace(
                WELL,
                couriers={
                    Channel.TELEGRAM: None,
                    Channel.EMAIL: server_reply("login refused for a@b.example"),
                },
            ),
            "Email: look at this. Nothing leaves: login refused for a…@b.example.",
        ),
    ],
)
async def test_what_is_wrong_says_what_to_do(
    telegram: TelegramServer, home: Household, admin: Person, signs: Signs, told: str
) -> None:
    answer = await health(telegram, home, admin, signs)

    assert answer.startswith("1 thing needs a look.")
    assert told in answer


async def test_folders_are_named_with_the_setting_that_changes_that(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    folders = dict.fromkeys(Channel, "out")

    told = await health(telegram, home, admin, replace(WELL, folders=folders, public=False))

    assert "Email: ok. Messages are written to the folder out until SMTP_HOST is set." in told
    assert "Telegram: ok. Messages are written to the folder out until TELEGRAM_BOT_TOKEN is set." in told
    assert "Mails do not lead there until PUBLIC_URL is set." in told


async def test_what_waits_too_long_and_a_report_that_is_old_need_a_look(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    async with running(telegram, home.house):
        await ask(telegram.user(42), "/subscribe robotics")
    await home.store.broadcasts.queue("hello", Audience(), "7", home.clock())
    home.clock.forward(LATE + timedelta(minutes=1))
    late = await health(telegram, home, admin, WELL)
    home.clock.forward(OLD_REPORT)
    old = await health(telegram, home, admin, WELL)

    assert "Queue: look at this. 1 wait for Telegram, 0 for email." in late
    assert "Reports: ok." in late
    assert "Reports: look at this." in old
    assert "2 things need a look." in old


async def test_held_deliveries_need_a_look(telegram: TelegramServer, home: Household, admin: Person) -> None:
    async with running(telegram, home.house):
        await ask(telegram.user(42), "/subscribe robotics")
    await home.store.broadcasts.queue("hello", Audience(), "7", home.clock())
    now, until = home.clock(), home.clock() + timedelta(minutes=1)
    (one,) = await home.store.outbox.claim(Channel.TELEGRAM, "x", due=now, now=now, until=until, most=1)
    await home.store.outbox.sending(one.id, "x")
    await home.store.outbox.recover(now)

    told = await health(telegram, home, admin, WELL)

    assert "Held and refused: look at this. 1 are held" in told
    assert "/outbox" in told


async def test_a_terminal_says_what_only_the_service_knows(
    telegram: TelegramServer, home: Household, admin: Person
) -> None:
    told = await health(telegram, home, admin, Signs(version="1", started_at=NOW, room=10**10))

    assert "All that can be seen from here is well." in told
    assert "Scheduler: not seen from here. It runs in the service, not here." in told
    assert "Web pages: not seen from here. The service serves them, not this program." in told
    assert "Database: ok." in told
