"""The service's talk with Telegram: reaching it, hearing updates by polling or webhook, the menus."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram import WebhookInfo
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import SimpleUpdateProcessor

from digest.model.clock import Clock, monotonic
from digest.model.errors import ChannelMisconfigured, StoreError
from digest.model.reasons import Reason, ReasonCode, telegram_error
from digest.services.admin import UpdateSource
from digest.services.admin_alerts import Alert, AlertKind, AlertService
from digest.telegram import ALLOWED_UPDATES, BotApplication, set_commands
from digest.telegram.flood import retry_after
from digest.telegram.polling import TOKEN_REFUSED, UpdatePoller
from digest.telegram.webhook_queue import UpdateLog, WebhookQueue

log = structlog.get_logger(__name__)

MIN_RETRY_DELAY = 5.0
MAX_RETRY_DELAY = 300.0
WEBHOOK_CHECK_INTERVAL = 60.0
"""So often Telegram is asked how our webhook does."""

MAX_WEBHOOK_CONNECTIONS = 20
"""Letters that Telegram brings at the same time, at most: a fifth of what the pages' server takes."""

UPDATE_RETENTION = timedelta(days=2)
"""How long an update's number is kept; Telegram gives up on one after a day."""

RECENT_ERROR_AGE = timedelta(minutes=10)
"""So long a webhook's trouble is told to admins who ask."""

MIN_RESTART_DELAY, MAX_RESTART_DELAY = 30.0, 900.0
"""Seconds until a Telegram that has refused us altogether is asked again."""

FINISH_TIMEOUT = 10.0
"""How long answers that are under way may take when we are stopped."""

MOST_AT_ONCE = 256
"""Updates that are handled at the same time, at most."""


