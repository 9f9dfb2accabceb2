"""A store that is away for a while: what is known is written down when it is back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from digest.model import Channel, Delivery
from digest.model.clock import FixedClock
from digest.model.errors import StoreError
from digest.services.delivery import Outbox, Settlement
from digest.storage import Store
from tests.services.delivery.scripted_sender import (
    ScriptedSender,
    build_worker,
    queue_broadcast,
    rows_by_address,
    states_by_address,
)


@dataclass
class UnavailableOutbox:
    """The real outbox, away for the next calls of some of its methods."""

    real: Outbox
    failures_left: dict[str, int]
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        """Be the real one in everything else."""
        return getattr(self.real, name)

    def _record_call(self, name: str) -> None:
        self.calls.append(name)
        if self.failures_left.get(name, 0) > 0:
            self.failures_left[name] -= 1
            raise StoreError("database is locked")

    async def claim(
        self,
        channel: Channel,
        owner: str,
        *,
        due_at: datetime,
        now: datetime,
        until: datetime,
        limit: int,
        holding: Collection[int] = (),
    ) -> Sequence[Delivery]:
        """Claim as the real one does, when it is there."""
        self._record_call("claim")
        return await self.real.claim(channel, owner, due_at=due_at, now=now, until=until, limit=limit, holding=holding)

    async def mark_sending(self, delivery: int, owner: str) -> bool:
        """Mark as the real one does, when it is there."""
        self._record_call("sending")
        return await self.real.mark_sending(delivery, owner)

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        """Settle as the real one does, when it is there."""
        self._record_call("settle")
        return await self.real.settle(delivery, owner, settlement, at)

    async def release(self, owner: str) -> int:
        """Return back as the real one does, when it is there."""
        self._record_call("release")
        return await self.real.release(owner)


def unavailable_outbox(store: Store, **away: int) -> UnavailableOutbox:
    """Return the outbox of a store, away for so many calls."""
    return UnavailableOutbox(store.outbox, away)


async def test_a_known_end_is_written_when_the_store_is_back(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    courier = build_worker(store, ScriptedSender(), clock)
    courier.outbox = unavailable_outbox(store, settle=2)  # type: ignore[assignment] # the rest is the real one's

    await courier.drain()

    assert await states_by_address(store) == {"1": "sent"}


async def test_what_could_not_be_marked_is_not_sent_and_comes_later(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    postbox = ScriptedSender()
    courier = build_worker(store, postbox, clock)
    courier.outbox = unavailable_outbox(store, sending=1)  # type: ignore[assignment] # the rest is the real one's

    await courier.drain()
    put_off = await rows_by_address(store)
    clock.advance(timedelta(minutes=1))
    await courier.drain()

    assert put_off["1"].state == "due"
    assert postbox.addresses == ["1"]


@pytest.mark.parametrize("name", ["claim", "release"])
async def test_a_store_that_is_away_ends_no_courier(store: Store, clock: FixedClock, name: str) -> None:
    await queue_broadcast(store, clock)
    courier = build_worker(store, ScriptedSender(), clock)
    courier.outbox = unavailable_outbox(store, **{name: 1})  # type: ignore[assignment] # the rest is the real one's

    await courier.drain()
    await courier.drain()

    assert await states_by_address(store) == {"1": "sent"}
