"""F1 and F4: the service is killed, or told to stop, again and again in the middle of a run."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from tests.faults.ground import Ground, Run, ground
from tests.faults.process import Program, running, settled
from tests.faults.score import Arrival, Promises, Result, judge, states
from tests.faults.sink import Sink

CONNECTIONS = 16
PATIENCE = 300.0
BEGUN = frozenset({"sending", "uncertain"})
"""States of a row whose message may be under way; ``uncertain`` is what a start makes of the other."""


@dataclass(slots=True)
class Marks:
    """Looks at a unit's row when its message arrives: what leaves must be known to be leaving."""

    place: Ground
    without: list[str] = field(default_factory=list)
    _rows: dict[str, object] = field(default_factory=dict)

    def look(self, arrival: Arrival) -> None:
        """Note a message whose row does not say, committed, that it has begun."""
        if not self._rows:
            every = "SELECT e.address, o.id FROM outbox o JOIN endpoints e ON e.id = o.endpoint_id"
            self._rows = {str(unit): row for unit, row in self.place.ask(every)}
        ((state,),) = self.place.ask("SELECT state FROM outbox WHERE id = ?", self._rows[arrival.unit])
        if state not in BEGUN:
            self.without.append(arrival.unit)


async def killed(run: Run) -> Result:
    """F1: kill -9 at random moments, started again at once each time.

    The first time surely between a message's last byte and its answer.
    """
    units, kills = run.pick(small=200, full=10_000), run.pick(small=3, full=50)
    promises, waits = Promises(), list[float]()
    async with ground() as place, _sink(run, place) as sink:
        everybody = await _queued(run, place, sink, units)
        marks = Marks(place)
        sink.on_arrival = marks.look
        killed_at: float | None = None
        for number in range(kills):
            if marks.without:
                break  # One kill more would tell nothing more.
            async with running(place) as service:
                began = sink.accepted
                if killed_at is not None and await _comes(place, sink, began + 1):
                    waits.append(time.monotonic() - killed_at)
                await _random_moment(run, place, sink, ahead=(units - began) // (kills - number + 1))
                if number == 0:
                    sink.hold()
                    promises.hold(await sink.holds(1, within=PATIENCE), "nothing was in flight: no test")
                await service.kill()
                killed_at = time.monotonic()
                sink.let_go()
        async with running(place) as service:
            promises.hold(await service.says("running", within=PATIENCE), "the last start failed")
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            promises.hold(await service.stop() == 0, "the last stop was not clean")
        promises.hold(not marks.without, f"{len(marks.without)} left without a mark")
        score = judge(everybody, sink.arrivals, place.rows, recovered=max(waits, default=None))
    return promises.of("F1", f"kill -9 at {kills} random moments", score, most_uncertain=CONNECTIONS * kills)


async def terminated(run: Run) -> Result:
    """F4: SIGTERM in the middle: what is in flight is settled, nothing stays leased."""
    units, stops = run.pick(small=150, full=4000), run.pick(small=3, full=20)
    promises, waits = Promises(), list[float]()
    async with ground() as place, _sink(run, place) as sink:
        everybody = await _queued(run, place, sink, units)
        for number in range(stops):
            async with running(place) as service:
                began = sink.accepted
                await service.says("running", within=PATIENCE)
                await _random_moment(run, place, sink, ahead=(units - began) // (stops - number + 1))
                waits.append(await _stopped(service, promises))
            left = states(place.rows)
            promises.hold(not left["leased"] + left["sending"], f"left behind after a stop: {dict(left)}")
        async with running(place) as service:
            await service.says("running", within=PATIENCE)
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            await _stopped(service, promises)
        score = judge(everybody, sink.arrivals, place.rows, recovered=max(waits))
    return promises.of("F4", f"SIGTERM {stops} times (recovered: the longest stop)", score)


async def _stopped(service: Program, promises: Promises) -> float:
    asked = time.monotonic()
    code = await service.stop()
    promises.hold(code == 0, f"a stop ended with {code}")
    return time.monotonic() - asked


async def _random_moment(run: Run, place: Ground, sink: Sink, *, ahead: int) -> None:
    """Wait for a moment about ``ahead`` messages away; one time in ten, a moment while it starts."""
    if run.rng.random() < 0.1:
        await asyncio.sleep(run.rng.uniform(0.2, 2.0))
        return
    await _comes(place, sink, sink.accepted + run.rng.randint(0, max(0, ahead)))
    await asyncio.sleep(run.rng.uniform(0, 0.01))


async def _comes(place: Ground, sink: Sink, count: int) -> bool:
    """Wait until so many messages were taken; False where nothing is left that could come."""
    coming = asyncio.create_task(sink.reach(count, within=PATIENCE))
    ending = asyncio.create_task(settled(place, within=PATIENCE))
    await asyncio.wait((coming, ending), return_when=asyncio.FIRST_COMPLETED)
    for task in (coming, ending):
        task.cancel()
    await asyncio.wait((coming, ending))
    return sink.accepted >= count


def _sink(run: Run, place: Ground) -> AbstractAsyncContextManager[Sink]:
    return Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security)


async def _queued(run: Run, place: Ground, sink: Sink, units: int) -> list[str]:
    place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
    everybody = await place.crowd(units)
    await place.broadcast()
    return everybody
