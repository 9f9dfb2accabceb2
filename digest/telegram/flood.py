"""Telegram's "too many requests" with its wait as a timedelta."""

import math
from datetime import timedelta

from telegram.error import RetryAfter, TelegramError

MAX_WAIT_SECONDS = 86_400
"""Seconds; Telegram asks for up to a day. A longer wait is asked for again by the next refusal."""

DEFAULT_WAIT_SECONDS = 30
"""Seconds to wait where "too many requests" comes without a wait that has a meaning."""


class TooManyRequests(RetryAfter):
    """Wait so many seconds, rounded up and at most a day, before the next request.

    ``all_chats`` True: several chats were refused within seconds, so that the wait is not one chat's own.

    PTB's own class warns whenever it is made, while its ``retry_after`` changes from int to timedelta;
    PTB itself reads ``_retry_after`` only.
    """

    __slots__ = ("all_chats",)

    def __init__(self, seconds: float, *, all_chats: bool = False) -> None:
        whole = math.ceil(min(seconds, MAX_WAIT_SECONDS))
        more = "; a longer wait was asked for" if seconds > MAX_WAIT_SECONDS else ""
        self.all_chats = all_chats
        self._retry_after = timedelta(seconds=whole)
        TelegramError.__init__(self, f"Flood control exceeded. Retry in {whole} seconds{more}")

    @property
    def retry_after(self) -> timedelta:
        """The wait that is asked for."""
        return self._retry_after


def retry_after(error: RetryAfter) -> timedelta:
    """Return the wait that an error asks for, without PTB's warning."""
    wait: timedelta = error._retry_after  # noqa: SLF001 - the public property warns
    return wait


def affects_all_chats(error: RetryAfter) -> bool:
    """Return whether a flood concerns all chats and not the refused one alone."""
    return isinstance(error, TooManyRequests) and error.all_chats
