"""How the end of a send is written down: pure, from an outcome to a settlement."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from digest.bounces import THRESHOLD, Against, mail_has_ended, without_addresses
from digest.channel import Gone, Later, Moved, Outcome, Refused, Sent, Uncertain
from digest.courier.outbox import Settlement
from digest.model import AddressCode, Announcement, Channel, Delivery, DeliveryState, Digest, OptIn
from digest.news import News
from digest.reasons import Reason, ReasonCode

BACK_OFF_MINUTES = (5, 15, 30, 60, 120, 240)
"""The waits after tries that were the recipient's own; greylisting servers ask for the first two."""

BACK_OFF_SPREAD = 0.2
AGAIN_SOON = timedelta(seconds=30)
LONGEST_TRYING = timedelta(hours=48)
"""How long after it was written a delivery is tried again by our own back-off."""


def settlement(
    outcome: Outcome,
    delivery: Delivery,
    receipts: tuple[str, ...],
    now: datetime,
    spread: float,
    threshold: float = THRESHOLD,
) -> Settlement:
    """Translate the end of a send into what is written down.

    ``spread`` in -1…1 jitters the back-off; at ``threshold`` points for bounces an address stops.
    """
    match outcome:
        case Sent(receipt=receipt):
            return Settlement(state=DeliveryState.SENT, receipts=(*receipts, receipt))
        case Uncertain(reason=reason):
            return Settlement(state=DeliveryState.UNCERTAIN, reason=reason, receipts=receipts)
        case Later():
            end = _of_later(outcome, delivery, now, spread)
        case Gone(reason=reason, topic=topic):
            end = _gone(delivery, reason, News.NO_TOPIC if topic else News.OUT)
        case Moved():
            end = _of_moved(outcome, delivery, now)
        case Refused():
            end = _of_refused(outcome, delivery, now, threshold)
        case forgotten:
            assert_never(forgotten)
    return replace(end, receipts=receipts)


def _of_later(outcome: Later, delivery: Delivery, now: datetime, spread: float) -> Settlement:
    """Give the next try, or the end of trying."""
    if outcome.points is not None and delivery.points + 1 >= outcome.points:
        return _gone(delivery, outcome.reason.as_cause_of(ReasonCode.GIVEN_UP_AFTER_DAYS), News.GIVEN_UP)
    own = outcome.after is None and outcome.counts
    if own and _tried_enough(delivery, now):
        return _given_up(outcome.reason)
    wait = outcome.after
    if wait is None:
        wait = _back_off(delivery.attempts, spread) if outcome.counts else AGAIN_SOON
    return Settlement(
        state=DeliveryState.DUE,
        reason=outcome.reason,
        not_before=now + wait,
        counts=outcome.counts,
        point=outcome.points is not None,
        news=News.WAITING if outcome.points is not None and _is_chat(delivery) else None,
    )


def _of_moved(outcome: Moved, delivery: Delivery, now: datetime) -> Settlement:
    if delivery.attempts >= len(BACK_OFF_MINUTES):
        return _given_up(outcome.reason)
    return Settlement(
        state=DeliveryState.DUE, reason=outcome.reason, not_before=now, moved_to=outcome.to, counts=True
    )


def _of_refused(outcome: Refused, delivery: Delivery, now: datetime, threshold: float) -> Settlement:
    """Shorten once what is too big and can be shortened; what is the recipient's own counts as a bounce."""
    if outcome.too_big and isinstance(delivery.content, Digest) and not delivery.shorter:
        return Settlement(state=DeliveryState.DUE, reason=outcome.reason, not_before=now, shorter=True)
    bounce = None
    theirs = not (outcome.our_fault or outcome.too_big or outcome.nobodys_fault)
    if delivery.target.channel is Channel.EMAIL and theirs:
        told = _told_elsewhere(delivery, outcome.reason)
        hidden = outcome.reason.with_detail(without_addresses(outcome.reason.detail))
        bounce = Against(reason=hidden, threshold=threshold, tell=told)
    return Settlement(state=DeliveryState.REFUSED, reason=outcome.reason, bounce=bounce)


def _given_up(reason: Reason) -> Settlement:
    why = reason.as_cause_of(ReasonCode.GIVEN_UP)
    return Settlement(state=DeliveryState.REFUSED, reason=why, given_up=True)


def _gone(delivery: Delivery, reason: Reason, news: News) -> Settlement:
    return Settlement(
        state=DeliveryState.GONE,
        reason=reason,
        endpoint_gone=True,
        tell=_told_elsewhere(delivery, reason),
        news=news if _is_chat(delivery) else None,
    )


def _is_chat(delivery: Delivery) -> bool:
    """Tell whether a delivery goes to a chat, of which somebody may be the owner."""
    return delivery.target.channel is Channel.TELEGRAM


def _told_elsewhere(delivery: Delivery, reason: Reason) -> Announcement | None:
    """Give what a reader hears in Telegram when mail to them has ended.

    Of an address that was only asked to prove itself nobody hears: who it belongs to is not known.
    """
    if delivery.target.channel is not Channel.EMAIL or isinstance(delivery.content, AddressCode | OptIn):
        return None
    return mail_has_ended(delivery.target.address, reason, delivery.content.locale)


def _tried_enough(delivery: Delivery, now: datetime) -> bool:
    """Tell whether the next try by our own back-off would be one too many; the first is always repeated."""
    old = now - delivery.created_at >= LONGEST_TRYING
    return delivery.attempts >= len(BACK_OFF_MINUTES) or (old and delivery.attempts > 0)


def _back_off(attempts: int, spread: float) -> timedelta:
    """Give the wait before the next try."""
    return timedelta(minutes=BACK_OFF_MINUTES[attempts] * (1 + BACK_OFF_SPREAD * spread))
