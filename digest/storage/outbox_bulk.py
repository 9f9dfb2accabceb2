"""Resending and cancelling many deliveries: a plan, and applying exactly that plan."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, and_, case, cast, func, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, EndpointState
from digest.model.reasons import ReasonCode
from digest.services.admin import BulkAction, BulkPlan, DeliverySelection, EditionKey, Obstacle, PlanGroup
from digest.storage.tables import Kind, editions, endpoints, outbox, subscribers

_OUTBOX_JOIN = outbox.join(endpoints, endpoints.c.id == outbox.c.endpoint_id).join(
    subscribers, subscribers.c.id == endpoints.c.subscriber_id
)


async def build_plan(connection: AsyncConnection, action: BulkAction, selection: DeliverySelection) -> BulkPlan:
    """Count what an order would change and what not, and note which deliveries those are."""
    meant = _selection_conditions(selection)
    obstacle = _obstacle_case(action).label("obstacle")
    found = await connection.execute(
        select(editions.c.date, outbox.c.edition_id, outbox.c.kind, outbox.c.channel, obstacle, func.count())
        .select_from(_OUTBOX_JOIN.outerjoin(editions, editions.c.id == outbox.c.edition_id))
        .where(*meant)
        .group_by(outbox.c.edition_id, outbox.c.kind, outbox.c.channel, obstacle)
        .order_by(outbox.c.edition_id.desc().nulls_last(), outbox.c.kind, outbox.c.channel)
    )
    groups = tuple(
        PlanGroup(
            edition=edition_key(day, number, kind),
            kind=kind,
            channel=Channel(channel),
            obstacle=Obstacle(why) if why else None,
            count=n,
        )
        for day, number, kind, channel, why, n in found
    )
    noted = await connection.execute(
        select(func.json_group_object(cast(outbox.c.id, Text), outbox.c.settled_at))
        .select_from(_OUTBOX_JOIN)
        .where(*meant, _obstacle_case(action).is_(None))
    )
    return BulkPlan(
        action=action,
        selection=selection,
        groups=groups,
        snapshot=noted.scalar_one(),
        edition_exists=bool(groups) or await _edition_exists(connection, selection.edition),
    )


async def apply_plan(connection: AsyncConnection, confirmed_plan: BulkPlan, values: dict[str, Any]) -> int:
    """Change what was counted and is still as it was; count that.

    One statement with one parameter for all rows: SQLite takes 32,766 parameters at most.
    """
    counted = func.json_each(confirmed_plan.snapshot).table_valued("key", "value")
    rows = _OUTBOX_JOIN.join(
        counted,
        and_(outbox.c.id == cast(counted.c.key, Integer), outbox.c.settled_at.is_not_distinct_from(counted.c.value)),
    )
    which = select(outbox.c.id).select_from(rows).where(_is_still_in_state(confirmed_plan.selection.state))
    changed = await connection.execute(_update_statement(confirmed_plan.action, which, values))
    return int(changed.rowcount)


async def change_by_id(
    connection: AsyncConnection, action: BulkAction, ids: Sequence[int], values: dict[str, Any]
) -> Sequence[int]:
    """Change those of some deliveries that an order may change; return them."""
    named = func.json_each(json.dumps(list(ids))).table_valued("value")
    states = {state for one in action.states for state in _current_states(one)}
    which = (
        select(outbox.c.id)
        .select_from(_OUTBOX_JOIN)
        .where(outbox.c.id.in_(select(named.c.value)), outbox.c.state.in_(sorted(states)))
    )
    changed = await connection.execute(_update_statement(action, which, values).returning(outbox.c.id))
    return sorted(changed.scalars())


async def find_obstacles(connection: AsyncConnection, ids: Sequence[int]) -> Mapping[int, DeliveryState | Obstacle]:
    """Return what keeps deliveries from being sent again: an obstacle, else their state, by their ids.

    Ids of no delivery are absent.
    """
    named = func.json_each(json.dumps(list(ids))).table_valued("value")
    found = await connection.execute(
        select(outbox.c.id, outbox.c.state, _obstacle_case(BulkAction.RESEND))
        .select_from(_OUTBOX_JOIN)
        .where(outbox.c.id.in_(select(named.c.value)))
    )
    return {
        number: Obstacle(why) if why and state in BulkAction.RESEND.states else DeliveryState(state)
        for number, state, why in found
    }


def edition_key(day: date | None, edition_id: int | None, kind: str) -> EditionKey | None:
    """Return what names a delivery's edition, None where it belongs to none."""
    return day or (edition_id if kind == Kind.BROADCAST else None)


def in_edition(edition: EditionKey) -> ColumnElement[bool]:
    """Return the condition on rows of the outbox that belong to an edition."""
    return outbox.c.edition_id.in_(select(editions.c.id).where(_edition_condition(edition)))


def _edition_condition(edition: EditionKey) -> ColumnElement[bool]:
    if isinstance(edition, date):
        return and_(editions.c.kind == Kind.DIGEST, editions.c.date == edition)
    return and_(editions.c.kind == Kind.BROADCAST, editions.c.id == edition)


async def _edition_exists(connection: AsyncConnection, edition: EditionKey | None) -> bool:
    if edition is None:
        return True
    found = await connection.execute(select(editions.c.id).where(_edition_condition(edition)))
    return found.first() is not None


def _selection_conditions(selection: DeliverySelection) -> list[ColumnElement[bool]]:
    conditions = [outbox.c.state == selection.state]
    if selection.edition is not None:
        conditions.append(in_edition(selection.edition))
    if selection.channel is not None:
        conditions.append(outbox.c.channel == selection.channel)
    return conditions


def _current_states(counted_state: DeliveryState) -> tuple[DeliveryState, ...]:
    """Return the states that still match what was counted: a worker may have leased what was due."""
    return (counted_state, DeliveryState.LEASED) if counted_state is DeliveryState.DUE else (counted_state,)


def _is_still_in_state(counted_state: DeliveryState) -> ColumnElement[bool]:
    return outbox.c.state.in_(_current_states(counted_state))


def _update_statement(action: BulkAction, ids: Select[Any], values: dict[str, Any]) -> Any:  # noqa: ANN401 - SQLAlchemy's Update
    allowed = ids.where(_obstacle_case(action).is_(None)).correlate(None)
    return update(outbox).where(outbox.c.id.in_(allowed)).values(**values)


def _obstacle_case(action: BulkAction) -> ColumnElement[Any]:
    """Return why a row of ``_OUTBOX_JOIN`` cannot be changed, NULL if it can."""
    if action is BulkAction.CANCEL:
        return null()
    lasting = (Kind.DIGEST, Kind.BROADCAST)
    return case(
        (outbox.c.kind.in_((Kind.CODE, Kind.OPT_IN)), Obstacle.EXPIRED.value),
        (outbox.c.reason_code == ReasonCode.MERGED_INTO_LATER, Obstacle.MERGED.value),
        (
            or_(
                outbox.c.reason_code == ReasonCode.ALREADY_DELIVERED,
                and_(outbox.c.kind.in_(lasting), outbox.c.edition_id.is_(None)),
            ),
            Obstacle.REPLACED.value,
        ),
        (endpoints.c.state != EndpointState.ACTIVE, Obstacle.ADDRESS_INACTIVE.value),
        (
            and_(
                outbox.c.kind == Kind.DIGEST,
                or_(subscribers.c.paused == True, subscribers.c.next_digest_at.is_(None)),  # noqa: E712 - SQL
            ),
            Obstacle.NOT_WANTED.value,
        ),
        else_=None,
    )
