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

from digest.alerts import Alarm, Alerts, Cause
from digest.app.inbox import Inbox, Noted
from digest.app.polling import TOKEN_REFUSED, Polling
from digest.chat import ALLOWED_UPDATES, ChatApplication, set_commands
from digest.clock import Clock, monotonic
from digest.deliver.flood import wait_of
from digest.errors import ChannelStopped, StoreError
from digest.overview import Hearing
from digest.reasons import Reason, ReasonCode, telegram_error

log = structlog.get_logger(__name__)

FIRST_RETRY = 5.0
LONGEST_RETRY = 300.0
LOOK_SECONDS = 60.0
"""So often Telegram is asked how our webhook does."""

CONNECTIONS = 20
"""Letters that Telegram brings at the same time, at most: a fifth of what the pages' server takes."""

REMEMBERED = timedelta(days=2)
"""How long an update's number is kept; Telegram gives up on one after a day."""

LATELY = timedelta(minutes=10)
"""So long a webhook's trouble is told to admins who ask."""

FIRST_STOP, LONGEST_STOP = 30.0, 900.0
"""Seconds until a Telegram that has refused us altogether is asked again."""

ANSWERING_SECONDS = 10.0
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
class Talk:
    """Answers people in Telegram: what it brings to ``inbox``, or what polling fetches where that is None."""

    chat: ChatApplication
    inbox: Inbox | None
    webhook: Webhook | None
    """Where Telegram brings updates to; used with an inbox."""

    updates: Noted
    alerts: Alerts
    clock: Clock
    admin_ids: frozenset[int]
    trouble: Reason | None = None
    """What kept updates away lately, None where nothing did."""

    _told: datetime | None = field(default=None)
    _polling: Polling = field(init=False)

    def __post_init__(self) -> None:
        self._polling = Polling(self.chat)

    @property
    def hearing(self) -> Hearing:
        """How what people say comes here."""
        return Hearing(webhook=self.inbox is not None, trouble=self.trouble)

    async def run(self) -> None:
        """Answer until cancelled, then finish what is being answered; an unreachable Telegram is tried again.

        A token that Telegram refuses, and a second program that polls, stop Telegram alone: the admins are
        told, and it is tried again now and then.
        """
        wait = FIRST_STOP
        while True:
            began = monotonic()
            try:
                await self._answer()
            except ChannelStopped as error:
                self.trouble = Reason(ReasonCode.CHANNEL_MISCONFIGURED, str(error))
                await self._tell_stopped(str(error))
            except Exception:
                log.exception("telegram: answering failed; it begins again")
            if monotonic() - began > LONGEST_STOP:
                wait = FIRST_STOP
            log.warning("telegram: answers nobody for now", next_try_in_seconds=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_STOP)

    async def _answer(self) -> None:
        """Answer until cancelled; raises ``ChannelStopped`` where that cannot go on."""
        try:
            await _until_it_works("telegram is not reachable", self.chat.initialize)
            async with self._hearing():
                by = "polling" if self.inbox is None else "webhook"
                log.info("telegram: answering", bot=self.chat.bot.username, by=by)
                self.trouble = None
                await self._set_menus()
                await (self._polling.run() if self.inbox is None else self._watch())
        except InvalidToken:
            raise ChannelStopped(TOKEN_REFUSED) from None

    async def _tell_stopped(self, why: str) -> None:
        log.error("telegram has stopped; everything else goes on", why=why)
        try:
            await self.alerts.tell(Alarm(cause=Cause.CHANNEL_STOPPED, detail=f"Telegram: {why}"))
        except StoreError as error:
            log.warning("admins not told", cause=Cause.CHANNEL_STOPPED.value, why=str(error))

    @asynccontextmanager
    async def _hearing(self) -> AsyncIterator[None]:
        """Handle updates while inside, and have a webhook where one is wanted."""
        async with self._started():
            if self.inbox is None:
                await _until_it_works("telegram: a webhook is not removed", self.chat.bot.delete_webhook)
                yield
                return
            # The webhook stays on leaving, and Telegram keeps for us what comes after.
            async with self.inbox.open_for(self.chat):
                await _until_it_works("telegram: the webhook is not set", self._set_webhook)
                yield

    @asynccontextmanager
    async def _started(self) -> AsyncIterator[None]:
        """Handle updates while inside; what is being answered on leaving is finished, or cut in the end."""
        await self.chat.start()
        try:
            yield
        finally:
            stopping = asyncio.create_task(self.chat.stop(), name="answers")
            await asyncio.wait([stopping], timeout=ANSWERING_SECONDS)
            if not stopping.done():
                log.warning("telegram: answers that took too long are cut")
                if isinstance(self.chat.update_processor, Answering):
                    self.chat.update_processor.cut()
                await asyncio.wait([stopping], timeout=1)
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)

    async def _set_webhook(self) -> None:
        if self.webhook:
            await self.chat.bot.set_webhook(
                self.webhook.url,
                secret_token=self.webhook.secret,
                allowed_updates=ALLOWED_UPDATES,
                max_connections=CONNECTIONS,
            )

    async def _set_menus(self) -> None:
        try:
            await set_commands(self.chat.bot, self.admin_ids)
        except TelegramError as error:
            log.warning("telegram: the command menu could not be set", why=str(error))

    async def _watch(self) -> None:
        """Look after the webhook until cancelled; polling hears of its troubles by itself."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self._look()
            except (NetworkError, RetryAfter, StoreError) as error:
                log.warning("telegram: the webhook could not be looked at", why=str(error))

    async def _look(self) -> None:
        """Tell the log of what Telegram could not bring, and set a webhook again that somebody took away."""
        info = await self.chat.bot.get_webhook_info()
        if self.webhook and info.url != self.webhook.url:
            self.trouble = Reason(ReasonCode.WEBHOOK_REPLACED)
            log.warning("telegram: another program took our webhook away, it is set again; see `doctor`")
            await self._set_webhook()
        else:
            since = info.last_error_date
            fresh = since is not None and self.clock() - since < LATELY
            self.trouble = telegram_error(last_words(info)) if fresh else None
            if trouble := self._trouble(info):
                waiting = info.pending_update_count
                log.warning("telegram: updates do not get through", why=trouble, waiting=waiting)
        await self.updates.forget(self.clock() - REMEMBERED)

    def _trouble(self, info: WebhookInfo) -> str | None:
        """Give Telegram's last trouble with our webhook, each once."""
        if info.last_error_date is None or info.last_error_date == self._told:
            return None
        self._told = info.last_error_date
        return last_words(info)


def last_words(info: WebhookInfo) -> str:
    """Give what Telegram last said of a webhook, in one short line."""
    return " ".join((info.last_error_message or "no reason was given").split())[:200]


async def _until_it_works(failure: str, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask Telegram until it does as it is asked; raises ``InvalidToken`` where the token is wrong."""
    wait = FIRST_RETRY
    while True:
        try:
            await ask()
        except InvalidToken:
            raise
        except TelegramError as error:
            least = wait_of(error).total_seconds() if isinstance(error, RetryAfter) else 0.0
            pause = max(wait, least)
            log.warning(failure, why=str(error), next_try_in_seconds=pause)
            await asyncio.sleep(pause)
            wait = min(wait * 2, LONGEST_RETRY)
        else:
            return
