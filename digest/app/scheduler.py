"""When things happen: APScheduler ticks, in UTC; a reader's hour is ours (``digest.services.schedule``).

A clock set back would stop an interval job for as long; a watchdog on the monotonic clock starts it again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from digest.model.clock import Clock, monotonic

log = structlog.get_logger(__name__)

TICK_INTERVAL = 20
MISFIRE_GRACE_SECONDS = 6 * 3600
MAX_MISSED_TICKS = 3


@dataclass(slots=True, kw_only=True)
class TickLoop:
    """Runs ``tick`` every 20 seconds, never two at a time, until stopped."""

    tick: Callable[[], Awaitable[None]]
    clock: Clock
    interval: float = TICK_INTERVAL
    _scheduler: AsyncIOScheduler = field(init=False)
    _last_tick: float = field(default_factory=monotonic)
    _watchdog: asyncio.Task[None] | None = None
    _tick_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_SECONDS},
        )

    def start(self) -> None:
        """Tick now, and then every ``interval`` seconds."""
        self._scheduler.add_job(
            self._run_tick, IntervalTrigger(seconds=self.interval, timezone=UTC), id="tick", next_run_time=self.clock()
        )
        self._scheduler.start()
        self._watchdog = asyncio.create_task(self._restart_if_stalled(), name="watchdog")

    async def stop(self) -> None:
        """Start no further tick, and wait for the one that runs."""
        if self._watchdog:
            self._watchdog.cancel()
            with suppress(asyncio.CancelledError):
                await self._watchdog
        if self._scheduler.running:
            self._scheduler.pause()
        # Shutting down cancels what runs, so that must have ended before.
        async with self._tick_lock:
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)

    async def _run_tick(self) -> None:
        async with self._tick_lock:
            try:
                await self.tick()
            except Exception:
                log.exception("a tick failed; the next one tries again")
            finally:
                self._last_tick = monotonic()

    async def _restart_if_stalled(self) -> None:
        """Start the ticks again where none came for three rounds: the wall clock was set back."""
        while True:
            await asyncio.sleep(self.interval)
            if monotonic() - self._last_tick > MAX_MISSED_TICKS * self.interval and not self._tick_lock.locked():
                log.warning("the clock was set back; ticking again")
                self._scheduler.modify_job("tick", next_run_time=self.clock())
