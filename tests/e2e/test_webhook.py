"""The real service with a webhook, behind a reverse proxy: a conversation, strangers, and a crash."""

import signal
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.plain_http import NO_TLS
from tests.support.program import running_service
from tests.support.reverse_proxy import ReverseProxy
from tests.support.telegram_server import TelegramServer
from tests.telegram.running_receiver import free_port, wait_until

SECRET = "Qw7-the-secret-of-the-whole-service_42"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
SEARCH_TEXT = "Zwiebelkuchen"


@pytest.fixture
async def proxy() -> AsyncIterator[ReverseProxy]:
    """Return a reverse proxy in front of a port on which nothing listens yet."""
    async with ReverseProxy(free_port()) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, telegram: TelegramServer, proxy: ReverseProxy) -> dict[str, str]:
    """Return the settings of a service to which the stand-in brings updates, through the proxy."""
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/digest.db",
        "MAIL_DIR": str(tmp_path / "out"),
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "PUBLIC_URL": f"{proxy.url}/digest",
        "WEB_PORT": str(proxy.port),
        "LOG_LEVEL": "debug",
    }


async def test_a_conversation_through_a_proxy_and_no_secret_in_the_log(
    settings: dict[str, str], telegram: TelegramServer, proxy: ReverseProxy
) -> None:
    reader, url = telegram.user(42), f"{settings['PUBLIC_URL']}/telegram"
    async with running_service(settings) as service, httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
        await service.wait_for_log("telegram: answering", within=60)
        await service.wait_for_log("report taken in", within=60)
        reader.send("/subscribe robotics")
        assert "Robotics" in (await reader.wait_for_message()).text
        reader.send("/domains")
        board = await reader.wait_for_message()
        await reader.tap("Robotics", on=board).wait_for_answer()
        await reader.wait_for_edit(board)
        reader.send("/paper 2601.15876")
        assert "EvoCUA" in (await reader.wait_for_message("2601.15876")).text

        forged = {"update_id": 5, "message": reader.chat.messages[0].as_json() | {"text": SEARCH_TEXT}}
        statuses = [
            (await client.post(url, json=forged, headers=headers)).status_code
            for headers in (
                {},
                {SECRET_HEADER: SECRET[:-1]},
                {SECRET_HEADER: SECRET.lower()},
                {"Authorization": SECRET},
            )
        ]
        statuses.append((await client.post(f"{url}?{SECRET}", json=forged)).status_code)
        nonsense = await client.post(url, content=SEARCH_TEXT, headers={SECRET_HEADER: SECRET})
        unreadable = await client.post(
            url, json={"update_id": 6, "message": SEARCH_TEXT}, headers={SECRET_HEADER: SECRET}
        )
        assert await service.stop() == 0
        log = "".join(service.log_lines)

    assert set(proxy.requested_paths) >= {"/digest/telegram"}
    assert statuses == [404] * 5
    assert (nonsense.status_code, unreadable.status_code) == (400, 200)
    assert telegram.world.webhook["url"] == url
    assert telegram.calls("getUpdates") == []
    assert "route=/telegram" in log.replace("\x1b[35m", "").replace("\x1b[0m", "").replace("\x1b[36m", "")
    for hidden in (SECRET[:-1], SECRET.lower(), telegram.token.partition(":")[2], SEARCH_TEXT):
        assert hidden not in log
    assert len(reader.messages) == 3


async def test_a_crash_and_a_restart_answer_nothing_twice(settings: dict[str, str], telegram: TelegramServer) -> None:
    people = [telegram.user(number) for number in range(1, 13)]
    async with running_service(settings) as service:
        await service.wait_for_log("telegram: answering", within=60)
        people[0].send("/start")
        await people[0].wait_for_message()
        telegram.webhook_sender.lost_answers.update(dict.fromkeys(range(1, 5), 1))
        for one in people[:8]:
            one.send("/subscribe robotics")
        await wait_until(lambda: sum(len(one.messages) for one in people) >= 4, within=20)
        await service.stop(signal.SIGKILL)

    for one in people[8:]:
        one.send("/subscribe robotics")
    before = len(telegram.webhook_sender.attempts)
    await wait_until(lambda: len(telegram.webhook_sender.attempts) > before + 4)
    async with running_service(settings) as service:
        await service.wait_for_log("telegram: answering", within=60)
        await wait_until(lambda: not telegram.world.updates.pending, within=30)
        for one in people[8:]:
            await one.wait_for_message("Robotics", timeout=20)
        assert await service.stop() == 0

    for one in people:
        counted = Counter(message.text.split("\n")[0] for message in one.messages)
        assert set(counted.values()) <= {1}, counted
    assert all(len(one.messages) == 1 for one in people[8:])
    numbers = Counter(number for number, status in telegram.webhook_sender.attempts if status == 200)
    assert max(numbers.values()) > 1


async def test_a_webhook_without_a_public_address_is_told_in_one_line(settings: dict[str, str]) -> None:
    del settings["PUBLIC_URL"]

    async with running_service(settings) as service:
        line = await service.wait_for_log("bot.py: ")
        code = await service.child.wait()

    assert "PUBLIC_URL is missing" in line
    assert SECRET not in line
    assert code == 1
