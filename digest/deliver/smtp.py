"""The mail channel: messages as bytes over a few reused connections, and each one's end as an outcome."""

import asyncio
from collections.abc import Callable

from digest.channel import Later, Outcome, SendCancelled
from digest.clock import monotonic
from digest.deliver.smtp_line import Line, Timeouts
from digest.deliver.smtp_opening import Account, open_line
from digest.deliver.smtp_replies import Stage
from digest.message import MailPart
from digest.model import Delivery

PER_CONNECTION = 100
IDLE_SECONDS = 5.0


class SmtpPostbox:
    """Hands mail to one server, one recipient in a transaction.

    ``sender`` is the envelope's sender (MAIL FROM), or gives that of a delivery. At most ``connections``
    are open at once, each for at most ``per_connection`` messages, all together at most ``rate`` messages a
    second (None: no bound). A connection that died while idle is replaced without that being a try.
    """

    def __init__(
        self,
        account: Account,
        *,
        sender: str | Callable[[Delivery], str],
        connections: int = 4,
        per_connection: int = PER_CONNECTION,
        rate: float | None = None,
        timeouts: Timeouts | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._account = account
        self._sender = (lambda _: sender) if isinstance(sender, str) else sender
        self._places = asyncio.Semaphore(connections)
        self._per_connection = per_connection
        self._spacing = 1 / rate if rate else 0.0
        self._timeouts = timeouts or Timeouts()
        self._now = now
        self._idle: list[Line] = []
        self._next = 0.0
        self._closed = False

    async def send(self, delivery: Delivery, part: MailPart) -> Outcome:
        """Send ``part`` to the delivery's address, its bytes as they are."""
        try:
            await self._places.acquire()
        except asyncio.CancelledError:
            raise SendCancelled from None
        try:
            return await self._send(delivery, part)
        finally:
            self._places.release()

    async def _send(self, delivery: Delivery, part: MailPart) -> Outcome:
        try:
            await self._pace()
            line = await self._line()
        except asyncio.CancelledError:
            raise SendCancelled from None
        if isinstance(line, Later):
            return line
        reused, sender = line.used, self._sender(delivery)
        stage, outcome = await line.send(sender, delivery.target.address, part.raw)
        if reused and stage is Stage.MAIL and isinstance(outcome, Later) and not line.alive:
            try:
                fresh = await open_line(self._account, self._timeouts)
            except asyncio.CancelledError:
                raise SendCancelled from None
            if isinstance(fresh, Later):
                return fresh
            line = fresh
            stage, outcome = await line.send(sender, delivery.target.address, part.raw)
        try:
            await self._give_back(line, stage, outcome)
        except asyncio.CancelledError:
            line.abort()  # How it ended is known, and must not be forgotten for that.
        return outcome

    async def close(self) -> None:
        """Say goodbye on every idle connection."""
        self._closed = True
        lines, self._idle = self._idle, []
        await asyncio.gather(*(line.close() for line in lines))

    async def _pace(self) -> None:
        at = max(self._next, self._now())
        self._next = at + self._spacing
        await asyncio.sleep(at - self._now())

    async def _line(self) -> Line | Later:
        while self._idle:
            line = self._idle.pop()
            rested = self._now() - line.idle_since
            if line.alive and (rested < IDLE_SECONDS or await line.answers()):
                return line
            await line.close()
        return await open_line(self._account, self._timeouts)

    async def _give_back(self, line: Line, stage: Stage, outcome: Outcome) -> None:
        if stage is Stage.RCPT and isinstance(outcome, Later) and not outcome.counts and line.sent > 1:
            # 452 or 4.5.3: too much for one connection (RFC 5321 4.5.3.1.10), so fewer on the next.
            self._per_connection = max(1, min(self._per_connection, line.sent) // 2)
        full = self._closed or line.sent >= self._per_connection
        if line.alive and not full and (stage is Stage.END or await line.answers()):
            line.idle_since = self._now()
            self._idle.append(line)
        else:
            await line.close()
