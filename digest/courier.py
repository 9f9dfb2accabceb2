"""Couriers: one per channel takes what is due from the outbox, sends it, and settles how that ended.

The order is the promise: *sending* is committed before the first byte that could deliver leaves, the end is
committed after; what stands in *sending* after a crash is uncertain and is never repeated by itself.
"""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar, assert_never

import structlog

from digest.channel import Gone, Later, Moved, Outcome, Postbox, Refused, Sent, Uncertain
from digest.clock import Clock, monotonic, system_clock
from digest.errors import ChannelStopped, StoreError
from digest.model import Channel, Delivery, DeliveryState, Target

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 15.0
POLL_SECONDS = 2.0
GRACE_SECONDS = 18.0
MOST_CLAIMS = 3
BACK_OFF_MINUTES = (5, 15, 30, 60, 120, 240)
AGAIN_SOON = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=15)
BACK_OFF_SPREAD = 0.2

P = TypeVar("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a try ended, to be written down; ``not_before`` is set for ``due`` alone.

    ``receipts`` are all parts that arrived so far. ``endpoint_gone`` ends the endpoint too, ``moved_to``
    gives it its new target. ``counts``: the try was the recipient's own.
    """

    state: DeliveryState
    reason: str | None = None
    not_before: datetime | None = None
    receipts: tuple[str, ...] = ()
    endpoint_gone: bool = False
    moved_to: Target | None = None
    counts: bool = False


class Outbox(Protocol):
    """What a courier needs of the store; each change names its owner and is refused once that is lost."""

    async def claim(
        self, channel: Channel, owner: str, *, due: datetime, now: datetime, until: datetime, most: int
    ) -> Sequence[Delivery]:
        """Lease what is due at ``due``, the urgent first, from ``now`` (the time of leases) until ``until``.

        A row claimed too often without an end is refused (poison).
        """
        ...

    async def sending(self, delivery: int, owner: str) -> bool:
        """Mark that bytes may leave from now on; False where the lease is lost."""
        ...

    async def arrived(self, delivery: int, owner: str, receipts: tuple[str, ...]) -> bool:
        """Note the parts that arrived and lease the rest on; False where the lease is lost."""
        ...

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        """Write down the end of a try; False where the lease is lost."""
        ...

    async def renew(self, owner: str, until: datetime) -> None:
        """Lengthen the leases of an owner."""
        ...

    async def release(self, owner: str) -> int:
        """Give back what an owner has leased and not begun; count it."""
        ...


@dataclass(slots=True, kw_only=True)
class Courier(Generic[P]):
    """Sends what is due on one channel, at most ``width`` deliveries at a time.

    ``clock`` says what is due; leases follow the machine's own clock, which other processes share.
    """

    channel: Channel
    owner: str
    outbox: Outbox
    postbox: Postbox[P]
    render: Callable[[Delivery], Awaitable[Sequence[P]]]
    clock: Clock
    width: int = 4
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _held_until: float = 0.0
    _holds: int = 0
    _leased_until: float = 0.0
    _fatal: ChannelStopped | None = None

    def wake(self) -> None:
        """Look at the outbox now rather than at the next round."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; ``run`` ends when what is in flight is settled."""
        self._stopping = True
        self._wake.set()

    async def idle(self, seconds: float) -> None:
        """Wait until ``run`` has found nothing more to send, or waits itself; at most so many seconds."""
        self._idle.clear()
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    async def run(self) -> None:
        """Send until stopped, then settle what is in flight and give the rest back.

        Raises ``ChannelStopped`` where nothing can be sent to anybody until the operator acts.
        """
        await self._work(until_empty=False)

    async def drain(self) -> None:
        """Send everything that is due now, and return; raises as ``run`` does."""
        await self._work(until_empty=True)

    async def _work(self, *, until_empty: bool) -> None:
        heart = asyncio.create_task(self._keep_leases(), name=f"{self.channel} leases")
        flying: set[asyncio.Task[None]] = set()
        backlog: deque[Delivery] = deque()
        try:
            while not self._stopping:
                if not backlog and not self._held:
                    backlog.extend(await self._claim())
                while backlog and len(flying) < self.width and not self._held:
                    flying.add(asyncio.create_task(self._deliver(backlog.popleft())))
                if not flying and (not backlog or self._held):
                    self._idle.set()
                    if until_empty:
                        return
                flying = await self._next_event(flying)
        finally:
            if flying:
                await asyncio.wait(flying, timeout=GRACE_SECONDS)
            heart.cancel()
            await self.outbox.release(self.owner)
        if self._fatal:
            raise self._fatal

    @property
    def _held(self) -> bool:
        return self._held_until > monotonic()

    async def _claim(self) -> Sequence[Delivery]:
        now, started = system_clock(), monotonic()
        try:
            claimed = await self.outbox.claim(
                self.channel,
                self.owner,
                due=self.clock(),
                now=now,
                until=now + LEASE,
                most=self.width * 4,
            )
        except StoreError as error:
            log.warning("nothing claimed", channel=self.channel.value, error=str(error))
            return ()
        self._leased_until = started + LEASE.total_seconds()
        return claimed

    async def _next_event(self, flying: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait until a delivery ends, somebody wakes us, or a moment has passed; give those still flying."""
        waker = asyncio.create_task(self._wake.wait())
        done, _ = await asyncio.wait(
            {*flying, waker}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        waker.cancel()
        self._wake.clear()
        for task in done - {waker}:
            if not task.cancelled() and (error := task.exception()):
                log.error("a delivery was left in doubt", error=repr(error))
        return flying - done

    async def _deliver(self, delivery: Delivery) -> None:
        """Bring one delivery to its end, part by part."""
        with structlog.contextvars.bound_contextvars(delivery=delivery.key, channel=self.channel.value):
            settlement = await self._attempt(delivery)
            if settlement is None:
                log.warning("lease lost; somebody else has this delivery")
            elif await self._settle(delivery, settlement):
                log.info(settlement.state.value, reason=settlement.reason)

    async def _attempt(self, delivery: Delivery) -> Settlement | None:
        """Render and send; None where the lease is lost on the way."""
        try:
            parts = await self.render(delivery)
        except Exception:
            log.exception("could not be rendered")
            return Settlement(state=DeliveryState.REFUSED, reason="could not be rendered; the log says why")
        return await self._send_parts(delivery, parts)

    async def _settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """Write the end down, again while the store is away: a known end must not become a doubt."""
        while True:
            try:
                return await self.outbox.settle(delivery.id, self.owner, settlement, self.clock())
            except StoreError as error:
                log.warning("end not written yet", error=str(error))
                if self._leased_until <= monotonic():
                    raise
                await asyncio.sleep(1)

    async def _send_parts(self, delivery: Delivery, parts: Sequence[P]) -> Settlement | None:
        """Send the parts that are missing; None where the lease is lost on the way."""
        receipts = delivery.receipts
        for part in parts[len(receipts) :]:
            if self._leased_until <= monotonic() or not await self.outbox.sending(delivery.id, self.owner):
                return None
            outcome = await self._send(delivery, part, receipts)
            if not isinstance(outcome, Sent):
                return self._settlement(delivery, outcome, receipts)
            receipts = (*receipts, outcome.receipt)
            if len(receipts) < len(parts) and not await self.outbox.arrived(
                delivery.id, self.owner, receipts
            ):
                return None
        self._holds = 0
        return Settlement(state=DeliveryState.SENT, receipts=receipts)

    async def _send(self, delivery: Delivery, part: P, receipts: tuple[str, ...]) -> Outcome:
        known = delivery if receipts == delivery.receipts else _with_receipts(delivery, receipts)
        try:
            return await self.postbox.send(known, part)
        except ChannelStopped as error:
            self._fatal = error
            self.stop()
            return Later(reason=str(error), counts=False, whole_channel=True)

    def _settlement(self, delivery: Delivery, outcome: Outcome, receipts: tuple[str, ...]) -> Settlement:
        if isinstance(outcome, Later) and outcome.whole_channel:
            self._hold(outcome)
        return settlement(outcome, delivery, receipts, self.clock(), random.uniform(-1, 1))  # noqa: S311 - spread, no secret

    def _hold(self, outcome: Later) -> None:
        """Let the whole channel wait: as long as asked, or 30 s doubling to 15 minutes."""
        own = min(AGAIN_SOON * 2**self._holds, LONGEST_PAUSE)
        wait = outcome.after if outcome.after is not None else own
        self._holds += outcome.after is None
        self._held_until = max(self._held_until, monotonic() + wait.total_seconds())
        log.warning("channel waits", channel=self.channel.value, seconds=wait.total_seconds())

    async def _rest(self) -> None:
        """Wait for the next round: until woken, or a moment."""
        self._wake.clear()
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            started = monotonic()
            try:
                await self.outbox.renew(self.owner, system_clock() + LEASE)
            except StoreError as error:
                log.warning("leases not renewed", error=str(error))
            else:
                self._leased_until = started + LEASE.total_seconds()


def settlement(  # noqa: PLR0911 - one return for each way a send can end
    outcome: Outcome, delivery: Delivery, receipts: tuple[str, ...], now: datetime, spread: float
) -> Settlement:
    """Translate the end of a send into what is written down; ``spread`` in -1…1 jitters the back-off."""
    match outcome:
        case Sent(receipt=receipt):
            return Settlement(state=DeliveryState.SENT, receipts=(*receipts, receipt))
        case Later(reason=reason, after=after, counts=counts):
            wait = after if after is not None else _back_off(delivery.attempts, counts=counts, spread=spread)
            if wait is None:
                return Settlement(
                    state=DeliveryState.REFUSED, reason=f"given up: {reason}", receipts=receipts
                )
            return Settlement(
                state=DeliveryState.DUE,
                reason=reason,
                not_before=now + wait,
                receipts=receipts,
                counts=counts,
            )
        case Uncertain(reason=reason):
            return Settlement(state=DeliveryState.UNCERTAIN, reason=reason, receipts=receipts)
        case Gone(reason=reason):
            return Settlement(state=DeliveryState.GONE, reason=reason, receipts=receipts, endpoint_gone=True)
        case Moved(to=target, reason=reason):
            return Settlement(
                state=DeliveryState.DUE,
                reason=reason,
                not_before=now,
                receipts=receipts,
                moved_to=target,
            )
        case Refused(reason=reason):
            return Settlement(state=DeliveryState.REFUSED, reason=reason, receipts=receipts)
        case forgotten:
            assert_never(forgotten)


def _back_off(attempts: int, *, counts: bool, spread: float) -> timedelta | None:
    """Give the wait before the next try, None where the tries are used up (RELIABILITY: greylisting)."""
    if not counts:
        return AGAIN_SOON
    if attempts >= len(BACK_OFF_MINUTES):
        return None
    return timedelta(minutes=BACK_OFF_MINUTES[attempts] * (1 + BACK_OFF_SPREAD * spread))


def _with_receipts(delivery: Delivery, receipts: tuple[str, ...]) -> Delivery:
    return replace(delivery, receipts=receipts)
