"""A store that is away for a while: what is known is written down when it is back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from digest.clock import SetClock
from digest.courier import Outbox, Settlement
from digest.errors import StoreError
from digest.model import Channel, Delivery
from digest.store import Store
from tests.courier.post import ScriptedPostbox, courier_on, queue_for, rows, states


@dataclass
class AwayOutbox:
    """The real outbox, away for the next calls of some of its methods."""

    real: Outbox
    away: dict[str, int]
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        """Be the real one in everything else."""
        return getattr(self.real, name)

    def _come(self, name: str) -> None:
        self.asked.append(name)
        if self.away.get(name, 0) > 0:
            self.away[name] -= 1
            raise StoreError("database is locked")

    async def claim(
        self,
        channel: Channel,
        owner: str,
        *,
        due: datetime,
        now: datetime,
        until: datetime,
        most: int,
        holding: Collection[int] = (),
    ) -> Sequence[Delivery]:
        """Claim as the real one does, when it is there."""
        self._come("claim")
        return await self.real.claim(
            channel, owner, due=due, now=now, until=until, most=most, holding=holding
        )

    async def sending(self, delivery: int, owner: str) -> bool:
        """Mark as the real one does, when it is there."""
        self._come("sending")
        return await self.real.sending(delivery, owner)

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        """Settle as the real one does, when it is there."""
        self._come("settle")
        return await self.real.settle(delivery, owner, settlement, at)

    async def release(self, owner: str) -> int:
        """Give back as the real one does, when it is there."""
        self._come("release")
        return await self.real.release(owner)


def away_for(store: Store, **away: int) -> AwayOutbox:
    """Give the outbox of a store, away for so many calls."""
    return AwayOutbox(store.outbox, away)


async def test_a_known_end_is_written_when_the_store_is_back(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock)
    courier = courier_on(store, ScriptedPostbox(), clock)
    courier.outbox = away_for(store, settle=2)  # type: ignore[assignment] # the rest is the real one's

    await courier.drain()

    assert await states(store) == {"1": "sent"}


async def test_what_could_not_be_marked_is_not_sent_and_comes_later(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock)
    postbox = ScriptedPostbox()
    courier = courier_on(store, postbox, clock)
    courier.outbox = away_for(store, sending=1)  # type: ignore[assignment] # the rest is the real one's

    await courier.drain()
    put_off = await rows(store)
    clock.forward(timedelta(minutes=1))
    await courier.drain()

    assert put_off["1"].state == "due"
    assert postbox.addresses == ["1"]


@pytest.mark.parametrize("name", ["claim", "release"])
async def test_a_store_that_is_away_ends_no_courier(store: Store, clock: SetClock, name: str) -> None:
    await queue_for(store, clock)
    courier = courier_on(store, ScriptedPostbox(), clock)
    courier.outbox = away_for(store, **{name: 1})  # type: ignore[assignment] # the rest is the real one's

    await courier.drain()
    await courier.drain()

    assert await states(store) == {"1": "sent"}
