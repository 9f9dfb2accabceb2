"""F29: several senders on one database at the same time; nobody takes another that lives for dead."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack

from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import Program, run_program, run_to_exit, wait_until_settled
from tests.faults.score import CampaignResult, CampaignScore, Promises, add_scores, compute_score, count_states
from tests.faults.shared_database import freeze
from tests.faults.smtp_sink import SmtpSink

TICK_ARGS = ("bot.py", "tick")
CONNECTIONS = 4
LEASE_SECONDS = 60.0


async def check_overlapping_senders(run: CampaignRun) -> CampaignResult:
    """F29: three ticks, a start beside a tick, a start beside a frozen one, a tick after a killed one."""
    promises = Promises()
    scores = await asyncio.gather(
        _check_three_ticks(run, promises),
        _check_start_beside_tick(run, promises),
        _check_start_beside_frozen_tick(run, promises),
        _check_tick_after_kill(run, promises),
    )
    what = "overlapping ticks; a start beside one; frozen, killed"
    most = sum(score.uncertain for score in scores[2:])
    return promises.result("F29", what, add_scores(scores), max_uncertain=most)


async def _check_three_ticks(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Start a tick every few messages, as cron does while the mail server is slow."""
    async with campaign_env() as place, _slow_sink(run, place) as sink:
        everybody = await _queue_broadcast(run, place, sink)
        async with AsyncExitStack() as ticks:
            started = []
            for seen in (0, 5, 10):
                await sink.wait_for_accepted(seen, within=PROGRESS_TIMEOUT)
                started.append(await ticks.enter_async_context(run_program(place, TICK_ARGS)))
            codes = [await tick.wait_for_exit(within=PROGRESS_TIMEOUT) for tick in started]
        promises.check(codes == [0, 0, 0], f"three ticks ended with {codes}")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows)
        promises.check(not score.uncertain, f"three ticks left {score.uncertain} in doubt")
        promises.check(
            count_states(place.outbox_rows) == {"sent": len(everybody)}, "three ticks did not send everything"
        )
        return score


async def _check_start_beside_tick(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Start the service, and start it again, while a tick has mail in flight."""
    async with campaign_env() as place, _slow_sink(run, place) as sink:
        everybody = await _queue_broadcast(run, place, sink)
        async with run_program(place, TICK_ARGS) as tick:
            await sink.wait_for_accepted(1, within=PROGRESS_TIMEOUT)
            sink.pause_replies()
            promises.check(await sink.wait_for_held(CONNECTIONS, within=PROGRESS_TIMEOUT), "the tick was not in flight")
            async with run_program(place) as service:
                began = await service.wait_for_output("running;", within=PROGRESS_TIMEOUT)
                promises.check(began, "no start beside a tick")
                sink.resume_replies()
                promises.check(await service.stop() == 0, "a stop beside a tick was not clean")
            async with run_program(place) as service:
                await service.wait_for_output("running;", within=PROGRESS_TIMEOUT)
                promises.check(
                    await wait_until_settled(place, within=PROGRESS_TIMEOUT), "beside a tick: not all settled"
                )
                promises.check(await service.stop() == 0, "a second stop was not clean")
            promises.check(await tick.wait_for_exit(within=PROGRESS_TIMEOUT) == 0, "the tick did not end well")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows)
        promises.check(not score.uncertain, f"a start beside a tick left {score.uncertain} in doubt")
        return score


async def _check_start_beside_frozen_tick(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Start the service beside a tick that stands still, for less than its lease."""
    async with campaign_env() as place, _slow_sink(run, place) as sink:
        everybody = await _queue_broadcast(run, place, sink)
        async with run_program(place, TICK_ARGS) as tick:
            await sink.wait_for_accepted(1, within=PROGRESS_TIMEOUT)
            await freeze(tick, place)
            frozen = time.monotonic()
            async with run_program(place) as service:
                began = await service.wait_for_output("running;", within=PROGRESS_TIMEOUT)
                promises.check(began, "no start beside a frozen tick")
                tick.send_signal(signal.SIGCONT)
                stood = time.monotonic() - frozen
                promises.check(
                    await wait_until_settled(place, within=PROGRESS_TIMEOUT), "beside a frozen tick: not all settled"
                )
                promises.check(await service.stop() == 0, "a stop was not clean")
            promises.check(await tick.wait_for_exit(within=PROGRESS_TIMEOUT) == 0, "the thawed tick did not end well")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows)
        # A machine so busy that a start takes a minute has frozen it for longer than its lease.
        most = 0 if stood < LEASE_SECONDS - 10 else CONNECTIONS
        promises.check(score.uncertain <= most, f"a frozen tick and a start: {score.uncertain} in doubt")
        return score


async def _check_tick_after_kill(run: CampaignRun, promises: Promises) -> CampaignScore:
    """Kill a tick with mail in flight beside a second one; a third takes back at once what was not begun."""
    async with campaign_env() as place, _slow_sink(run, place) as sink:
        everybody = await _queue_broadcast(run, place, sink)
        async with run_program(place, TICK_ARGS) as dead, run_program(place, TICK_ARGS) as beside:
            await sink.wait_for_accepted(CONNECTIONS, within=PROGRESS_TIMEOUT)
            await _check_killed(dead, sink, promises)
            code, words = await run_to_exit(place, TICK_ARGS, within=PROGRESS_TIMEOUT)
            promises.check(code == 0, f"a tick after a killed one ended with {code}: {words[-200:]}")
            promises.check(await beside.wait_for_exit(within=PROGRESS_TIMEOUT) == 0, "the tick beside did not end well")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows)
        left = count_states(place.outbox_rows)
        promises.check(score.uncertain <= CONNECTIONS, f"a killed tick left {score.uncertain} in doubt")
        promises.check(set(left) <= {"sent", "uncertain"}, f"after a killed tick: {dict(left)}")
        return score


async def _check_killed(tick: Program, sink: SmtpSink, promises: Promises) -> None:
    sink.pause_replies()
    promises.check(await sink.wait_for_held(1, within=PROGRESS_TIMEOUT), "nothing was in flight: no test")
    await tick.kill()
    sink.resume_replies()


def _slow_sink(run: CampaignRun, env: CampaignEnv) -> SmtpSink:
    sink = SmtpSink(wire_file=env.folder / "wire.jsonl", rng=run.rng)
    sink.min_delay = sink.max_delay = 0.2
    return sink


async def _queue_broadcast(run: CampaignRun, env: CampaignEnv, sink: SmtpSink) -> list[str]:
    env.use_smtp_server(sink.port, connections=CONNECTIONS)
    everybody = await env.add_subscribers(run.by_size(small=80, full=600))
    await env.queue_broadcast()
    return everybody
