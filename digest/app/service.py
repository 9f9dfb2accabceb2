"""The service: bot, scheduler and couriers in one process, started in order and stopped in reverse."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from digest.app.bounce_poller import BouncePoller, build_bounce_poller
from digest.app.container import Container, admin_targets, open_container
from digest.app.delivery import (
    bot_from_settings,
    build_email_worker,
    build_renderer,
    build_telegram_worker,
    restore_pause,
)
from digest.app.health_monitor import HealthMonitor
from digest.app.report_watcher import ReportWatcher, ReportWatcherTask
from digest.app.scheduler import TickLoop
from digest.app.sender_process import SenderProcess, run_as_sender
from digest.app.settings import Settings
from digest.app.shutdown import STOP_TIMEOUT, force_exit_after, install_stop_handlers
from digest.app.status import build_status
from digest.app.telegram import build_application, handler_dependencies, talk_of
from digest.app.web import is_database_ok, run_web_server
from digest.model.clock import monotonic, system_clock
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.services.admin import ServiceStatus
from digest.services.delivery import CANCEL_GRACE_SECONDS, GRACE_SECONDS, DeliveryWorker
from digest.services.editions import QueueResult
from digest.sources.report_folder import ReportFolder
from digest.storage.sqlite.lock import ProcessLock
from digest.telegram import BotApplication, HandlerDependencies
from digest.telegram.receiver import UpdateReceiver, WebhookQueue
from digest.web import HealthStatus, TelegramWebhook, WebServer

log = structlog.get_logger(__name__)

LOCK_TIMEOUT = 10.0
WORKER_RESTART_DELAY = 30.0
MAX_TICK_AGE = 300.0
"""So long after the last tick the scheduler is no longer well; a tick may take a minute on a great day."""


async def run_service(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C.

    Raises ``ChannelMisconfigured``, ``StoreError`` or ``DatabaseCorrupted`` where it cannot go on.
    """
    async with (
        open_container(settings, system_clock) as core,
        _service_lock(core),
        run_as_sender(core) as own,
        AsyncExitStack() as stack,
    ):
        service = await _build_service(core, stack, own)
        await service.run()


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that runs, and the one event that ends it."""

    container: Container
    workers: Sequence[DeliveryWorker[Any]]
    application: BotApplication | None
    webhook_queue: WebhookQueue | None
    report_watcher: ReportWatcherTask
    health_monitor: HealthMonitor
    bounce_poller: BouncePoller | None
    dependencies: HandlerDependencies | None = None
    receiver: UpdateReceiver | None = None
    _last_tick: float = field(default_factory=monotonic)
    _last_tick_at: datetime = field(default_factory=system_clock)
    _stop_requested: asyncio.Event = field(default_factory=asyncio.Event)
    _fatal_error: BaseException | None = None

    async def run(self) -> None:
        """Run until told to stop, then settle what is in flight; raises what ended it."""
        install_stop_handlers(self._stop_requested.set)
        async with run_web_server(self.container, self.health, self._webhook_config()) as pages:
            await self._run_tasks(pages)
        if self._fatal_error:
            raise self._fatal_error

    async def _run_tasks(self, web_server: WebServer) -> None:
        schedule = TickLoop(tick=self._tick_or_fail, clock=system_clock)
        sending = [
            asyncio.create_task(self._run_worker(courier), name=f"sending {courier.channel}")
            for courier in self.workers
        ]
        beside = [asyncio.create_task(self._watch_database(), name="store")]
        if self.application:
            self.receiver = talk_of(self.container, self.application, self.webhook_queue)
            beside.append(asyncio.create_task(self.receiver.run(), name="talk"))
        if self.application and self.dependencies:
            telling = self.dependencies.progress_messages.run(self.application.bot, self.container.broadcasts)
            beside.append(asyncio.create_task(telling, name="progress"))
        if self.bounce_poller:
            beside.append(asyncio.create_task(self.bounce_poller.run(), name="returns"))
        schedule.start()
        log.info("running; SIGTERM or Ctrl-C stops it")
        await self._stop_requested.wait()
        log.info("stopping: what is in flight is settled first")
        force_exit_after(STOP_TIMEOUT, exit_code=1 if self._fatal_error else 0)
        web_server.stop()
        for courier in self.workers:
            courier.stop()
        for task in beside:
            task.cancel()
        ending = {
            asyncio.create_task(self.report_watcher.stop(), name="reports"),
            asyncio.create_task(schedule.stop(), name="scheduler"),
            *beside,
            *sending,
        }
        _, late = await asyncio.wait(ending, timeout=GRACE_SECONDS + CANCEL_GRACE_SECONDS)
        for task in late:
            log.warning("stopping: cut off", what=task.get_name())
            task.cancel()

    def _webhook_config(self) -> TelegramWebhook | None:
        """Return where Telegram brings updates, None where we ask for them."""
        secret = self.container.settings.telegram_webhook_secret
        if self.webhook_queue is None or secret is None:
            return None
        return TelegramWebhook(secret=secret.get_secret_value().encode(), enqueue=self.webhook_queue.accept)

    async def health(self) -> HealthStatus:
        """Return whether the store answers and the ticks come."""
        punctual = monotonic() - self._last_tick < MAX_TICK_AGE
        return HealthStatus(checks={"store": await is_database_ok(self.container), "scheduler": punctual})

    async def status(self) -> ServiceStatus:
        """Tell an admin how the service does."""
        return await build_status(
            self.container,
            workers=self.workers,
            last_tick_at=self._last_tick_at,
            on_schedule=monotonic() - self._last_tick < MAX_TICK_AGE,
            serves_pages=True,
            update_source=self.receiver.status if self.receiver else None,
        )

    async def tick(self) -> None:
        """Serve whoever is due; new reports are taken in first where that is quick, else meanwhile."""
        self._last_tick, self._last_tick_at = monotonic(), system_clock()
        await self.container.store.stats_history.record_daily_counts(self.container.clock())
        await self.container.signup.purge_expired()
        await self.report_watcher.poll(self.container.clock().timestamp())
        served = (
            await self.container.editions.queue_due_digests()
            if await self.health_monitor.has_disk_space()
            else QueueResult()
        )
        await self.health_monitor.check()
        if served.subscribers:
            log.info("served", readers=served.subscribers, queued=served.deliveries, folded=served.merged)
            for courier in self.workers:
                courier.wake()

    async def _tick_or_fail(self) -> None:
        try:
            await self.tick()
        except DatabaseCorrupted as error:
            self.fail(error)

    async def _watch_database(self) -> None:
        """End the service where the files of its database are damaged, deleted or replaced."""
        self.fail(await self.container.store.database.wait_until_failed())

    def fail(self, error: BaseException) -> None:
        """Stop everything because of ``error``."""
        self._fatal_error = self._fatal_error or error
        self._stop_requested.set()

    async def _run_worker(self, worker: DeliveryWorker[Any]) -> None:
        """Send until stopped; what one channel meets does not end the others."""
        while not self._stop_requested.is_set():
            try:
                await worker.run()
            except DatabaseCorrupted as error:
                self.fail(error)
            except Exception:
                log.exception("sending failed; it begins again", channel=worker.channel.value)
                with suppress(TimeoutError):
                    async with asyncio.timeout(WORKER_RESTART_DELAY):
                        await self._stop_requested.wait()


@asynccontextmanager
async def _service_lock(container: Container) -> AsyncIterator[None]:
    """Hold the lock of the one service on a database; one that is just stopping is waited for."""
    lock = ProcessLock(container.lock_file)
    async with asyncio.timeout(LOCK_TIMEOUT + 1):
        waited = 0.0
        while not lock.acquire():
            if waited >= LOCK_TIMEOUT:
                raise StoreError(
                    f"another Paper Digest (process {lock.read_holder()}) runs on this database; stop it first"
                )
            await asyncio.sleep(0.25)
            waited += 0.25
    try:
        yield
    finally:
        lock.release()


async def _build_service(container: Container, stack: AsyncExitStack, process: SenderProcess) -> Service:
    """Build the parts from the settings, and say what goes to a folder and how to change that."""
    settings = container.settings
    bot = bot_from_settings(settings)
    if bot is None:
        log.warning(
            "telegram: no token, messages are written to a folder; set TELEGRAM_BOT_TOKEN",
            folder=str(settings.mail_dir),
        )
    if settings.smtp_host is None:
        log.warning(
            "email: no server, mail is written to a folder; set SMTP_HOST and MAIL_FROM", folder=str(settings.mail_dir)
        )
    await restore_pause(container, bot)
    letters = build_renderer(container, bot)
    couriers: list[DeliveryWorker[Any]] = [
        build_email_worker(container, letters, process),
        build_telegram_worker(container, letters, process, bot),
    ]
    for courier in couriers:
        stack.push_async_callback(courier.sender.close)
    brought = bot and settings.telegram_webhook_secret
    inbox = WebhookQueue(update_log=container.store.telegram_updates, clock=container.clock) if brought else None
    intake = ReportWatcher(archive=container.archive, folder=ReportFolder(root=settings.reports_dir))
    watch = HealthMonitor(container=container, admin_alerts=container.admin_alerts, workers=couriers)
    for admin in admin_targets(settings):
        await container.subscriptions.ensure_admin(admin)
    service = Service(
        container=container,
        workers=couriers,
        application=None,
        webhook_queue=inbox,
        report_watcher=ReportWatcherTask(watcher=intake, on_results=watch.check_reports),
        health_monitor=watch,
        bounce_poller=build_bounce_poller(container),
    )
    if bot:
        service.dependencies = handler_dependencies(container, service.status)
        service.application = build_application(bot, service.dependencies)
        # An application that never reached Telegram leaves its bot's connections open.
        stack.push_async_callback(bot.shutdown)
        stack.push_async_callback(service.application.shutdown)
    return service
