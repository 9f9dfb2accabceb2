"""The stand-in brings updates as Telegram does: in order for each chat, again until they are taken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.plain_http import NO_TLS
from tests.support.telegram_http import HttpReply, HttpRequest, StubHttpServer
from tests.support.telegram_server import TelegramServer


@dataclass(slots=True)
class WebhookReceiver:
    """A webhook that answers what a test wants.

    ``update_ids`` are the updates in the order in which they came.
    """

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    update_ids: list[int] = field(default_factory=list)

    async def answer(self, request: HttpRequest) -> HttpReply:
        """Answer one update."""
        self.update_ids.append(int(request.params.text("update_id")))
        return HttpReply(status=self.statuses.pop(0) if self.statuses else 200, body=b"")


@asynccontextmanager
async def run_webhook(telegram: TelegramServer, *statuses: int) -> AsyncIterator[WebhookReceiver]:
    """Set a webhook at the stand-in."""
    hook = WebhookReceiver(statuses=list(statuses))
    server = StubHttpServer(hook.answer)
    await server.open()
    hook.url = f"http://127.0.0.1:{server.port}/hook"
    await call_method(telegram, "setWebhook", url=hook.url, secret_token="s3cret")
    try:
        yield hook
    finally:
        await server.close()


async def call_method(telegram: TelegramServer, method: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
    """Call a method of the stand-in."""
    async with httpx.AsyncClient(timeout=60, verify=NO_TLS) as client:
        answer = await client.post(f"{telegram.url}/bot{telegram.token}/{method}", data=params)
    return answer.json()


async def wait_until_delivered(telegram: TelegramServer) -> None:
    """Wait until nothing waits any more."""
    await telegram.world.wait_until(lambda: not telegram.world.updates.pending, 60, lambda: "updates wait")


async def test_an_update_comes_again_until_it_is_taken_and_the_next_of_its_chat_waits(telegram: TelegramServer) -> None:
    async with run_webhook(telegram, 500, 503, 404) as hook:
        for words in ("one", "two"):
            telegram.user(42).send(words)
        await wait_until_delivered(telegram)

    assert hook.update_ids == [hook.update_ids[0]] * 4 + [hook.update_ids[0] + 1]
    info = (await call_method(telegram, "getWebhookInfo"))["result"]
    assert info["last_error_message"].startswith("Wrong response from the webhook: 404")
    assert info["pending_update_count"] == 0


async def test_an_answer_that_is_not_heard_brings_the_update_again(telegram: TelegramServer) -> None:
    async with run_webhook(telegram) as hook:
        telegram.webhook_sender.lost_answers[42] = 2
        telegram.user(42).send("one")
        await wait_until_delivered(telegram)

    assert hook.update_ids == [hook.update_ids[0]] * 3


async def test_chats_do_not_wait_for_each_other(telegram: TelegramServer) -> None:
    async with run_webhook(telegram, 500, 500, 500) as hook:
        telegram.user(1).send("one")
        await telegram.world.wait_until(lambda: len(hook.update_ids) > 1, 5, lambda: "not brought again")
        telegram.user(2).send("two")
        await wait_until_delivered(telegram)

    first, second = sorted(set(hook.update_ids))
    assert hook.update_ids.index(second) < len(hook.update_ids) - hook.update_ids[::-1].index(first) - 1


@pytest.mark.parametrize(
    ("url", "secret"),
    [("http://digest.example.org/x", ""), ("https://digest.example.org/x", "a b")],
    ids=["no https", "a secret with a space"],
)
async def test_what_telegram_refuses_is_refused(telegram: TelegramServer, url: str, secret: str) -> None:
    answer = await call_method(telegram, "setWebhook", url=url, secret_token=secret)

    assert answer["error_code"] == 400
    assert telegram.world.webhook == {}


async def test_a_webhook_ends_polling(telegram: TelegramServer) -> None:
    polling = asyncio.create_task(call_method(telegram, "getUpdates", timeout="5"))
    while telegram.world.updates.poller is None and not polling.done():  # noqa: ASYNC110 - no event for it
        await asyncio.sleep(0.02)

    await call_method(telegram, "setWebhook", url="https://digest.example.org/x")

    assert (await polling)["error_code"] == 409
