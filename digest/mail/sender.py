"""The mail channel: messages as bytes over a few reused connections, and each one's end as an outcome."""

import asyncio
from collections.abc import Callable

from digest.mail.smtp_connect import SmtpAccount, connect
from digest.mail.smtp_connection import SmtpConnection, SmtpTimeouts
from digest.mail.smtp_replies import SmtpStage
from digest.model import Delivery
from digest.model.clock import monotonic
from digest.model.message import RenderedEmail
from digest.model.outcome import Outcome, RetryLater, SendCancelled

MAX_MESSAGES_PER_CONNECTION = 100
IDLE_CHECK_SECONDS = 5.0


class SmtpSender:
    """Hands mail to one server, one recipient in a transaction.

    ``sender`` is the envelope's sender (MAIL FROM), or gives that of a delivery. At most ``max_connections``
    are open at once, each for at most ``max_per_connection`` messages, all together at most ``rate`` messages
    a second (None: no bound). A connection that died while idle is replaced without that being a try.
    """

    def __init__(
        self,
        account: SmtpAccount,
        *,
        sender: str | Callable[[Delivery], str],
        max_connections: int = 4,
        max_per_connection: int = MAX_MESSAGES_PER_CONNECTION,
        rate: float | None = None,
        timeouts: SmtpTimeouts | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._account = account
        self._envelope_sender = (lambda _: sender) if isinstance(sender, str) else sender
        self._slots = asyncio.Semaphore(max_connections)
        self._max_per_connection = max_per_connection
        self._interval = 1 / rate if rate else 0.0
        self._timeouts = timeouts or SmtpTimeouts()
        self._now = now
        self._idle: list[SmtpConnection] = []
        self._next_send_at = 0.0
        self._closed = False

    async def send(self, delivery: Delivery, part: RenderedEmail) -> Outcome:
        """Send ``part`` to the delivery's address, its bytes as they are."""
        try:
            await self._slots.acquire()
        except asyncio.CancelledError:
            raise SendCancelled from None
        try:
            return await self._send(delivery, part)
        finally:
            self._slots.release()

    async def _send(self, delivery: Delivery, part: RenderedEmail) -> Outcome:
        try:
            await self._wait_for_rate()
            connection = await self._acquire_connection()
        except asyncio.CancelledError:
            raise SendCancelled from None
        if isinstance(connection, RetryLater):
            return connection
        reused, sender = connection.used, self._envelope_sender(delivery)
        stage, outcome = await connection.send(sender, delivery.target.address, part.raw)
        if reused and stage is SmtpStage.MAIL and isinstance(outcome, RetryLater) and not connection.is_alive:
            try:
                fresh = await connect(self._account, self._timeouts)
            except asyncio.CancelledError:
                raise SendCancelled from None
            if isinstance(fresh, RetryLater):
                return fresh
            connection = fresh
            stage, outcome = await connection.send(sender, delivery.target.address, part.raw)
        try:
            await self._release_connection(connection, stage, outcome)
        except asyncio.CancelledError:
            connection.abort()  # How it ended is known, and must not be forgotten for that.
        return outcome

    async def close(self) -> None:
        """Send QUIT on every idle connection."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.close() for connection in idle))

    async def _wait_for_rate(self) -> None:
        at = max(self._next_send_at, self._now())
        self._next_send_at = at + self._interval
        await asyncio.sleep(at - self._now())

    async def _acquire_connection(self) -> SmtpConnection | RetryLater:
        while self._idle:
            connection = self._idle.pop()
            idle_seconds = self._now() - connection.idle_since
            if connection.is_alive and (idle_seconds < IDLE_CHECK_SECONDS or await connection.reset()):
                return connection
            await connection.close()
        return await connect(self._account, self._timeouts)

    async def _release_connection(self, connection: SmtpConnection, stage: SmtpStage, outcome: Outcome) -> None:
        if (
            stage is SmtpStage.RCPT
            and isinstance(outcome, RetryLater)
            and not outcome.counts_as_attempt
            and connection.sent_count > 1
        ):
            # 452 or 4.5.3: too much for one connection (RFC 5321 4.5.3.1.10), so fewer on the next.
            self._max_per_connection = max(1, min(self._max_per_connection, connection.sent_count) // 2)
        full = self._closed or connection.sent_count >= self._max_per_connection
        if connection.is_alive and not full and (stage is SmtpStage.END or await connection.reset()):
            connection.idle_since = self._now()
            self._idle.append(connection)
        else:
            await connection.close()
