"""Telegram's pace: even spacing, a halt until a deadline after a flood, replies before bulk.

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

from digest.clock import monotonic
from digest.deliver.flood import Flooded, wait_of

Answer = bool | dict[str, Any] | list[dict[str, Any]]

HELD = re.compile(r"send(?!ChatAction)|edit|copy|forward")
PRIVATE_SPACING = 1.05
GROUP_SPACING = 3.1
PATIENCE = 5.0
MANY_CHATS = 4096
CAUGHT_UP = 1 / 8
"""The part of a space that a late departure makes up for; more would bunch what follows a stall."""


class Pace(IntEnum):
    """How urgent a request is; a reply is what a person waits for."""

    REPLY = 0
    BULK = 1


@dataclass(eq=False, slots=True)
class Ticket:
    """A request that waits for its turn."""

    chat: str
    pace: Pace


@dataclass(slots=True)
class Timetable:
    """Decides who goes when; asks no clock and sleeps not. Times are seconds that never go back."""

    rate: float
    private_spacing: float = PRIVATE_SPACING
    group_spacing: float = GROUP_SPACING
    halted_until: float = -math.inf
    _next: float = -math.inf
    _chats: dict[str, float] = field(default_factory=dict)
    _waiting: tuple[list[Ticket], list[Ticket]] = field(default_factory=lambda: ([], []))

    def add(self, ticket: Ticket) -> None:
        """Put a request at the end of its queue."""
        self._waiting[ticket.pace].append(ticket)

    def drop(self, ticket: Ticket) -> None:
        """Take a request out that waits no more."""
        if ticket in self._waiting[ticket.pace]:
            self._waiting[ticket.pace].remove(ticket)

    def halt(self, until: float) -> None:
        """Let nobody go before ``until``; a halt is never shortened."""
        self.halted_until = max(self.halted_until, until)

    def take(self, now: float) -> Ticket | None:
        """Give who may go at ``now``: the first reply whose chat is free, else the first such bulk."""
        if now < max(self._next, self.halted_until):
            return None
        for queue in self._waiting:
            for place, ticket in enumerate(queue):
                if self._chats.get(ticket.chat, now) <= now:
                    del queue[place]
                    self._book(ticket, now)
                    return ticket
        return None

    def next_at(self) -> float | None:
        """Give the earliest moment at which somebody may go, None where nobody waits."""
        chats = [self._chats.get(ticket.chat, -math.inf) for queue in self._waiting for ticket in queue]
        return max(self._next, self.halted_until, min(chats)) if chats else None

    def _book(self, ticket: Ticket, now: float) -> None:
        spacing = 1 / self.rate
        # A small part of a space may be caught up, so that late timers do not lower the rate.
        self._next = max(self._next, now - spacing * CAUGHT_UP) + spacing
        if len(self._chats) >= MANY_CHATS:
            self._chats = {chat: free for chat, free in self._chats.items() if free > now}
        group = ticket.chat.startswith(("-", "@"))
        self._chats[ticket.chat] = now + (self.group_spacing if group else self.private_spacing)


class Pacing(BaseRateLimiter[Pace]):
    """Holds what writes to a chat; polling, answers to taps and questions pass at once.

    Bulk meets a flood as ``RetryAfter`` and is not repeated here; so does bulk that waits while a halt
    is on, without having been sent. A reply waits and is repeated once where the wait is short.
    """

    def __init__(
        self,
        rate: float = 28.0,
        *,
        private_spacing: float = PRIVATE_SPACING,
        group_spacing: float = GROUP_SPACING,
        patience: float = PATIENCE,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._table = Timetable(rate, private_spacing, group_spacing)
        self._patience = patience
        self._now = now
        self._turns: dict[Ticket, asyncio.Future[None]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def halt(self, seconds: float) -> None:
        """Let nobody go for so long, as after a flood: what a program before this one was told."""
        self._table.halt(self._now() + seconds)
        for ticket, turn in list(self._turns.items()):
            if not turn.done() and (ticket.pace is Pace.BULK or seconds > self._patience):
                self._table.drop(ticket)
                turn.set_exception(Flooded(seconds))

    async def initialize(self) -> None:
        """Need nothing."""

    async def shutdown(self) -> None:
        """Forget the timer; whoever still waits is cancelled by its own task."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,  # noqa: ANN401 - PTB's signature
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Pace | None,
    ) -> Answer:
        """Make the request when its turn has come."""
        if "chat_id" not in data or not HELD.match(endpoint):
            return await callback(*args, **kwargs)
        ticket = Ticket(str(data["chat_id"]), rate_limit_args or Pace.REPLY)
        await self._turn(ticket)
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as flood:
            wait = wait_of(flood).total_seconds()
            self.halt(wait)
            if ticket.pace is Pace.BULK or wait > self._patience:
                raise
        await self._turn(ticket)
        return await callback(*args, **kwargs)

    async def _turn(self, ticket: Ticket) -> None:
        """Wait for the ticket's turn; raises ``RetryAfter`` where a halt is too long to wait for."""
        if (left := self._table.halted_until - self._now()) > 0:
            self._refuse_long_wait(ticket, left)
        turn = asyncio.get_running_loop().create_future()
        self._turns[ticket] = turn
        self._table.add(ticket)
        self._serve()
        try:
            await turn
        finally:
            self._turns.pop(ticket, None)
            self._table.drop(ticket)

    def _refuse_long_wait(self, ticket: Ticket, left: float) -> None:
        if ticket.pace is Pace.BULK or left > self._patience:
            raise Flooded(left)

    def _serve(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        while (ticket := self._table.take(self._now())) is not None:
            turn = self._turns.get(ticket)
            if turn is not None and not turn.done():
                turn.set_result(None)
        if (at := self._table.next_at()) is not None:
            delay = max(0.0, at - self._now())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._serve)
