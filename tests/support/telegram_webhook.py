"""The stand-in's webhook: its methods, and the updates that it brings as Telegram does.

Updates of one chat come one after the other, those of different chats beside each other. One that is not
answered with 2xx comes again: at once, then after twice the wait each time, or when ``Retry-After`` says
(tdlib/telegram-bot-api, WebhookActor). Waits are a tenth of Telegram's.
"""

import asyncio
import contextlib
import re
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.support.plain_http import NO_TLS
from tests.support.telegram_validation import CallParams, Json, bad_request
from tests.support.telegram_world import TelegramWorld

ALLOWED_URL = r"https://|http://(127\.0\.0\.1|localhost)[:/]"
"""Telegram's own servers want https; a Bot API server on the same machine does not."""

TIME_SCALE = 0.1
MAX_CONNECTIONS = 40


class WebhookMethods:
    """setWebhook, deleteWebhook and getWebhookInfo."""

    _world: TelegramWorld

    async def do_setwebhook(self, params: CallParams) -> bool:
        url, secret = params.text("url"), params.text("secret_token")
        if url and not re.match(ALLOWED_URL, url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        updates = self._world.updates
        if isinstance(allowed := params.object("allowed_updates"), list):
            updates.allowed = allowed
        self._drop_pending_updates(params)
        most = min(max(params.number("max_connections", MAX_CONNECTIONS), 1), 100)
        self._world.webhook = {"url": url, "secret": secret, "max_connections": most} if url else {}
        if updates.poller is not None:
            updates.poller.set()
        updates.arrived.set()
        return True

    async def do_deletewebhook(self, params: CallParams) -> bool:
        self._drop_pending_updates(params)
        self._world.webhook = {}
        return True

    async def do_getwebhookinfo(self, _: CallParams) -> Json:
        hook = self._world.webhook
        told = ("max_connections", "last_error_date", "last_error_message")
        return {
            "url": hook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._world.updates.pending),
            "allowed_updates": self._world.updates.allowed,
        } | {name: hook[name] for name in told if name in hook}

    def _drop_pending_updates(self, params: CallParams) -> None:
        if params.flag("drop_pending_updates"):
            self._world.updates.pending.clear()


@dataclass(slots=True)
class WebhookSender:
    """Brings updates to the webhook; ``attempts`` is every try with its status, 0 where nobody answered.

    ``lost_answers`` holds for a chat how many answers to its updates are not heard, so that they come again
    though they were taken; while the postman is ``is_paused`` nothing is brought.
    """

    world: TelegramWorld
    attempts: list[tuple[int, int]] = field(default_factory=list)
    lost_answers: Counter[int] = field(default_factory=Counter)
    is_paused: bool = False
    _webhook: Json = field(default_factory=dict)
    _busy_chats: set[int] = field(default_factory=set)
    _failed: dict[int, tuple[int, float]] = field(default_factory=dict)

    async def run(self) -> None:
        """Bring what waits, until cancelled."""
        limits = httpx.Limits(max_connections=100, keepalive_expiry=4)
        async with (
            httpx.AsyncClient(trust_env=False, timeout=10, limits=limits, verify=NO_TLS) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                if self._webhook is not self.world.webhook:
                    self._webhook = self.world.webhook
                    self._failed.clear()
                for update in self._ready_updates():
                    self._busy_chats.add(_chat_id_of(update))
                    group.create_task(self._send_update(client, update, self._webhook))
                await self._wait_for_work()

    def _ready_updates(self) -> list[Json]:
        """Return the first update of each chat whose turn it is."""
        if not self._webhook or self.is_paused:
            return []
        first: dict[int, Json] = {}
        for update in self.world.updates.pending:
            first.setdefault(_chat_id_of(update), update)
        free = self._webhook.get("max_connections", MAX_CONNECTIONS) - len(self._busy_chats)
        now = time.monotonic()
        ready = [
            update
            for chat, update in first.items()
            if chat not in self._busy_chats and self._failed.get(update["update_id"], (0, 0.0))[1] <= now
        ]
        return ready[: max(free, 0)]

    async def _send_update(self, client: httpx.AsyncClient, update: Json, webhook: Json) -> None:
        number = update["update_id"]
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook["secret"]} if webhook.get("secret") else {}
        status, wait = 0, 0.0
        try:
            answer = await client.post(webhook["url"], json=update, headers=headers)
        except httpx.HTTPError:
            self._record_error(webhook, "Connection refused")
        else:
            status, wait = answer.status_code, float(answer.headers.get("Retry-After", 0))
            if not answer.is_success:
                self._record_error(webhook, f"Wrong response from the webhook: {status} {answer.reason_phrase}")
        self.attempts.append((number, status))
        chat = _chat_id_of(update)
        if 200 <= status < 300 and not self.lost_answers[chat]:
            with contextlib.suppress(ValueError):
                self.world.updates.pending.remove(update)
        else:
            self.lost_answers[chat] = max(0, self.lost_answers[chat] - 1)
            times = self._failed.get(number, (0, 0.0))[0] + 1
            pause = wait or (0.0 if times == 1 else 2.0 ** min(times, 6))
            self._failed[number] = (times, time.monotonic() + pause * TIME_SCALE)
        self._busy_chats.discard(chat)
        self.world.updates.arrived.set()
        self.world.notify_change()

    def _record_error(self, webhook: Json, error: str) -> None:
        webhook |= {"last_error_date": int(time.time()), "last_error_message": error}

    async def _wait_for_work(self) -> None:
        """Wake on an update, an answer, or after a moment for what comes again."""
        came = self.world.updates.arrived
        came.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(came.wait(), 0.05)


def _chat_id_of(update: Json) -> int:
    """Return the chat whose order an update keeps; an update without one stands for itself."""
    for body in update.values():
        if isinstance(body, dict):
            chat = body.get("chat") or body.get("message", {}).get("chat") or body.get("from") or {}
            return int(chat.get("id", 0)) or -int(update["update_id"])
    return -int(update["update_id"])
