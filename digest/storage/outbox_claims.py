"""Which due deliveries may be claimed, so that one that kills the program is found and no other is blamed.

The column ``claims`` says how strongly a delivery is suspected. Deliveries that were leased but not begun may
have caused a crash:

- 0: it was never leased when the program crashed.
- 1: it was leased at one crash, beside others. It is claimed alone: its worker holds no other unbegun delivery.
- 2: it was leased at two crashes or more. It is isolated: nothing else is in flight on any channel of any
  process, and nothing is claimed until it has begun to be sent.
- 2 + n: it alone was in flight at n crashes. At ``MAX_CRASHES`` it is refused; until then every other delivery
  has been sent or is uncertain.

A negative number marks a delivery that is isolated now. A delivery that has begun is no suspect: after a crash
it is uncertain and not retried. ``lease_until`` of a due delivery says until when nobody else may claim anything,
so that it can be isolated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, Row, Select, and_, case, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, Delivery, DeliveryState, Target
from digest.model.reasons import Reason, ReasonCode
from digest.services.delivery import MAX_CRASHES
from digest.storage.broadcasts import list_paused
from digest.storage.outbox_rows import CODE_ERASED, UNCLAIMED, load_content
from digest.storage.tables import Kind, endpoints, outbox
from digest.storage.types import reason_values

_SUSPECTED_ONCE, _SUSPECTED_AGAIN = 1, 2
QUIET_TIMEOUT = timedelta(seconds=60)
"""How long the others wait for a row that is to be tried alone, at most: what is in flight may hang."""

QUIET_COOLDOWN = timedelta(minutes=5)
"""How long they do not wait after that."""

CLAIMS_AFTER_CRASH = case(
    (outbox.c.claims < -_SUSPECTED_AGAIN, 1 - outbox.c.claims),
    (outbox.c.claims < 0, _SUSPECTED_AGAIN + 1),
    (outbox.c.claims < _SUSPECTED_AGAIN, outbox.c.claims + 1),
    else_=outbox.c.claims,
)
"""``claims`` of a row that was leased, and not begun, when the program ended."""

CLAIMS_AFTER_RELEASE = func.abs(outbox.c.claims)
"""``claims`` of a row that was leased, and not begun, when the program stopped in order."""

IS_AT_CRASH_LIMIT = and_(outbox.c.claims < 0, outbox.c.claims <= -(_SUSPECTED_AGAIN + MAX_CRASHES - 1))
"""Whether a crash now is the last that was needed."""


_IS_ISOLATED = and_(outbox.c.claims < 0, outbox.c.state == DeliveryState.LEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSelection:
    """Which rows are claimed; ``isolated``: this one is tried alone."""

    ids: Sequence[int] = ()
    isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _InFlight:
    """What is in flight: ``count`` in all.

    Whether one is tried ``isolated``, or was until its lease ran out.
    """

    count: int
    isolated: bool
    expired: bool


async def select_claimable(
    connection: AsyncConnection, channel: Channel, *, due: datetime, now: datetime, limit: int
) -> ClaimSelection:
    """Choose what is claimed: suspects one by one, then at most so many others, the urgent first."""
    held = await _load_in_flight(connection, now)
    if held.isolated:
        return ClaimSelection()
    if held.expired:
        await _end_expired_isolation(connection)
    awake = await _not_paused(connection)
    mine = (*_due_conditions(channel, due), *awake)
    suspect = await _find_top_suspect(connection, mine)
    asked = await _find_quiet_requester(connection, due, now, awake)
    if suspect and not held.count and asked in (None, channel):
        return ClaimSelection(ids=[suspect], isolated=True)
    if asked:
        return ClaimSelection()
    once = await _select_due(connection, *mine, outbox.c.claims == _SUSPECTED_ONCE, limit=1)
    if once:
        return ClaimSelection(ids=once)
    if suspect and await _request_quiet(connection, channel, suspect, now):
        return ClaimSelection()
    return ClaimSelection(ids=await _select_due(connection, *mine, outbox.c.claims == 0, limit=limit))


async def has_claimable(connection: AsyncConnection, channel: Channel, due: datetime, now: datetime) -> bool:
    """Return whether something is due that may be claimed in a moment."""
    mine = (*_due_conditions(channel, due), *await _not_paused(connection))
    if await _select_due(connection, *mine, outbox.c.claims < _SUSPECTED_AGAIN, limit=1):
        return True
    return await _find_top_suspect(connection, mine) is not None and not await _is_cooling_down(
        connection, channel, now
    )


async def _load_in_flight(connection: AsyncConnection, now: datetime) -> _InFlight:
    lasts = outbox.c.lease_until > now
    found = await connection.execute(
        select(
            func.count(), func.count().filter(_IS_ISOLATED, lasts), func.count().filter(_IS_ISOLATED, not_(lasts))
        ).where(outbox.c.owner.is_not(None))
    )
    rows, alone, late = found.one()
    return _InFlight(count=rows, isolated=bool(alone), expired=bool(late))


async def _end_expired_isolation(connection: AsyncConnection) -> None:
    """End the isolation of rows whose lease has expired: others are claimed beside them from now on."""
    await connection.execute(
        update(outbox).where(outbox.c.owner.is_not(None), _IS_ISOLATED).values(claims=CLAIMS_AFTER_RELEASE)
    )


async def _find_top_suspect(connection: AsyncConnection, conditions: Sequence[ColumnElement[bool]]) -> int | None:
    """Return the most suspected row, None if there is no suspect."""
    found = await connection.execute(
        select(outbox.c.id)
        .where(*conditions, outbox.c.claims > 0)
        .order_by(outbox.c.claims.desc(), outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def _find_quiet_requester(
    connection: AsyncConnection, due: datetime, now: datetime, not_paused: Sequence[ColumnElement[bool]]
) -> Channel | None:
    """Return the channel that wants to isolate a row, None if there is none."""
    found = await connection.execute(
        select(outbox.c.channel)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.channel.in_(list(Channel)),
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= _SUSPECTED_AGAIN,
            outbox.c.not_before <= due,
            outbox.c.lease_until > now,
            *not_paused,
        )
        .order_by(outbox.c.lease_until)
        .limit(1)
    )
    name = found.scalar_one_or_none()
    return Channel(name) if name else None


async def _request_quiet(connection: AsyncConnection, channel: Channel, delivery_id: int, now: datetime) -> bool:
    """Request that nothing else is claimed, to isolate a row; return False during the cool-down."""
    if await _is_cooling_down(connection, channel, now):
        return False
    await connection.execute(update(outbox).where(outbox.c.id == delivery_id).values(lease_until=now + QUIET_TIMEOUT))
    return True


async def _is_cooling_down(connection: AsyncConnection, channel: Channel, now: datetime) -> bool:
    """Return whether a channel's last request timed out so recently that it must not ask again yet."""
    found = await connection.execute(
        select(outbox.c.id)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.channel == channel,
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= _SUSPECTED_AGAIN,
            outbox.c.lease_until.between(now - QUIET_COOLDOWN, now),
        )
        .limit(1)
    )
    return found.first() is not None


