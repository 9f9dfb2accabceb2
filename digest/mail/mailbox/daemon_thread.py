"""Calls that block, in a thread that nobody has to wait for.

``asyncio.to_thread`` lets the program end only when its threads have: a server that says nothing would hold
up a stop by its whole time-out. Who is cancelled here leaves the thread behind, and the program may end.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


async def run_in_daemon_thread(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread of its own and give its result, or raise its error."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # there is a result where there is no error

    def run() -> None:
        result, error = None, None
        try:
            result = work()
        except Exception as met:  # noqa: BLE001 - raised again where somebody waits
            error = met
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    Thread(target=run, daemon=True, name="aside").start()
    return await done
