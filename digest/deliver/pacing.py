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

from digest.clock import monotonic
from digest.deliver.flood import Flooded, wait_of
from digest.deliver.holds import Holds

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

    def hold(self, chat: str, until: float) -> None:
        """Let nothing go to a chat before ``until``."""
        self._chats[chat] = max(until, self._chats.get(chat, until))

    def take(self, now: float) -> Ticket | None:
        """Give who may go at ``now``: the first reply whose chat is free, else the first such bulk."""
        if now < self._next:
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
        return max(self._next, min(chats)) if chats else None

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

    A flood holds the refused chat, and all bulk where several chats are refused within seconds. Bulk that is
    held ends as ``Flooded`` without being sent, and is not repeated here. Replies go on through a flood; one
    that is refused itself waits and is repeated once where the wait is short, and holds its chat's replies.
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
        self._holds = Holds()
        self._patience = patience
        self._now = now
        self._turns: dict[Ticket, asyncio.Future[None]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def halt(self, seconds: float) -> None:
        """Let no bulk go for so long: what a program before this one was told to wait."""
        self._holds.hold_bulk(self._now() + seconds)
        self._turn_away()

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
            everybody = self._refused(ticket, wait)
            if ticket.pace is Pace.BULK or wait > self._patience:
                longest = max(wait, self._holds.all_bulk(self._now())) if everybody else wait
                raise Flooded(longest, everybody=everybody) from None
        await self._turn(ticket)
        try:
            return await callback(*args, **kwargs)
        except RetryAfter as flood:
            self._refused(ticket, wait_of(flood).total_seconds())
            raise

    def _refused(self, ticket: Ticket, wait: float) -> bool:
        """Note a flood, and turn away who waits in vain now; tell whether all bulk waits."""
        now, reply = self._now(), ticket.pace is Pace.REPLY
        everybody = self._holds.refused(ticket.chat, wait, now, reply=reply)
        if reply and wait <= self._patience:
            self._table.hold(ticket.chat, now + wait)
        self._turn_away()
        return everybody

    async def _turn(self, ticket: Ticket) -> None:
        """Wait for the ticket's turn; raises ``Flooded`` where it is held for longer than it may wait."""
        if (flood := self._held(ticket)) is not None:
            raise flood
        turn = asyncio.get_running_loop().create_future()
        self._turns[ticket] = turn
        self._table.add(ticket)
        self._serve()
        try:
            await turn
        finally:
            self._turns.pop(ticket, None)
            self._table.drop(ticket)

    def _held(self, ticket: Ticket) -> Flooded | None:
        """Return why a ticket cannot wait for its turn, None where it can."""
        now = self._now()
        if ticket.pace is Pace.REPLY:
            left = self._holds.reply(ticket.chat, now)
            return Flooded(left) if left > self._patience else None
        own, everybodys = self._holds.bulk(ticket.chat, now), self._holds.all_bulk(now)
        if not own and not everybodys:
            return None
        return Flooded(own) if own > everybodys else Flooded(everybodys, everybody=True)

    def _turn_away(self) -> None:
        """End the waiting of those who are held from now on."""
        for ticket, turn in list(self._turns.items()):
            if not turn.done() and (flood := self._held(ticket)) is not None:
                self._table.drop(ticket)
                turn.set_exception(flood)

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
