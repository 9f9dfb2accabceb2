"""A chat with a new id: its endpoint moves, or becomes one with the endpoint that is there already."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import DeliveryState, EndpointState, Subscriber, Target
from digest.model.reasons import Reason, ReasonCode
from digest.papers.keywords import MAX_KEYWORDS
from digest.services.subscriptions import reschedule
from digest.storage.outbox_rows import UNSENT, cancel_unsent
from digest.storage.reason_columns import reason_values
from digest.storage.subscriber_rows import (
    CONFIRMED,
    delete_if_orphaned,
    load_profile,
    replace_domains,
    subscriber_columns,
)
from digest.storage.tables import endpoints, outbox, subscribers

_MAY_HAVE_ARRIVED = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN)
_PLACEHOLDER = "moving"

_OutboxRow = Row[Any, Any, Any]


async def migrate_endpoint(connection: AsyncConnection, endpoint: int, target: Target, at: datetime) -> None:
    """Return an endpoint its chat's new id, in the same thread.

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
            CONFIRMED,
        )
    )
    there = found.one_or_none()
    if there is None:
        await _update_endpoint(connection, endpoint, address=target.address)
        return
    older, younger = sorted((moving, there), key=lambda one: one.id)
    await _merge_deliveries(connection, older.id, younger.id, at)
    await _update_endpoint(connection, younger.id, address=_PLACEHOLDER)
    await _update_endpoint(
        connection,
        older.id,
        address=target.address,
        state=EndpointState.ACTIVE,
        **reason_values(None),
        owner=younger.owner if older.owner is None else older.owner,
        title=there.title or moving.title,
    )
    await _update_endpoint(
        connection,
        younger.id,
        address=moving.address,
        state=EndpointState.UNREACHABLE,
        **reason_values(Reason(ReasonCode.CHAT_MIGRATED, target.address)),
        subscriber_id=older.subscriber_id,
    )
    if older.subscriber_id != younger.subscriber_id:
        await _merge_subscribers(connection, older, younger, at)


async def _update_endpoint(connection: AsyncConnection, endpoint: int, **values: Any) -> None:  # noqa: ANN401 - columns
    await connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(**values))


async def _merge_deliveries(connection: AsyncConnection, kept_id: int, merged_id: int, at: datetime) -> None:
    """Let one endpoint have the deliveries of both, and one of them for each edition."""
    mine, theirs = (
        await _deliveries_by_edition(connection, kept_id),
        await _deliveries_by_edition(connection, merged_id),
    )
    for edition in mine.keys() & theirs.keys():
        await _cancel_duplicate(connection, mine[edition], theirs[edition], at)
    kept = await _deliveries_by_edition(connection, kept_id)
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.endpoint_id == merged_id, outbox.c.edition_id.is_(None) | outbox.c.edition_id.not_in(list(kept))
        )
        .values(endpoint_id=kept_id)
    )


async def _deliveries_by_edition(connection: AsyncConnection, endpoint: int) -> Mapping[int, _OutboxRow]:
    found = await connection.execute(
        select(outbox.c.id, outbox.c.edition_id, outbox.c.state).where(
            outbox.c.endpoint_id == endpoint, outbox.c.edition_id.is_not(None)
        )
    )
    return {row.edition_id: row for row in found}


async def _cancel_duplicate(connection: AsyncConnection, kept: _OutboxRow, other: _OutboxRow, at: datetime) -> None:
    """Cancel one of two deliveries of an edition where both could arrive."""
    if other.state in UNSENT and kept.state in (*UNSENT, *_MAY_HAVE_ARRIVED):
        await cancel_unsent(connection, outbox.c.id == other.id, Reason(ReasonCode.ALREADY_DELIVERED), at)
    elif other.state in UNSENT:
        # Theirs is the one to be sent; mine ended unsent and leaves its place, kept for the record.
        await connection.execute(update(outbox).where(outbox.c.id == kept.id).values(edition_id=None))
    elif other.state in _MAY_HAVE_ARRIVED:
        await cancel_unsent(connection, outbox.c.id == kept.id, Reason(ReasonCode.ALREADY_DELIVERED), at)


async def _merge_subscribers(connection: AsyncConnection, older: Row[Any], younger: Row[Any], at: datetime) -> None:
    """Let the older reader follow what both did, and have had what both had."""
    keeps = (await load_profile(connection, older.subscriber_id)).subscriber
    joins = (await load_profile(connection, younger.subscriber_id)).subscriber
    after = reschedule(_combine(keeps, joins), at)
    await connection.execute(update(subscribers).where(subscribers.c.id == keeps.id).values(subscriber_columns(after)))
    await replace_domains(connection, keeps.id, after.preferences.domains)
    await delete_if_orphaned(connection, joins.id)


def _combine(kept: Subscriber, merged: Subscriber) -> Subscriber:
    mine, theirs = kept.preferences.domains, merged.preferences.domains
    domains = None if mine is None or theirs is None else tuple(dict.fromkeys((*mine, *theirs)))
    include = tuple(dict.fromkeys((*kept.preferences.include_keywords, *merged.preferences.include_keywords)))
    served = [at for at in (kept.last_digest_at, merged.last_digest_at) if at]
    return replace(
        kept,
        preferences=replace(kept.preferences, domains=domains, include_keywords=include[:MAX_KEYWORDS]),
        paused=kept.paused and merged.paused,
        paused_until=kept.paused_until if kept.paused and merged.paused else None,
        last_paper_seq=max(kept.last_paper_seq, merged.last_paper_seq),
        last_digest_at=max(served, default=None),
    )
