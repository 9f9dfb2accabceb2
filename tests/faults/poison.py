"""F19: a unit that raises, ends the process, or never ends while it is rendered."""

import asyncio
import time

from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import CONNECTIONS, PATIENCE
from tests.faults.process import CHILD, Program, running, settled
from tests.faults.score import Promises, Result, Score, judge, together
from tests.faults.sink import Sink

STUCK_SECONDS = 6.0
MOST_STARTS = 6


async def poisoned(run: Run) -> Result:
    """F19: one unit is poison; it alone is refused, after three claims at most, and all others are sent."""
    promises, scores = Promises(), list[Score]()
    for how in ("raise", "kill") if run.size == "small" else ("raise", "kill", "loop"):
        async with (
            ground() as place,
            Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
        ):
            place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
            everybody = await place.crowd(run.pick(small=60, full=1000))
            await place.broadcast()
            victim = run.rng.choice(everybody[:CONNECTIONS])
            starts, recovered = await _until_settled(place, sink, victim, how)
            promises.hold(starts <= MOST_STARTS, f"{how}: not settled after {starts} starts")
            rows = await asyncio.to_thread(lambda: place.rows)
            fate = next(row for row in rows if row.unit == victim)
            promises.hold(fate.state == "refused", f"{how}: the poison is {fate.state}")
            unsent = [row for row in rows if row.unit != victim and row.state not in ("sent", "uncertain")]
            promises.hold(not unsent, f"{how}: others were not sent: {unsent[:2]}")
            scores.append(judge(everybody, sink.arrivals, rows, recovered=recovered))
    what = "a unit that raises, kills, loops for ever while rendering"
    return promises.of("F19", what, together(scores), most_uncertain=CONNECTIONS * 6)


async def _until_settled(place: Ground, sink: Sink, victim: str, how: str) -> tuple[int, float]:
    """Start the sender again whenever it ended or is stuck, as a supervisor does; give how often."""
    began = time.monotonic()
    for starts in range(1, MOST_STARTS + 1):
        async with running(place, (*CHILD, "--poison", victim, "--how", how)) as program:
            await program.says("sending", within=PATIENCE)
            if await _lives(place, sink, program):
                await program.stop()
                return starts, time.monotonic() - began
            await program.kill()
    return MOST_STARTS + 1, time.monotonic() - began


async def _lives(place: Ground, sink: Sink, program: Program) -> bool:
    """Wait for the end of the work; False where the program ended, or no longer moves."""
    seen, moved = -1, time.monotonic()
    while program.child.returncode is None and time.monotonic() - moved < STUCK_SECONDS:
        if await settled(place, within=0.3):
            return True
        if sink.accepted != seen:
            seen, moved = sink.accepted, time.monotonic()
    return False
