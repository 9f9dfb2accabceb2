"""F23: as many subscribers and papers as we promise, within the memory that we promise."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from digest.clock import system_clock
from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import CONNECTIONS
from tests.faults.paper_text import a_report
from tests.faults.process import running
from tests.faults.score import Promises, Result, Score
from tests.faults.sink import Sink

MOST_MEGABYTES = 300
PATIENCE = 1800.0


async def crowded(run: Run) -> Result:
    """F23: serve and send a day of many papers to many, under 300 MB."""
    units, papers = run.pick(small=2000, full=100_000), run.pick(small=60, full=200)
    mails = run.pick(small=100, full=3000)
    promises = Promises()
    async with (
        ground() as place,
        Sink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        place.mail_to(sink.port, security=run.security, connections=CONNECTIONS)
        await place.crowd(units)
        today = system_clock().date()
        (place.reports / f"{today}.md").write_bytes(a_report(today, papers))
        async with place.core() as core:
            await core.archive.ingest(a_report(today, papers), name=f"{today}.md")
        place.write("UPDATE subscribers SET next_digest_at = created_at")
        began = time.monotonic()
        async with running(place) as service:
            promises.hold(await _all_written(place, units), "not everybody's digest was written")
            seconds = time.monotonic() - began
            promises.hold(await sink.reach(mails, within=PATIENCE), f"fewer than {mails} were sent")
            peak = _peak_megabytes(service.child.pid)
            promises.hold(peak < MOST_MEGABYTES, f"{peak} MB at its peak")
            promises.hold(await service.stop() == 0, "the service did not end well")
        written = int(str(place.ask("SELECT count(*) FROM outbox")[0][0]))
        torn = sum(not arrival.whole for arrival in sink.arrivals)
    what = f"{units:,} subscribers, {papers} papers: {peak} MB"
    score = Score(tried=units, lost=units - written, torn=torn, recovered=seconds)
    return promises.of("F23", what, score)


async def _all_written(place: Ground, units: int) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            count = "SELECT count(*) FROM outbox"
            while int(str((await asyncio.to_thread(place.ask, count))[0][0])) < units:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.5)
            return True
    return False


def _peak_megabytes(process: int) -> int:
    """Give the most memory that a process has had, as the kernel counts it."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
