"""Ticks: one at a time, whatever happens, until stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from digest.app.scheduler import Job, JobScheduler
from digest.model.clock import system_clock

FAST_INTERVAL = 0.05


async def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.005)


def build_loop(tick: Callable[[], Awaitable[None]]) -> JobScheduler:
    """Return a schedule with quick rounds."""
    return JobScheduler(Job(name="tick", run=tick, seconds=FAST_INTERVAL), clock=system_clock)


async def test_it_ticks_at_once_and_again_and_again() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        ticks += 1

    schedule = build_loop(tick)

    schedule.start()
    await wait_until(lambda: ticks >= 3)
    await schedule.stop()

    assert ticks >= 3


async def test_a_tick_that_fails_does_not_stop_the_next() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        ticks += 1
        raise ZeroDivisionError("a bug")

    schedule = build_loop(tick)

    schedule.start()
    await wait_until(lambda: ticks >= 3)
    await schedule.stop()

    assert ticks >= 3


async def test_two_ticks_never_run_at_once() -> None:
    running = most = ticks = 0

    async def tick() -> None:
        nonlocal running, most, ticks
        running += 1
        most = max(most, running)
        await asyncio.sleep(3 * FAST_INTERVAL)
        running -= 1
        ticks += 1

    schedule = build_loop(tick)

    schedule.start()
    await wait_until(lambda: ticks >= 3)
    await schedule.stop()

    assert most == 1


async def test_a_stop_waits_for_the_tick_that_runs_and_starts_no_other() -> None:
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), 0

    async def tick() -> None:
        nonlocal ended
        begun.set()
        await go_on.wait()
        ended += 1

    schedule = build_loop(tick)
    schedule.start()
    await begun.wait()

    stopping = asyncio.create_task(schedule.stop())
    await asyncio.sleep(3 * FAST_INTERVAL)
    waits = not stopping.done()
    go_on.set()
    await stopping
    await asyncio.sleep(3 * FAST_INTERVAL)

    assert waits
    assert ended == 1


async def test_a_schedule_that_never_began_stops() -> None:
    async def tick() -> None:
        raise AssertionError

    await build_loop(tick).stop()


async def test_a_clock_that_was_set_back_does_not_stop_the_ticks() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        ticks += 1

    schedule = build_loop(tick)
    schedule.start()
    await wait_until(lambda: ticks >= 1)

    # What a clock set back by an hour does: the next tick lies an hour ahead of the clock's new time.
    schedule._scheduler.modify_job("tick", next_run_time=system_clock() + timedelta(hours=1))  # noqa: SLF001 - the machine's clock is not ours to set
    before = ticks
    await wait_until(lambda: ticks >= before + 2)
    await schedule.stop()

    assert ticks >= before + 2
