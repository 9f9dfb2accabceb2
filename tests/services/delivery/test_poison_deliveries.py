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

from digest.model import Channel, Delivery, DeliveryState, Target
from digest.model.clock import FixedClock
from digest.services.broadcasts import Audience
from digest.services.delivery import MAX_CRASHES, Settlement
from digest.storage import Store, open_store
from tests.services.delivery.scripted_sender import ScriptedSender, build_worker, queue_broadcast, states_by_address
from tests.support.database import NOW, subscription_service

LEASE = timedelta(seconds=60)
SENT_END = Settlement(state=DeliveryState.SENT)
MAX_STEPS = 3000
CRASHES_PER_ROW = MAX_CRASHES + 2
"""What a row that ends the program at each claim may cost: two crashes until it is tried alone."""


@dataclass(slots=True)
class CrashingProcess:
    """A process that sends on both channels: what it holds, and what it has begun."""

    name: str
    backlog: dict[Channel, deque[Delivery]] = field(default_factory=lambda: {one: deque() for one in Channel})
    in_flight: dict[Channel, list[Delivery]] = field(default_factory=lambda: {one: [] for one in Channel})

    @property
    def in_flight_ids(self) -> list[int]:
        """The rows that are in flight in this process."""
        every = (*self.backlog.values(), *self.in_flight.values())
        return [delivery.id for some in every for delivery in some]

    def owner(self, channel: Channel) -> str:
        """Return the name under which it claims."""
        return f"{self.name}.{channel}"


@dataclass(slots=True)
class PoisonWorld:
    """A store, the processes that send from it, and the rows that end whichever begins with them."""

    store: Store
    poison_ids: frozenset[int]
    now: datetime = NOW
    processes: dict[str, CrashingProcess] = field(default_factory=dict)
    crash_count: int = 0
    poison_crashes: int = 0
    alone_at_crash: Counter[int] = field(default_factory=Counter)
    in_flight_at_crash: set[int] = field(default_factory=set)
    _name_counter: int = 0

    async def start(self) -> CrashingProcess:
        """Start a process, which takes back what dead ones held."""
        self._name_counter += 1
        process = self.processes[f"p{self._name_counter}"] = CrashingProcess(f"p{self._name_counter}")
        await self.store.outbox.recover(self.now, lambda owner: owner.rpartition(".")[0] in self.processes)
        return process

    async def claim(self, process: CrashingProcess, channel: Channel, limit: int = 8) -> bool:
        """Let a courier claim that holds nothing to begin; tell whether it got something."""
        if process.backlog[channel]:
            return False
        claimed = await self.store.outbox.claim(
            channel,
            process.owner(channel),
            due_at=self.now,
            now=self.now,
            until=self.now + LEASE,
            limit=limit,
            holding=process.in_flight_ids,
        )
        process.backlog[channel].extend(claimed)
        return bool(claimed)

    async def start_sending(self, process: CrashingProcess, channel: Channel) -> None:
        """Render the next row and mark that it leaves; a killer ends the process instead."""
        if not process.backlog[channel]:
            return
        delivery = process.backlog[channel][0]
        if delivery.id in self.poison_ids:
            self.poison_crashes += 1
            self.crash(process)
            return
        process.backlog[channel].popleft()
        if await self.store.outbox.mark_sending(delivery.id, process.owner(channel)):
            process.in_flight[channel].append(delivery)

    async def settle_next(self, process: CrashingProcess, channel: Channel) -> None:
        """Settle what was begun first."""
        if process.in_flight[channel]:
            delivery = process.in_flight[channel].pop(0)
            await self.store.outbox.settle(delivery.id, process.owner(channel), SENT_END, self.now)

    async def stop(self, process: CrashingProcess) -> None:
        """Stop in order."""
        for channel in Channel:
            while process.in_flight[channel]:
                await self.settle_next(process, channel)
            await self.store.outbox.release(process.owner(channel))
        del self.processes[process.name]

    def crash(self, process: CrashingProcess) -> None:
        """End a process as kill -9 does, and note what was in flight alone."""
        self.crash_count += 1
        in_flight = [row for one in self.processes.values() for row in one.in_flight_ids]
        if len(in_flight) == 1:
            self.alone_at_crash[in_flight[0]] += 1
        self.in_flight_at_crash |= {one.id for some in process.in_flight.values() for one in some}
        del self.processes[process.name]

    async def advance(self, seconds: int) -> None:
        """Let time pass; whoever lives renews what it holds."""
        self.now += timedelta(seconds=seconds)
        for process in self.processes.values():
            for channel in Channel:
                held = [one.id for one in (*process.backlog[channel], *process.in_flight[channel])]
                await self.store.outbox.renew(process.owner(channel), self.now + LEASE, held)

    async def refused_ids(self) -> set[int]:
        """Return the rows that were refused."""
        return {row.id for row in await self.store.outbox.list_deliveries(DeliveryState.REFUSED)}

    async def run_one_process(self, rng: Random) -> bool:
        """Let a process of its own send until nothing is left, in any order; False where it was ended."""
        process = await self.start()
        for _ in range(MAX_STEPS):
            channel = rng.choice(list(Channel))
            match rng.randrange(4):
                case 0:
                    claimed = await self.claim(process, channel)
                    if not (claimed or process.in_flight_ids or await self.has_claimable()):
                        await self.stop(process)
                        return True
                    await self.advance(2)
                case 1 | 2:
                    await self.start_sending(process, channel)
                case _:
                    await self.settle_next(process, channel)
            if process.name not in self.processes:
                return False
        raise AssertionError(f"nothing moves: {process.in_flight_ids}")

    async def has_claimable(self) -> bool:
        """Return whether anything may be claimed in a moment."""
        box = self.store.outbox
        return any([await box.has_blocked(channel, self.now, self.now) for channel in Channel])

    async def do_step(self, step: int, rng: Random) -> None:
        """Let one thing happen."""
        if step == 0 and len(self.processes) < 3:
            await self.start()
        if not self.processes:
            return
        process, channel = rng.choice(list(self.processes.values())), rng.choice(list(Channel))
        match step:
            case 1 | 2 | 3:
                await self.claim(process, channel)
            case 4 | 5 | 6 | 7:
                await self.start_sending(process, channel)
            case 8 | 9:
                await self.settle_next(process, channel)
            case 10:
                self.crash(process)
            case 11:
                await self.stop(process)
            case 12:
                await self.advance(rng.choice((1, 20, 70)))
            case _:
                pass


