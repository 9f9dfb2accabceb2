"""Subscribers and endpoints as rows: read into values, written from values."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, cast, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import (
    Channel,
    Endpoint,
    EndpointState,
    Layout,
    Locale,
    Preferences,
    Reader,
    Rhythm,
    Subscriber,
    Target,
)
from digest.store.tables import endpoints, subscriber_domains, subscribers

OWNED = endpoints.c.state != EndpointState.PENDING
"""The condition on endpoints that are somebody's: an address that waits for its proof is nobody's.

It is also what the unique index over targets holds: a search by target that says less reads every row.
"""


_CHOSEN = (
    select(func.group_concat(cast(subscriber_domains.c.position, Text) + " " + subscriber_domains.c.slug))
    .where(subscriber_domains.c.subscriber_id == subscribers.c.id)
    .scalar_subquery()
    .label("chosen")
)
"""What a subscriber follows, in one column: ``0 robotics,1 agents``, in any order."""


def thread_number(target: Target) -> int:
    """Give the thread as stored: 0 where there is none."""
    return target.thread or 0


def at_target(target: Target) -> ColumnElement[bool]:
    """Give the condition on endpoints that a target names."""
    return and_(
        endpoints.c.channel == target.channel,
        endpoints.c.address == target.address,
        endpoints.c.thread == thread_number(target),
    )


async def reader_at(connection: AsyncConnection, target: Target) -> Reader | None:
    """Give the reader behind a target, None where it is nobody's."""
    number = select(endpoints.c.subscriber_id).where(at_target(target), OWNED).scalar_subquery()
    return await _reader_where(connection, subscribers.c.id == number)


async def reader_of(connection: AsyncConnection, number: int) -> Reader:
    """Give the reader of this number, who must be there."""
    reader = await _reader_where(connection, subscribers.c.id == number)
    if reader is None:
        raise LookupError(f"no subscriber {number}")
    return reader


async def _reader_where(connection: AsyncConnection, which: ColumnElement[bool]) -> Reader | None:
    """Give one reader in two questions: every message in a chat begins with them."""
    row = (await connection.execute(select(subscribers, _CHOSEN).where(which))).one_or_none()
    if row is None:
        return None
    places = await connection.execute(
        select(endpoints).where(endpoints.c.subscriber_id == row.id, OWNED).order_by(endpoints.c.id)
    )
    ordered = sorted((int(at), slug) for at, _, slug in (one.partition(" ") for one in _listed(row.chosen)))
    return Reader(
        subscriber=subscriber_of(row, tuple(slug for _, slug in ordered)),
        endpoints=tuple(endpoint_of(place) for place in places),
    )


def _listed(chosen: str | None) -> Sequence[str]:
    return chosen.split(",") if chosen else ()


async def all_readers(connection: AsyncConnection) -> Sequence[Reader]:
    """Give every reader, the oldest first; whoever has yet to say yes to a sign-up is none."""
    slugs = await chosen_domains(connection)
    places: dict[int, tuple[Endpoint, ...]] = {}
    for place in await connection.execute(select(endpoints).where(OWNED).order_by(endpoints.c.id)):
        places[place.subscriber_id] = (*places.get(place.subscriber_id, ()), endpoint_of(place))
    rows = await connection.execute(select(subscribers).order_by(subscribers.c.id))
    return [
        Reader(subscriber=subscriber_of(row, slugs.get(row.id, ())), endpoints=places[row.id])
        for row in rows
        if row.id in places
    ]


async def chosen_domains(
    connection: AsyncConnection, *which: ColumnElement[bool]
) -> Mapping[int, tuple[str, ...]]:
    """Give the chosen slugs, in order, by subscriber."""
    found = await connection.execute(
        select(subscriber_domains)
        .where(*which)
        .order_by(subscriber_domains.c.subscriber_id, subscriber_domains.c.position)
    )
    slugs: dict[int, tuple[str, ...]] = {}
    for row in found:
        slugs[row.subscriber_id] = (*slugs.get(row.subscriber_id, ()), row.slug)
    return slugs


