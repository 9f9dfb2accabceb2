"""Receiving updates from Telegram, by long polling or by webhook, for as long as the service runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog
from telegram import Update, WebhookInfo
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut
from telegram.ext import SimpleUpdateProcessor

from digest.model.clock import Backoff, Clock, monotonic
from digest.model.errors import ChannelMisconfigured, StoreError
from digest.model.reasons import Reason, ReasonCode, telegram_error
from digest.services.admin import UpdateSource
from digest.services.admin_alerts import Alert, AlertKind, AlertService
from digest.telegram import ALLOWED_UPDATES, BotApplication, set_commands
from digest.telegram.api_answers import retry_after
from digest.telegram.errors import misconfiguration

log = structlog.get_logger(__name__)

MIN_RETRY_DELAY, MAX_RETRY_DELAY = 5.0, 300.0
MIN_POLL_DELAY, MAX_POLL_DELAY = 1.0, 30.0
POLL_TIMEOUT = 10
"""How long Telegram holds a request open when there is nothing new."""

CONFIRM_TIMEOUT = 2.0
LOG_REPEAT_INTERVAL = 600.0
"""Seconds until trouble that lasts is logged again."""

WEBHOOK_CHECK_INTERVAL = 60.0
"""Seconds between two questions to Telegram how our webhook does."""

MAX_WEBHOOK_CONNECTIONS = 20
"""A fifth of the connections that the web server takes."""

UPDATE_RETENTION = timedelta(days=2)
"""How long an update's number is kept; Telegram gives up on one after a day."""

RECENT_ERROR_AGE = timedelta(minutes=10)
"""How long a webhook's trouble is reported to admins who ask."""

MIN_RESTART_DELAY, MAX_RESTART_DELAY = 30.0, 900.0
"""Seconds until a Telegram that has refused us altogether is asked again."""

FINISH_TIMEOUT = 10.0
"""How long answers that are under way may take when we are stopped."""

MAX_CONCURRENT_UPDATES = 256


class Answering(SimpleUpdateProcessor):
    """Handles updates concurrently, and can end those that are being answered."""

    def __init__(self) -> None:
        super().__init__(MAX_CONCURRENT_UPDATES)
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
        """Cancel all answers."""
        for task in self._answers:
            task.cancel()


class UpdateLog(Protocol):
    """Which updates were taken in."""

    async def record(self, update_id: int, at: datetime) -> bool:
        """Note an update; False where it was noted before."""
        ...

    async def delete_before(self, cutoff: datetime) -> int:
        """Forget the updates that were noted before a moment; count them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """The address that Telegram posts updates to, and the secret that it shows with each."""

    url: str
    secret: str = field(repr=False)


async def _retry_until_ok(message: str, request: Callable[[], Awaitable[object]]) -> None:
    """Make a request until Telegram accepts it; raises ``InvalidToken`` where the token is wrong."""
    backoff = Backoff(MIN_RETRY_DELAY, MAX_RETRY_DELAY)
    while True:
        try:
            await request()
        except InvalidToken:
            raise
        except TelegramError as error:
            pause = _pause_after(error, backoff)
            log.warning(message, why=str(error), next_try_in_seconds=pause)
            await asyncio.sleep(pause)
        else:
            return


def _pause_after(error: TelegramError, backoff: Backoff) -> float:
    asked = retry_after(error).total_seconds() if isinstance(error, RetryAfter) else 0.0
    return max(backoff.next_wait(), asked)


@dataclass(slots=True)
class UpdatePoller:
    """Fetches updates with ``getUpdates``; ``offset`` is the first update that is not fetched yet.

    PTB's ``Updater`` stops without a word once Telegram has refused the token, and waits for the network when
    it is stopped. This loop ends with an error that says what to do, and at once when it is cancelled.
    """

    application: BotApplication
    offset: int | None = None
    _last_logged: tuple[str, float] = ("", 0.0)

    async def run(self) -> None:
        """Fetch until cancelled; what was fetched is confirmed on leaving.

        Network trouble is tried again. Raises ``ChannelMisconfigured`` where the token is refused, or another
        program polls with it.
        """
        backoff = Backoff(MIN_POLL_DELAY, MAX_POLL_DELAY)
        try:
            while True:
                try:
                    await self._fetch()
                    backoff.reset()
                    self._last_logged = ("", 0.0)
                except TimedOut as error:
                    log.debug("telegram polling", why=str(error))
                except TelegramError as error:
                    if misconfigured := misconfiguration(error):
                        raise misconfigured from None
                    pause = _pause_after(error, backoff)
                    self._log_trouble(str(error), pause)
                    await asyncio.sleep(pause)
        finally:
            await self._confirm_updates()

    async def _fetch(self) -> None:
        bot = self.application.bot
        updates = await bot.get_updates(offset=self.offset, timeout=POLL_TIMEOUT, allowed_updates=ALLOWED_UPDATES)
        for update in updates:
            await self.application.update_queue.put(update)
        if updates:
            self.offset = updates[-1].update_id + 1

    async def _confirm_updates(self) -> None:
        """Confirm to Telegram which updates were fetched, so that the next process does not get them again."""
        if self.offset is None:
            return
        with suppress(TelegramError, TimeoutError):
            async with asyncio.timeout(CONFIRM_TIMEOUT):
                await self.application.bot.get_updates(
                    offset=self.offset, limit=1, timeout=0, allowed_updates=ALLOWED_UPDATES
                )

    def _log_trouble(self, reason: str, pause: float) -> None:
        """Log trouble once, and again where it lasts; everything between is for debugging."""
        before, at = self._last_logged
        if reason == before and monotonic() - at < LOG_REPEAT_INTERVAL:
            log.debug("telegram polling", why=reason, next_try_in_seconds=pause)
            return
        self._last_logged = (reason, monotonic())
        log.warning("telegram polling", why=reason, next_try_in_seconds=pause)


@dataclass(slots=True, kw_only=True)
class WebhookQueue:
    """Takes the webhook's updates in while a chat answers: recorded on disk, acknowledged, and handled once.

    Telegram brings an update again until we have acknowledged it. Its id is recorded before that, so that one
    which comes twice has one effect, over restarts too. A crash between the record and the reply loses the
    reply, never has an effect twice: whoever wrote asks again. An orderly stop handles everything that was
    recorded. While it is shut, Telegram is asked to come again.
    """

    update_log: UpdateLog
    clock: Clock
    _application: BotApplication | None = None
    _pending: int = 0
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def open_for(self, application: BotApplication) -> AsyncIterator[None]:
        """Take updates in while inside; on leaving, each that is being taken in reaches the chat first."""
        self._application = application
        try:
            yield
        finally:
            self._application = None
            while self._pending:
                self._idle.clear()
                await self._idle.wait()

    async def accept(self, update_json: Mapping[str, Any]) -> bool:
        """Take one update in; False where Telegram must bring it again."""
        application = self._application
        if application is None:
            return False
        self._pending += 1
        try:
            update = _parse_update(application, update_json)
            if update and await self.update_log.record(update.update_id, self.clock()):
                application.update_queue.put_nowait(update)
        except StoreError as error:
            log.warning("telegram: an update must wait, the store cannot note it", why=str(error))
            return False
        finally:
            self._pending -= 1
            self._idle.set()
        return True


def _parse_update(application: BotApplication, update_json: Mapping[str, Any]) -> Update | None:
    """Return PTB's form of an update; one that it cannot read is left, or it would hold up its chat for a day."""
    try:
        return Update.de_json(dict(update_json), application.bot)
    except Exception as error:  # noqa: BLE001 - PTB fails in any way at shapes that it does not know
        kind = type(error).__name__
        log.warning("telegram: an update cannot be read, and is left", update=update_json["update_id"], kind=kind)
        return None


