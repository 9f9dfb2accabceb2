"""The service: bot, scheduler and delivery workers in one process, started in order and stopped in reverse."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from digest.app.bounce_poller import BouncePoller, build_bounce_poller
from digest.app.container import Container, admin_targets, open_container
from digest.app.delivery import (
    SenderProcess,
    bot_from_settings,
    build_renderer,
    build_workers,
    restore_pause,
    run_as_sender,
)
from digest.app.health import HealthMonitor, build_status
from digest.app.report_watcher import ReportWatcher, ReportWatcherTask
from digest.app.scheduler import STOP_TIMEOUT, Job, JobScheduler, force_exit_after, install_stop_handlers
from digest.app.settings import Settings
from digest.app.telegram import build_application, build_receiver, handler_dependencies
from digest.app.web import is_database_ok, run_web_server
from digest.model.clock import monotonic, system_clock
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.services.admin import ServiceStatus
from digest.services.delivery import CANCEL_GRACE_SECONDS, GRACE_SECONDS, DeliveryWorker
from digest.services.editions import QueueResult
from digest.sources.report_folder import ReportFolder
from digest.storage.sqlite.locks import ProcessLock
from digest.telegram import BotApplication, HandlerDependencies
from digest.telegram.receiver import UpdateReceiver, WebhookQueue
from digest.web import HealthStatus, TelegramWebhook, WebServer

log = structlog.get_logger(__name__)

LOCK_TIMEOUT = 10.0
WORKER_RESTART_DELAY = 30.0
CLEAN_UP_INTERVAL = 600.0
MAX_TICK_AGE = 300.0
"""Seconds after the last tick at which the scheduler counts as stalled; a tick may take a minute on a busy day."""


async def run_service(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C.

    Raises ``ChannelMisconfigured``, ``StoreError`` or ``DatabaseCorrupted`` where it cannot go on.
    """
    async with (
        open_container(settings, system_clock) as container,
        _service_lock(container),
        run_as_sender(container) as process,
        AsyncExitStack() as stack,
    ):
        service = await _build_service(container, stack, process)
        await service.run()


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that runs, and the event that stops it."""

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
        """Run until stopped, then settle what is in flight; raise the error that ended it."""
        install_stop_handlers(self._stop_requested.set)
        async with run_web_server(self.container, self.health, self._webhook_config()) as web_server:
            await self._run_tasks(web_server)
        if self._fatal_error:
            raise self._fatal_error

    async def _run_tasks(self, web_server: WebServer) -> None:
        scheduler = JobScheduler(
            Job(name="tick", run=partial(self._run_job, self.tick)),
            Job(name="clean-up", run=partial(self._run_job, self.container.clean_up), seconds=CLEAN_UP_INTERVAL),
            clock=system_clock,
        )
        sending = [
            asyncio.create_task(self._run_worker(worker), name=f"sending {worker.channel}") for worker in self.workers
        ]
        background = [asyncio.create_task(self._watch_database(), name="store")]
        if self.application:
            self.receiver = build_receiver(self.container, self.application, self.webhook_queue)
            background.append(asyncio.create_task(self.receiver.run(), name="talk"))
        if self.application and self.dependencies:
            progress = self.dependencies.progress_messages.run(self.application.bot, self.container.broadcasts)
            background.append(asyncio.create_task(progress, name="progress"))
        if self.bounce_poller:
            background.append(asyncio.create_task(self.bounce_poller.run(), name="returns"))
        scheduler.start()
        log.info("running; SIGTERM or Ctrl-C stops it")
        await self._stop_requested.wait()
        log.info("stopping: what is in flight is settled first")
        force_exit_after(STOP_TIMEOUT, exit_code=1 if self._fatal_error else 0)
        web_server.stop()
        for worker in self.workers:
            worker.stop()
        for task in background:
            task.cancel()
        ending = {
            asyncio.create_task(self.report_watcher.stop(), name="reports"),
            asyncio.create_task(scheduler.stop(), name="scheduler"),
            *background,
            *sending,
        }
        _, late = await asyncio.wait(ending, timeout=GRACE_SECONDS + CANCEL_GRACE_SECONDS)
        for task in late:
            log.warning("stopping: cut off", what=task.get_name())
            task.cancel()

    def _webhook_config(self) -> TelegramWebhook | None:
        """Return how the web server takes updates from Telegram, None when polling."""
        secret = self.container.settings.telegram_webhook_secret
        if self.webhook_queue is None or secret is None:
            return None
        return TelegramWebhook(secret=secret.get_secret_value().encode(), enqueue=self.webhook_queue.accept)

    async def health(self) -> HealthStatus:
        """Return whether the database responds and ticks happen."""
        on_schedule = monotonic() - self._last_tick < MAX_TICK_AGE
        return HealthStatus(checks={"store": await is_database_ok(self.container), "scheduler": on_schedule})

    async def status(self) -> ServiceStatus:
        """Return what an admin sees with ``/health``."""
        return await build_status(
            self.container,
            workers=self.workers,
            last_tick_at=self._last_tick_at,
            on_schedule=monotonic() - self._last_tick < MAX_TICK_AGE,
            serves_pages=True,
            update_source=self.receiver.status if self.receiver else None,
        )

    async def tick(self) -> None:
        """Queue due digests; new reports are ingested first if that is quick, otherwise at the same time."""
        self._last_tick, self._last_tick_at = monotonic(), system_clock()
        await self.report_watcher.poll(self.container.clock().timestamp())
        result = (
            await self.container.editions.queue_due_digests()
            if await self.health_monitor.has_disk_space()
            else QueueResult()
        )
        # After the reports: a check beside them would report one as missing that is being ingested.
        await self.health_monitor.check()
        if result.subscribers:
            log.info("served", readers=result.subscribers, queued=result.deliveries, folded=result.merged)
            for worker in self.workers:
                worker.wake()

    async def _run_job(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a scheduled job; stop the service if its database is damaged."""
        try:
            await job()
        except DatabaseCorrupted as error:
            self.fail(error)

    async def _watch_database(self) -> None:
        """Stop the service if its database files are damaged, deleted or replaced."""
        self.fail(await self.container.store.database.wait_until_failed())

    def fail(self, error: BaseException) -> None:
        """Stop everything because of ``error``."""
        self._fatal_error = self._fatal_error or error
        self._stop_requested.set()

    async def _run_worker(self, worker: DeliveryWorker[Any]) -> None:
        """Send until stopped; a failure of one channel does not stop the others."""
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
    """Hold the lock of the only service on this database; wait for one that is just stopping."""
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
    """Build the parts from the settings; log which channels write to a folder, and how to change that."""
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
    renderer = build_renderer(container, bot)
    workers = build_workers(container, renderer, process, bot)
    for worker in workers:
        stack.push_async_callback(worker.sender.close)
    uses_webhook = bot and settings.telegram_webhook_secret
    webhook_queue = (
        WebhookQueue(update_log=container.store.telegram_updates, clock=container.clock) if uses_webhook else None
    )
    report_watcher = ReportWatcher(archive=container.archive, folder=ReportFolder(root=settings.reports_dir))
    health_monitor = HealthMonitor(container=container, admin_alerts=container.admin_alerts, workers=workers)
    for admin in admin_targets(settings):
        await container.subscriptions.ensure_admin(admin)
    service = Service(
        container=container,
        workers=workers,
        application=None,
        webhook_queue=webhook_queue,
        report_watcher=ReportWatcherTask(watcher=report_watcher, on_results=health_monitor.check_reports),
        health_monitor=health_monitor,
        bounce_poller=build_bounce_poller(container),
    )
    if bot:
        service.dependencies = handler_dependencies(container, service.status)
        service.application = build_application(bot, service.dependencies)
        # An application that never reached Telegram leaves its bot's connections open.
        stack.push_async_callback(bot.shutdown)
        stack.push_async_callback(service.application.shutdown)
    return service
