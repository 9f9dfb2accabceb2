"""Threads that nobody waits for.

A name that the system looks up for half a minute would else hold the program after its time is over.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any


class LooseThreads(ThreadPoolExecutor):
    """Runs each call in a thread of its own, which ends with the program at the latest."""

    def submit(self, call: Callable[..., Any], /, *words: Any, **named: Any) -> Future[Any]:  # noqa: ANN401 - passed on
        """Run ``call`` and give its future."""
        future: Future[Any] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = call(*words, **named)
            except BaseException as error:  # noqa: BLE001 - handed to whoever waits
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=work, daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Wait for nobody."""
        super().shutdown(wait=False, cancel_futures=cancel_futures and wait)
