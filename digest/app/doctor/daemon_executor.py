"""Threads that nobody waits for.

A name that the system looks up for half a minute would else hold the program after its time is over.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any


class DaemonThreadExecutor(ThreadPoolExecutor):
    """Runs each call in a thread of its own, which ends with the program at the latest."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - passed on
        """Run ``fn`` and give its future."""
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
        """Wait for nobody."""
        super().shutdown(wait=False, cancel_futures=cancel_futures and wait)
