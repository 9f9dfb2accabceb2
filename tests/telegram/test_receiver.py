"""Receiving updates: by webhook and by polling, over troubles, each once, and to the end."""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from digest.model.clock import FixedClock, system_clock
from digest.model.errors import StoreError
from digest.model.reasons import telegram_error
from digest.services.admin import UpdateSource
from digest.services.admin_alerts import AlertKind
from digest.storage import Store, open_store
from digest.telegram import ALLOWED_UPDATES, receiver
from digest.telegram.receiver import MAX_WEBHOOK_CONNECTIONS, WebhookQueue
from digest.text.reason_texts import reason_in_english
from tests.support.database import NOW
from tests.support.plain_http import NO_TLS
from tests.support.telegram_server import TelegramServer
from tests.telegram.running_receiver import SECRET, start_receiver, wait_until

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def test_the_webhook_is_set_with_its_secret_and_drops_nothing(tmp_path: Path, telegram: TelegramServer) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")

        (asked,) = telegram.calls("setWebhook")
        assert asked["url"] == running.url
        assert asked["secret_token"] == SECRET
        assert json.loads(asked["allowed_updates"]) == list(ALLOWED_UPDATES)
        assert asked["max_connections"] == str(MAX_WEBHOOK_CONNECTIONS)
        assert asked.get("drop_pending_updates", "False").lower() == "false"


async def test_polling_removes_a_webhook_from_before_and_answers_what_waited_there(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    telegram.world.webhook = {"url": "http://127.0.0.1:1/telegram", "secret": "old"}
    reader = telegram.user(42)
    reader.send("/start")

    async with start_receiver(tmp_path, telegram, secret=""):
        await reader.wait_for_message("Paper Digest")

    assert telegram.world.webhook == {}
    assert all(call.get("drop_pending_updates") != "True" for call in telegram.calls("deleteWebhook"))


async def test_the_webhook_stays_after_the_end_and_what_comes_then_waits_for_the_next_start(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        await running.stop()
        reader.send("/domains")
        await wait_until(lambda: telegram.webhook_sender.attempts[-1][1] == 503)
        assert telegram.world.webhook["url"] == running.url

    async with start_receiver(tmp_path, telegram):
        await reader.wait_for_message("You follow nothing yet", timeout=20)

    assert telegram.calls("deleteWebhook") == []
    assert len(reader.messages) == 2


async def test_what_was_taken_in_is_answered_though_the_end_comes(tmp_path: Path, telegram: TelegramServer) -> None:
    people = [telegram.user(number) for number in range(1, 21)]
    async with start_receiver(tmp_path, telegram) as running:
        people[0].send("/start")
        await people[0].wait_for_message()
        for one in people[1:]:
            one.send("/help")
        await wait_until(lambda: len(telegram.webhook_sender.attempts) == len(people))
        await running.stop()

    assert [len(one.messages) for one in people] == [1] * len(people)


async def test_strangers_do_nothing_and_telegram_is_answered_beside_them(
    tmp_path: Path, telegram: TelegramServer
) -> None:
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        forged = {"update_id": 999_999, "message": reader.chat.messages[0].as_json()}
        async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
            answers = [
                await client.post(running.url, json=forged, headers={SECRET_HEADER: secret})
                for secret in ("", SECRET[:-1], f"{SECRET}x")
            ]
        reader.send("/help")
        await reader.wait_for_message("/today")

    assert [answer.status_code for answer in answers] == [404] * 3
    assert len(reader.messages) == 2


async def test_a_telegram_that_is_away_at_the_start_is_tried_again(
    tmp_path: Path, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MIN_RETRY_DELAY", 0.05)
    telegram.plan_refusal(502, "Bad Gateway", method="getMe")
    telegram.plan_flood(1, method="getMe")
    telegram.plan_refusal(400, "Bad Request: bad webhook: Failed to resolve host", method="setWebhook")
    reader = telegram.user(42)

    async with start_receiver(tmp_path, telegram):
        reader.send("/start")
        await reader.wait_for_message("Paper Digest", timeout=20)
    assert len(telegram.calls("setWebhook")) == 2


@pytest.mark.parametrize("secret", [SECRET, ""], ids=["webhook", "polling"])
async def test_a_refused_token_stops_telegram_alone_until_it_is_accepted(
    tmp_path: Path, telegram: TelegramServer, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiver, "MIN_RESTART_DELAY", 0.05)
    telegram.plan_refusal(401, "Unauthorized", method="getMe", times=2)
    reader = telegram.user(42)

    async with start_receiver(tmp_path, telegram, secret=secret) as running:
        await wait_until(lambda: "TELEGRAM_BOT_TOKEN" in reason_in_english(running.receiver.last_error))
        reader.send("/start")
        await reader.wait_for_message("Paper Digest", timeout=20)

        assert running.receiver.last_error is None


@pytest.mark.parametrize(
    ("code", "description", "says"),
    [
        (409, "Conflict: terminated by other getUpdates request", "another program"),
        (401, "Unauthorized", "TELEGRAM_BOT_TOKEN"),
        (404, "Not Found", "TELEGRAM_BOT_TOKEN"),
    ],
)
async def test_polling_that_is_refused_stops_tells_the_admins_and_begins_again(
    tmp_path: Path, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch, code: int, description: str, says: str
) -> None:
    monkeypatch.setattr(receiver, "MIN_RESTART_DELAY", 0.05)
    telegram.plan_refusal(code, description, method="getUpdates", times=3)
    reader = telegram.user(42)

    async with start_receiver(tmp_path, telegram, secret="") as running:
        await wait_until(lambda: says in reason_in_english(running.receiver.last_error))
        reader.send("/start")
        await reader.wait_for_message("Paper Digest", timeout=20)

        told = await running.core.store.admin_alerts.queue_alert(
            AlertKind.CHANNEL_MISCONFIGURED, (), {}, system_clock(), timedelta(hours=1)
        )
    assert told is False


async def test_a_webhook_that_somebody_took_away_is_set_again(
    tmp_path: Path, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(receiver, "WEBHOOK_CHECK_INTERVAL", 0.1)
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        telegram.world.webhook = {}
        reader.send("/help")
        await reader.wait_for_message("/today")

        assert telegram.world.webhook["url"] == running.url
    assert "took our webhook away" in capsys.readouterr().out


async def test_what_telegram_could_not_bring_is_told_once(
    tmp_path: Path, telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(receiver, "WEBHOOK_CHECK_INTERVAL", 0.05)
    reader = telegram.user(42)
    async with start_receiver(tmp_path, telegram) as running:
        reader.send("/start")
        await reader.wait_for_message("Paper Digest")
        telegram.world.webhook |= {
            "last_error_date": int(time.time()),
            "last_error_message": "Wrong response from the webhook:\n502 Bad Gateway",
        }
        said = telegram_error("Wrong response from the webhook: 502 Bad Gateway")
        await wait_until(lambda: running.receiver.status == UpdateSource(is_webhook=True, last_error=said))
        before = len(telegram.calls("getWebhookInfo"))
        await wait_until(lambda: len(telegram.calls("getWebhookInfo")) > before + 2)
        telegram.world.webhook["last_error_date"] = int(time.time()) - 3_600
        await wait_until(lambda: running.receiver.status == UpdateSource(is_webhook=True))

    told = [line for line in capsys.readouterr().out.splitlines() if "do not get through" in line]
    assert len(told) == 2, "one for each date of Telegram's"
    assert said.detail in told[0]


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
        await wait_until(lambda: telegram.webhook_sender.attempts[-1][1] == 200)
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
