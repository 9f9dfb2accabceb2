"""Sending inside this process, with a clock that can be moved: for faults that take minutes or days."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from digest.app.couriers import letters_for
from digest.app.sending import new_owner
from digest.channel import Postbox
from digest.clock import SetClock, system_clock
from digest.courier import Courier
from digest.model import Channel, Delivery, DeliveryState
from digest.reason_texts import reason_in_english
from digest.store import Store, open_store
from tests.faults.ground import Ground, ground
from tests.faults.score import Kept

MOST_ROUNDS = 12

Render = Callable[[Delivery], Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A store with messages queued in it, a clock, and what sends them."""

    place: Ground
    store: Store
    clock: SetClock
    channel: Channel
    render: Render

    async def send(self, postbox: Postbox[Any], *, width: int = 1) -> None:
        """Send what is due now, as a courier that has just been started does."""
        courier: Courier[Any] = Courier(
            channel=self.channel,
            owner=new_owner(),
            outbox=self.store.outbox,
            postbox=postbox,
            render=self.render,
            clock=self.clock,
            width=width,
        )
        await courier.drain()

    async def send_all(self, postbox: Postbox[Any], *, width: int = 1) -> None:
        """Send, and move the clock to whatever waits, until nothing does or too many rounds have passed."""
        for _ in range(MOST_ROUNDS):
            await self.send(postbox, width=width)
            waiting = [row.not_before for row in await self.store.outbox.rows(DeliveryState.DUE)]
            if not waiting:
                return
            self.clock.at = max(self.clock.at, min(waiting)) + timedelta(seconds=1)

    async def fate(self, unit: str) -> tuple[Kept, timedelta]:
        """Give what became of a unit, and how far ahead its next try is."""
        row = next(row for row in await self.store.outbox.rows() if row.target.address == unit)
        kept = Kept(
            unit=unit, state=row.state, reason=reason_in_english(row.reason) or None, attempts=row.attempts
        )
        return kept, row.not_before - self.clock.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A database with a broadcast queued, to be copied for each case of a row."""

    place: Ground
    render: Render
    channel: Channel
    units: Sequence[str]

    @asynccontextmanager
    async def office(self) -> AsyncIterator[Office]:
        """Give a fresh copy, its clock at the present."""
        async with ground() as copy:
            shutil.copy(self.place.database, copy.database)
            clock = SetClock(system_clock())
            store = await open_store(copy.url, clock)
            try:
                yield Office(
                    place=copy,
                    store=store,
                    clock=clock,
                    channel=self.channel,
                    render=self.render,
                )
            finally:
                await store.close()


@asynccontextmanager
async def pattern(count: int, channel: Channel) -> AsyncIterator[Pattern]:
    """Give a pattern with so many units; a broadcast renders without looking anything up."""
    async with ground() as place:
        units = await place.crowd(count, channel)
        await place.broadcast()
        async with place.core() as core:
            letters = letters_for(core)
        render: Render = letters.as_mail if channel is Channel.EMAIL else letters.as_chat
        yield Pattern(place=place, render=render, channel=channel, units=units)
