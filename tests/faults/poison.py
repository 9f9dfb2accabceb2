"""F19: a unit that raises, ends the process, or never ends while it is rendered."""

import asyncio
import time

from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import CONNECTIONS, PROGRESS_TIMEOUT
from tests.faults.program import FAULTY_SENDER_ARGS, Program, run_program, wait_until_settled
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score
from tests.faults.smtp_sink import SmtpSink

STUCK_SECONDS = 6.0
MAX_STARTS = 6


async def check_poison_unit(run: CampaignRun) -> CampaignResult:
    """F19: one unit is poison; it alone is refused, after three claims at most, and all others are sent."""
    promises, scores = Promises(), list[CampaignScore]()
    for how in ("raise", "kill") if run.size == "small" else ("raise", "kill", "loop"):
        async with (
            campaign_env() as place,
            SmtpSink(wire_file=place.folder / "wire.jsonl", rng=run.rng, security=run.security) as sink,
        ):
            place.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
            everybody = await place.add_subscribers(run.by_size(small=60, full=1000))
            await place.queue_broadcast()
            victim = run.rng.choice(everybody[:CONNECTIONS])
            starts, recovered = await _restart_until_settled(place, sink, victim, how)
            promises.check(starts <= MAX_STARTS, f"{how}: not settled after {starts} starts")
            rows = await asyncio.to_thread(lambda: place.outbox_rows)
            fate = next(row for row in rows if row.unit == victim)
            promises.check(fate.state == "refused", f"{how}: the poison is {fate.state}")
            unsent = [row for row in rows if row.unit != victim and row.state not in ("sent", "uncertain")]
            promises.check(not unsent, f"{how}: others were not sent: {unsent[:2]}")
            scores.append(compute_score(everybody, sink.arrivals, rows, recovery_seconds=recovered))
    what = "a unit that raises, kills, loops for ever while rendering"
    return promises.result("F19", what, add_scores(scores), max_uncertain=CONNECTIONS * 6)


async def _restart_until_settled(env: CampaignEnv, sink: SmtpSink, victim: str, mode: str) -> tuple[int, float]:
    """Start the sender again whenever it ended or is stuck, as a supervisor does; give how often."""
    began = time.monotonic()
    for starts in range(1, MAX_STARTS + 1):
        async with run_program(env, (*FAULTY_SENDER_ARGS, "--poison", victim, "--how", mode)) as program:
            await program.wait_for_output("sending", within=PROGRESS_TIMEOUT)
            if await _is_making_progress(env, sink, program):
                await program.stop()
                return starts, time.monotonic() - began
            await program.kill()
    return MAX_STARTS + 1, time.monotonic() - began


async def _is_making_progress(env: CampaignEnv, sink: SmtpSink, program: Program) -> bool:
    """Wait for the end of the work; False where the program ended, or no longer moves."""
    seen, moved = -1, time.monotonic()
    while program.child.returncode is None and time.monotonic() - moved < STUCK_SECONDS:
        if await wait_until_settled(env, within=0.3):
            return True
        if sink.accepted_count != seen:
            seen, moved = sink.accepted_count, time.monotonic()
    return False
