"""One courier: takes what is due from the outbox, sends it, and settles how that ended."""

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Generic, TypeVar

import structlog

from digest.model import Channel, Delivery, DeliveryState
from digest.model.bounce import BOUNCE_THRESHOLD
from digest.model.clock import Clock, monotonic, system_clock
from digest.model.errors import ChannelMisconfigured, DatabaseCorrupted, PaperDigestError, StoreError
from digest.model.outcome import MessageSender, Outcome, RetryLater, SendCancelled, Sent
from digest.model.reasons import Reason, ReasonCode
from digest.services.delivery.channel_pause import load_pause, save_pause
from digest.services.delivery.circuit_breaker import CircuitBreaker, FailureStreak
from digest.services.delivery.leases import LEASE_DURATION, RENEWALS_PER_LEASE, Leases
from digest.services.delivery.outage_log import OutageLog
from digest.services.delivery.outbox import Outbox, Settlement
from digest.services.delivery.settlement import build_settlement
from digest.text.reason_texts import reason_in_english
from digest.text.redact import redact_addresses

log = structlog.get_logger(__name__)

POLL_INTERVAL = 2.0
GRACE_SECONDS = 13.0
"""How long a stopped courier waits for what is in flight; with all that follows it ends within 20 seconds."""

CANCEL_GRACE_SECONDS = 2.0
STOPPED_BEFORE_SENDING = Reason(ReasonCode.STOPPED_BEFORE_SENDING)
MIN_WRITE_WAIT, MAX_WRITE_WAIT = 1.0, 30.0
SETTLE_TIMEOUT = 3600.0
"""How long a known end waits for a store that is away."""

P = TypeVar("P")


