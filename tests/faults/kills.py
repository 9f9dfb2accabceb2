"""F1 and F4: the service is killed, or told to stop, again and again in the middle of a run."""

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.program import Program, run_program, wait_until_settled
from tests.faults.score import Arrival, CampaignResult, Promises, compute_score, count_states
from tests.faults.smtp_sink import SmtpSink

CONNECTIONS = 16
PROGRESS_TIMEOUT = 300.0
STARTED_STATES = frozenset({"sending", "uncertain"})
"""States of a row whose message may be under way; ``uncertain`` is what a start makes of the other."""


@dataclass(slots=True)
class MarkCheck:
    """Looks at a unit's row when its message arrives: what leaves must be known to be leaving."""

    env: CampaignEnv
    unmarked: list[str] = field(default_factory=list)
    _rows: dict[str, object] = field(default_factory=dict)

    def check(self, arrival: Arrival) -> None:
        """Note a message whose row does not say, committed, that it has begun."""
        if not self._rows:
            every = "SELECT e.address, o.id FROM outbox o JOIN endpoints e ON e.id = o.endpoint_id"
            self._rows = {str(unit): row for unit, row in self.env.query(every)}
        ((state,),) = self.env.query("SELECT state FROM outbox WHERE id = ?", self._rows[arrival.unit])
        if state not in STARTED_STATES:
            self.unmarked.append(arrival.unit)


async def check_sigkill(run: CampaignRun) -> CampaignResult:
    """F1: kill -9 at random moments, started again at once each time.

    The first time surely between a message's last byte and its answer.
    """
    units, kills = run.by_size(small=200, full=10_000), run.by_size(small=3, full=50)
    promises, waits = Promises(), list[float]()
    async with campaign_env() as place, _sink(run, place) as sink:
        everybody = await _queue_broadcast(run, place, sink, units)
        marks = MarkCheck(place)
        sink.on_arrival = marks.check
        killed_at: float | None = None
        for number in range(kills):
            if marks.unmarked:
                break  # One kill more would tell nothing more.
            async with run_program(place) as service:
                began = sink.accepted_count
                if killed_at is not None and await _wait_for_count(place, sink, began + 1):
                    waits.append(time.monotonic() - killed_at)
                await _wait_random(run, place, sink, ahead=(units - began) // (kills - number + 1))
                if number == 0:
                    sink.pause_replies()
                    promises.check(
                        await sink.wait_for_held(1, within=PROGRESS_TIMEOUT), "nothing was in flight: no test"
                    )
                await service.kill()
                killed_at = time.monotonic()
                sink.resume_replies()
        async with run_program(place) as service:
            promises.check(await service.wait_for_output("running", within=PROGRESS_TIMEOUT), "the last start failed")
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            promises.check(await service.stop() == 0, "the last stop was not clean")
        promises.check(not marks.unmarked, f"{len(marks.unmarked)} left without a mark")
        score = compute_score(everybody, sink.arrivals, place.outbox_rows, recovery_seconds=max(waits, default=None))
    return promises.result("F1", f"kill -9 at {kills} random moments", score, max_uncertain=CONNECTIONS * kills)


async def check_sigterm(run: CampaignRun) -> CampaignResult:
    """F4: SIGTERM in the middle: what is in flight is settled, nothing stays leased."""
    units, stops = run.by_size(small=150, full=4000), run.by_size(small=3, full=20)
    promises, waits = Promises(), list[float]()
    async with campaign_env() as place, _sink(run, place) as sink:
        everybody = await _queue_broadcast(run, place, sink, units)
        for number in range(stops):
            async with run_program(place) as service:
                began = sink.accepted_count
                await service.wait_for_output("running", within=PROGRESS_TIMEOUT)
                await _wait_random(run, place, sink, ahead=(units - began) // (stops - number + 1))
                waits.append(await _stop(service, promises))
            left = count_states(place.outbox_rows)
            promises.check(not left["leased"] + left["sending"], f"left behind after a stop: {dict(left)}")
        async with run_program(place) as service:
            await service.wait_for_output("running", within=PROGRESS_TIMEOUT)
            promises.check(await wait_until_settled(place, within=PROGRESS_TIMEOUT), "not everything was settled")
            await _stop(service, promises)
        score = compute_score(everybody, sink.arrivals, place.outbox_rows, recovery_seconds=max(waits))
    return promises.result("F4", f"SIGTERM {stops} times (recovered: the longest stop)", score)


async def _stop(service: Program, promises: Promises) -> float:
    asked = time.monotonic()
    code = await service.stop()
    promises.check(code == 0, f"a stop ended with {code}")
    return time.monotonic() - asked


async def _wait_random(run: CampaignRun, env: CampaignEnv, sink: SmtpSink, *, ahead: int) -> None:
    """Wait for a moment about ``ahead`` messages away; one time in ten, a moment while it starts."""
    if run.rng.random() < 0.1:
        await asyncio.sleep(run.rng.uniform(0.2, 2.0))
        return
    await _wait_for_count(env, sink, sink.accepted_count + run.rng.randint(0, max(0, ahead)))
    await asyncio.sleep(run.rng.uniform(0, 0.01))


async def _wait_for_count(env: CampaignEnv, sink: SmtpSink, count: int) -> bool:
    """Wait until so many messages were taken; False where nothing is left that could come."""
    coming = asyncio.create_task(sink.wait_for_accepted(count, within=PROGRESS_TIMEOUT))
    ending = asyncio.create_task(wait_until_settled(env, within=PROGRESS_TIMEOUT))
    await asyncio.wait((coming, ending), return_when=asyncio.FIRST_COMPLETED)
    for task in (coming, ending):
        task.cancel()
    await asyncio.wait((coming, ending))
    return sink.accepted_count >= count


def _sink(run: CampaignRun, env: CampaignEnv) -> AbstractAsyncContextManager[SmtpSink]:
    return SmtpSink(wire_file=env.folder / "wire.jsonl", rng=run.rng, security=run.security)


async def _queue_broadcast(run: CampaignRun, env: CampaignEnv, sink: SmtpSink, count: int) -> list[str]:
    env.use_smtp_server(sink.port, security=run.security, connections=CONNECTIONS)
    everybody = await env.add_subscribers(count)
    await env.queue_broadcast()
    return everybody
