"""Stopping: which signals ask for it, and how long it may take in all."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

STOP_SECONDS = 19.0
"""How long a stop may take before the process ends as it is; supervisors wait twenty seconds or more."""


def on_stop_signals(stop: Callable[[], object]) -> None:
    """Call ``stop`` at each signal that asks to stop, but at none that is ignored, as nohup does with one."""
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, stop)


def off_stop_signals() -> None:
    """Let the signals do again what they do by default."""
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.remove_signal_handler(number)


def cut_off(seconds: float, *, code: int) -> None:
    """End the process with ``code`` after so many seconds, whatever still runs.

    Nothing is lost by that: what was sent is settled in a transaction of its own, and what was not begun is
    due again. It is for what nothing else can interrupt, such as a thread that waits for an answer.
    """
    timer = threading.Timer(seconds, _end, (code,))
    timer.daemon = True
    timer.start()


def _end(code: int) -> None:
    log.warning("stopping: it takes too long, the rest is left")
    os._exit(code)
