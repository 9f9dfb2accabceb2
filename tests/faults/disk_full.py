"""F14: the disk is full in the middle of a run, and then is not."""

import asyncio
import resource
import time

from tests.faults.environment import CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS, PROGRESS_TIMEOUT
from tests.faults.program import Program, run_program, wait_until_settled
from tests.faults.score import CampaignResult, Promises, compute_score
from tests.faults.smtp_sink import SmtpSink

OUTAGE_MESSAGE = "the store is away"
WORKERS = 2


async def check_disk_full(run: CampaignRun) -> CampaignResult:
    """F14: no file can grow for a while: sending stops, says so, and goes on by itself."""
    units, seconds = run.by_size(small=300, full=3000), run.by_size(small=4, full=90)
    promises = Promises()
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
            _limit_file_size(service, 0)
            await asyncio.sleep(seconds / 2)
            stood = sink.accepted_count
            await asyncio.sleep(seconds / 2)
            moved = sink.accepted_count - stood
            _limit_file_size(service, resource.RLIM_INFINITY)
            freed, stood = time.monotonic(), sink.accepted_count
            promises.check(service.child.returncode is None, "the service ended on a full disk")
            promises.check(moved == 0, f"{moved} sent with a full disk, whose marks cannot be kept")
            said = service.output.count(OUTAGE_MESSAGE)
            promises.check(1 <= said <= WORKERS, f"told {said} times that the store is away")
            promises.check(
                await sink.wait_for_accepted(stood + 1, within=PROGRESS_TIMEOUT), "it did not go on by itself"
            )
            recovered = time.monotonic() - freed
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            promises.check(await service.stop() == 0, "the service did not end well")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows, recovery_seconds=recovered)
    what = f"no room on the disk for {seconds} s"
    return promises.result("F14", what, score, max_uncertain=CONNECTIONS)


def _limit_file_size(service: Program, size: int) -> None:
    """Bound the files that a child may write: what goes beyond fails, as on a full disk."""
    resource.prlimit(service.child.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
