"""F29: several senders on one database at the same time; nobody takes another that lives for dead."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack

from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.process import Program, finished, running, settled
from tests.faults.score import Promises, Result, Score, judge, states, together
from tests.faults.sharing import freeze
from tests.faults.sink import Sink

TICK = ("bot.py", "tick")
CONNECTIONS = 4
LEASE = 60.0


async def overlapping(run: Run) -> Result:
    """F29: three ticks, a start beside a tick, a start beside a frozen one, a tick after a killed one."""
    promises = Promises()
    scores = await asyncio.gather(
        _three_ticks(run, promises),
        _start_beside_tick(run, promises),
        _start_beside_frozen_tick(run, promises),
        _tick_after_killed_one(run, promises),
    )
    what = "overlapping ticks; a start beside one; frozen, killed"
    most = sum(score.uncertain for score in scores[2:])
    return promises.of("F29", what, together(scores), most_uncertain=most)


async def _three_ticks(run: Run, promises: Promises) -> Score:
    """Start a tick every few messages, as cron does while the mail server is slow."""
    async with ground() as place, _slow(run, place) as sink:
        everybody = await _queued(run, place, sink)
        async with AsyncExitStack() as ticks:
            started = []
            for seen in (0, 5, 10):
                await sink.reach(seen, within=PATIENCE)
                started.append(await ticks.enter_async_context(running(place, TICK)))
            codes = [await tick.ended(within=PATIENCE) for tick in started]
        promises.hold(codes == [0, 0, 0], f"three ticks ended with {codes}")
        score = judge(everybody, sink.arrivals, place.rows)
        promises.hold(not score.uncertain, f"three ticks left {score.uncertain} in doubt")
        promises.hold(states(place.rows) == {"sent": len(everybody)}, "three ticks did not send everything")
        return score


async def _start_beside_tick(run: Run, promises: Promises) -> Score:
    """Start the service, and start it again, while a tick has mail in flight."""
    async with ground() as place, _slow(run, place) as sink:
        everybody = await _queued(run, place, sink)
        async with running(place, TICK) as tick:
            await sink.reach(1, within=PATIENCE)
            sink.hold()
            promises.hold(await sink.holds(CONNECTIONS, within=PATIENCE), "the tick was not in flight")
            async with running(place) as service:
                began = await service.says("running;", within=PATIENCE)
                promises.hold(began, "no start beside a tick")
                sink.let_go()
                promises.hold(await service.stop() == 0, "a stop beside a tick was not clean")
            async with running(place) as service:
                await service.says("running;", within=PATIENCE)
                promises.hold(await settled(place, within=PATIENCE), "beside a tick: not all settled")
                promises.hold(await service.stop() == 0, "a second stop was not clean")
            promises.hold(await tick.ended(within=PATIENCE) == 0, "the tick did not end well")
        score = judge(everybody, sink.arrivals, place.rows)
        promises.hold(not score.uncertain, f"a start beside a tick left {score.uncertain} in doubt")
        return score


async def _start_beside_frozen_tick(run: Run, promises: Promises) -> Score:
    """Start the service beside a tick that stands still, for less than its lease."""
    async with ground() as place, _slow(run, place) as sink:
        everybody = await _queued(run, place, sink)
        async with running(place, TICK) as tick:
            await sink.reach(1, within=PATIENCE)
            await freeze(tick, place)
            frozen = time.monotonic()
            async with running(place) as service:
                began = await service.says("running;", within=PATIENCE)
                promises.hold(began, "no start beside a frozen tick")
                tick.send(signal.SIGCONT)
                stood = time.monotonic() - frozen
                promises.hold(await settled(place, within=PATIENCE), "beside a frozen tick: not all settled")
                promises.hold(await service.stop() == 0, "a stop was not clean")
            promises.hold(await tick.ended(within=PATIENCE) == 0, "the thawed tick did not end well")
        score = judge(everybody, sink.arrivals, place.rows)
        # A machine so busy that a start takes a minute has frozen it for longer than its lease.
        most = 0 if stood < LEASE - 10 else CONNECTIONS
        promises.hold(score.uncertain <= most, f"a frozen tick and a start: {score.uncertain} in doubt")
        return score


async def _tick_after_killed_one(run: Run, promises: Promises) -> Score:
    """Kill a tick with mail in flight beside a second one; a third takes back at once what was not begun."""
    async with ground() as place, _slow(run, place) as sink:
        everybody = await _queued(run, place, sink)
        async with running(place, TICK) as dead, running(place, TICK) as beside:
            await sink.reach(CONNECTIONS, within=PATIENCE)
            await _killed(dead, sink, promises)
            code, words = await finished(place, TICK, within=PATIENCE)
            promises.hold(code == 0, f"a tick after a killed one ended with {code}: {words[-200:]}")
            promises.hold(await beside.ended(within=PATIENCE) == 0, "the tick beside did not end well")
        score = judge(everybody, sink.arrivals, place.rows)
        left = states(place.rows)
        promises.hold(score.uncertain <= CONNECTIONS, f"a killed tick left {score.uncertain} in doubt")
        promises.hold(set(left) <= {"sent", "uncertain"}, f"after a killed tick: {dict(left)}")
        return score


async def _killed(tick: Program, sink: Sink, promises: Promises) -> None:
    sink.hold()
    promises.hold(await sink.holds(1, within=PATIENCE), "nothing was in flight: no test")
    await tick.kill()
    sink.let_go()


def _slow(run: Run, place: Ground) -> Sink:
    sink = Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng)
    sink.fastest = sink.slowest = 0.2
    return sink


async def _queued(run: Run, place: Ground, sink: Sink) -> list[str]:
    place.mail_to(sink.port, connections=CONNECTIONS)
    everybody = await place.crowd(run.pick(small=80, full=600))
    await place.broadcast()
    return everybody
