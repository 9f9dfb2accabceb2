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

from digest.bounces import THRESHOLD, without_addresses
from digest.channel import Later, Outcome, Postbox, SendCancelled, Sent
from digest.clock import Clock, monotonic, system_clock
from digest.courier.ends import settlement
from digest.courier.gate import Gate, Streak
from digest.courier.hold import keep_hold, recall_hold
from digest.courier.leases import LEASE, RENEWALS_A_LEASE, Leases
from digest.courier.outbox import Outbox, Settlement
from digest.courier.trouble import Trouble
from digest.errors import ChannelStopped, PaperDigestError, StoreDamaged, StoreError
from digest.model import Channel, Delivery, DeliveryState
from digest.reason_texts import reason_in_english
from digest.reasons import Reason, ReasonCode

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
GRACE_SECONDS = 13.0
"""How long a stopped courier waits for what is in flight; with all that follows it ends within 20 seconds."""

LAST_WORDS_SECONDS = 2.0
STOPPED = Reason(ReasonCode.STOPPED_BEFORE_SENDING)
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 30.0
PATIENCE_SECONDS = 3600.0
"""How long a known end waits for a store that is away."""

P = TypeVar("P")


@dataclass(slots=True, kw_only=True)
class Courier(Generic[P]):
    """Sends what is due on one channel, at most ``width`` deliveries at a time.

    ``clock`` says what is due; leases follow the machine's own clock, which other processes share.
    At ``bounce_threshold`` points for bounces an address stops.
    """

    channel: Channel
    owner: str
    outbox: Outbox
    postbox: Postbox[P]
    render: Callable[[Delivery], Awaitable[Sequence[P]]]
    clock: Clock
    width: int = 4
    lease: timedelta = LEASE
    bounce_threshold: float = THRESHOLD
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False
    _store_answers: bool = True
    _single: bool = False
    _gate: Gate = field(default_factory=Gate)
    _leases: Leases = field(default_factory=Leases)
    _kept_streak: Streak = field(default_factory=Streak)
    _fatal: PaperDigestError | None = None
    _stopped: ChannelStopped | None = None
    _trouble: Trouble = field(init=False)

    def __post_init__(self) -> None:
        self._trouble = Trouble(channel=self.channel)

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

        A channel that cannot go on until the operator acts waits like one that is out of reach, and one
        delivery tries again and again. Raises ``StoreDamaged`` where the outbox can no longer be believed.
        """
        await self._work(until_empty=False)

    async def drain(self) -> None:
        """Send everything that is due now, and return; raises as ``run`` does.

        Raises ``ChannelStopped`` too, where nothing can be sent to anybody until the operator acts.
        """
        await self._work(until_empty=True)
        if self._stopped:
            raise self._stopped

    async def _work(self, *, until_empty: bool) -> None:
        heart = asyncio.create_task(self._keep_leases(), name=f"{self.channel} leases")
        flying: set[asyncio.Task[None]] = set()
        backlog: deque[Delivery] = deque()
        try:
            await self._recall()
            while not self._stopping:
                if self._gate.doubts_gone:
                    await self._ask_about_gone()
                if not backlog and not self._gate.shut:
                    backlog.extend(await self._claim())
                while backlog and len(flying) < self._gate.width(self.width) and not self._gate.shut:
                    flying.add(asyncio.create_task(self._deliver(backlog.popleft())))
                if not flying and (not backlog or self._gate.shut):
                    if backlog:
                        backlog.clear()
                        await self._give_back()
                    self._idle.set()
                    if until_empty and not await self._waits():
                        break
                flying = await self._next_event(flying)
        finally:
            await self._finish(flying)
            heart.cancel()
            await asyncio.wait([heart])
            await self._keep_streak()
            await self._give_back()
        if self._fatal:
            raise self._fatal

    async def _finish(self, flying: set[asyncio.Task[None]]) -> None:
        """Wait for what is in flight; of what takes too long, what may have left is in doubt."""
        if not flying:
            return
        done, late = await asyncio.wait(flying, timeout=GRACE_SECONDS)
        for task in late:
            task.cancel()
        if late:
            # They still write down that nothing has left, where they know it.
            await asyncio.wait(late, timeout=LAST_WORDS_SECONDS)
        _tell_failures(done)

    async def _give_back(self) -> None:
        self._leases.clear()
        try:
            await self.outbox.release(self.owner)
        except StoreError as error:
            log.warning("nothing given back; the leases run out", error=str(error))

    async def _waits(self) -> bool:
        """Tell whether something due may be claimed in a moment, although nothing could be just now."""
        if self._gate.shut or not self._store_answers:
            return False
        try:
            return await self.outbox.waits(self.channel, self.clock(), system_clock())
        except StoreError as error:
            self._trouble.met("looking for more", error)
            return False

    @property
    def stopped_because(self) -> Reason | None:
        """Why nothing can be sent until the operator acts, None where that is not so."""
        return _misconfigured(self._stopped) if self._stopped else None

    @property
    def doubts_gone(self) -> Reason | None:
        """What the last of too many addresses in a row met, None where no admin is asked about them."""
        return self._gate.waits_because if self._gate.doubts_gone else None

    @property
    def waits_because(self) -> Reason | None:
        """Why the whole channel waits at the moment, None where it does not."""
        return self._gate.waits_because

    async def _claim(self) -> Sequence[Delivery]:
        now, started = system_clock(), monotonic()
        try:
            claimed = await self.outbox.claim(
                self.channel,
                self.owner,
                due=self.clock(),
                now=now,
                until=now + self.lease,
                most=self.width * 4,
                holding=self._leases.held,
            )
        except StoreDamaged as error:
            self._end(error)
            return ()
        except StoreError as error:
            self._store_answers = False
            self._trouble.met("claiming", error)
            return ()
        self._store_answers, self._single = True, len(claimed) == 1
        self._trouble.over()
        self._leases.take([one.id for one in claimed], started, self.lease)
        return claimed

    async def _next_event(self, flying: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
        """Wait until a delivery ends, somebody wakes us, or a moment has passed; give those still flying."""
        waker = asyncio.create_task(self._wake.wait())
        done, _ = await asyncio.wait(
            {*flying, waker}, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        waker.cancel()
        self._wake.clear()
        ended = flying & done
        _tell_failures(ended)
        return flying - ended

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
            except StoreDamaged as error:
                self._end(error)
            finally:
                self._leases.end(delivery.id)

    async def _attempt(self, delivery: Delivery) -> Settlement | None:
        """Render and send; None where the lease is lost on the way."""
        try:
            parts = await self.render(delivery)
        except StoreError as error:
            return self._put_off(delivery, _away(error))
        except StoreDamaged:
            raise
        except Exception:
            log.exception("could not be rendered")
            return Settlement(state=DeliveryState.REFUSED, reason=Reason(ReasonCode.RENDERING_FAILED))
        if not parts:
            return Settlement(state=DeliveryState.REFUSED, reason=Reason(ReasonCode.NOTHING_TO_SEND))
        return await self._send_parts(delivery, parts)

    async def _settle(self, delivery: Delivery, settlement: Settlement) -> bool:
        """Write the end down, again while the store is away: a known end must not become a doubt."""
        return await self._insist(
            lambda: self.outbox.settle(delivery.id, self.owner, settlement, self.clock())
        )

    async def _insist(self, write: Callable[[], Awaitable[bool]]) -> bool:
        """Write down what is known, again while the store is away; the row's owner guards the rest."""
        wait, started = SHORTEST_WAIT, monotonic()
        while True:
            try:
                kept = await write()
            except StoreError as error:
                self._trouble.met("writing an end down", error)
                if monotonic() - started > PATIENCE_SECONDS:
                    raise
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                self._trouble.over()
                return kept

    async def _send_parts(self, delivery: Delivery, parts: Sequence[P]) -> Settlement | None:
        """Send the parts that are missing; None where the lease is lost on the way."""
        receipts = delivery.receipts
        for part in parts[len(receipts) :]:
            try:
                if not await self._begin(delivery):
                    return None
            except asyncio.CancelledError:
                return self._put_off(delivery, STOPPED, receipts)
            except StoreError as error:
                return self._put_off(delivery, _away(error), receipts)
            outcome = await self._send(delivery, part, receipts)
            if not isinstance(outcome, Sent):
                return await self._judged(delivery, outcome, receipts)
            self._gate.judge(outcome)
            receipts = (*receipts, outcome.receipt)
            if len(receipts) < len(parts) and not await self._arrived(delivery, receipts):
                return None
        return Settlement(state=DeliveryState.SENT, receipts=receipts, forgiven=delivery.points > 0)

    async def _begin(self, delivery: Delivery) -> bool:
        """Mark that bytes may leave; False where the lease is lost, by the store's word or our own clock."""
        begins = (
            self._leases.last(delivery.id)
            and await self.outbox.sending(delivery.id, self.owner)
            and self._leases.last(delivery.id)
        )
        if begins and self._single:
            self._wake.set()  # Whatever waited for a row that came by itself may be claimed now.
        return begins

    async def _arrived(self, delivery: Delivery, receipts: tuple[str, ...]) -> bool:
        return await self._insist(lambda: self.outbox.arrived(delivery.id, self.owner, receipts))

    def _put_off(
        self, delivery: Delivery, reason: Reason, receipts: tuple[str, ...] | None = None
    ) -> Settlement:
        """Give the end of a try that the store itself cut short, before a byte left."""
        had = delivery.receipts if receipts is None else receipts
        return settlement(Later(reason=reason, counts=False), delivery, had, self.clock(), 0)

    async def _send(self, delivery: Delivery, part: P, receipts: tuple[str, ...]) -> Outcome:
        known = delivery if receipts == delivery.receipts else _with_receipts(delivery, receipts)
        try:
            outcome = await self.postbox.send(known, part)
        except ChannelStopped as error:
            self._stopped = error
            return Later(reason=_misconfigured(error), counts=False, whole_channel=True)
        except SendCancelled:
            return Later(reason=STOPPED, counts=False)
        if not (isinstance(outcome, Later) and outcome.whole_channel):
            self._stopped = None
        return outcome

    async def _judged(self, delivery: Delivery, outcome: Outcome, receipts: tuple[str, ...]) -> Settlement:
        """Give the end of a try that did not arrive; where it is everybody's, the channel waits."""
        open_before = not self._gate.shut
        outcome = self._gate.judge(outcome)
        if open_before and (reason := self._gate.waits_because):
            log.warning("channel waits", channel=self.channel.value, reason=_for_log(reason))
        if isinstance(outcome, Later) and outcome.whole_channel:
            await keep_hold(self.outbox, self.channel, outcome, self.clock())
        spread = random.uniform(-1, 1)  # noqa: S311 - spread, no secret
        return settlement(outcome, delivery, receipts, self.clock(), spread, self.bounce_threshold)

    async def _recall(self) -> None:
        """Go on where the program before was: with its waits and its doubts."""
        try:
            self._kept_streak = self._gate.streak = await self.outbox.streak(self.channel)
        except StoreError as error:
            self._trouble.met("reading how the last deliveries ended", error)
        now = self.clock()
        hold = await recall_hold(self.outbox, self.channel, now)
        if hold:
            self._gate.shut_for(hold.until - now, hold.reason)
            log.warning("channel waits", channel=self.channel.value, reason=_for_log(hold.reason))

    async def _ask_about_gone(self) -> None:
        """Let addresses end again where an admin has said that it is true."""
        now = self.clock()
        try:
            until = await self.outbox.gone_allowed(self.channel, now)
        except StoreError as error:
            self._trouble.met("asking about gone addresses", error)
            return
        if until:
            self._gate.allow_gone(until - now)

    async def _keep_streak(self) -> None:
        """Keep the doubts for the next program: for cron each ``tick`` is a new one."""
        if self._gate.streak == self._kept_streak:
            return
        try:
            await self.outbox.keep_streak(self.channel, self._gate.streak)
        except (StoreError, StoreDamaged) as error:
            log.warning("how the last deliveries ended is not kept", error=str(error))

    def _end(self, error: PaperDigestError) -> None:
        """Stop because of ``error``, which ``run`` raises."""
        self._fatal = self._fatal or error
        self.stop()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self.lease.total_seconds() / RENEWALS_A_LEASE)
            try:
                await self._leases.renew(self.outbox, self.owner, self.lease)
            except StoreDamaged as error:
                self._end(error)
                return
            except StoreError as error:
                self._trouble.met("renewing leases", error)


def _misconfigured(error: ChannelStopped) -> Reason:
    return Reason(ReasonCode.CHANNEL_MISCONFIGURED, str(error))


def _away(error: StoreError) -> Reason:
    return Reason(ReasonCode.DATABASE_UNAVAILABLE, str(error))


def _for_log(reason: Reason | None) -> str | None:
    return without_addresses(reason_in_english(reason)) or None


def _tell_failures(ended: set[asyncio.Task[None]]) -> None:
    for task in ended:
        if not task.cancelled() and (error := task.exception()):
            log.error("a delivery was left in doubt", error=repr(error))


def _with_receipts(delivery: Delivery, receipts: tuple[str, ...]) -> Delivery:
    return replace(delivery, receipts=receipts)
