"""F15: a database that is locked, may not be written, or is damaged."""

import asyncio
import os
import sqlite3
import time
from pathlib import Path

from tests.faults.ground import Run, ground
from tests.faults.kills import CONNECTIONS, PATIENCE
from tests.faults.process import running, settled
from tests.faults.score import Promises, Result, Score, judge, together
from tests.faults.sink import Sink

AS_ANYBODY = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override")
"""Takes from root what lets root write where nobody may."""

FRAME = 24
PAGE = 4096


async def damaged(run: Run) -> Result:
    """F15: a lock is waited for; what cannot be written or read is told in one line; no mail twice."""
    promises = Promises()
    scores = await asyncio.gather(
        _locked(run, promises),
        _read_only(promises),
        _overwritten(run, promises),
        _cut_log(run, promises),
    )
    what = "locked, read-only, a page overwritten, the log truncated"
    return promises.of("F15", what, together(scores), most_uncertain=2 * CONNECTIONS)


async def _locked(run: Run, promises: Promises) -> Score:
    """Hold the write lock for longer than anybody waits for it at once."""
    units, seconds = run.pick(small=200, full=2000), run.pick(small=12, full=60)
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
            holder = sqlite3.connect(place.database, isolation_level=None, timeout=30)
            holder.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            holder.execute("ROLLBACK")
            holder.close()
            freed, stood = time.monotonic(), sink.accepted
            promises.hold(service.child.returncode is None, "the service ended on a locked database")
            promises.hold(await sink.reach(stood + 1, within=PATIENCE), "it did not go on after the lock")
            recovered = time.monotonic() - freed
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled after the lock")
            promises.hold(await service.stop() == 0, "the service did not end well")
        return judge(everybody, sink.arrivals, place.rows, recovered=recovered)


async def _read_only(promises: Promises) -> Score:
    """Start on a file and in a folder that may not be written."""
    async with ground() as place:
        everybody = await place.crowd(4)
        await place.broadcast()
        before = AS_ANYBODY if os.geteuid() == 0 else ()
        place.database.chmod(0o400)
        place.folder.chmod(0o500)
        try:
            async with running(place, before=before) as service:
                code = await service.ended(within=PATIENCE)
                lines = service.words.strip().splitlines()
                promises.hold(code == 1, f"read-only: exit code {code}")
                promises.hold(
                    lines[-1:] != [] and "Traceback" not in service.words, "read-only: no clear line"
                )
        finally:
            place.folder.chmod(0o700)
            place.database.chmod(0o600)
        return judge(everybody, [], place.rows)


async def _overwritten(run: Run, promises: Promises) -> Score:
    """Overwrite a page that the outbox begins with: the file can no longer be believed."""
    async with ground() as place:
        await place.crowd(200)
        await place.broadcast()
        (page,) = place.ask("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'")[0]
        with place.database.open("r+b") as file:
            file.seek((int(str(page)) - 1) * PAGE)
            file.write(run.rng.randbytes(PAGE))
        async with running(place) as service:
            code = await service.ended(within=30)
            promises.hold(code == 1, f"a page overwritten: it runs on, exit code {code}")
            last = (service.words.strip().splitlines() or [""])[-1]
            promises.hold(
                "restore" in last or "backup" in last, f"a page overwritten, told as: {last[:160]!r}"
            )
        return Score(tried=200)


async def _cut_log(run: Run, promises: Promises) -> Score:
    """Kill a service and cut the last commit of its log in two: that commit is undone, nothing else."""
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.crowd(100)
        await place.broadcast()
        async with running(place) as service:
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            await service.kill()
        _cut_in_two(Path(f"{place.database}-wal"), run.rng.randint(1, FRAME + PAGE - 1))
        async with running(place) as service:
            await service.says("running", within=PATIENCE)
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            promises.hold(await service.stop() == 0, "a truncated log: it did not go on")
        return judge(everybody, sink.arrivals, place.rows)


def _cut_in_two(log: Path, lost: int) -> None:
    """Take bytes from the end of a log; its last commit is then no commit."""
    size = log.stat().st_size
    if size > lost:
        os.truncate(log, size - lost)
