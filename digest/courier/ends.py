"""How the end of a send is written down: pure, from an outcome to a settlement."""

from datetime import datetime, timedelta
from typing import assert_never

from digest.channel import Gone, Later, Moved, Outcome, Refused, Sent, Uncertain
from digest.courier.outbox import Settlement
from digest.model import Delivery, DeliveryState

BACK_OFF_MINUTES = (5, 15, 30, 60, 120, 240)
"""The waits after tries that were the recipient's own; greylisting servers ask for the first two."""

BACK_OFF_SPREAD = 0.2
AGAIN_SOON = timedelta(seconds=30)


def settlement(  # noqa: PLR0911 - one return for each way a send can end
    outcome: Outcome, delivery: Delivery, receipts: tuple[str, ...], now: datetime, spread: float
) -> Settlement:
    """Translate the end of a send into what is written down; ``spread`` in -1…1 jitters the back-off."""
    match outcome:
        case Sent(receipt=receipt):
            return Settlement(state=DeliveryState.SENT, receipts=(*receipts, receipt))
        case Later(reason=reason, counts=True) if delivery.attempts >= len(BACK_OFF_MINUTES):
            return Settlement(state=DeliveryState.REFUSED, reason=f"given up: {reason}", receipts=receipts)
        case Later(reason=reason, after=after, counts=counts):
            own = _back_off(delivery.attempts, spread) if counts else AGAIN_SOON
            return Settlement(
                state=DeliveryState.DUE,
                reason=reason,
                not_before=now + (own if after is None else after),
                receipts=receipts,
                counts=counts,
            )
        case Uncertain(reason=reason):
            return Settlement(state=DeliveryState.UNCERTAIN, reason=reason, receipts=receipts)
        case Gone(reason=reason):
            return Settlement(state=DeliveryState.GONE, reason=reason, receipts=receipts, endpoint_gone=True)
        case Moved(reason=reason) if delivery.attempts >= len(BACK_OFF_MINUTES):
            return Settlement(state=DeliveryState.REFUSED, reason=f"given up: {reason}", receipts=receipts)
        case Moved(to=target, reason=reason):
            return Settlement(
                state=DeliveryState.DUE,
                reason=reason,
                not_before=now,
                receipts=receipts,
                moved_to=target,
                counts=True,
            )
        case Refused(reason=reason):
            return Settlement(state=DeliveryState.REFUSED, reason=reason, receipts=receipts)
        case forgotten:
            assert_never(forgotten)


def _back_off(attempts: int, spread: float) -> timedelta:
    """Give the wait before the next try."""
    return timedelta(minutes=BACK_OFF_MINUTES[attempts] * (1 + BACK_OFF_SPREAD * spread))
