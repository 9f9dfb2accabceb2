"""Which signals stop the program, and that a stop ends."""

import asyncio
import os
import signal
import sys

import pytest

from digest.app.scheduler import install_stop_handlers, remove_stop_handlers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_each_of_three_signals_asks_to_stop(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)  # the tests themselves may run under nohup
    stopped = asyncio.Event()
    install_stop_handlers(stopped.set)
    try:
        os.kill(os.getpid(), number)

        await asyncio.wait_for(stopped.wait(), 60)
    finally:
        remove_stop_handlers()
        signal.signal(number, before)


async def test_a_hang_up_that_nohup_ignores_stays_ignored() -> None:
    stops: list[str] = []
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    stopped = asyncio.Event()

    def stop() -> None:
        stops.append("stop")
        stopped.set()

    install_stop_handlers(stop)
    try:
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)

        await asyncio.wait_for(stopped.wait(), 60)
    finally:
        remove_stop_handlers()
        signal.signal(signal.SIGHUP, before)
    assert stops == ["stop"]


async def test_what_nothing_can_interrupt_is_cut_off() -> None:
    waits_for_ever = (
        "import threading\nfrom digest.app.scheduler import force_exit_after\n"
        "force_exit_after(0.1, exit_code=3)\nthreading.Event().wait()\n"
    )
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", waits_for_ever)

    assert await child.wait() == 3
