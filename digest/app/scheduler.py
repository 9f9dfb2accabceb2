"""Periodic jobs, run by APScheduler in UTC, and the signals that stop the program.

A subscriber's delivery time is not a job: ``digest.services.schedule`` computes it. A clock that is set back
would stop an interval job for as long; a watchdog on the monotonic clock starts it again.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from digest.model.clock import Clock, monotonic

log = structlog.get_logger(__name__)

TICK_INTERVAL = 20
MISFIRE_GRACE_SECONDS = 6 * 3600
MAX_MISSED_RUNS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something that runs at the start and then every ``seconds``."""

    name: str
    run: Callable[[], Awaitable[None]]
    seconds: float = TICK_INTERVAL


class JobScheduler:
    """Runs jobs at their intervals, each never twice at a time, until stopped.

    APScheduler coalesces missed runs, keeps a job to one instance, and logs a job that raises.
    """

    def __init__(self, *jobs: Job, clock: Clock) -> None:
        self._clock = clock
        self._jobs = {job.name: job for job in jobs}
        self._running = {job.name: asyncio.Lock() for job in jobs}
        self._last_run = dict.fromkeys(self._jobs, monotonic())
        self._watchdog: asyncio.Task[None] | None = None
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": MISFIRE_GRACE_SECONDS},
        )

    def start(self) -> None:
        """Run every job now, and then at its interval."""
        for job in self._jobs.values():
            trigger = IntervalTrigger(seconds=job.seconds, timezone=UTC)
            self._scheduler.add_job(
                self._run, trigger, args=[job], id=job.name, name=job.name, next_run_time=self._clock()
            )
        self._scheduler.start()
        self._watchdog = asyncio.create_task(self._restart_stalled(), name="scheduler watchdog")

    async def stop(self) -> None:
        """Start no further run, and wait for those that are running."""
        if self._watchdog:
            self._watchdog.cancel()
            await asyncio.wait([self._watchdog])
        if self._scheduler.running:
            self._scheduler.pause()
            # Shutting the scheduler down cancels running jobs, so they have to end first.
            for lock in self._running.values():
                await lock.acquire()
            self._scheduler.shutdown(wait=False)

    async def _run(self, job: Job) -> None:
        async with self._running[job.name]:
            try:
                await job.run()
            finally:
                self._last_run[job.name] = monotonic()

    async def _restart_stalled(self) -> None:
        """Run jobs again that missed three runs: the wall clock, by which APScheduler waits, was set back."""
        while True:
            await asyncio.sleep(min(job.seconds for job in self._jobs.values()))
            for name, job in self._jobs.items():
                late = monotonic() - self._last_run[name] > MAX_MISSED_RUNS * job.seconds
                if late and not self._running[name].locked():
                    log.warning("the clock was set back; job restarted", job=name)
                    self._scheduler.modify_job(name, next_run_time=self._clock())


STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

STOP_TIMEOUT = 19.0
"""Seconds that a stop may take before the process exits anyway; supervisors wait twenty seconds or more."""


def install_stop_handlers(stop: Callable[[], object]) -> None:
    """Call ``stop`` at each stop signal, except signals that are ignored (as ``nohup`` ignores SIGHUP)."""
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)


def remove_stop_handlers() -> None:
    """Restore the default effect of the stop signals."""
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.remove_signal_handler(number)


def force_exit_after(seconds: float, *, exit_code: int) -> None:
    """Exit the process with ``exit_code`` after ``seconds``, whatever still runs.

    Nothing is lost: each sent message is settled in its own transaction, and the others stay due. This is for
    what cannot be interrupted otherwise, such as a thread that waits for a response.
    """

    def force_exit() -> None:
        log.warning("stopping: it takes too long, the rest is left")
        os._exit(exit_code)

    timer = threading.Timer(seconds, force_exit)
    timer.daemon = True
    timer.start()