@dataclass(slots=True, kw_only=True)
class DeliveryWorker(Generic[P]):
    """Sends what is due on one channel, at most ``concurrency`` deliveries at a time.

    ``clock`` says what is due; leases follow the machine's own clock, which other processes share.
    At ``bounce_threshold`` points for bounces an address stops.
    """

    channel: Channel
    owner: str
    outbox: Outbox
    sender: MessageSender[P]
    render: Callable[[Delivery], Awaitable[Sequence[P]]]
    clock: Clock
    concurrency: int = 4
    lease: timedelta = LEASE_DURATION
    bounce_threshold: float = BOUNCE_THRESHOLD
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _store_available: bool = True
    _claimed_single: bool = False
    _breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    _leases: Leases = field(default_factory=Leases)
    _saved_streak: FailureStreak = field(default_factory=FailureStreak)
    _fatal: PaperDigestError | None = None
    _misconfigured: ChannelMisconfigured | None = None
    _outage_log: OutageLog = field(init=False)

    def __post_init__(self) -> None:
        self._outage_log = OutageLog(channel=self.channel)

    def wake(self) -> None:
        """Look at the outbox now rather than at the next round."""
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; ``run`` ends when what is in flight is settled."""
        self._stopping = True
        self._wake.set()

    async def wait_until_idle(self, seconds: float) -> None:
        """Wait until ``run`` has found nothing more to send, or waits itself; at most so many seconds."""
        self._idle.clear()
        self.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    async def run(self) -> None:
        """Send until stopped, then settle what is in flight and give the rest back.

        A channel that cannot go on until the operator acts waits like one that is out of reach, and one
        delivery tries again and again. Raises ``DatabaseCorrupted`` where the outbox can no longer be
        believed.
        """
        await self._run_loop(until_empty=False)

    async def drain(self) -> None:
        """Send everything that is due now, and return; raises as ``run`` does.

        Raises ``ChannelMisconfigured`` too, where nothing can be sent to anybody until the operator acts.
        """
        await self._run_loop(until_empty=True)
        if self._misconfigured:
            raise self._misconfigured

    async def _run_loop(self, *, until_empty: bool) -> None:
        heart = asyncio.create_task(self._renew_leases(), name=f"{self.channel} leases")
        flying: set[asyncio.Task[None]] = set()
        backlog: deque[Delivery] = deque()
        try:
            await self._restore_state()
            while not self._stopping:
                if self._breaker.has_many_unreachable:
                    await self._check_unreachable_allowed()
                if not backlog and not self._breaker.is_open:
                    backlog.extend(await self._claim())
                while (
                    backlog and len(flying) < self._breaker.concurrency(self.concurrency) and not self._breaker.is_open
                ):
                    flying.add(asyncio.create_task(self._deliver(backlog.popleft())))
                if not flying and (not backlog or self._breaker.is_open):
                    if backlog:
                        backlog.clear()
                        await self._release_claims()
                    self._idle.set()
                    if until_empty and not await self._has_blocked():
                        break
                flying = await self._wait_for_event(flying)
        finally:
            await self._finish_in_flight(flying)
            heart.cancel()
            await asyncio.wait([heart])
            await self._save_streak()
            await self._release_claims()
        if self._fatal:
            raise self._fatal

    async def _finish_in_flight(self, in_flight: set[asyncio.Task[None]]) -> None:
        """Wait for what is in flight; of what takes too long, what may have left is in doubt."""
        if not in_flight:
            return
        done, late = await asyncio.wait(in_flight, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        if late:
            # They still write down that nothing has left, where they know it.
            await asyncio.wait(late, timeout=CANCEL_GRACE_SECONDS)
        _log_failures(done)

    async def _release_claims(self) -> None:
        self._leases.clear()
        try:
            await self.outbox.release(self.owner)
        except StoreError as error:
            log.warning("nothing given back; the leases run out", error=str(error))

    async def _has_blocked(self) -> bool:
        """Return whether something due may be claimed in a moment, although nothing could be just now."""
        if self._breaker.is_open or not self._store_available:
            return False
        try:
            return await self.outbox.has_blocked(self.channel, self.clock(), system_clock())
        except StoreError as error:
            self._outage_log.failed("looking for more", error)
            return False

    @property
    def misconfigured_reason(self) -> Reason | None:
        """Why nothing can be sent until the operator acts, None where that is not so."""
        return _misconfigured(self._misconfigured) if self._misconfigured else None

    @property
    def many_unreachable_reason(self) -> Reason | None:
        """What the last of too many addresses in a row met, None where no admin is asked about them."""
        return self._breaker.open_reason if self._breaker.has_many_unreachable else None

    @property
    def pause_reason(self) -> Reason | None:
        """Why the whole channel waits at the moment, None where it does not."""
        return self._breaker.open_reason

    async def _claim(self) -> Sequence[Delivery]:
        now, started = system_clock(), monotonic()
        try:
            claimed = await self.outbox.claim(
                self.channel,
                self.owner,
                due_at=self.clock(),
                now=now,
                until=now + self.lease,
                limit=self.concurrency * 4,
                holding=self._leases.held_ids,
            )
        except DatabaseCorrupted as error:
            self._fail(error)
            return ()
        except StoreError as error:
            self._store_available = False
            self._outage_log.failed("claiming", error)
            return ()
        self._store_available, self._claimed_single = True, len(claimed) == 1
        self._outage_log.recovered()
        self._leases.add([one.id for one in claimed], started, self.lease)
        return claimed

    async def _wait_for_event(self, in_flight: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait until a delivery ends, somebody wakes us, or a moment has passed; give those still flying."""
        waker = asyncio.create_task(self._wake.wait())
        done, _ = await asyncio.wait({*in_flight, waker}, timeout=POLL_INTERVAL, return_when=asyncio.FIRST_COMPLETED)
        waker.cancel()
        self._wake.clear()
        ended = in_flight & done
        _log_failures(ended)
        return in_flight - ended

    async def _deliver(self, delivery: Delivery) -> None:
        """Bring one delivery to its end, part by part.

        Where this fails, the lease runs out, and what became of the row is read from its state.
        """
        with structlog.contextvars.bound_contextvars(delivery=delivery.key, channel=self.channel.value):
            try:
                settlement = await self._attempt(delivery)
                if settlement is not None and await self._settle(delivery, settlement):
                    log.info(settlement.state.value, reason=_for_log(settlement.reason))
                else:
                    log.warning("lease lost; somebody else has this delivery, or nobody wants it any more")
            except DatabaseCorrupted as error:
                self._fail(error)
            finally:
                self._leases.remove(delivery.id)

    async def _attempt(self, delivery: Delivery) -> Settlement | None:
        """Render and send; None where the lease is lost on the way."""
        try:
            parts = await self.render(delivery)
        except StoreError as error:
            return self._postpone(delivery, _away(error))
        except DatabaseCorrupted:
            raise
        except Exception:
            log.exception("could not be rendered")
            return Settlement(state=DeliveryState.REFUSED, reason=Reason(ReasonCode.RENDERING_FAILED))
        if not parts:
            return Settlement(state=DeliveryState.REFUSED, reason=Reason(ReasonCode.NOTHING_TO_SEND))
        return await self._send_parts(delivery, parts)

    async def _settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """Write the end down, again while the store is away: a known end must not become a doubt."""
        return await self._retry_write(lambda: self.outbox.settle(delivery.id, self.owner, settlement, self.clock()))

    async def _retry_write(self, write: Callable[[], Awaitable[bool]]) -> bool:
        """Write down what is known, again while the store is away; the row's owner guards the rest."""
        wait, started = MIN_WRITE_WAIT, monotonic()
        while True:
            try:
                kept = await write()
            except StoreError as error:
                self._outage_log.failed("writing an end down", error)
                if monotonic() - started > SETTLE_TIMEOUT:
                    raise
                await asyncio.sleep(wait)
                wait = min(wait * 2, MAX_WRITE_WAIT)
            else:
                self._outage_log.recovered()
                return kept

    async def _send_parts(self, delivery: Delivery, parts: Sequence[P]) -> Settlement | None:
        """Send the parts that are missing; None where the lease is lost on the way."""
        receipts = delivery.receipts
        for part in parts[len(receipts) :]:
            try:
                if not await self._start_sending(delivery):
                    return None
            except asyncio.CancelledError:
                return self._postpone(delivery, STOPPED_BEFORE_SENDING, receipts)
            except StoreError as error:
                return self._postpone(delivery, _away(error), receipts)
            outcome = await self._send(delivery, part, receipts)
            if not isinstance(outcome, Sent):
                return await self._settle_failure(delivery, outcome, receipts)
            self._breaker.record(outcome)
            receipts = (*receipts, outcome.receipt)
            if len(receipts) < len(parts) and not await self._record_parts(delivery, receipts):
                return None
        return Settlement(state=DeliveryState.SENT, receipts=receipts, reset_failures=delivery.failure_count > 0)

    async def _start_sending(self, delivery: Delivery) -> bool:
        """Mark that bytes may leave; False where the lease is lost, by the store's word or our own clock."""
        begins = (
            self._leases.is_valid(delivery.id)
            and await self.outbox.mark_sending(delivery.id, self.owner)
            and self._leases.is_valid(delivery.id)
        )
        if begins and self._claimed_single:
            self._wake.set()  # Whatever waited for a row that came by itself may be claimed now.
        return begins

    async def _record_parts(self, delivery: Delivery, receipts: tuple[str, ...]) -> bool:
        return await self._retry_write(lambda: self.outbox.record_parts(delivery.id, self.owner, receipts))

    def _postpone(self, delivery: Delivery, reason: Reason, receipts: tuple[str, ...] | None = None) -> Settlement:
        """Return the end of a try that the store itself cut short, before a byte left."""
        had = delivery.receipts if receipts is None else receipts
        return build_settlement(RetryLater(reason=reason, counts_as_attempt=False), delivery, had, self.clock(), 0)

    async def _send(self, delivery: Delivery, part: P, receipts: tuple[str, ...]) -> Outcome:
        known = delivery if receipts == delivery.receipts else _with_receipts(delivery, receipts)
        try:
            outcome = await self.sender.send(known, part)
        except ChannelMisconfigured as error:
            self._misconfigured = error
            return RetryLater(reason=_misconfigured(error), counts_as_attempt=False, pause_channel=True)
        except SendCancelled:
            return RetryLater(reason=STOPPED_BEFORE_SENDING, counts_as_attempt=False)
        if not (isinstance(outcome, RetryLater) and outcome.pause_channel):
            self._misconfigured = None
        return outcome

    async def _settle_failure(self, delivery: Delivery, outcome: Outcome, receipts: tuple[str, ...]) -> Settlement:
        """Return the end of a try that did not arrive; where it is everybody's, the channel waits."""
        open_before = not self._breaker.is_open
        outcome = self._breaker.record(outcome)
        if open_before and (reason := self._breaker.open_reason):
            log.warning("channel waits", channel=self.channel.value, reason=_for_log(reason))
        if isinstance(outcome, RetryLater) and outcome.pause_channel:
            await save_pause(self.outbox, self.channel, outcome, self.clock())
        spread = random.uniform(-1, 1)  # noqa: S311 - spread, no secret
        return build_settlement(outcome, delivery, receipts, self.clock(), spread, self.bounce_threshold)

    async def _restore_state(self) -> None:
        """Go on where the program before was: with its waits and its doubts."""
        try:
            self._saved_streak = self._breaker.streak = await self.outbox.load_streak(self.channel)
        except StoreError as error:
            self._outage_log.failed("reading how the last deliveries ended", error)
        now = self.clock()
        hold = await load_pause(self.outbox, self.channel, now)
        if hold:
            self._breaker.open_for(hold.until - now, hold.reason)
            log.warning("channel waits", channel=self.channel.value, reason=_for_log(hold.reason))

    async def _check_unreachable_allowed(self) -> None:
        """Deactivate nonexistent addresses again if an admin has allowed it."""
        now = self.clock()
        try:
            until = await self.outbox.unreachable_allowed_until(self.channel, now)
        except StoreError as error:
            self._outage_log.failed("asking about gone addresses", error)
            return
        if until:
            self._breaker.allow_unreachable(until - now)

    async def _save_streak(self) -> None:
        """Keep the doubts for the next program: for cron each ``tick`` is a new one."""
        if self._breaker.streak == self._saved_streak:
            return
        try:
            await self.outbox.save_streak(self.channel, self._breaker.streak)
        except (StoreError, DatabaseCorrupted) as error:
            log.warning("how the last deliveries ended is not kept", error=str(error))

    def _fail(self, error: PaperDigestError) -> None:
        """Stop because of ``error``, which ``run`` raises."""
        self._fatal = self._fatal or error
        self.stop()

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / RENEWALS_PER_LEASE)
            try:
                await self._leases.renew(self.outbox, self.owner, self.lease)
            except DatabaseCorrupted as error:
                self._fail(error)
                return
            except StoreError as error:
                self._outage_log.failed("renewing leases", error)


def _misconfigured(error: ChannelMisconfigured) -> Reason:
    return Reason(ReasonCode.CHANNEL_MISCONFIGURED, str(error))


def _away(error: StoreError) -> Reason:
    return Reason(ReasonCode.DATABASE_UNAVAILABLE, str(error))


def _for_log(reason: Reason | None) -> str | None:
    return redact_addresses(reason_in_english(reason)) or None


def _log_failures(ended: set[asyncio.Task[None]]) -> None:
    for task in ended:
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery was left in doubt", error=repr(error))


def _with_receipts(delivery: Delivery, receipts: tuple[str, ...]) -> Delivery:
    return replace(delivery, receipts=receipts)
