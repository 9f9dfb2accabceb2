"""How the end of a send is written down: pure, from an outcome to a settlement."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from digest.model import Announcement, Delivery, DeliveryState, Digest, SignupConfirmation, VerificationCode
from digest.model.bounce import BOUNCE_THRESHOLD, BouncePenalty
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, Sent, Uncertain, Unreachable
from digest.model.reasons import Reason, ReasonCode
from digest.services.bounce_notice import suppressed_notice
from digest.services.channels import CHANNELS
from digest.services.delivery.outbox import Settlement
from digest.services.group_notices import GroupEvent
from digest.text.redact import redact_addresses

BACKOFF_MINUTES = (5, 15, 30, 60, 120, 240)
"""The waits after tries that were the recipient's own; greylisting servers ask for the first two."""

BACKOFF_JITTER = 0.2
SHORT_RETRY_DELAY = timedelta(seconds=30)
MAX_RETRY_TIME = timedelta(hours=48)
"""How long after it was written a delivery is tried again by our own back-off."""


def build_settlement(
    outcome: Outcome,
    delivery: Delivery,
    receipts: tuple[str, ...],
    now: datetime,
    jitter: float,
    threshold: float = BOUNCE_THRESHOLD,
) -> Settlement:
    """Translate the end of a send into what is written down.

    ``jitter`` in -1…1 jitters the back-off; at ``threshold`` points for bounces an address stops.
    """
    match outcome:
        case Sent(receipt=receipt):
            return Settlement(state=DeliveryState.SENT, receipts=(*receipts, receipt))
        case Uncertain(reason=reason):
            return Settlement(state=DeliveryState.UNCERTAIN, reason=reason, receipts=receipts)
        case RetryLater():
            end = _settle_later(outcome, delivery, now, jitter)
        case Unreachable(reason=reason, thread_only=topic):
            end = _settle_unreachable(delivery, reason, GroupEvent.TOPIC_DELETED if topic else GroupEvent.BOT_REMOVED)
        case Migrated():
            end = _settle_migration(outcome, delivery, now)
        case Refused():
            end = _settle_refusal(outcome, delivery, now, threshold)
        case forgotten:
            assert_never(forgotten)
    return replace(end, receipts=receipts)


def _settle_later(outcome: RetryLater, delivery: Delivery, now: datetime, jitter: float) -> Settlement:
    """Return the next try, or the end of trying."""
    if outcome.max_failures is not None and delivery.failure_count + 1 >= outcome.max_failures:
        return _settle_unreachable(
            delivery, outcome.reason.as_cause_of(ReasonCode.GIVEN_UP_AFTER_DAYS), GroupEvent.GIVEN_UP
        )
    own = outcome.retry_after is None and outcome.counts_as_attempt
    if own and _is_retry_exhausted(delivery, now):
        return _give_up(outcome.reason)
    wait = outcome.retry_after
    if wait is None:
        wait = _backoff(delivery.attempts, jitter) if outcome.counts_as_attempt else SHORT_RETRY_DELAY
    return Settlement(
        state=DeliveryState.DUE,
        reason=outcome.reason,
        not_before=now + wait,
        counts_as_attempt=outcome.counts_as_attempt,
        add_failure=outcome.max_failures is not None,
        owner_notice=GroupEvent.POST_REJECTED if outcome.max_failures is not None and _has_owner(delivery) else None,
    )


def _settle_migration(outcome: Migrated, delivery: Delivery, now: datetime) -> Settlement:
    if delivery.attempts >= len(BACKOFF_MINUTES):
        return _give_up(outcome.reason)
    return Settlement(
        state=DeliveryState.DUE,
        reason=outcome.reason,
        not_before=now,
        moved_to=outcome.new_target,
        counts_as_attempt=True,
    )


def _settle_refusal(outcome: Refused, delivery: Delivery, now: datetime, threshold: float) -> Settlement:
    """Shorten once what is too big and can be shortened; what is the recipient's own counts as a bounce."""
    if outcome.is_too_large and isinstance(delivery.content, Digest) and not delivery.shortened:
        return Settlement(state=DeliveryState.DUE, reason=outcome.reason, not_before=now, shorten=True)
    bounce = None
    theirs = not (outcome.is_our_fault or outcome.is_too_large or outcome.is_external_fault)
    if CHANNELS[delivery.target.channel].has_bounces and theirs:
        told = _subscriber_notice(delivery, outcome.reason)
        hidden = outcome.reason.with_detail(redact_addresses(outcome.reason.detail))
        bounce = BouncePenalty(reason=hidden, threshold=threshold, notice=told)
    return Settlement(state=DeliveryState.REFUSED, reason=outcome.reason, bounce=bounce)


def _give_up(reason: Reason) -> Settlement:
    why = reason.as_cause_of(ReasonCode.GIVEN_UP)
    return Settlement(state=DeliveryState.REFUSED, reason=why, given_up=True)


def _settle_unreachable(delivery: Delivery, reason: Reason, event: GroupEvent) -> Settlement:
    return Settlement(
        state=DeliveryState.UNREACHABLE,
        reason=reason,
        endpoint_unreachable=True,
        subscriber_notice=_subscriber_notice(delivery, reason),
        owner_notice=event if _has_owner(delivery) else None,
    )


def _has_owner(delivery: Delivery) -> bool:
    """Return whether somebody may be the owner of the address, as of a chat."""
    return CHANNELS[delivery.target.channel].has_owners


def _subscriber_notice(delivery: Delivery, reason: Reason) -> Announcement | None:
    """Return what a reader hears in Telegram when mail to them has ended.

    Of an address that was only asked to prove itself nobody hears: who it belongs to is not known.
    """
    if not CHANNELS[delivery.target.channel].has_bounces or isinstance(
        delivery.content, VerificationCode | SignupConfirmation
    ):
        return None
    return suppressed_notice(delivery.target.address, reason, delivery.content.locale)


def _is_retry_exhausted(delivery: Delivery, now: datetime) -> bool:
    """Return whether the next try by our own back-off would be one too many; the first is always repeated."""
    old = now - delivery.created_at >= MAX_RETRY_TIME
    return delivery.attempts >= len(BACKOFF_MINUTES) or (old and delivery.attempts > 0)


def _backoff(attempts: int, jitter: float) -> timedelta:
    """Return the wait before the next try."""
    return timedelta(minutes=BACKOFF_MINUTES[attempts] * (1 + BACKOFF_JITTER * jitter))