async def open_copy(empty_database: Path, folder: str) -> Store:
    """Return an empty store in a folder."""
    file = Path(folder) / "digest.db"
    shutil.copyfile(empty_database, file)
    return await open_store(f"sqlite+aiosqlite:///{file}", FixedClock(NOW))


async def queue_on_both_channels(store: Store, each: int) -> Sequence[int]:
    """Queue a message for so many endpoints on each channel; give the rows."""
    people = subscription_service(store, FixedClock(NOW))
    for number in range(each):
        await people.subscribe(Target.telegram(number + 1), None)
        await people.subscribe(Target.email(f"u{number}@example.org"), None)
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    return sorted(row.id for row in await store.outbox.list_deliveries(limit=1000))


@given(
    each=st.integers(1, 8),
    chosen=st.lists(st.integers(0, 15), max_size=3, unique=True),
    steps=st.lists(st.integers(0, 12), max_size=60),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=12, deadline=None)
def test_whatever_crashes_only_what_alone_was_in_flight_is_refused_and_all_else_is_sent(
    empty_database: Path, each: int, chosen: list[int], steps: list[int], seed: int
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            store = await open_copy(empty_database, folder)
            try:
                await lives(store)
            finally:
                await store.close()

    async def lives(store: Store) -> None:
        rng = Random(seed)  # noqa: S311 - repeatable on purpose
        rows = await queue_on_both_channels(store, each)
        killers = frozenset(rows[number] for number in chosen if number < len(rows))
        world = PoisonWorld(store, killers)
        for step in steps:
            await world.do_step(step, rng)
            assert all(world.alone_at_crash[row] >= MAX_CRASHES for row in await world.refused_ids())
        for process in list(world.processes.values()):
            world.crash(process)
        while not await world.run_one_process(rng):
            assert world.poison_crashes <= CRASHES_PER_ROW * len(killers)
        left = {row.id: row.state for row in await store.outbox.list_deliveries(limit=1000)}

        guilty = {row for row in rows if left[row] is DeliveryState.REFUSED}
        assert killers <= guilty
        assert all(world.alone_at_crash[row] >= MAX_CRASHES for row in guilty)
        assert {row for row in rows if left[row] is DeliveryState.UNCERTAIN} <= world.in_flight_at_crash
        assert {left[row] for row in rows} <= {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNCERTAIN}

    asyncio.run(live())


async def test_three_kills_in_a_great_run_refuse_nobody(store: Store) -> None:
    rows = await queue_on_both_channels(store, 60)
    world = PoisonWorld(store, frozenset())
    rng = Random(1)  # noqa: S311 - repeatable on purpose
    for _ in range(MAX_CRASHES):
        process = await world.start()
        for channel in Channel:
            await world.claim(process, channel, limit=64)
        world.crash(process)

    ended = await world.run_one_process(rng)

    assert ended
    assert {row.state for row in await store.outbox.list_deliveries(limit=1000)} == {DeliveryState.SENT}
    assert len(rows) == 120


@pytest.mark.parametrize("each", [1, 100])
async def test_one_row_that_kills_is_refused_after_so_many_crashes_and_no_more(store: Store, each: int) -> None:
    rows = await queue_on_both_channels(store, each)
    victim = rows[len(rows) // 2]
    world = PoisonWorld(store, frozenset({victim}))
    rng = Random(2)  # noqa: S311 - repeatable on purpose

    while not await world.run_one_process(rng):
        assert world.crash_count <= CRASHES_PER_ROW

    left = Counter(row.state for row in await store.outbox.list_deliveries(limit=1000))
    assert await world.refused_ids() == {victim}
    assert left[DeliveryState.SENT] + left[DeliveryState.UNCERTAIN] == len(rows) - 1


async def test_two_that_kill_on_two_channels_do_not_hide_each_other(store: Store) -> None:
    await queue_on_both_channels(store, 20)
    found = await store.outbox.list_deliveries(limit=1000)
    mail = next(row.id for row in found if row.target.channel is Channel.EMAIL)
    chat = next(row.id for row in found if row.target.channel is Channel.TELEGRAM)
    world = PoisonWorld(store, frozenset({mail, chat}))
    rng = Random(3)  # noqa: S311 - repeatable on purpose

    while not await world.run_one_process(rng):
        assert world.crash_count <= 2 * CRASHES_PER_ROW

    assert await world.refused_ids() == {mail, chat}


async def test_a_suspect_of_one_channel_does_not_end_the_drain_of_another(store: Store, clock: FixedClock) -> None:
    await queue_on_both_channels(store, 5)
    world = PoisonWorld(store, frozenset())
    dead = await world.start()
    for channel in Channel:
        await world.claim(dead, channel)
    world.crash(dead)
    other = await world.start()
    await world.claim(other, Channel.EMAIL)
    asked = asyncio.Event()
    courier = build_worker(store, ScriptedSender(), clock)
    waits = courier.outbox.has_blocked

    async def noticed(channel: Channel, due: datetime, now: datetime) -> bool:
        asked.set()
        return await waits(channel, due, now)

    courier.outbox = ObservedOutbox(courier.outbox, noticed)  # type: ignore[assignment] # the rest is the real one's
    draining = asyncio.create_task(courier.drain())
    await asked.wait()
    await world.start_sending(other, Channel.EMAIL)
    courier.wake()
    await draining

    chats = [row.state for row in await store.outbox.list_deliveries() if row.target.channel is Channel.TELEGRAM]
    assert chats == [DeliveryState.SENT] * 5


@dataclass
class ObservedOutbox:
    """The real outbox, with one method that a test hears of."""

    real: object
    has_blocked: object

    def __getattr__(self, name: str) -> object:
        """Be the real one in everything else."""
        return getattr(self.real, name)


async def test_a_channel_waits_for_another_only_so_long_as_a_row_is_tried_alone(
    store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock, 3)
    world = PoisonWorld(store, frozenset())
    for _ in range(2):
        process = await world.start()
        await world.claim(process, Channel.TELEGRAM, limit=1)
        world.crash(process)
    one, two = await world.start(), await world.start()

    tried = await world.claim(one, Channel.TELEGRAM)
    meanwhile = await world.claim(two, Channel.TELEGRAM)
    await world.start_sending(one, Channel.TELEGRAM)
    after = await world.claim(two, Channel.TELEGRAM)

    assert (tried, meanwhile, after) == (True, False, True)
    assert Counter((await states_by_address(store)).values()) == {"sending": 1, "leased": 2}


async def test_quiet_is_asked_for_a_minute_and_not_again_at_once(store: Store) -> None:
    await queue_on_both_channels(store, 3)
    world = PoisonWorld(store, frozenset())
    busy = await world.start()
    await world.claim(busy, Channel.EMAIL, limit=1)
    await world.start_sending(busy, Channel.EMAIL)
    for _ in range(2):
        process = await world.start()
        await world.claim(process, Channel.TELEGRAM, limit=1)
        world.crash(process)
    sender = await world.start()

    asks = await world.claim(sender, Channel.TELEGRAM)
    obeys = await world.claim(sender, Channel.EMAIL)
    await world.advance(30)
    still = await world.claim(sender, Channel.EMAIL)
    await world.advance(31)
    goes_on = await world.claim(sender, Channel.EMAIL)
    others = await world.claim(sender, Channel.TELEGRAM)

    assert (asks, obeys, still, goes_on, others) == (False, False, False, True, True)