@dataclass(slots=True, kw_only=True)
class UpdateReceiver:
    """Brings updates to the application: those of ``webhook_queue``, or by polling where that is None."""

    application: BotApplication
    webhook_queue: WebhookQueue | None
    webhook: Webhook | None
    """Where Telegram brings updates to; used with ``webhook_queue``."""

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
        """How updates come here."""
        return UpdateSource(is_webhook=self.webhook_queue is not None, last_error=self.last_error)

    async def run(self) -> None:
        """Answer until cancelled, then finish what is being answered; an unreachable Telegram is tried again.

        A token that Telegram refuses, and a second program that polls, stop Telegram alone: the admins are
        told, and it is tried again now and then.
        """
        backoff = Backoff(MIN_RESTART_DELAY, MAX_RESTART_DELAY)
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
                backoff.reset()
            wait = backoff.next_wait()
            log.warning("telegram: answers nobody for now", next_try_in_seconds=wait)
            await asyncio.sleep(wait)

    async def _receive_until_cancelled(self) -> None:
        try:
            await _retry_until_ok("telegram is not reachable", self.application.initialize)
            async with self._open_updates():
                by = "polling" if self.webhook_queue is None else "webhook"
                log.info("telegram: answering", bot=self.application.bot.username, by=by)
                self.last_error = None
                try:
                    await set_commands(self.application.bot, self.admin_ids)
                except TelegramError as error:
                    log.warning("telegram: the command menu could not be set", why=str(error))
                await (self._poller.run() if self.webhook_queue is None else self._watch_webhook())
        except InvalidToken as error:
            raise misconfiguration(error) or error from None

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

    async def _watch_webhook(self) -> None:
        """Look after the webhook until cancelled; polling hears of its troubles by itself."""
        while True:
            await asyncio.sleep(WEBHOOK_CHECK_INTERVAL)
            try:
                await self._check_webhook()
            except (NetworkError, RetryAfter, StoreError) as error:
                log.warning("telegram: the webhook could not be looked at", why=str(error))

    async def _check_webhook(self) -> None:
        """Log what Telegram could not deliver, and set the webhook again if another program removed it."""
        info = await self.application.bot.get_webhook_info()
        if self.webhook and info.url != self.webhook.url:
            self.last_error = Reason(ReasonCode.WEBHOOK_REPLACED)
            log.warning("telegram: another program took our webhook away, it is set again; see `doctor`")
            await self._set_webhook()
        else:
            since = info.last_error_date
            is_recent = since is not None and self.clock() - since < RECENT_ERROR_AGE
            self.last_error = telegram_error(last_error_text(info)) if is_recent else None
            if since not in (None, self._logged_error_at):
                self._logged_error_at = since
                waiting = info.pending_update_count
                log.warning("telegram: updates do not get through", why=last_error_text(info), waiting=waiting)
        await self.updates.delete_before(self.clock() - UPDATE_RETENTION)


def last_error_text(info: WebhookInfo) -> str:
    """Return what Telegram last said of a webhook, in one short line."""
    return " ".join((info.last_error_message or "no reason was given").split())[:200]
