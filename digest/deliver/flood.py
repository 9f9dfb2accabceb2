"""Telegram's "too many requests" with its wait as a timedelta."""

import math
from datetime import timedelta

from telegram.error import RetryAfter, TelegramError

LONGEST_WAIT = 86_400
"""Seconds; Telegram asks for up to a day. A longer wait is asked for again by the next refusal."""

NO_WAIT_TOLD = 30
"""Seconds to wait where "too many requests" comes without a wait that has a meaning."""


class Flooded(RetryAfter):
    """Wait so many seconds, rounded up and at most a day, before the next request.

    ``everybody`` True: several chats were refused within seconds, so that the wait is not one chat's own.

    PTB's own class warns whenever it is made, while its ``retry_after`` changes from int to timedelta;
    PTB itself reads ``_retry_after`` only.
    """

    __slots__ = ("everybody",)

    def __init__(self, seconds: float, *, everybody: bool = False) -> None:
        whole = math.ceil(min(seconds, LONGEST_WAIT))
        more = "; a longer wait was asked for" if seconds > LONGEST_WAIT else ""
        self.everybody = everybody
        self._retry_after = timedelta(seconds=whole)
        TelegramError.__init__(self, f"Flood control exceeded. Retry in {whole} seconds{more}")

    @property
    def retry_after(self) -> timedelta:
        """The wait that is asked for."""
        return self._retry_after


def wait_of(error: RetryAfter) -> timedelta:
    """Give the wait that an error asks for, without PTB's warning."""
    wait: timedelta = error._retry_after  # noqa: SLF001 - the public property warns
    return wait


def is_everybodys(error: RetryAfter) -> bool:
    """Tell whether a flood concerns all chats and not the refused one alone."""
    return isinstance(error, Flooded) and error.everybody
