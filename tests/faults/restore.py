"""F22: a backup while everything is busy, a disk that dies later, and going on from the copy."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import CONNECTIONS, PATIENCE
from tests.faults.process import finished, running, settled
from tests.faults.score import Promises, Result, judge, states
from tests.faults.sink import Sink


async def restored(run: Run) -> Result:
    """F22: after a restore nobody gets twice what the copy knows as sent, nor what it did not yet know."""
    units = run.pick(small=400, full=5000)
    promises = Promises()
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.crowd(units)
        await place.broadcast()
        copy = place.folder / "copy.db"
        sink.fastest = sink.slowest = run.pick(small=150, full=40) / 1000
        async with running(place) as service:
            await sink.reach(units // 10, within=PATIENCE)
            code, words = await finished(place, ("bot.py", "backup", str(copy)), within=PATIENCE)
            promises.hold(code == 0, f"the backup ended with {code}: {words[-200:]}")
            busy = states(place.rows)["due"] > 0
            promises.hold(busy, "everything was sent before the backup had ended: no test")
            await sink.reach(min(units, sink.accepted + units // 4), within=PATIENCE)
            await service.kill()
        known = await asyncio.to_thread(_sent_in, copy)
        await asyncio.to_thread(_put_back, place, copy)
        before = sink.accepted
        async with running(place) as service:
            promises.hold(await service.says("running", within=PATIENCE), "no start from the copy")
            promises.hold(await settled(place, within=PATIENCE), "not everything was settled")
            promises.hold(await service.stop() == 0, "the service did not end well")
        again = {arrival.unit for arrival in sink.arrivals[before:]}
        promises.hold(not again & known, f"{len(again & known)} that the copy knew as sent came again")
        score = judge(everybody, sink.arrivals, place.rows)
    return promises.of(
        "F22", "backup while busy, restored, gone on", score, most_uncertain=units - len(known)
    )


def _sent_in(copy: Path) -> set[str]:
    connection = sqlite3.connect(copy)
    try:
        found = connection.execute(
            "SELECT e.address FROM outbox o JOIN endpoints e ON e.id = o.endpoint_id WHERE o.state = 'sent'"
        )
        return {str(address) for (address,) in found}
    finally:
        connection.close()


def _put_back(place: Ground, copy: Path) -> None:
    """Restore a copy as the documentation tells an operator to."""
    for end in ("", "-wal", "-shm"):
        Path(f"{place.database}{end}").unlink(missing_ok=True)
    shutil.copy(copy, place.database)
