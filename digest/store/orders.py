"""Orders for many deliveries: what one would change, and changing exactly that, however many there are."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, case, cast, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, EndpointState
from digest.overview import EditionKey, Group, Obstacle, Order, Plan, Wanted
from digest.reasons import ReasonCode
from digest.store.tables import Kind, editions, endpoints, outbox, subscribers

_ROWS = outbox.join(endpoints, endpoints.c.id == outbox.c.endpoint_id).join(
    subscribers, subscribers.c.id == endpoints.c.subscriber_id
)


async def plan(connection: AsyncConnection, order: Order, wanted: Wanted) -> Plan:
    """Count what an order would change and what not, and note which deliveries those are."""
    meant = _meant(wanted)
    obstacle = _obstacle(order).label("obstacle")
    found = await connection.execute(
        select(editions.c.date, outbox.c.edition_id, outbox.c.kind, outbox.c.channel, obstacle, func.count())
        .select_from(_ROWS.outerjoin(editions, editions.c.id == outbox.c.edition_id))
        .where(*meant)
        .group_by(outbox.c.edition_id, outbox.c.kind, outbox.c.channel, obstacle)
        .order_by(outbox.c.edition_id.desc().nulls_last(), outbox.c.kind, outbox.c.channel)
    )
    groups = tuple(
        Group(
            edition=edition_of(day, number, kind),
            kind=kind,
            channel=Channel(channel),
            obstacle=Obstacle(why) if why else None,
            n=n,
        )
        for day, number, kind, channel, why, n in found
    )
    noted = await connection.execute(
        select(func.json_group_object(cast(outbox.c.id, Text), outbox.c.settled_at))
        .select_from(_ROWS)
        .where(*meant, _obstacle(order).is_(None))
    )
    return Plan(
        order=order,
        wanted=wanted,
        groups=groups,
        frozen=noted.scalar_one(),
        known=bool(groups) or await _exists(connection, wanted.edition),
    )


async def carry_out(connection: AsyncConnection, agreed: Plan, values: dict[str, Any]) -> int:
    """Change what was counted and is still as it was; count that.

    One statement with one parameter for all rows: SQLite takes 32,766 parameters at most.
    """
    counted = func.json_each(agreed.frozen).table_valued("key", "value")
    rows = _ROWS.join(
        counted,
        and_(
            outbox.c.id == cast(counted.c.key, Integer),
            outbox.c.settled_at.is_not_distinct_from(counted.c.value),
        ),
    )
    which = select(outbox.c.id).select_from(rows).where(_may_leave(agreed.wanted.state))
    changed = await connection.execute(_change(agreed.order, which, values))
    return int(changed.rowcount)


async def change_some(
    connection: AsyncConnection, order: Order, ids: Sequence[int], values: dict[str, Any]
) -> Sequence[int]:
    """Change those of some deliveries that an order may change; give them."""
    named = func.json_each(json.dumps(list(ids))).table_valued("value")
    states = {state for one in order.states for state in _states_of(one)}
    which = (
        select(outbox.c.id)
        .select_from(_ROWS)
        .where(outbox.c.id.in_(select(named.c.value)), outbox.c.state.in_(sorted(states)))
    )
    changed = await connection.execute(_change(order, which, values).returning(outbox.c.id))
    return sorted(changed.scalars())


async def obstacles(
    connection: AsyncConnection, ids: Sequence[int]
) -> Mapping[int, DeliveryState | Obstacle]:
    """Give what keeps deliveries from being sent again: an obstacle, else their state, by their ids.

    Ids of no delivery are absent.
    """
    named = func.json_each(json.dumps(list(ids))).table_valued("value")
    found = await connection.execute(
        select(outbox.c.id, outbox.c.state, _obstacle(Order.RESEND))
        .select_from(_ROWS)
        .where(outbox.c.id.in_(select(named.c.value)))
    )
    return {
        number: Obstacle(why) if why and state in Order.RESEND.states else DeliveryState(state)
        for number, state, why in found
    }


def edition_of(day: date | None, number: int | None, kind: str) -> EditionKey | None:
    """Give what names a delivery's edition, None where it belongs to none."""
    return day or (number if kind == Kind.BROADCAST else None)


def of_edition(edition: EditionKey) -> ColumnElement[bool]:
    """Give the condition on rows of the outbox that belong to an edition."""
    return outbox.c.edition_id.in_(select(editions.c.id).where(_named(edition)))


def _named(edition: EditionKey) -> ColumnElement[bool]:
    if isinstance(edition, date):
        return and_(editions.c.kind == Kind.DIGEST, editions.c.date == edition)
    return and_(editions.c.kind == Kind.BROADCAST, editions.c.id == edition)


async def _exists(connection: AsyncConnection, edition: EditionKey | None) -> bool:
    if edition is None:
        return True
    found = await connection.execute(select(editions.c.id).where(_named(edition)))
    return found.first() is not None


def _meant(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [outbox.c.state == wanted.state]
    if wanted.edition is not None:
        conditions.append(of_edition(wanted.edition))
    if wanted.channel is not None:
        conditions.append(outbox.c.channel == wanted.channel)
    return conditions


def _states_of(counted: DeliveryState) -> tuple[DeliveryState, ...]:
    """Give the states in which a delivery is still what was counted: a courier may hold what was due."""
    return (counted, DeliveryState.LEASED) if counted is DeliveryState.DUE else (counted,)


def _may_leave(counted: DeliveryState) -> ColumnElement[bool]:
    return outbox.c.state.in_(_states_of(counted))


def _change(order: Order, which: Select[Any], values: dict[str, Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's Update
    allowed = which.where(_obstacle(order).is_(None)).correlate(None)
    return update(outbox).where(outbox.c.id.in_(allowed)).values(**values)


def _obstacle(order: Order) -> ColumnElement[Any]:
    """Give why a row of ``_ROWS`` cannot be changed, NULL where it can."""
    if order is Order.CANCEL:
        return null()
    lasting = (Kind.DIGEST, Kind.BROADCAST)
    return case(
        (outbox.c.kind.in_((Kind.CODE, Kind.OPT_IN)), Obstacle.EXPIRED.value),
        (outbox.c.reason_code == ReasonCode.MERGED_INTO_LATER, Obstacle.FOLDED.value),
        (
            or_(
                outbox.c.reason_code == ReasonCode.ALREADY_DELIVERED,
                and_(outbox.c.kind.in_(lasting), outbox.c.edition_id.is_(None)),
            ),
            Obstacle.REPLACED.value,
        ),
        (endpoints.c.state != EndpointState.ACTIVE, Obstacle.ADDRESS_ENDED.value),
        (
            and_(
                outbox.c.kind == Kind.DIGEST,
                or_(subscribers.c.paused == True, subscribers.c.next_digest_at.is_(None)),  # noqa: E712 - SQL
            ),
            Obstacle.NOT_WANTED.value,
        ),
        else_=None,
    )
