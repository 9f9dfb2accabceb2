"""A long wait of a whole channel is kept beyond the end of the program."""

from datetime import datetime, timedelta

import structlog

from digest.model import Channel
from digest.model.errors import StoreError
from digest.model.outcome import RetryLater
from digest.services.delivery.outbox import ChannelPause, Outbox

log = structlog.get_logger(__name__)

MIN_SAVED_PAUSE = timedelta(minutes=2)
"""A wait that the other side asked for is kept beyond a restart where it is longer than this."""


async def save_pause(outbox: Outbox, channel: Channel, outcome: RetryLater, now: datetime) -> None:
    """Keep a long wait that the other side asked for; after our own an operator may start anew."""
    if outcome.retry_after is None or outcome.retry_after <= MIN_SAVED_PAUSE:
        return
    hold = ChannelPause(until=now + outcome.retry_after, reason=outcome.reason)
    try:
        await outbox.save_pause(channel, hold)
    except StoreError as error:
        log.warning("a wait is not kept beyond a restart", error=str(error))


async def load_pause(outbox: Outbox, channel: Channel, now: datetime) -> ChannelPause | None:
    """Return what the program before had to wait for, None where nothing or while the store is away."""
    try:
        return await outbox.active_pause(channel, now)
    except StoreError as error:
        log.warning("what had to wait is not known", error=str(error))
        return None
