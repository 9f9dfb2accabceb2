"""Telegram's pace: even spacing, replies before bulk, and floods obeyed by those whom they concern.

PTB's ``AIORateLimiter`` lets a burst of twice the rate out, ends a halt early and lets all who waited
leave at once (python-telegram-bot issue 5338); this one does none of it. Limits: Bot FAQ, "My bot is
hitting limits", 30 messages a second over all chats, 1 a second in a chat, 20 a minute in a group.
"""

import asyncio
import math
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from digest.model.clock import monotonic
from digest.telegram.api_answers import TooManyRequests, retry_after

MethodResult = bool | dict[str, Any] | list[dict[str, Any]]

LIMITED_METHODS = re.compile(r"send(?!ChatAction)|edit|copy|forward")
PRIVATE_CHAT_INTERVAL = 1.05
GROUP_INTERVAL = 3.1
MAX_REPLY_WAIT = 5.0
MAX_TRACKED_CHATS = 4096
CATCH_UP_FRACTION = 1 / 8
"""The part of an interval that a late departure makes up for; more would bunch what follows a stall."""

MIN_REFUSED_CHATS = 3
REFUSAL_WINDOW = 5.0
"""So many chats refused within so many seconds are no coincidence: the limit is the bot's own.

Slow mode and the limit of 20 messages a minute in a group reach a bot as a 429 of one chat; its limit of 30
messages a second over all chats refuses whichever chats come next (Bot FAQ, "My bot is hitting limits").
"""


class Priority(IntEnum):
    """How urgent a request is; a reply is what a person waits for."""

    REPLY = 0
    BULK = 1


@dataclass(eq=False, slots=True)
class PendingCall:
    """A request that waits to be sent."""

    chat: str
    priority: Priority


@dataclass(slots=True)
class SendSchedule:
    """Decides which request is sent when, without a clock; times are seconds that never go back."""

    rate: float
    private_interval: float = PRIVATE_CHAT_INTERVAL
    group_interval: float = GROUP_INTERVAL
    _free_at: float = -math.inf
    _chat_free_at: dict[str, float] = field(default_factory=dict)
    _queues: tuple[list[PendingCall], list[PendingCall]] = field(default_factory=lambda: ([], []))

    def add(self, call: PendingCall) -> None:
        """Put a request at the end of its queue."""
        self._queues[call.priority].append(call)

    def remove(self, call: PendingCall) -> None:
        """Take a request out that waits no more."""
        if call in self._queues[call.priority]:
            self._queues[call.priority].remove(call)

    def pause_chat(self, chat: str, until: float) -> None:
        """Send nothing to a chat before ``until``."""
        self._chat_free_at[chat] = max(until, self._chat_free_at.get(chat, until))

    def pop_ready(self, now: float) -> PendingCall | None:
        """Return the request to send at ``now``: the first reply whose chat is free, else the first such bulk."""
        if now < self._free_at:
            return None
        for queue in self._queues:
            for place, call in enumerate(queue):
                if self._chat_free_at.get(call.chat, now) <= now:
                    del queue[place]
                    self._reserve(call, now)
                    return call
        return None

    def next_send_at(self) -> float | None:
        """Return the earliest moment at which a request may be sent, None where none waits."""
        chats = [self._chat_free_at.get(call.chat, -math.inf) for queue in self._queues for call in queue]
        return max(self._free_at, min(chats)) if chats else None

    def _reserve(self, call: PendingCall, now: float) -> None:
        interval = 1 / self.rate
        # A small part of an interval may be caught up, so that late timers do not lower the rate.
        self._free_at = max(self._free_at, now - interval * CATCH_UP_FRACTION) + interval
        _drop_expired(self._chat_free_at, now)
        is_group = call.chat.startswith(("-", "@"))
        self._chat_free_at[call.chat] = now + (self.group_interval if is_group else self.private_interval)


@dataclass(slots=True)
class FloodWaits:
    """How long requests wait after a flood: those to the refused chat, or all bulk where several chats were refused.

    Times are seconds that never go back, and no wait is shortened. A refused reply holds all that goes to its
    chat. Refused bulk holds the bulk of its chat alone: a person who waits for an answer there is worth one
    more request.
    """

    bulk_until: float = -math.inf
    _chat_until: tuple[dict[str, float], dict[str, float]] = field(default_factory=lambda: ({}, {}))
    _recent_refusals: dict[str, float] = field(default_factory=dict)

    def record_refusal(self, call: PendingCall, wait: float, now: float) -> bool:
        """Note a refusal, and return whether all bulk waits from now on."""
        until = now + wait
        for priority in {call.priority, Priority.BULK}:
            held = self._chat_until[priority]
            _drop_expired(held, now)
            held[call.chat] = max(until, held.get(call.chat, until))
        recent = {chat: at for chat, at in self._recent_refusals.items() if now - at <= REFUSAL_WINDOW}
        self._recent_refusals = recent | {call.chat: now}
        if len(self._recent_refusals) < MIN_REFUSED_CHATS:
            return False
        bulk = self._chat_until[Priority.BULK]
        self.bulk_until = max(self.bulk_until, *(bulk.get(chat, until) for chat in self._recent_refusals))
        return True

    def bulk_wait(self, now: float) -> float:
        """Return how many seconds all bulk still waits."""
        return max(0.0, self.bulk_until - now)

    def chat_wait(self, call: PendingCall, now: float) -> float:
        """Return how many seconds requests as urgent as this one, to the same chat, still wait."""
        return max(0.0, self._chat_until[call.priority].get(call.chat, now) - now)


