"""A row that ends the program is found, and no other row is blamed for it."""

import asyncio
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.broadcast import Audience
from digest.clock import SetClock
from digest.courier import MOST_CRASHES, Settlement
from digest.model import Channel, Delivery, DeliveryState, Target
from digest.store import Store, open_store
from tests.courier.post import ScriptedPostbox, courier_on, queue_for, states
from tests.support.stores import NOW, membership_on

LEASE = timedelta(seconds=60)
SENT = Settlement(state=DeliveryState.SENT)
MOST_STEPS = 3000
CRASHES_EACH = MOST_CRASHES + 2
"""What a row that ends the program at each claim may cost: two crashes until it is tried alone."""


@dataclass(slots=True)
class Process:
    """A process that sends on both channels: what it holds, and what it has begun."""

    name: str
    backlog: dict[Channel, deque[Delivery]] = field(default_factory=lambda: {one: deque() for one in Channel})
    flying: dict[Channel, list[Delivery]] = field(default_factory=lambda: {one: [] for one in Channel})

    @property
    def holds(self) -> list[int]:
        """The rows that are in flight in this process."""
        every = (*self.backlog.values(), *self.flying.values())
        return [delivery.id for some in every for delivery in some]

    def owner(self, channel: Channel) -> str:
        """Give the name under which it claims."""
        return f"{self.name}.{channel}"


@dataclass(slots=True)
class World:
    """A store, the processes that send from it, and the rows that end whichever begins with them."""

    store: Store
    killers: frozenset[int]
    now: datetime = NOW
    living: dict[str, Process] = field(default_factory=dict)
    crashes: int = 0
    by_killers: int = 0
    alone: Counter[int] = field(default_factory=Counter)
    begun_at_crash: set[int] = field(default_factory=set)
    _names: int = 0

    async def start(self) -> Process:
        """Start a process, which takes back what dead ones held."""
        self._names += 1
        process = self.living[f"p{self._names}"] = Process(f"p{self._names}")
        await self.store.outbox.recover(self.now, lambda owner: owner.rpartition(".")[0] in self.living)
        return process

    async def claim(self, process: Process, channel: Channel, most: int = 8) -> bool:
        """Let a courier claim that holds nothing to begin; tell whether it got something."""
        if process.backlog[channel]:
            return False
        claimed = await self.store.outbox.claim(
            channel,
            process.owner(channel),
            due=self.now,
            now=self.now,
            until=self.now + LEASE,
            most=most,
            holding=process.holds,
        )
        process.backlog[channel].extend(claimed)
        return bool(claimed)

    async def begin(self, process: Process, channel: Channel) -> None:
        """Render the next row and mark that it leaves; a killer ends the process instead."""
        if not process.backlog[channel]:
            return
        delivery = process.backlog[channel][0]
        if delivery.id in self.killers:
            self.by_killers += 1
            self.crash(process)
            return
        process.backlog[channel].popleft()
        if await self.store.outbox.sending(delivery.id, process.owner(channel)):
            process.flying[channel].append(delivery)

    async def end(self, process: Process, channel: Channel) -> None:
        """Settle what was begun first."""
        if process.flying[channel]:
            delivery = process.flying[channel].pop(0)
            await self.store.outbox.settle(delivery.id, process.owner(channel), SENT, self.now)

    async def stop(self, process: Process) -> None:
        """Stop in order."""
        for channel in Channel:
            while process.flying[channel]:
                await self.end(process, channel)
            await self.store.outbox.release(process.owner(channel))
        del self.living[process.name]

    def crash(self, process: Process) -> None:
        """End a process as kill -9 does, and note what was in flight alone."""
        self.crashes += 1
        in_flight = [row for one in self.living.values() for row in one.holds]
        if len(in_flight) == 1:
            self.alone[in_flight[0]] += 1
        self.begun_at_crash |= {one.id for some in process.flying.values() for one in some}
        del self.living[process.name]

    async def passes(self, seconds: int) -> None:
        """Let time pass; whoever lives renews what it holds."""
        self.now += timedelta(seconds=seconds)
        for process in self.living.values():
            for channel in Channel:
                held = [one.id for one in (*process.backlog[channel], *process.flying[channel])]
                await self.store.outbox.renew(process.owner(channel), self.now + LEASE, held)

    async def refused(self) -> set[int]:
        """Give the rows that were refused."""
        return {row.id for row in await self.store.outbox.rows(DeliveryState.REFUSED)}

    async def one_life(self, rng: Random) -> bool:
        """Let a process of its own send until nothing is left, in any order; False where it was ended."""
        process = await self.start()
        for _ in range(MOST_STEPS):
            channel = rng.choice(list(Channel))
            match rng.randrange(4):
                case 0:
                    claimed = await self.claim(process, channel)
                    if not (claimed or process.holds or await self.waits()):
                        await self.stop(process)
                        return True
                    await self.passes(2)
                case 1 | 2:
                    await self.begin(process, channel)
                case _:
                    await self.end(process, channel)
            if process.name not in self.living:
                return False
        raise AssertionError(f"nothing moves: {process.holds}")

    async def waits(self) -> bool:
        """Tell whether anything may be claimed in a moment."""
        box = self.store.outbox
        return any([await box.waits(channel, self.now, self.now) for channel in Channel])

    async def act(self, what: int, rng: Random) -> None:
        """Let one thing happen."""
        if what == 0 and len(self.living) < 3:
            await self.start()
        if not self.living:
            return
        process, channel = rng.choice(list(self.living.values())), rng.choice(list(Channel))
        match what:
            case 1 | 2 | 3:
                await self.claim(process, channel)
            case 4 | 5 | 6 | 7:
                await self.begin(process, channel)
            case 8 | 9:
                await self.end(process, channel)
            case 10:
                self.crash(process)
            case 11:
                await self.stop(process)
            case 12:
                await self.passes(rng.choice((1, 20, 70)))
            case _:
                pass


