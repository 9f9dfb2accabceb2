"""A broadcast through the whole service: paused, flooded, killed in the middle, and told of to its end."""

import asyncio
import re
import signal
from pathlib import Path

import pytest

from digest.clock import SetClock, system_clock
from digest.model import Preferences, Subscriber, Target
from digest.store import open_store
from digest.store.roster import Newcomer, StoredRoster
from tests.support.program import running_service
from tests.support.telegram_server import TelegramServer

ADMIN = 9001
READERS = range(100, 140)
WORDS = "Maintenance at noon."


@pytest.fixture
def settings(tmp_path: Path, telegram: TelegramServer) -> dict[str, str]:
    """Give the settings of a service that sends five messages a second."""
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "MAIL_DIR": str(tmp_path / "out"),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_ADMIN_IDS": str(ADMIN),
        "TELEGRAM_RATE": "5",
    }


async def readers(settings: dict[str, str]) -> None:
    """Let forty people read, who are not due; the admin is the forty-first."""
    now = system_clock()
    fresh = Subscriber(id=0, preferences=Preferences(domains=None), created_at=now, next_at=None)
    store = await open_store(settings["DATABASE_URL"], SetClock(now))
    everybody = [Newcomer(targets=(Target.telegram(number),), subscriber=fresh) for number in READERS]
    await StoredRoster(store.database).enrol(everybody, now)
    await store.close()


def got(telegram: TelegramServer) -> list[int]:
    """Give how many times each reader got the words."""
    return [sum(one.text == WORDS for one in telegram.user(number).messages) for number in READERS]


async def test_a_broadcast_survives_a_flood_a_pause_and_a_kill_and_nobody_gets_it_twice(
    settings: dict[str, str], telegram: TelegramServer
) -> None:
    await readers(settings)
    admin = telegram.user(ADMIN)
    for number in READERS:
        telegram.user(number)
    async with running_service(settings) as service:
        await service.says("telegram: answering")
        admin.send(f"/broadcast {WORDS}")
        question = await admin.wait_for_message("It goes to everybody: 41 in Telegram.")
        assert "8 seconds, at 5 messages a second" in question.text
        admin.tap("Send to 41", on=question)
        await admin.wait_for_edit(question, "is on its way")
        telegram.flood_next(2, chat=READERS[8])
        await telegram.world.until(lambda: sum(got(telegram)) >= 9, 30, lambda: "the flood was the end")

        await admin.tap("Pause", on=question).answered()
        await admin.wait_for_edit(question, "is paused", timeout=20)
        await asyncio.sleep(10)
        rested = sum(got(telegram))
        await asyncio.sleep(3)
        assert sum(got(telegram)) == rested < 40
        await admin.tap("Go on", on=question).answered()
        await telegram.world.until(lambda: sum(got(telegram)) > rested, 20, lambda: "it did not go on")
        await service.stop(signal.SIGKILL)
    edits, before = question.edits, len(admin.messages)

    async with running_service(settings):
        await admin.wait_for_edit(question, "sent", after=edits, timeout=30)
        report = await admin.wait_for_message("is over", timeout=60)

    counted = {name: int(n) for name, n in re.findall(r"^(\w+).*: (\d+)$", report.text, re.MULTILINE)}
    assert max(got(telegram)) == 1
    assert counted["sent"] + counted["uncertain"] == 41
    assert counted["uncertain"] <= 8
    assert sum(got(telegram)) >= counted["sent"] - 1
    assert "is over" in question.text
    new = [one.text for one in admin.messages[before:] if "Broadcast" in one.text]
    assert new == [report.text]
