"""A broadcast through the whole service: paused, flooded, killed in the middle, and told of to its end."""

import asyncio
import re
import signal
from pathlib import Path

import pytest

from digest.model import Preferences, Subscriber, Target
from digest.model.clock import FixedClock, system_clock
from digest.storage import open_store
from digest.storage.subscriber_import import NewSubscriber, SqlSubscriberImport
from tests.support.program import running_service
from tests.support.telegram_server import TelegramServer

ADMIN = 9001
CHAT_IDS = range(100, 140)
BROADCAST_TEXT = "Maintenance at noon."


@pytest.fixture
def settings(tmp_path: Path, telegram: TelegramServer) -> dict[str, str]:
    """Return the settings of a service that sends five messages a second."""
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "MAIL_DIR": str(tmp_path / "out"),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_ADMIN_IDS": str(ADMIN),
        "TELEGRAM_RATE": "5",
    }


async def add_subscribers(settings: dict[str, str]) -> None:
    """Let forty people read, who are not due; the admin is the forty-first."""
    now = system_clock()
    fresh = Subscriber(id=0, preferences=Preferences(domains=None), created_at=now, next_digest_at=None)
    store = await open_store(settings["DATABASE_URL"], FixedClock(now))
    everybody = [NewSubscriber(targets=(Target.telegram(number),), subscriber=fresh) for number in CHAT_IDS]
    await SqlSubscriberImport(store.database).add_subscribers(everybody, now)
    await store.close()


def received_counts(telegram: TelegramServer) -> list[int]:
    """Return how many times each reader got the words."""
    return [sum(one.text == BROADCAST_TEXT for one in telegram.user(number).messages) for number in CHAT_IDS]


async def test_a_broadcast_survives_a_flood_a_pause_and_a_kill_and_nobody_gets_it_twice(
    settings: dict[str, str], telegram: TelegramServer
) -> None:
    await add_subscribers(settings)
    admin = telegram.user(ADMIN)
    for number in CHAT_IDS:
        telegram.user(number)
    async with running_service(settings) as service:
        await service.wait_for_log("telegram: answering")
        admin.send(f"/broadcast {BROADCAST_TEXT}")
        question = await admin.wait_for_message("Audience: all subscribers (41 in Telegram).")
        assert "8 seconds, at 5 Telegram messages per second" in question.text
        admin.tap("Send to 41", on=question)
        await admin.wait_for_edit(question, "is being sent")
        telegram.plan_flood(2, chat=CHAT_IDS[8])
        await telegram.world.wait_until(
            lambda: sum(received_counts(telegram)) >= 9, 30, lambda: "the flood was the end"
        )

        await admin.tap("Pause", on=question).wait_for_answer()
        await admin.wait_for_edit(question, "is paused", timeout=20)
        await asyncio.sleep(10)
        rested = sum(received_counts(telegram))
        await asyncio.sleep(3)
        assert sum(received_counts(telegram)) == rested < 40
        await admin.tap("Continue", on=question).wait_for_answer()
        await telegram.world.wait_until(lambda: sum(received_counts(telegram)) > rested, 20, lambda: "it did not go on")
        await service.stop(signal.SIGKILL)
    edits, before = question.edit_count, len(admin.messages)

    async with running_service(settings):
        await admin.wait_for_edit(question, "sent", after=edits, timeout=30)
        report = await admin.wait_for_message("is finished", timeout=60)

    counted = {name: int(n) for name, n in re.findall(r"^(\w+).*: (\d+)$", report.text, re.MULTILINE)}
    assert max(received_counts(telegram)) == 1
    assert counted["sent"] + counted["uncertain"] == 41
    assert counted["uncertain"] <= 8
    assert sum(received_counts(telegram)) >= counted["sent"] - 1
    assert "is finished" in question.text
    new = [one.text for one in admin.messages[before:] if "Broadcast" in one.text]
    assert new == [report.text]