def _drop_expired(times: dict[str, float], now: float) -> None:
    """Forget the chats whose time has passed, once there are many."""
    if len(times) >= MAX_TRACKED_CHATS:
        for chat in [chat for chat, until in times.items() if until <= now]:
            del times[chat]


class TelegramRateLimiter(BaseRateLimiter[Priority]):
    """Holds what writes to a chat; polling, answers to taps and questions pass at once.

    A flood holds the refused chat, and all bulk where several chats are refused within seconds. Bulk that is
    held ends as ``TooManyRequests`` without being sent, and is not repeated here. Replies go on through a
    flood; one that is refused itself waits and is repeated once where the wait is short, and holds its chat's
    replies.
    """

    def __init__(
        self,
        rate: float = 28.0,
        *,
        private_interval: float = PRIVATE_CHAT_INTERVAL,
        group_interval: float = GROUP_INTERVAL,
        max_reply_wait: float = MAX_REPLY_WAIT,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._schedule = SendSchedule(rate, private_interval, group_interval)
        self._flood_waits = FloodWaits()
        self._max_reply_wait = max_reply_wait
        self._now = now
        self._waiters: dict[PendingCall, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def pause_bulk_for(self, seconds: float) -> None:
        """Hold bulk messages for so long: a wait that the previous process was told to keep."""
        self._flood_waits.bulk_until = max(self._flood_waits.bulk_until, self._now() + seconds)
        self._reject_paused()

    async def initialize(self) -> None:
        """Need nothing."""

    async def shutdown(self) -> None:
        """Forget the timer; whoever still waits is cancelled by its own task."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, MethodResult]],
        args: Any,  # noqa: ANN401 - PTB's signature
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> MethodResult:
        """Make the request when its turn has come."""
        if "chat_id" not in data or not LIMITED_METHODS.match(endpoint):
            return await callback(*args, **kwargs)
        call = PendingCall(str(data["chat_id"]), rate_limit_args or Priority.REPLY)
        await self._wait_for_slot(call)
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as flood:
            wait = retry_after(flood).total_seconds()
            all_chats = self._record_flood(call, wait)
            if call.priority is Priority.BULK or wait > self._max_reply_wait:
                longest = max(wait, self._flood_waits.bulk_wait(self._now())) if all_chats else wait
                raise TooManyRequests(longest, all_chats=all_chats) from None
        await self._wait_for_slot(call)
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as flood:
            self._record_flood(call, retry_after(flood).total_seconds())
            raise

    def _record_flood(self, call: PendingCall, wait: float) -> bool:
        """Note a flood, reject who waits in vain now, and return whether all bulk waits."""
        now = self._now()
        all_chats = self._flood_waits.record_refusal(call, wait, now)
        if call.priority is Priority.REPLY and wait <= self._max_reply_wait:
            self._schedule.pause_chat(call.chat, now + wait)
        self._reject_paused()
        return all_chats

    async def _wait_for_slot(self, call: PendingCall) -> None:
        """Wait for the request's turn; raises ``TooManyRequests`` where it is held for longer than it may wait."""
        if flood := self._flood_error(call):
            raise flood
        turn = asyncio.get_running_loop().create_future()
        self._waiters[call] = turn
        self._schedule.add(call)
        self._release_ready()
        try:
            await turn
        finally:
            self._waiters.pop(call, None)
            self._schedule.remove(call)

    def _flood_error(self, call: PendingCall) -> TooManyRequests | None:
        """Return why a request cannot wait for its turn, None where it can."""
        now = self._now()
        own, everybodys = self._flood_waits.chat_wait(call, now), self._flood_waits.bulk_wait(now)
        if call.priority is Priority.REPLY:
            return TooManyRequests(own) if own > self._max_reply_wait else None
        if not own and not everybodys:
            return None
        return TooManyRequests(own) if own > everybodys else TooManyRequests(everybodys, all_chats=True)

    def _reject_paused(self) -> None:
        """End the waiting of those who are held from now on."""
        for call, turn in list(self._waiters.items()):
            if not turn.done() and (flood := self._flood_error(call)):
                self._schedule.remove(call)
                turn.set_exception(flood)

    def _release_ready(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while (call := self._schedule.pop_ready(self._now())) is not None:
            turn = self._waiters.get(call)
            if turn is not None and not turn.done():
                turn.set_result(None)
        if (at := self._schedule.next_send_at()) is not None:
            delay = max(0.0, at - self._now())
            self._timer = asyncio.get_running_loop().call_later(delay, self._release_ready)
