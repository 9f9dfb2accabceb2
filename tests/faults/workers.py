"""Sending inside this process, with a clock that can be moved: for faults that take minutes or days."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digest.app.delivery import build_renderer, new_sender_name
from digest.model import Channel, Delivery, DeliveryState
from digest.model.clock import FixedClock, system_clock
from digest.model.outcome import MessageSender
from digest.services.delivery import DeliveryWorker
from digest.storage import Store, open_store
from digest.text.reason_texts import reason_in_english
from tests.faults.environment import CampaignEnv, campaign_env
from tests.faults.score import StoredUnit

MAX_ROUNDS = 12

Render = Callable[[Delivery], Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerEnv:
    """A store with messages queued in it, a clock, and what sends them."""

    env: CampaignEnv
    store: Store
    clock: FixedClock
    channel: Channel
    render: Render

    async def send_due(self, sender: MessageSender[Any], *, width: int = 1) -> None:
        """Send what is due now, as a courier that has just been started does."""
        courier: DeliveryWorker[Any] = DeliveryWorker(
            channel=self.channel,
            owner=new_sender_name(),
            outbox=self.store.outbox,
            sender=sender,
            render=self.render,
            clock=self.clock,
            concurrency=width,
        )
        await courier.drain()

    async def send_until_idle(self, sender: MessageSender[Any], *, width: int = 1) -> None:
        """Send, and move the clock to whatever waits, until nothing does or too many rounds have passed."""
        for _ in range(MAX_ROUNDS):
            await self.send_due(sender, width=width)
            waiting = [row.not_before for row in await self.store.outbox.list_deliveries(DeliveryState.DUE)]
            if not waiting:
                return
            self.clock.now = max(self.clock.now, min(waiting)) + timedelta(seconds=1)

    async def delivery_status(self, unit: str) -> tuple[StoredUnit, timedelta]:
        """Return what became of a unit, and how far ahead its next try is."""
        row = next(row for row in await self.store.outbox.list_deliveries() if row.target.address == unit)
        kept = StoredUnit(
            unit=unit, state=row.state, reason=reason_in_english(row.reason) or None, attempts=row.attempts
        )
        return kept, row.not_before - self.clock.now


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedBroadcast:
    """A database with a broadcast queued, to be copied for each case of a row."""

    env: CampaignEnv
    render: Render
    channel: Channel
    units: Sequence[str]

    @asynccontextmanager
    async def open_copy(self) -> AsyncIterator[WorkerEnv]:
        """Return a fresh copy, its clock at the present."""
        async with campaign_env() as copy:
            shutil.copy(self.env.database, copy.database)
            clock = FixedClock(system_clock())
            store = await open_store(copy.url, clock)
            try:
                yield WorkerEnv(env=copy, store=store, clock=clock, channel=self.channel, render=self.render)
            finally:
                await store.close()


@asynccontextmanager
async def queued_broadcast(count: int, channel: Channel) -> AsyncIterator[QueuedBroadcast]:
    """Return a pattern with so many units; a broadcast renders without looking anything up."""
    async with campaign_env() as place:
        units = await place.add_subscribers(count, channel)
        await place.queue_broadcast()
        async with place.open_container() as core:
            letters = build_renderer(core)
        render: Render = letters.render_email if channel is Channel.EMAIL else letters.render_telegram
        yield QueuedBroadcast(env=place, render=render, channel=channel, units=units)
