"""Blocking calls in threads that nobody has to wait for.

A program ends only when the threads of ``asyncio.to_thread`` have: a server that says nothing, or a name that
the system looks up for half a minute, would hold it up. These threads end with the program at the latest.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class DaemonThreadExecutor(ThreadPoolExecutor):
    """Runs each call in a thread of its own; asyncio takes no other class as its default executor."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - passed on
        """Run ``fn`` and return its future."""
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=work, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Wait for no thread."""
        super().shutdown(wait=False, cancel_futures=cancel_futures and wait)


_EXECUTOR = DaemonThreadExecutor()


async def run_in_daemon_thread(work: Callable[[], T]) -> T:
    """Run ``work`` and return its result, or raise its error; who is cancelled leaves the thread behind."""
    return await asyncio.get_running_loop().run_in_executor(_EXECUTOR, work)
