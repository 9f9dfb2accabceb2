"""Subscribers and endpoints as rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, cast, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, Endpoint, EndpointState, Preferences, Subscriber, SubscriberProfile, Target
from digest.services.preferences import FIELDS
from digest.storage.tables import endpoints, subscriber_domains, subscribers

CONFIRMED = endpoints.c.state != EndpointState.PENDING
"""The condition on endpoints that are somebody's: an address that waits for its proof is nobody's.

It is also what the unique index over targets holds: a search by target that says less reads every row.
"""


_DOMAINS_COLUMN = (
    select(func.group_concat(cast(subscriber_domains.c.position, Text) + " " + subscriber_domains.c.slug))
    .where(subscriber_domains.c.subscriber_id == subscribers.c.id)
    .scalar_subquery()
    .label("chosen")
)
"""What a subscriber follows, in one column: ``0 robotics,1 agents``, in any order."""


_FROM_COLUMNS = tuple((field.name, field.from_column) for field in FIELDS)


def thread_number(target: Target) -> int:
    """Return the thread as stored: 0 where there is none."""
    return target.thread or 0


def matches_target(target: Target) -> ColumnElement[bool]:
    """Return the condition on endpoints that a target names."""
    return and_(
        endpoints.c.channel == target.channel,
        endpoints.c.address == target.address,
        endpoints.c.thread == thread_number(target),
    )


async def find_profile(connection: AsyncConnection, target: Target) -> SubscriberProfile | None:
    """Return the reader behind a target, None where it is nobody's."""
    number = select(endpoints.c.subscriber_id).where(matches_target(target), CONFIRMED).scalar_subquery()
    return await _find_profile_where(connection, subscribers.c.id == number)


async def load_profile(connection: AsyncConnection, subscriber_id: int) -> SubscriberProfile:
    """Return the reader of this number, who must be there."""
    reader = await _find_profile_where(connection, subscribers.c.id == subscriber_id)
    if reader is None:
        raise LookupError(f"no subscriber {subscriber_id}")
    return reader


async def _find_profile_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> SubscriberProfile | None:
    """Return one subscriber with two queries, because every message in a chat starts with them."""
    row = (await connection.execute(select(subscribers, _DOMAINS_COLUMN).where(condition))).one_or_none()
    if row is None:
        return None
    places = await connection.execute(
        select(endpoints).where(endpoints.c.subscriber_id == row.id, CONFIRMED).order_by(endpoints.c.id)
    )
    ordered = sorted((int(at), slug) for at, _, slug in (one.partition(" ") for one in _split_domains(row.chosen)))
    return SubscriberProfile(
        subscriber=build_subscriber(row, tuple(slug for _, slug in ordered)),
        endpoints=tuple(build_endpoint(place) for place in places),
    )


def _split_domains(chosen: str | None) -> Sequence[str]:
    return chosen.split(",") if chosen else ()


async def load_all_profiles(connection: AsyncConnection) -> Sequence[SubscriberProfile]:
    """Return every reader, the oldest first; whoever has yet to say yes to a sign-up is none."""
    slugs = await load_subscribed_domains(connection)
    places: dict[int, tuple[Endpoint, ...]] = {}
    for place in await connection.execute(select(endpoints).where(CONFIRMED).order_by(endpoints.c.id)):
        places[place.subscriber_id] = (*places.get(place.subscriber_id, ()), build_endpoint(place))
    rows = await connection.execute(select(subscribers).order_by(subscribers.c.id))
    return [
        SubscriberProfile(subscriber=build_subscriber(row, slugs.get(row.id, ())), endpoints=places[row.id])
        for row in rows
        if row.id in places
    ]


async def load_subscribed_domains(
    connection: AsyncConnection, *conditions: ColumnElement[bool]
) -> Mapping[int, tuple[str, ...]]:
    """Return the chosen slugs, in order, by subscriber."""
    found = await connection.execute(
        select(subscriber_domains)
        .where(*conditions)
        .order_by(subscriber_domains.c.subscriber_id, subscriber_domains.c.position)
    )
    slugs: dict[int, tuple[str, ...]] = {}
    for row in found:
        slugs[row.subscriber_id] = (*slugs.get(row.subscriber_id, ()), row.slug)
    return slugs


def build_subscriber(row: Row[Any], slugs: tuple[str, ...]) -> Subscriber:
    """Return the subscriber that a row and its domains describe."""
    return Subscriber(
        id=row.id,
        preferences=Preferences(
            domains=None if row.all_domains else slugs,
            **{name: from_column(getattr(row, name)) for name, from_column in _FROM_COLUMNS},
        ),
        created_at=row.created_at,
        next_digest_at=row.next_digest_at,
        paused=row.paused,
        last_paper_seq=row.last_paper_seq,
        papers_since=row.papers_since,
        last_digest_at=row.last_digest_at,
        paused_until=row.paused_until,
    )


def subscriber_columns(subscriber: Subscriber) -> dict[str, Any]:
    """Return the columns of a subscriber's row; their domains stand in a table of their own."""
    chosen = subscriber.preferences
    return {
        "all_domains": chosen.domains is None,
        **{field.name: field.to_column(field.get(chosen)) for field in FIELDS},
        "paused": subscriber.paused,
        "created_at": subscriber.created_at,
        "next_digest_at": subscriber.next_digest_at,
        "last_digest_at": subscriber.last_digest_at,
        "last_paper_seq": subscriber.last_paper_seq,
        "papers_since": subscriber.papers_since,
        "paused_until": subscriber.paused_until,
    }


async def insert_subscriber(connection: AsyncConnection, subscriber: Subscriber) -> int:
    """Add a subscriber; return their number."""
    made = await connection.execute(
        insert(subscribers).values(**subscriber_columns(subscriber)).returning(subscribers.c.id)
    )
    number: int = made.scalar_one()
    await replace_domains(connection, number, subscriber.preferences.domains)
    return number


async def replace_domains(connection: AsyncConnection, subscriber_id: int, slugs: tuple[str, ...] | None) -> None:
    """Replace what a subscriber follows."""
    await connection.execute(delete(subscriber_domains).where(subscriber_domains.c.subscriber_id == subscriber_id))
    if slugs:
        await connection.execute(
            insert(subscriber_domains),
            [{"subscriber_id": subscriber_id, "slug": slug, "position": at} for at, slug in enumerate(slugs)],
        )


async def insert_endpoint(
    connection: AsyncConnection, subscriber_id: int, target: Target, state: EndpointState, at: datetime
) -> int:
    """Add an endpoint to a subscriber; return its number."""
    made = await connection.execute(
        insert(endpoints)
        .values(
            subscriber_id=subscriber_id,
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


async def delete_if_orphaned(connection: AsyncConnection, subscriber_id: int) -> None:
    """Remove a subscriber to whom no endpoint is left; addresses that wait for a proof go with them."""
    left = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscriber_id, CONFIRMED)
    await connection.execute(delete(subscribers).where(subscribers.c.id == subscriber_id, ~left.exists()))


def build_endpoint(row: Row[Any]) -> Endpoint:
    """Return the endpoint that a row describes."""
    target = Target(channel=Channel(row.channel), address=row.address, thread=row.thread or None)
    return Endpoint(
        id=row.id,
        subscriber_id=row.subscriber_id,
        target=target,
        state=EndpointState(row.state),
        owner_id=row.owner,
        title=row.title,
    )
