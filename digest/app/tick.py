"""One turn of the wheel: take reports in, serve who is due, send what is due; for ``tick`` and the demo."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram.ext import ExtBot

from digest.app.bounce_poller import BouncePoller, build_bounce_poller
from digest.app.container import Container
from digest.app.delivery import bot_from_settings, build_email_worker, build_renderer, build_telegram_worker
from digest.app.sender_process import run_as_sender
from digest.services.delivery import DeliveryWorker
from digest.services.editions import QueueResult
from digest.telegram.rate_limiter import Priority

LAST_MAIL_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TickRunner:
    """Serves and sends once."""

    container: Container
    workers: Sequence[DeliveryWorker[Any]]
    bounce_poller: BouncePoller | None

    async def run_once(self) -> QueueResult:
        """Read what came back, serve everybody who is due, and send all that is due on both channels."""
        if self.bounce_poller:
            await self.bounce_poller.poll_once()
        await self.container.store.stats_history.record_daily_counts(self.container.clock())
        await self.container.signup.purge_expired()
        served = await self.container.editions.queue_due_digests()
        await self.send_due()
        return served

    async def send_due(self) -> None:
        """Send all that is due on both channels."""
        ends = await asyncio.gather(*(one.drain() for one in self.workers), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    def stop(self) -> None:
        """Claim nothing more; ``run_once`` ends when what is in flight is settled."""
        for courier in self.workers:
            courier.stop()


@asynccontextmanager
async def tick_runner(container: Container) -> AsyncIterator[TickRunner]:
    """Return a wheel with a courier for each channel, and close its connections in the end."""
    async with run_as_sender(container) as own, _open_bot(container) as bot:
        letters = build_renderer(container, bot)
        couriers: list[DeliveryWorker[Any]] = [
            build_email_worker(container, letters, own),
            build_telegram_worker(container, letters, own, bot),
        ]
        try:
            yield TickRunner(container=container, workers=couriers, bounce_poller=build_bounce_poller(container))
        finally:
            for courier in couriers:
                await courier.sender.close()


@asynccontextmanager
async def _open_bot(container: Container) -> AsyncIterator[ExtBot[Priority] | None]:
    """Return a bot that only sends, None without a token."""
    bot = bot_from_settings(container.settings)
    try:
        yield bot
    finally:
        if bot:
            await bot.shutdown()


@asynccontextmanager
async def background_mail_worker(container: Container) -> AsyncIterator[None]:
    """Send mail while inside, and what was asked for last on leaving: a code in the terminal arrives."""
    async with run_as_sender(container) as own:
        courier = build_email_worker(container, build_renderer(container), own)
        sending = asyncio.create_task(courier.run(), name="mail")
        try:
            yield
            await courier.wait_until_idle(LAST_MAIL_TIMEOUT)
        finally:
            courier.stop()
            await asyncio.wait([sending])
            await courier.sender.close()
    sending.result()
