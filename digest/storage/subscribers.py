"""Subscribers and endpoints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, cast, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, Endpoint, EndpointState, Preferences, Subscriber, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.reasons import Reason, ReasonCode
from digest.services.preferences import FIELDS
from digest.services.subscriptions import StartingPoint
from digest.storage.bounces import add_suppressions, remove_suppression
from digest.storage.database import Database
from digest.storage.groups import clear_ownership, migrate_endpoint
from digest.storage.outbox import cancel_unsent, deactivate_endpoint, unschedule_if_unreachable
from digest.storage.papers import load_starting_point
from digest.storage.tables import (
    Kind,
    email_codes,
    endpoints,
    last_lists,
    last_searches,
    outbox,
    subscriber_domains,
    subscribers,
)
from digest.storage.types import reason_values

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
    """Return one reader in two questions: every message in a chat begins with them."""
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
    """Add a subscriber; give their number."""
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
    """Add an endpoint to a subscriber; give its number."""
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


_CHUNK = 500

_REACTIVATED_ON_SUBSCRIBE = frozenset({EndpointState.UNREACHABLE, EndpointState.UNSUBSCRIBED, EndpointState.SUPPRESSED})
"""States from which a target comes back whose reader, or an operator for them, asks to join."""


def _states_reactivated_on_contact(target: Target) -> frozenset[EndpointState]:
    """Return the states from which a target comes back because it was heard of.

    Words from a chat prove that it can be reached; a page that is used with a mail's link proves nothing.
    """
    return frozenset({EndpointState.UNREACHABLE} if target.channel is Channel.TELEGRAM else ())


@dataclass(frozen=True, slots=True)
class SqlSubscribers:
    """Implements ``digest.services.subscriptions.SubscriberStore``."""

    database: Database
    clock: Clock

    async def find_profile(self, target: Target) -> SubscriberProfile | None:
        async with self.database.read_only() as connection:
            return await find_profile(connection, target)

    async def list_profiles(self) -> Sequence[SubscriberProfile]:
        """Return every reader, the oldest first."""
        async with self.database.read_only() as connection:
            return await load_all_profiles(connection)

    async def create_or_update(
        self, target: Target, new_subscriber: Subscriber, change: Callable[[Subscriber], Subscriber]
    ) -> SubscriberProfile:
        async def work(connection: AsyncConnection) -> SubscriberProfile:
            reader = await find_profile(connection, target)
            if reader is None:
                number = await insert_subscriber(connection, new_subscriber)
                await insert_endpoint(connection, number, target, EndpointState.ACTIVE, self.clock())
                await remove_suppression(connection, target)
                reader = await load_profile(connection, number)
            return await self._apply_change(connection, target, reader, change, reactivate=_REACTIVATED_ON_SUBSCRIBE)

        return await self.database.write(work)

    async def update_existing(
        self, target: Target, change: Callable[[Subscriber], Subscriber]
    ) -> SubscriberProfile | None:
        async def work(connection: AsyncConnection) -> SubscriberProfile | None:
            reader = await find_profile(connection, target)
            if reader is None:
                return None
            return await self._apply_change(
                connection, target, reader, change, reactivate=_states_reactivated_on_contact(target)
            )

        return await self.database.write(work)

    async def update_all(self, change: Callable[[Subscriber], Subscriber]) -> int:
        """Apply ``update_existing`` to every subscriber, a few hundred in a transaction.

        Count those it changed.
        """
        async with self.database.read_only() as connection:
            numbers = (await connection.execute(select(subscribers.c.id))).scalars().all()
        changed = 0
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            changed += await self.database.write(partial(_update_chunk, subscriber_ids=some, change=change))
        return changed

    async def starting_point(self) -> StartingPoint:
        async with self.database.read_only() as connection:
            return await load_starting_point(connection)

    async def mark_unreachable(self, target: Target, reason: Reason) -> None:
        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                select(endpoints.c.id).where(
                    matches_target(target), CONFIRMED, endpoints.c.state == EndpointState.ACTIVE
                )
            )
            for number in found.scalars().all():
                await deactivate_endpoint(connection, number, reason, self.clock())

        await self.database.write(work)

    async def migrate_chat(self, target: Target, to: Target) -> None:
        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                select(endpoints.c.id).where(
                    endpoints.c.channel == target.channel,
                    endpoints.c.address == target.address,
                    endpoints.c.state == EndpointState.ACTIVE,
                )
            )
            for number in found.scalars().all():
                await migrate_endpoint(connection, number, to, self.clock())

        await self.database.write(work)

    async def erase(self, target: Target) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            reader = await find_profile(connection, target)
            for at in (target, *(endpoint.target for endpoint in (reader.endpoints if reader else ()))):
                for seen in (last_lists, last_searches):
                    await connection.execute(
                        delete(seen).where(seen.c.channel == at.channel, seen.c.address == at.address)
                    )
            if reader is None:
                return False
            await add_suppressions(connection, [one.target for one in reader.endpoints], self.clock())
            await _erase_pending(connection, reader)
            await clear_ownership(connection, reader)
            await connection.execute(delete(subscribers).where(subscribers.c.id == reader.subscriber.id))
            return True

        erased = await self.database.write(work)
        if erased:
            await self.database.checkpoint()
        return erased

    async def _apply_change(
        self,
        connection: AsyncConnection,
        target: Target,
        profile: SubscriberProfile,
        change: Callable[[Subscriber], Subscriber],
        *,
        reactivate: frozenset[EndpointState],
    ) -> SubscriberProfile:
        """Write what ``update_existing`` makes of the subscriber; a target in ``reactivate`` comes back."""
        await connection.execute(
            update(endpoints)
            .where(matches_target(target), CONFIRMED, endpoints.c.state.in_(reactivate))
            .values(state=EndpointState.ACTIVE, bounce_score=0, last_bounce_at=None, **reason_values(None))
        )
        before = profile.subscriber
        after = change(before)
        if after != before:
            await connection.execute(
                update(subscribers).where(subscribers.c.id == before.id).values(**subscriber_columns(after))
            )
            if after.preferences.domains != before.preferences.domains:
                await replace_domains(connection, before.id, after.preferences.domains)
            if after.next_digest_at is None or after.paused:
                await self._cancel_digests(connection, before.id)
        await unschedule_if_unreachable(connection, before.id)
        return await load_profile(connection, before.id)

    async def _cancel_digests(self, connection: AsyncConnection, subscriber: int) -> None:
        mine = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscriber)
        await cancel_unsent(
            connection,
            and_(outbox.c.endpoint_id.in_(mine), outbox.c.kind == Kind.DIGEST),
            Reason(ReasonCode.PAUSED_OR_UNSUBSCRIBED),
            self.clock(),
        )


async def _erase_pending(connection: AsyncConnection, profile: SubscriberProfile) -> None:
    """Erase what else waits for a proof of the reader's addresses, whoever asked for it."""
    mails = [one.target.address for one in profile.endpoints if one.target.channel is Channel.EMAIL]
    await connection.execute(delete(email_codes).where(email_codes.c.address.in_(mails)))
    for endpoint in profile.endpoints:
        waiting = select(endpoints.c.subscriber_id).where(
            matches_target(endpoint.target), endpoints.c.state == EndpointState.PENDING
        )
        owned = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscribers.c.id, CONFIRMED)
        await connection.execute(delete(subscribers).where(subscribers.c.id.in_(waiting), ~owned.exists()))
        await connection.execute(
            delete(endpoints).where(matches_target(endpoint.target), endpoints.c.state == EndpointState.PENDING)
        )


async def _update_chunk(
    connection: AsyncConnection, *, subscriber_ids: Sequence[int], change: Callable[[Subscriber], Subscriber]
) -> int:
    changed = 0
    for number in subscriber_ids:
        before = (await load_profile(connection, number)).subscriber
        after = change(before)
        if after != before:
            changed += 1
            await connection.execute(
                update(subscribers).where(subscribers.c.id == number).values(**subscriber_columns(after))
            )
    return changed
