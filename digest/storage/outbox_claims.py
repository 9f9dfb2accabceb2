"""What became of dead leases, and rows as deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Row, and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, Delivery, DeliveryState, Target
from digest.model.reasons import Reason, ReasonCode
from digest.storage.delivery_content import load_content
from digest.storage.outbox_isolation import CLAIMS_AFTER_CRASH, IS_AT_CRASH_LIMIT
from digest.storage.outbox_rows import CODE_ERASED, UNCLAIMED
from digest.storage.reason_columns import reason_values
from digest.storage.tables import Kind, endpoints, outbox

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a crash left: rows that are due again, whose end nobody knows, and that may have caused it."""

    due: int = 0
    uncertain: int = 0
    poison: int = 0


async def recover_leases(connection: AsyncConnection, condition: ColumnElement[bool], now: datetime) -> Recovered:
    """End dead leases: what was not begun is due again, what had begun is uncertain.

    What was not begun may have ended the program, and is suspected more; see ``digest.storage.outbox_isolation``.
    """
    begun = outbox.c.state == DeliveryState.SENDING
    poison = and_(outbox.c.state == DeliveryState.LEASED, IS_AT_CRASH_LIMIT)
    over = {
        "state": case((begun, DeliveryState.UNCERTAIN), else_=DeliveryState.REFUSED),
        "reason_code": case((begun, ReasonCode.INTERRUPTED.value), else_=ReasonCode.CLAIM_LIMIT.value),
        "reason_cause": None,
        "reason_detail": None,
        "settled_at": now,
    }
    ended = await connection.execute(
        update(outbox)
        .where(condition, begun | poison)
        .values(**over, **UNCLAIMED, **CODE_ERASED)
        .returning(outbox.c.state)
    )
    states = list(ended.scalars())
    freed = await connection.execute(
        update(outbox)
        .where(condition, outbox.c.state == DeliveryState.LEASED)
        .values(state=DeliveryState.DUE, claims=CLAIMS_AFTER_CRASH, **UNCLAIMED)
        .returning(outbox.c.id)
    )
    found = Recovered(
        due=len(freed.all()),
        uncertain=states.count(DeliveryState.UNCERTAIN),
        poison=states.count(DeliveryState.REFUSED),
    )
    if found.poison:
        log.error("a delivery that ended the program again and again was refused", rows=found.poison)
    return found


async def load_deliveries(connection: AsyncConnection, ids: Sequence[int], now: datetime) -> Sequence[Delivery]:
    """Return rows as deliveries, the urgent first; one that cannot be read is refused and left out."""
    found = await connection.execute(
        select(outbox, endpoints.c.subscriber_id, endpoints.c.address, endpoints.c.thread, endpoints.c.failure_count)
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
    )
    readable = []
    for row in found.all():
        try:
            readable.append(build_delivery(row))
        except ValidationError:
            log.exception("a delivery cannot be read", delivery=row.key)
            await _mark_unreadable(connection, row.id, now)
    return readable


def build_target(row: Row[Any]) -> Target:
    """Return the target of a row that holds channel, address and thread."""
    return Target(channel=Channel(row.channel), address=row.address, thread=row.thread or None)


def build_delivery(row: Row[Any]) -> Delivery:
    """Return the delivery of an outbox row joined with its endpoint."""
    return Delivery(
        id=row.id,
        key=row.key,
        endpoint_id=row.endpoint_id,
        subscriber_id=row.subscriber_id,
        target=build_target(row),
        content=load_content(Kind(row.kind), row.content),
        created_at=row.created_at,
        attempts=row.attempts,
        failure_count=row.failure_count,
        shortened=row.shortened,
        receipts=tuple(row.receipts),
    )


async def _mark_unreadable(connection: AsyncConnection, delivery_id: int, now: datetime) -> None:
    why = reason_values(Reason(ReasonCode.UNREADABLE_CONTENT))
    await connection.execute(
        update(outbox)
        .where(outbox.c.id == delivery_id)
        .values(state=DeliveryState.REFUSED, settled_at=now, **why, **UNCLAIMED)
    )
