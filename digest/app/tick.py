"""Queue and send everything that is due, once: for ``tick``, the demo and the terminal chat."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram.ext import ExtBot

from digest.app.bounce_poller import BouncePoller, build_bounce_poller
from digest.app.container import Container
from digest.app.delivery import bot_from_settings, build_email_worker, build_renderer, build_workers, run_as_sender
from digest.services.delivery import DeliveryWorker
from digest.services.editions import QueueResult
from digest.telegram.rate_limiter import Priority

LAST_MAIL_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TickRunner:
    """Queues due digests and sends what is due."""

    container: Container
    workers: Sequence[DeliveryWorker[Any]]
    bounce_poller: BouncePoller | None

    async def run_once(self) -> QueueResult:
        """Process bounces, queue due digests, and send everything that is due on both channels."""
        if self.bounce_poller:
            await self.bounce_poller.poll_once()
        await self.container.clean_up()
        result = await self.container.editions.queue_due_digests()
        await self.send_due()
        return result

    async def send_due(self) -> None:
        """Send everything that is due on both channels."""
        results = await asyncio.gather(*(one.drain() for one in self.workers), return_exceptions=True)
        for end in results:
            if end is not None:
                raise end

    def stop(self) -> None:
        """Claim no more deliveries; ``run_once`` ends when those in flight are settled."""
        for worker in self.workers:
            worker.stop()


@asynccontextmanager
async def tick_runner(container: Container) -> AsyncIterator[TickRunner]:
    """Return a runner with a worker for each channel; its connections are closed on leaving."""
    async with run_as_sender(container) as process, _open_bot(container) as bot:
        renderer = build_renderer(container, bot)
        workers = build_workers(container, renderer, process, bot)
        try:
            yield TickRunner(container=container, workers=workers, bounce_poller=build_bounce_poller(container))
        finally:
            for worker in workers:
                await worker.sender.close()


@asynccontextmanager
async def _open_bot(container: Container) -> AsyncIterator[ExtBot[Priority] | None]:
    """Return a bot for sending, None without a token."""
    bot = bot_from_settings(container.settings)
    try:
        yield bot
    finally:
        if bot:
            await bot.shutdown()


@asynccontextmanager
async def background_mail_worker(container: Container) -> AsyncIterator[None]:
    """Send emails while inside; on leaving, wait for those queued last, such as a verification code."""
    async with run_as_sender(container) as process:
        worker = build_email_worker(container, build_renderer(container), process)
        sending = asyncio.create_task(worker.run(), name="mail")
        try:
            yield
            await worker.wait_until_idle(LAST_MAIL_TIMEOUT)
        finally:
            worker.stop()
            await asyncio.wait([sending])
            await worker.sender.close()
    sending.result()
