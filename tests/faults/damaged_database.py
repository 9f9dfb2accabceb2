"""F15: a database that is locked, may not be written, or is damaged."""

import asyncio
import os
import sqlite3
import time
from pathlib import Path

from tests.faults.environment import CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS, PROGRESS_TIMEOUT
from tests.faults.program import run_program, wait_until_settled
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.smtp_sink import SmtpSink

UNPRIVILEGED_PREFIX = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override")
"""Takes from root what lets root write where nobody may."""

WAL_FRAME_HEADER = 24
PAGE_SIZE = 4096


async def check_damaged_database(run: CampaignRun) -> CampaignResult:
    """F15: a lock is waited for; what cannot be written or read is told in one line; no mail twice."""
    promises = Promises()
    scores = await asyncio.gather(
        _check_locked(run, promises),
        _check_read_only(promises),
        _check_overwritten(run, promises),
        _check_truncated_log(run, promises),
    )
    what = "locked, read-only, a page overwritten, the log truncated"
    return promises.result("F15", what, add_scores(scores), max_uncertain=2 * CONNECTIONS)


async def _check_locked(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Hold the write lock for longer than anybody waits for it at once."""
    units, seconds = run.by_size(small=200, full=2000), run.by_size(small=12, full=60)
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        sink.min_delay = sink.max_delay = 0.05
        place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.add_subscribers(units)
        await place.queue_broadcast()
        async with run_program(place) as service:
            await sink.wait_for_accepted(units // 10, within=PROGRESS_TIMEOUT)
            holder = sqlite3.connect(place.database, isolation_level=None, timeout=30)
            holder.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)
            holder.execute("ROLLBACK")
            holder.close()
            freed, stood = time.monotonic(), sink.accepted_count
            promises.check(service.child.returncode is None, "the service ended on a locked database")
            promises.check(
                await sink.wait_for_accepted(stood + 1, within=PROGRESS_TIMEOUT), "it did not go on after the lock"
            )
            recovered = time.monotonic() - freed
            promises.check(
                await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled after the lock"
            )
            promises.check(await service.stop() == 0, "the service did not end well")
        return compute_score(everybody, sink.arrivals, place.outbox_rows, recovery_seconds=recovered)


async def _check_read_only(promises: Promises) -> CampaignScore:
    """Start on a file and in a folder that may not be written."""
    async with campaign_env() as place:
        everybody = await place.add_subscribers(4)
        await place.queue_broadcast()
        before = UNPRIVILEGED_PREFIX if os.geteuid() == 0 else ()
        place.database.chmod(0o400)
        place.folder.chmod(0o500)
        try:
            async with run_program(place, command_prefix=before) as service:
                code = await service.wait_for_exit(within=PROGRESS_TIMEOUT)
                lines = service.output.strip().splitlines()
                promises.check(code == 1, f"read-only: exit code {code}")
                promises.check(lines[-1:] != [] and "Traceback" not in service.output, "read-only: no clear line")
        finally:
            place.folder.chmod(0o700)
            place.database.chmod(0o600)
        return compute_score(everybody, [], place.outbox_rows)


async def _check_overwritten(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Overwrite a page that the outbox begins with: the file can no longer be believed."""
    async with campaign_env() as place:
        await place.add_subscribers(200)
        await place.queue_broadcast()
        (page,) = place.query("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'")[0]
        with place.database.open("r+b") as file:
            file.seek((int(str(page)) - 1) * PAGE_SIZE)
            file.write(run.rng.randbytes(PAGE_SIZE))
        async with run_program(place) as service:
            code = await service.wait_for_exit(within=30)
            promises.check(code == 1, f"a page overwritten: it runs on, exit code {code}")
            last = (service.output.strip().splitlines() or [""])[-1]
            promises.check("restore" in last or "backup" in last, f"a page overwritten, told as: {last[:160]!r}")
        return CampaignScore(total=200)


async def _check_truncated_log(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Kill a service and cut the last commit of its log in two: that commit is undone, nothing else."""
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.add_subscribers(100)
        await place.queue_broadcast()
        async with run_program(place) as service:
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            await service.kill()
        _truncate_log(Path(f"{place.database}-wal"), run.rng.randint(1, WAL_FRAME_HEADER + PAGE_SIZE - 1))
        async with run_program(place) as service:
            await service.wait_for_output("running", within=PROGRESS_TIMEOUT)
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            promises.check(await service.stop() == 0, "a truncated log: it did not go on")
        return compute_score(everybody, sink.arrivals, place.outbox_rows)


def _truncate_log(log: Path, lost: int) -> None:
    """Take bytes from the end of a log; its last commit is then no commit."""
    size = log.stat().st_size
    if size > lost:
        os.truncate(log, size - lost)
