"""Which rows may be claimed, what became of dead leases, and rows as deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Row, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.courier import MOST_CLAIMS
from digest.model import Channel, Delivery, DeliveryState, Target
from digest.reasons import CRASHED, POISON, UNREADABLE
from digest.store.content import load
from digest.store.queued import CODE_BLANKED, FREE
from digest.store.standings import resting
from digest.store.tables import Kind, endpoints, outbox

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a crash left: rows that are due again, whose end nobody knows, and that may have caused it."""

    due: int = 0
    uncertain: int = 0
    poison: int = 0


async def recover(connection: AsyncConnection, which: ColumnElement[bool], now: datetime) -> Recovered:
    """End dead leases: what was not begun is due again, what had begun is uncertain.

    What was claimed for the third time and not begun is refused: it may be what ends the program.
    """
    begun = outbox.c.state == DeliveryState.SENDING
    poison = and_(outbox.c.state == DeliveryState.LEASED, outbox.c.claims >= MOST_CLAIMS)
    over = {
        "state": case((begun, DeliveryState.UNCERTAIN), else_=DeliveryState.REFUSED),
        "reason": case((begun, CRASHED), else_=POISON),
        "settled_at": now,
    }
    ended = await connection.execute(
        update(outbox)
        .where(which, begun | poison)
        .values(**over, **FREE, **CODE_BLANKED)
        .returning(outbox.c.state)
    )
    states = list(ended.scalars())
    freed = await connection.execute(
        update(outbox)
        .where(which, outbox.c.state == DeliveryState.LEASED)
        .values(state=DeliveryState.DUE, **FREE)
        .returning(outbox.c.id)
    )
    found = Recovered(
        due=len(freed.all()),
        uncertain=states.count(DeliveryState.UNCERTAIN),
        poison=states.count(DeliveryState.REFUSED),
    )
    if found.poison:
        log.error("a delivery that may have ended the program was refused", rows=found.poison)
    return found


async def fresh(connection: AsyncConnection, channel: Channel, due: datetime, most: int) -> list[int]:
    """Give due rows that nobody has claimed in vain, the urgent first."""
    awake = await _awake(connection)
    return await _ready(connection, _due_on(channel, due), outbox.c.claims == 0, *awake, most=most)


async def suspects(connection: AsyncConnection, channel: Channel, due: datetime) -> list[int]:
    """Give at most one due row that was claimed in vain, and none while another is held by anybody."""
    held = select(outbox.c.id).where(outbox.c.owner.is_not(None), outbox.c.claims > 1).limit(1)
    if (await connection.execute(held)).first() is not None:
        return []
    awake = await _awake(connection)
    return await _ready(connection, _due_on(channel, due), outbox.c.claims > 0, *awake, most=1)


async def deliveries(connection: AsyncConnection, ids: Sequence[int], now: datetime) -> Sequence[Delivery]:
    """Give rows as deliveries, the urgent first; one that cannot be read is refused and left out."""
    found = await connection.execute(
        select(
            outbox,
            endpoints.c.subscriber_id,
            endpoints.c.address,
            endpoints.c.thread,
            endpoints.c.points,
        )
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
    )
    readable = []
    for row in found.all():
        try:
            readable.append(delivery_of(row))
        except ValidationError:
            log.exception("a delivery cannot be read", delivery=row.key)
            await _refuse(connection, row.id, now)
    return readable


def target_of(row: Row[Any]) -> Target:
    """Give the target of a row that holds channel, address and thread."""
    return Target(channel=Channel(row.channel), address=row.address, thread=row.thread or None)


def _due_on(channel: Channel, due: datetime) -> ColumnElement[bool]:
    """Give the condition on due rows; ``settled_at`` names the partial index over what is open."""
    return and_(
        outbox.c.settled_at.is_(None),
        outbox.c.channel == channel,
        outbox.c.state == DeliveryState.DUE,
        outbox.c.not_before <= due,
    )


async def _awake(connection: AsyncConnection) -> Sequence[ColumnElement[bool]]:
    """Give the condition that leaves out what belongs to a paused broadcast; none where none is paused."""
    paused = await resting(connection)
    return [or_(outbox.c.edition_id.is_(None), outbox.c.edition_id.not_in(paused))] if paused else []


async def _ready(connection: AsyncConnection, *which: ColumnElement[bool], most: int) -> list[int]:
    found = await connection.execute(
        select(outbox.c.id)
        .where(*which)
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list(found.scalars())


def delivery_of(row: Row[Any]) -> Delivery:
    """Give the delivery of an outbox row joined with its endpoint."""
    return Delivery(
        id=row.id,
        key=row.key,
        endpoint=row.endpoint_id,
        subscriber=row.subscriber_id,
        target=target_of(row),
        content=load(Kind(row.kind), row.content),
        created_at=row.created_at,
        attempts=row.attempts,
        points=row.points,
        shorter=row.shorter,
        receipts=tuple(row.receipts),
    )


async def _refuse(connection: AsyncConnection, number: int, now: datetime) -> None:
    await connection.execute(
        update(outbox)
        .where(outbox.c.id == number)
        .values(state=DeliveryState.REFUSED, reason=UNREADABLE, settled_at=now, **FREE)
    )