def _due_conditions(channel: Channel, due: datetime) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on due rows; ``settled_at`` names the partial index over what is open."""
    return (
        outbox.c.settled_at.is_(None),
        outbox.c.channel == channel,
        outbox.c.state == DeliveryState.DUE,
        outbox.c.not_before <= due,
    )


async def _not_paused(connection: AsyncConnection) -> Sequence[ColumnElement[bool]]:
    """Return the condition that excludes paused broadcasts; empty if none is paused."""
    paused = await list_paused(connection)
    return [or_(outbox.c.edition_id.is_(None), outbox.c.edition_id.not_in(paused))] if paused else []


async def _select_due(connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int) -> list[int]:
    found = await connection.execute(
        select(outbox.c.id)
        .where(*conditions)
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(found.scalars())


log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a crash left: rows that are due again, whose end nobody knows, and that may have caused it."""

    due: int = 0
    uncertain: int = 0
    poison: int = 0


async def recover_leases(connection: AsyncConnection, condition: ColumnElement[bool], now: datetime) -> Recovered:
    """End dead leases: what was not begun is due again, what had begun is uncertain.

    What was not begun may have ended the program, and is suspected more; see ``digest.storage.outbox_claims``.
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
        delivery_rows().where(outbox.c.id.in_(ids)).order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
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


def delivery_rows() -> Select[Any]:
    """Return the query of what ``build_delivery`` reads."""
    columns = (endpoints.c.subscriber_id, endpoints.c.address, endpoints.c.thread, endpoints.c.failure_count)
    return select(outbox, *columns).join(endpoints, endpoints.c.id == outbox.c.endpoint_id)


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