async def open_on(blank: Path, folder: str) -> Store:
    """Give an empty store in a folder."""
    file = Path(folder) / "digest.db"
    shutil.copyfile(blank, file)
    return await open_store(f"sqlite+aiosqlite:///{file}", SetClock(NOW))


async def queue_both(store: Store, each: int) -> Sequence[int]:
    """Queue a message for so many endpoints on each channel; give the rows."""
    people = membership_on(store, SetClock(NOW))
    for number in range(each):
        await people.subscribe(Target.telegram(number + 1), None)
        await people.subscribe(Target.email(f"u{number}@example.org"), None)
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    return sorted(row.id for row in await store.outbox.rows(most=1000))


@given(
    each=st.integers(1, 8),
    chosen=st.lists(st.integers(0, 15), max_size=3, unique=True),
    steps=st.lists(st.integers(0, 12), max_size=60),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=12, deadline=None)
def test_whatever_crashes_only_what_alone_was_in_flight_is_refused_and_all_else_is_sent(
    blank: Path, each: int, chosen: list[int], steps: list[int], seed: int
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = await open_on(blank, folder)
            try:
                await lives(store)
            finally:
                await store.close()

    async def lives(store: Store) -> None:
        rng = Random(seed)  # noqa: S311 - repeatable on purpose
        rows = await queue_both(store, each)
        killers = frozenset(rows[number] for number in chosen if number < len(rows))
        world = World(store, killers)
        for step in steps:
            await world.act(step, rng)
            assert all(world.alone[row] >= MOST_CRASHES for row in await world.refused())
        for process in list(world.living.values()):
            world.crash(process)
        while not await world.one_life(rng):
            assert world.by_killers <= CRASHES_EACH * len(killers)
        left = {row.id: row.state for row in await store.outbox.rows(most=1000)}

        guilty = {row for row in rows if left[row] is DeliveryState.REFUSED}
        assert killers <= guilty
        assert all(world.alone[row] >= MOST_CRASHES for row in guilty)
        assert {row for row in rows if left[row] is DeliveryState.UNCERTAIN} <= world.begun_at_crash
        assert {left[row] for row in rows} <= {
            DeliveryState.SENT,
            DeliveryState.REFUSED,
            DeliveryState.UNCERTAIN,
        }

    asyncio.run(live())


async def test_three_kills_in_a_great_run_refuse_nobody(store: Store) -> None:
    rows = await queue_both(store, 60)
    world = World(store, frozenset())
    rng = Random(1)  # noqa: S311 - repeatable on purpose
    for _ in range(MOST_CRASHES):
        process = await world.start()
        for channel in Channel:
            await world.claim(process, channel, most=64)
        world.crash(process)

    ended = await world.one_life(rng)

    assert ended
    assert {row.state for row in await store.outbox.rows(most=1000)} == {DeliveryState.SENT}
    assert len(rows) == 120


@pytest.mark.parametrize("each", [1, 100])
async def test_one_row_that_kills_is_refused_after_so_many_crashes_and_no_more(
    store: Store, each: int
) -> None:
    rows = await queue_both(store, each)
    victim = rows[len(rows) // 2]
    world = World(store, frozenset({victim}))
    rng = Random(2)  # noqa: S311 - repeatable on purpose

    while not await world.one_life(rng):
        assert world.crashes <= CRASHES_EACH

    left = Counter(row.state for row in await store.outbox.rows(most=1000))
    assert await world.refused() == {victim}
    assert left[DeliveryState.SENT] + left[DeliveryState.UNCERTAIN] == len(rows) - 1


async def test_two_that_kill_on_two_channels_do_not_hide_each_other(store: Store) -> None:
    await queue_both(store, 20)
    found = await store.outbox.rows(most=1000)
    mail = next(row.id for row in found if row.target.channel is Channel.EMAIL)
    chat = next(row.id for row in found if row.target.channel is Channel.TELEGRAM)
    world = World(store, frozenset({mail, chat}))
    rng = Random(3)  # noqa: S311 - repeatable on purpose

    while not await world.one_life(rng):
        assert world.crashes <= 2 * CRASHES_EACH

    assert await world.refused() == {mail, chat}


async def test_a_suspect_of_one_channel_does_not_end_the_drain_of_another(
    store: Store, clock: SetClock
) -> None:
    await queue_both(store, 5)
    world = World(store, frozenset())
    dead = await world.start()
    for channel in Channel:
        await world.claim(dead, channel)
    world.crash(dead)
    other = await world.start()
    await world.claim(other, Channel.EMAIL)
    asked = asyncio.Event()
    courier = courier_on(store, ScriptedPostbox(), clock)
    waits = courier.outbox.waits

    async def noticed(channel: Channel, due: datetime, now: datetime) -> bool:
        asked.set()
        return await waits(channel, due, now)

    courier.outbox = Noticed(courier.outbox, noticed)  # type: ignore[assignment] # the rest is the real one's
    draining = asyncio.create_task(courier.drain())
    await asked.wait()
    await world.begin(other, Channel.EMAIL)
    courier.wake()
    await draining

    chats = [row.state for row in await store.outbox.rows() if row.target.channel is Channel.TELEGRAM]
    assert chats == [DeliveryState.SENT] * 5


@dataclass
class Noticed:
    """The real outbox, with one method that a test hears of."""

    real: object
    waits: object

    def __getattr__(self, name: str) -> object:
        """Be the real one in everything else."""
        return getattr(self.real, name)


async def test_a_channel_waits_for_another_only_so_long_as_a_row_is_tried_alone(
    store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock, 3)
    world = World(store, frozenset())
    for _ in range(2):
        process = await world.start()
        await world.claim(process, Channel.TELEGRAM, most=1)
        world.crash(process)
    one, two = await world.start(), await world.start()

    tried = await world.claim(one, Channel.TELEGRAM)
    meanwhile = await world.claim(two, Channel.TELEGRAM)
    await world.begin(one, Channel.TELEGRAM)
    after = await world.claim(two, Channel.TELEGRAM)

    assert (tried, meanwhile, after) == (True, False, True)
    assert Counter((await states(store)).values()) == {"sending": 1, "leased": 2}


async def test_quiet_is_asked_for_a_minute_and_not_again_at_once(store: Store) -> None:
    await queue_both(store, 3)
    world = World(store, frozenset())
    busy = await world.start()
    await world.claim(busy, Channel.EMAIL, most=1)
    await world.begin(busy, Channel.EMAIL)
    for _ in range(2):
        process = await world.start()
        await world.claim(process, Channel.TELEGRAM, most=1)
        world.crash(process)
    sender = await world.start()

    asks = await world.claim(sender, Channel.TELEGRAM)
    obeys = await world.claim(sender, Channel.EMAIL)
    await world.passes(30)
    still = await world.claim(sender, Channel.EMAIL)
    await world.passes(31)
    goes_on = await world.claim(sender, Channel.EMAIL)
    others = await world.claim(sender, Channel.TELEGRAM)

    assert (asks, obeys, still, goes_on, others) == (False, False, False, True, True)
