"""The inbox: what comes twice has one effect, what cannot be noted comes again, nonsense is left."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from digest.model.clock import FixedClock, system_clock
from digest.model.errors import StoreError
from digest.storage import Store, open_store
from digest.telegram.webhook_queue import WebhookQueue
from tests.support.database import NOW
from tests.support.plain_http import NO_TLS
from tests.support.telegram_server import TelegramServer
from tests.telegram.running_receiver import SECRET, start_receiver

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE: dict[str, object] = {"update_id": 7}


@dataclass(slots=True)
class UnavailableUpdateLog:
    """The real store's notes, behind a store that is away so many times first."""

    store: Store
    failures_left: int

    async def record(self, update_id: int, at: datetime) -> bool:
        """Note an update, or fail as the store does."""
        if self.failures_left:
            self.failures_left -= 1
            raise StoreError("database: database is locked")
        return await self.store.telegram_updates.record(update_id, at)

    async def delete_before(self, cutoff: datetime) -> int:
        """Forget updates noted before a moment."""
        return await self.store.telegram_updates.delete_before(cutoff)


async def test_an_update_whose_answer_telegram_did_not_hear_has_one_effect(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        telegram.webhook_sender.lost_answers[42] = 3
        reader.send("/subscribe robotics")
        await reader.wait_for_message("Robotics")
        reader.send("/help")
        await reader.wait_for_message("/today")
        await running.stop()

    numbers = [number for number, status in telegram.webhook_sender.attempts if status == 200]
    assert len(numbers) == 6
    assert len(set(numbers)) == 3
    assert len(reader.messages) == 3


async def test_what_was_answered_before_a_restart_is_not_answered_again(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram):
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
    number, old = telegram.webhook_sender.attempts[0][0], reader.chat.messages[0].as_json()

    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/help")
        await reader.wait_for_message("/today", timeout=20)
        async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
            for _ in range(20):
                again = {"update_id": number, "message": old}
                answer = await client.post(running.url, json=again, headers={SECRET_HEADER: SECRET})
                assert answer.status_code == 200
        await running.stop()

    assert len(reader.messages) == 2


async def test_an_update_that_the_store_cannot_note_comes_again_and_is_answered_once(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    reader = telegram.user(42)
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path}/digest.db", system_clock)
    async with start_receiver(tmp_path, telegram, update_log=UnavailableUpdateLog(store, failures_left=3)):
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        await asyncio.sleep(0.3)
    await store.close()

    statuses = [status for _, status in telegram.webhook_sender.attempts]
    assert statuses[-4:] == [503, 503, 503, 200]
    assert len(reader.messages) == 1


async def test_updates_of_one_chat_are_answered_in_their_order(tmp_path: Path, telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram):
        for words in ("/start", "/subscribe robotics", "/settings hour 07:30"):
            reader.send(words)
        first, second, third = [await reader.wait_for_message() for _ in range(3)]

    assert "Paper Digest" in first.text
    assert "Robotics" in second.text
    assert "07:30" in third.text


async def test_an_update_of_a_shape_that_nobody_knows_is_left_and_holds_up_nobody(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        strange: list[dict[str, object]] = [
            {"message": 5},
            {"message": {"date": "x"}},
            {"callback_query": [1]},
            {"new": {}},
        ]
        async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
            answers = [
                await client.post(running.url, json=UPDATE | more, headers={SECRET_HEADER: SECRET}) for more in strange
            ]
        reader.send("/help")
        await reader.wait_for_message("/today")

    assert [answer.status_code for answer in answers] == [200] * 4


async def test_shut_it_takes_nothing_in(store: Store) -> None:
    inbox = WebhookQueue(update_log=store.telegram_updates, clock=FixedClock(NOW))

    taken = await inbox.accept({"update_id": 7})

    assert taken is False
    assert await store.telegram_updates.record(7, NOW) is True
