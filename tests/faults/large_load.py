"""F23: as many subscribers and papers as we promise, within the memory that we promise."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path

from digest.model.clock import system_clock
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS
from tests.faults.made_up_reports import report_bytes
from tests.faults.program import run_program
from tests.faults.score import CampaignResult, CampaignScore, Promises
from tests.faults.smtp_sink import SmtpSink

MAX_MEGABYTES = 300
SEND_TIMEOUT = 1800.0


async def check_large_load(run: CampaignRun) -> CampaignResult:
    """F23: serve and send a day of many papers to many, under 300 MB."""
    units, papers = run.by_size(small=2000, full=100_000), run.by_size(small=60, full=200)
    mails = run.by_size(small=100, full=3000)
    promises = Promises()
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
        await place.add_subscribers(units)
        today = system_clock().date()
        (place.reports_dir / f"{today}.md").write_bytes(report_bytes(today, papers))
        async with place.open_container() as core:
            await core.archive.ingest(report_bytes(today, papers), name=f"{today}.md")
        place.execute("UPDATE subscribers SET next_digest_at = created_at")
        began = time.monotonic()
        async with run_program(place) as service:
            promises.check(await _wait_until_written(place, units), "not everybody's digest was written")
            seconds = time.monotonic() - began
            promises.check(await sink.wait_for_accepted(mails, within=SEND_TIMEOUT), f"fewer than {mails} were sent")
            peak = _peak_megabytes(service.child.pid)
            promises.check(peak < MAX_MEGABYTES, f"{peak} MB at its peak")
            promises.check(await service.stop() == 0, "the service did not end well")
        written = int(str(place.query("SELECT count(*) FROM outbox")[0][0]))
        torn = sum(not arrival.is_complete for arrival in sink.arrivals)
    what = f"{units:,} subscribers, {papers} papers: {peak} MB"
    score = CampaignScore(total=units, lost=units - written, partial=torn, recovery_seconds=seconds)
    return promises.result("F23", what, score)


async def _wait_until_written(env: CampaignEnv, units: int) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(SEND_TIMEOUT):
            count = "SELECT count(*) FROM outbox"
            while int(str((await asyncio.to_thread(env.query, count))[0][0])) < units:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.5)
            return True
    return False


def _peak_megabytes(process: int) -> int:
    """Return the most memory that a process has had, as the kernel counts it."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