def subscriber_of(row: Row[Any], slugs: tuple[str, ...]) -> Subscriber:
    """Give the subscriber that a row and its domains describe."""
    return Subscriber(
        id=row.id,
        preferences=Preferences(
            domains=None if row.all_domains else slugs,
            minute=row.send_minute,
            zone=row.timezone,
            rhythm=Rhythm(row.frequency),
            weekday=row.weekday,
            locale=Locale.known(row.locale),
            most=row.max_papers,
            empty_days=row.notify_when_empty,
            layout=Layout(row.detail_level),
            silent=row.silent,
            include=tuple(row.include_keywords),
            mute=tuple(row.mute_keywords),
        ),
        created_at=row.created_at,
        next_at=row.next_digest_at,
        paused=row.paused,
        watermark=row.last_paper_seq,
        since=row.papers_since,
        served_at=row.last_digest_at,
        paused_until=row.paused_until,
    )


def columns_of(subscriber: Subscriber) -> dict[str, Any]:
    """Give the columns of a subscriber's row; their domains stand in a table of their own."""
    chosen = subscriber.preferences
    return {
        "all_domains": chosen.domains is None,
        "send_minute": chosen.minute,
        "timezone": chosen.zone,
        "frequency": chosen.rhythm,
        "weekday": chosen.weekday,
        "locale": chosen.locale,
        "max_papers": chosen.most,
        "notify_when_empty": chosen.empty_days,
        "detail_level": chosen.layout,
        "silent": chosen.silent,
        "include_keywords": list(chosen.include),
        "mute_keywords": list(chosen.mute),
        "paused": subscriber.paused,
        "created_at": subscriber.created_at,
        "next_digest_at": subscriber.next_at,
        "last_digest_at": subscriber.served_at,
        "last_paper_seq": subscriber.watermark,
        "papers_since": subscriber.since,
        "paused_until": subscriber.paused_until,
    }


async def add_subscriber(connection: AsyncConnection, fresh: Subscriber) -> int:
    """Add a subscriber; give their number."""
    made = await connection.execute(
        insert(subscribers).values(**columns_of(fresh)).returning(subscribers.c.id)
    )
    number: int = made.scalar_one()
    await set_domains(connection, number, fresh.preferences.domains)
    return number


async def set_domains(connection: AsyncConnection, number: int, slugs: tuple[str, ...] | None) -> None:
    """Replace what a subscriber follows."""
    await connection.execute(delete(subscriber_domains).where(subscriber_domains.c.subscriber_id == number))
    if slugs:
        await connection.execute(
            insert(subscriber_domains),
            [{"subscriber_id": number, "slug": slug, "position": at} for at, slug in enumerate(slugs)],
        )


async def add_endpoint(
    connection: AsyncConnection, number: int, target: Target, state: EndpointState, at: datetime
) -> int:
    """Add an endpoint to a subscriber; give its number."""
    made = await connection.execute(
        insert(endpoints)
        .values(
            subscriber_id=number,
            channel=target.channel,
            address=target.address,
            thread=thread_number(target),
            state=state,
            failure_count=0,
            created_at=at,
        )
        .returning(endpoints.c.id)
    )
    return int(made.scalar_one())


async def drop_if_alone(connection: AsyncConnection, number: int) -> None:
    """Remove a subscriber to whom no endpoint is left; addresses that wait for a proof go with them."""
    left = select(endpoints.c.id).where(endpoints.c.subscriber_id == number, OWNED)
    await connection.execute(delete(subscribers).where(subscribers.c.id == number, ~left.exists()))


def endpoint_of(row: Row[Any]) -> Endpoint:
    """Give the endpoint that a row describes."""
    target = Target(channel=Channel(row.channel), address=row.address, thread=row.thread or None)
    return Endpoint(
        id=row.id,
        subscriber=row.subscriber_id,
        target=target,
        state=EndpointState(row.state),
        owner=row.owner,
        title=row.title,
    )
