"""The service: bot, scheduler and couriers in one process, started in order and stopped in reverse."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from digest.app.core import Core, admins, opened
from digest.app.couriers import (
    bot_of,
    letters_for,
    mail_courier,
    obey_hold,
    telegram_courier,
)
from digest.app.inbox import Inbox
from digest.app.intake import Intake, IntakeBesideTicks
from digest.app.returns import Reading, reading_of
from digest.app.sending import Sender, sender
from digest.app.signs import signs_of
from digest.app.site import serving, store_is_well
from digest.app.stopping import STOP_SECONDS, cut_off, on_stop_signals
from digest.app.talk import chat_on, house_of, talk_of
from digest.app.talking import Talk
from digest.app.watch import Watch
from digest.chat import ChatApplication, House
from digest.clock import monotonic, system_clock
from digest.courier import GRACE_SECONDS, LAST_WORDS_SECONDS, Courier
from digest.edition import Served
from digest.errors import StoreDamaged, StoreError
from digest.overview import Signs
from digest.schedule import Schedule
from digest.settings import Settings
from digest.source.folder import ReportFolder
from digest.store.lock import ProcessLock
from digest.web import Health, TelegramHook, WebServer

log = structlog.get_logger(__name__)

LOCK_PATIENCE = 10.0
SENDING_AGAIN_SECONDS = 30.0
LATE_TICK_SECONDS = 300.0
"""So long after the last tick the scheduler is no longer well; a tick may take a minute on a great day."""


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or Ctrl-C.

    Raises ``ChannelStopped``, ``StoreError`` or ``StoreDamaged`` where it cannot go on.
    """
    async with (
        opened(settings, system_clock) as core,
        _alone(core),
        sender(core) as own,
        AsyncExitStack() as stack,
    ):
        service = await _build(core, stack, own)
        await service.run()


@dataclass(slots=True, kw_only=True)
class Service:
    """Everything that runs, and the one event that ends it."""

    core: Core
    couriers: Sequence[Courier[Any]]
    chat: ChatApplication | None
    inbox: Inbox | None
    intake: IntakeBesideTicks
    watch: Watch
    returns: Reading | None
    house: House | None = None
    talk: Talk | None = None
    _ticked: float = field(default_factory=monotonic)
    _ticked_at: datetime = field(default_factory=system_clock)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _fatal: BaseException | None = None

    async def run(self) -> None:
        """Run until told to stop, then settle what is in flight; raises what ended it."""
        on_stop_signals(self._stop.set)
        async with serving(self.core, self.health, self._hook()) as pages:
            await self._work(pages)
        if self._fatal:
            raise self._fatal

    async def _work(self, pages: WebServer) -> None:
        schedule = Schedule(tick=self._tick, clock=system_clock)
        sending = [
            asyncio.create_task(self._send(courier), name=f"sending {courier.channel}")
            for courier in self.couriers
        ]
        beside = [asyncio.create_task(self._until_damaged(), name="store")]
        if self.chat:
            self.talk = talk_of(self.core, self.chat, self.inbox)
            beside.append(asyncio.create_task(self.talk.run(), name="talk"))
        if self.chat and self.house:
            telling = self.house.progress.run(self.chat.bot, self.core.broadcaster)
            beside.append(asyncio.create_task(telling, name="progress"))
        if self.returns:
            beside.append(asyncio.create_task(self.returns.run(), name="returns"))
        schedule.start()
        log.info("running; SIGTERM or Ctrl-C stops it")
        await self._stop.wait()
        log.info("stopping: what is in flight is settled first")
        cut_off(STOP_SECONDS, code=1 if self._fatal else 0)
        pages.stop()
        for courier in self.couriers:
            courier.stop()
        for task in beside:
            task.cancel()
        ending = {
            asyncio.create_task(self.intake.stop(), name="reports"),
            asyncio.create_task(schedule.stop(), name="scheduler"),
            *beside,
            *sending,
        }
        _, late = await asyncio.wait(ending, timeout=GRACE_SECONDS + LAST_WORDS_SECONDS)
        for task in late:
            log.warning("stopping: cut off", what=task.get_name())
            task.cancel()

    def _hook(self) -> TelegramHook | None:
        """Give where Telegram brings updates, None where we ask for them."""
        secret = self.core.settings.telegram_webhook_secret
        if self.inbox is None or secret is None:
            return None
        return TelegramHook(secret=secret.get_secret_value().encode(), take=self.inbox.take)

    async def health(self) -> Health:
        """Tell whether the store answers and the ticks come."""
        punctual = monotonic() - self._ticked < LATE_TICK_SECONDS
        return Health(parts={"store": await store_is_well(self.core), "scheduler": punctual})

    async def signs(self) -> Signs:
        """Tell an admin how the service does."""
        return await signs_of(
            self.core,
            couriers=self.couriers,
            ticked_at=self._ticked_at,
            punctual=monotonic() - self._ticked < LATE_TICK_SECONDS,
            serves=True,
            hearing=self.talk.hearing if self.talk else None,
        )

    async def tick(self) -> None:
        """Serve whoever is due; new reports are taken in first where that is quick, else meanwhile."""
        self._ticked, self._ticked_at = monotonic(), system_clock()
        await self.core.store.history.tally(self.core.clock())
        await self.core.sign_up.tidy()
        await self.intake.look(self.core.clock().timestamp())
        served = await self.core.desk.serve() if await self.watch.has_room() else Served()
        await self.watch.look()
        if served.subscribers:
            log.info("served", readers=served.subscribers, queued=served.deliveries, folded=served.folded)
            for courier in self.couriers:
                courier.wake()

    async def _tick(self) -> None:
        try:
            await self.tick()
        except StoreDamaged as error:
            self.end(error)

    async def _until_damaged(self) -> None:
        """End the service where the files of its database are damaged, deleted or replaced."""
        self.end(await self.core.store.database.ended())

    def end(self, error: BaseException) -> None:
        """Stop everything because of ``error``."""
        self._fatal = self._fatal or error
        self._stop.set()

    async def _send(self, courier: Courier[Any]) -> None:
        """Send until stopped; what one channel meets does not end the others."""
        while not self._stop.is_set():
            try:
                await courier.run()
            except StoreDamaged as error:
                self.end(error)
            except Exception:
                log.exception("sending failed; it begins again", channel=courier.channel.value)
                with suppress(TimeoutError):
                    async with asyncio.timeout(SENDING_AGAIN_SECONDS):
                        await self._stop.wait()


