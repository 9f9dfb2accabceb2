"""F14: the disk is full in the middle of a run, and then is not."""

import asyncio
import resource
import time

from tests.faults.ground import Run, ground
from tests.faults.kills import CONNECTIONS, PATIENCE
from tests.faults.process import Program, running, settled
from tests.faults.score import Promises, Result, judge
from tests.faults.sink import Sink

SAID = "the store is away"
COURIERS = 2


async def full(run: Run) -> Result:
    """F14: no file can grow for a while: sending stops, says so, and goes on by itself."""
    units, seconds = run.pick(small=300, full=3000), run.pick(small=4, full=90)
    promises = Promises()
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        sink.fastest = sink.slowest = 0.05
        place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.crowd(units)
        await place.broadcast()
        async with running(place) as service:
            await sink.reach(units // 10, within=PATIENCE)
            _let_files_grow_to(service, 0)
            await asyncio.sleep(seconds / 2)
            stood = sink.accepted
            await asyncio.sleep(seconds / 2)
            moved = sink.accepted - stood
            _let_files_grow_to(service, resource.RLIM_INFINITY)
            freed, stood = time.monotonic(), sink.accepted
            promises.hold(service.child.returncode is None, "the service ended on a full disk")
            promises.hold(moved == 0, f"{moved} sent with a full disk, whose marks cannot be kept")
            said = service.words.count(SAID)
            promises.hold(1 <= said <= COURIERS, f"told {said} times that the store is away")
            promises.hold(await sink.reach(stood + 1, within=PATIENCE), "it did not go on by itself")
            recovered = time.monotonic() - freed
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            promises.hold(await service.stop() == 0, "the service did not end well")
        score = judge(everybody, sink.arrivals, place.rows, recovered=recovered)
    what = f"no room on the disk for {seconds} s"
    return promises.of("F14", what, score, most_uncertain=CONNECTIONS)


def _let_files_grow_to(service: Program, size: int) -> None:
    """Bound the files that a child may write: what goes beyond fails, as on a full disk."""
    resource.prlimit(service.child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
