"""A chat with a new id: its endpoint moves, or becomes one with the endpoint that is there already."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.keywords import MOST
from digest.membership import scheduled
from digest.model import DeliveryState, EndpointState, Subscriber, Target
from digest.reasons import Reason, ReasonCode
from digest.store.queued import NOT_BEGUN, cancel_queued
from digest.store.readers import OWNED, columns_of, drop_if_alone, reader_of, set_domains
from digest.store.reasons import reason_values
from digest.store.tables import endpoints, outbox, subscribers

_MAY_HAVE_ARRIVED = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN)
_NOWHERE = "moving"

_Delivery = Row[Any, Any, Any]


async def move_endpoint(connection: AsyncConnection, endpoint: int, target: Target, at: datetime) -> None:
    """Give an endpoint its chat's new id, in the same thread.

    Where somebody is at the new id already, both are one from now on: the older endpoint stays, with its
    reader, who follows what both did; nobody gets an edition twice. The younger one keeps the old id, gone.
    """
    moving = (await connection.execute(select(endpoints).where(endpoints.c.id == endpoint))).one()
    found = await connection.execute(
        select(endpoints).where(
            endpoints.c.channel == target.channel,
            endpoints.c.address == target.address,
            endpoints.c.thread == moving.thread,
            endpoints.c.id != endpoint,
            OWNED,
        )
    )
    there = found.one_or_none()
    if there is None:
        await _at(connection, endpoint, address=target.address)
        return
    older, younger = sorted((moving, there), key=lambda one: one.id)
    await _merge_deliveries(connection, older.id, younger.id, at)
    await _at(connection, younger.id, address=_NOWHERE)
    await _at(
        connection,
        older.id,
        address=target.address,
        state=EndpointState.ACTIVE,
        **reason_values(None),
        owner=younger.owner if older.owner is None else older.owner,
        title=there.title or moving.title,
    )
    await _at(
        connection,
        younger.id,
        address=moving.address,
        state=EndpointState.GONE,
        **reason_values(Reason(ReasonCode.CHAT_MIGRATED, target.address)),
        subscriber_id=older.subscriber_id,
    )
    if older.subscriber_id != younger.subscriber_id:
        await _merge_readers(connection, older, younger, at)


async def _at(connection: AsyncConnection, endpoint: int, **values: Any) -> None:  # noqa: ANN401 - columns
    await connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(**values))


async def _merge_deliveries(connection: AsyncConnection, stays: int, goes: int, at: datetime) -> None:
    """Let one endpoint have the deliveries of both, and one of them for each edition."""
    mine, theirs = await _by_edition(connection, stays), await _by_edition(connection, goes)
    for edition in mine.keys() & theirs.keys():
        await _choose(connection, mine[edition], theirs[edition], at)
    kept = await _by_edition(connection, stays)
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.endpoint_id == goes,
            outbox.c.edition_id.is_(None) | outbox.c.edition_id.not_in(list(kept)),
        )
        .values(endpoint_id=stays)
    )


async def _by_edition(connection: AsyncConnection, endpoint: int) -> Mapping[int, _Delivery]:
    found = await connection.execute(
        select(outbox.c.id, outbox.c.edition_id, outbox.c.state).where(
            outbox.c.endpoint_id == endpoint, outbox.c.edition_id.is_not(None)
        )
    )
    return {row.edition_id: row for row in found}


async def _choose(connection: AsyncConnection, mine: _Delivery, theirs: _Delivery, at: datetime) -> None:
    """Cancel one of two deliveries of an edition where both could arrive."""
    if theirs.state in NOT_BEGUN and mine.state in (*NOT_BEGUN, *_MAY_HAVE_ARRIVED):
        await cancel_queued(connection, outbox.c.id == theirs.id, Reason(ReasonCode.ALREADY_DELIVERED), at)
    elif theirs.state in NOT_BEGUN:
        # Theirs is the one to be sent; mine ended unsent and leaves its place, kept for the record.
        await connection.execute(update(outbox).where(outbox.c.id == mine.id).values(edition_id=None))
    elif theirs.state in _MAY_HAVE_ARRIVED:
        await cancel_queued(connection, outbox.c.id == mine.id, Reason(ReasonCode.ALREADY_DELIVERED), at)


async def _merge_readers(
    connection: AsyncConnection, older: Row[Any], younger: Row[Any], at: datetime
) -> None:
    """Let the older reader follow what both did, and have had what both had."""
    keeps = (await reader_of(connection, older.subscriber_id)).subscriber
    joins = (await reader_of(connection, younger.subscriber_id)).subscriber
    after = scheduled(_together(keeps, joins), at)
    await connection.execute(
        update(subscribers).where(subscribers.c.id == keeps.id).values(columns_of(after))
    )
    await set_domains(connection, keeps.id, after.preferences.domains)
    await drop_if_alone(connection, joins.id)


def _together(keeps: Subscriber, joins: Subscriber) -> Subscriber:
    mine, theirs = keeps.preferences.domains, joins.preferences.domains
    domains = None if mine is None or theirs is None else tuple(dict.fromkeys((*mine, *theirs)))
    include = tuple(dict.fromkeys((*keeps.preferences.include, *joins.preferences.include)))
    served = [at for at in (keeps.served_at, joins.served_at) if at]
    return replace(
        keeps,
        preferences=replace(keeps.preferences, domains=domains, include=include[:MOST]),
        paused=keeps.paused and joins.paused,
        paused_until=keeps.paused_until if keeps.paused and joins.paused else None,
        watermark=max(keeps.watermark, joins.watermark),
        served_at=max(served, default=None),
    )