class Answering(SimpleUpdateProcessor):
    """Handles updates at the same time, and knows which are being answered."""

    def __init__(self) -> None:
        super().__init__(MOST_AT_ONCE)
        self._answers: set[asyncio.Task[Any]] = set()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Handle one update."""
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("PTB handles updates in tasks")
        self._answers.add(task)
        try:
            await super().do_process_update(update, coroutine)
        finally:
            self._answers.discard(task)

    def cut(self) -> None:
        """Answer nobody any more."""
        for task in self._answers:
            task.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """The address that Telegram posts updates to, and the secret that it shows with each."""

    url: str
    secret: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class UpdateReceiver:
    """Answers people in Telegram.

    What it brings to ``webhook_queue``, or what polling fetches where that is None.
    """

    application: BotApplication
    webhook_queue: WebhookQueue | None
    webhook: Webhook | None
    """Where Telegram brings updates to; used with an inbox."""

    updates: UpdateLog
    alerts: AlertService
    clock: Clock
    admin_ids: frozenset[int]
    last_error: Reason | None = None
    """What kept updates away lately, None where nothing did."""

    _logged_error_at: datetime | None = field(default=None)
    _poller: UpdatePoller = field(init=False)

    def __post_init__(self) -> None:
        self._poller = UpdatePoller(self.application)

    @property
    def status(self) -> UpdateSource:
        """How what people say comes here."""
        return UpdateSource(is_webhook=self.webhook_queue is not None, last_error=self.last_error)

    async def run(self) -> None:
        """Answer until cancelled, then finish what is being answered; an unreachable Telegram is tried again.

        A token that Telegram refuses, and a second program that polls, stop Telegram alone: the admins are
        told, and it is tried again now and then.
        """
        wait = MIN_RESTART_DELAY
        while True:
            began = monotonic()
            try:
                await self._receive_until_cancelled()
            except ChannelMisconfigured as error:
                self.last_error = Reason(ReasonCode.CHANNEL_MISCONFIGURED, str(error))
                await self._alert_stopped(str(error))
            except Exception:
                log.exception("telegram: answering failed; it begins again")
            if monotonic() - began > MAX_RESTART_DELAY:
                wait = MIN_RESTART_DELAY
            log.warning("telegram: answers nobody for now", next_try_in_seconds=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_RESTART_DELAY)

    async def _receive_until_cancelled(self) -> None:
        """Answer until cancelled; raises ``ChannelMisconfigured`` where that cannot go on."""
        try:
            await _retry_until_ok("telegram is not reachable", self.application.initialize)
            async with self._open_updates():
                by = "polling" if self.webhook_queue is None else "webhook"
                log.info("telegram: answering", bot=self.application.bot.username, by=by)
                self.last_error = None
                await self._set_menus()
                await (self._poller.run() if self.webhook_queue is None else self._watch_webhook())
        except InvalidToken:
            raise ChannelMisconfigured(TOKEN_REFUSED) from None

    async def _alert_stopped(self, reason: str) -> None:
        log.error("telegram has stopped; everything else goes on", why=reason)
        try:
            await self.alerts.send(Alert(kind=AlertKind.CHANNEL_MISCONFIGURED, detail=f"Telegram: {reason}"))
        except StoreError as error:
            log.warning("admins not told", cause=AlertKind.CHANNEL_MISCONFIGURED.value, why=str(error))

    @asynccontextmanager
    async def _open_updates(self) -> AsyncIterator[None]:
        """Handle updates while inside, and have a webhook where one is wanted."""
        async with self._run_application():
            if self.webhook_queue is None:
                await _retry_until_ok("telegram: a webhook is not removed", self.application.bot.delete_webhook)
                yield
                return
            # The webhook stays on leaving, and Telegram keeps for us what comes after.
            async with self.webhook_queue.open_for(self.application):
                await _retry_until_ok("telegram: the webhook is not set", self._set_webhook)
                yield

    @asynccontextmanager
    async def _run_application(self) -> AsyncIterator[None]:
        """Handle updates while inside; what is being answered on leaving is finished, or cut in the end."""
        await self.application.start()
        try:
            yield
        finally:
            stopping = asyncio.create_task(self.application.stop(), name="answers")
            await asyncio.wait([stopping], timeout=FINISH_TIMEOUT)
            if not stopping.done():
                log.warning("telegram: answers that took too long are cut")
                if isinstance(self.application.update_processor, Answering):
                    self.application.update_processor.cut()
                await asyncio.wait([stopping], timeout=1)
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)

    async def _set_webhook(self) -> None:
        if self.webhook:
            await self.application.bot.set_webhook(
                self.webhook.url,
                secret_token=self.webhook.secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=MAX_WEBHOOK_CONNECTIONS,
            )

    async def _set_menus(self) -> None:
        try:
            await set_commands(self.application.bot, self.admin_ids)
        except TelegramError as error:
            log.warning("telegram: the command menu could not be set", why=str(error))

    async def _watch_webhook(self) -> None:
        """Look after the webhook until cancelled; polling hears of its troubles by itself."""
        while True:
            await asyncio.sleep(WEBHOOK_CHECK_INTERVAL)
            try:
                await self._check_webhook()
            except (NetworkError, RetryAfter, StoreError) as error:
                log.warning("telegram: the webhook could not be looked at", why=str(error))

    async def _check_webhook(self) -> None:
        """Tell the log of what Telegram could not bring, and set a webhook again that somebody took away."""
        info = await self.application.bot.get_webhook_info()
        if self.webhook and info.url != self.webhook.url:
            self.last_error = Reason(ReasonCode.WEBHOOK_REPLACED)
            log.warning("telegram: another program took our webhook away, it is set again; see `doctor`")
            await self._set_webhook()
        else:
            since = info.last_error_date
            fresh = since is not None and self.clock() - since < RECENT_ERROR_AGE
            self.last_error = telegram_error(last_error_text(info)) if fresh else None
            if trouble := self._new_webhook_error(info):
                waiting = info.pending_update_count
                log.warning("telegram: updates do not get through", why=trouble, waiting=waiting)
        await self.updates.delete_before(self.clock() - UPDATE_RETENTION)

    def _new_webhook_error(self, info: WebhookInfo) -> str | None:
        """Return Telegram's last trouble with our webhook, each once."""
        if info.last_error_date is None or info.last_error_date == self._logged_error_at:
            return None
        self._logged_error_at = info.last_error_date
        return last_error_text(info)


def last_error_text(info: WebhookInfo) -> str:
    """Return what Telegram last said of a webhook, in one short line."""
    return " ".join((info.last_error_message or "no reason was given").split())[:200]


async def _retry_until_ok(message: str, request: Callable[[], Awaitable[object]]) -> None:
    """Ask Telegram until it does as it is asked; raises ``InvalidToken`` where the token is wrong."""
    wait = MIN_RETRY_DELAY
    while True:
        try:
            await request()
        except InvalidToken:
            raise
        except TelegramError as error:
            least = retry_after(error).total_seconds() if isinstance(error, RetryAfter) else 0.0
            pause = max(wait, least)
            log.warning(message, why=str(error), next_try_in_seconds=pause)
            await asyncio.sleep(pause)
            wait = min(wait * 2, MAX_RETRY_DELAY)
        else:
            return