@asynccontextmanager
async def _alone(core: Core) -> AsyncIterator[None]:
    """Hold the lock of the one service on a database; one that is just stopping is waited for."""
    lock = ProcessLock(core.lock_file)
    async with asyncio.timeout(LOCK_PATIENCE + 1):
        waited = 0.0
        while not lock.take():
            if waited >= LOCK_PATIENCE:
                raise StoreError(
                    f"another Paper Digest (process {lock.holder()}) runs on this database; stop it first"
                )
            await asyncio.sleep(0.25)
            waited += 0.25
    try:
        yield
    finally:
        lock.free()


async def _build(core: Core, stack: AsyncExitStack, own: Sender) -> Service:
    """Build the parts from the settings, and say what goes to a folder and how to change that."""
    settings = core.settings
    bot = bot_of(settings)
    if bot is None:
        log.warning(
            "telegram: no token, messages are written to a folder; set TELEGRAM_BOT_TOKEN",
            folder=str(settings.mail_dir),
        )
    if settings.smtp_host is None:
        log.warning(
            "email: no server, mail is written to a folder; set SMTP_HOST and MAIL_FROM",
            folder=str(settings.mail_dir),
        )
    await obey_hold(core, bot)
    letters = letters_for(core, bot)
    couriers: list[Courier[Any]] = [
        mail_courier(core, letters, own),
        telegram_courier(core, letters, own, bot),
    ]
    for courier in couriers:
        stack.push_async_callback(courier.postbox.close)
    brought = bot and settings.telegram_webhook_secret
    inbox = Inbox(noted=core.store.updates, clock=core.clock) if brought else None
    intake = Intake(archive=core.archive, folder=ReportFolder(root=settings.reports_dir))
    watch = Watch(core=core, alerts=core.alerts, couriers=couriers)
    for admin in admins(settings):
        await core.membership.introduce(admin)
    service = Service(
        core=core,
        couriers=couriers,
        chat=None,
        inbox=inbox,
        intake=IntakeBesideTicks(intake=intake, tell=watch.look_at_reports),
        watch=watch,
        returns=reading_of(core),
    )
    if bot:
        service.house = house_of(core, service.signs)
        service.chat = chat_on(bot, service.house)
        # An application that never reached Telegram leaves its bot's connections open.
        stack.push_async_callback(bot.shutdown)
        stack.push_async_callback(service.chat.shutdown)
    return service
