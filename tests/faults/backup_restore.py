"""F22: a backup while everything is busy, a disk that dies later, and going on from the copy."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS, PROGRESS_TIMEOUT
from tests.faults.program import run_program, run_to_exit, wait_until_settled
from tests.faults.score import CampaignResult, Promises, compute_score, count_states
from tests.faults.smtp_sink import SmtpSink


async def check_restore(run: CampaignRun) -> CampaignResult:
    """F22: after a restore nobody gets twice what the copy knows as sent, nor what it did not yet know."""
    units = run.by_size(small=400, full=5000)
    promises = Promises()
    async with (
        campaign_env() as place,
        SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
    ):
        place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
        everybody = await place.add_subscribers(units)
        await place.queue_broadcast()
        copy = place.folder / "copy.db"
        sink.min_delay = sink.max_delay = run.by_size(small=150, full=40) / 1000
        async with run_program(place) as service:
            await sink.wait_for_accepted(units // 10, within=PROGRESS_TIMEOUT)
            code, words = await run_to_exit(place, ("bot.py", "backup", str(copy)), within=PROGRESS_TIMEOUT)
            promises.check(code == 0, f"the backup ended with {code}: {words[-200:]}")
            busy = count_states(place.outbox_rows)["due"] > 0
            promises.check(busy, "everything was sent before the backup had ended: no test")
            await sink.wait_for_accepted(min(units, sink.accepted_count + units // 4), within=PROGRESS_TIMEOUT)
            await service.kill()
        known = await asyncio.to_thread(_sent_units, copy)
        await asyncio.to_thread(_restore_backup, place, copy)
        before = sink.accepted_count
        async with run_program(place) as service:
            promises.check(await service.wait_for_output("running", within=PROGRESS_TIMEOUT), "no start from the copy")
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            promises.check(await service.stop() == 0, "the service did not end well")
        again = {arrival.unit for arrival in sink.arrivals[before:]}
        promises.check(not again & known, f"{len(again & known)} that the copy knew as sent came again")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows)
    return promises.result("F22", "backup while busy, restored, gone on", score, max_uncertain=units - len(known))


def _sent_units(copy: Path) -> set[str]:
    connection = sqlite3.connect(copy)
    try:
        found = connection.execute(
            "SELECT e.address FROM outbox o JOIN endpoints e ON e.id = o.endpoint_id WHERE o.state = 'sent'"
        )
        return {str(address) for (address,) in found}
    finally:
        connection.close()


def _restore_backup(env: CampaignEnv, copy: Path) -> None:
    """Restore a copy as the documentation tells an operator to."""
    for end in ("", "-wal", "-shm"):
        Path(f"{env.database}{end}").unlink(missing_ok=True)
    shutil.copy(copy, env.database)
