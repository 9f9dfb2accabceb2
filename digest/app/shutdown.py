"""Stopping: which signals ask for it, and how long it may take in all."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

STOP_TIMEOUT = 19.0
"""How long a stop may take before the process ends as it is; supervisors wait twenty seconds or more."""


def install_stop_handlers(stop: Callable[[], object]) -> None:
    """Call ``stop`` at each signal that asks to stop, but at none that is ignored, as nohup does with one."""
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)


def remove_stop_handlers() -> None:
    """Let the signals do again what they do by default."""
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.remove_signal_handler(number)


def force_exit_after(seconds: float, *, exit_code: int) -> None:
    """End the process with ``exit_code`` after so many seconds, whatever still runs.

    Nothing is lost by that: what was sent is settled in a transaction of its own, and what was not begun is
    due again. It is for what nothing else can interrupt, such as a thread that waits for an answer.
    """
    timer = threading.Timer(seconds, _force_exit, (exit_code,))
    timer.daemon = True
    timer.start()


def _force_exit(exit_code: int) -> None:
    log.warning("stopping: it takes too long, the rest is left")
    os._exit(exit_code)
