"""Telegram's "too many requests" with its wait as a timedelta."""

import math
from datetime import timedelta

from telegram.error import RetryAfter, TelegramError


class Flooded(RetryAfter):
    """Wait so many seconds, rounded up, before the next request.

    PTB's own class warns whenever it is made, while its ``retry_after`` changes from int to timedelta;
    PTB itself reads ``_retry_after`` only.
    """

    def __init__(self, seconds: float) -> None:
        whole = math.ceil(seconds)
        self._retry_after = timedelta(seconds=whole)
        TelegramError.__init__(self, f"Flood control exceeded. Retry in {whole} seconds")

    @property
    def retry_after(self) -> timedelta:
        """The wait that is asked for."""
        return self._retry_after


def wait_of(error: RetryAfter) -> timedelta:
    """Give the wait that an error asks for, without PTB's warning."""
    wait: timedelta = error._retry_after  # noqa: SLF001 - the public property warns
    return wait
