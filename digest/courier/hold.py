"""A long wait of a whole channel is kept beyond the end of the program."""

from datetime import datetime, timedelta

import structlog

from digest.channel import Later
from digest.courier.outbox import Hold, Outbox
from digest.errors import StoreError
from digest.model import Channel

log = structlog.get_logger(__name__)

LONG_HOLD = timedelta(minutes=2)
"""A wait that the other side asked for is kept beyond a restart where it is longer than this."""


async def keep_hold(outbox: Outbox, channel: Channel, outcome: Later, now: datetime) -> None:
    """Keep a long wait that the other side asked for; after our own an operator may start anew."""
    if outcome.after is None or outcome.after <= LONG_HOLD:
        return
    hold = Hold(until=now + outcome.after, reason=outcome.reason)
    try:
        await outbox.hold(channel, hold)
    except StoreError as error:
        log.warning("a wait is not kept beyond a restart", error=str(error))


async def recall_hold(outbox: Outbox, channel: Channel, now: datetime) -> Hold | None:
    """Give what the program before had to wait for, None where nothing or while the store is away."""
    try:
        return await outbox.held(channel, now)
    except StoreError as error:
        log.warning("what had to wait is not known", error=str(error))
        return None
