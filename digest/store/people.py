"""Subscribers and their endpoints: the face that membership and the doors need."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.clock import Clock
from digest.membership import CodeRecord, Start
from digest.model import (
    AddressCode,
    Channel,
    DeliveryState,
    Endpoint,
    EndpointState,
    Locale,
    Preferences,
    Reader,
    Rhythm,
    Subscriber,
    Target,
)
from digest.store.content import dump
from digest.store.database import Database
from digest.store.papers import start_of_newest
from digest.store.tables import (
    Kind,
    code_marks,
    email_codes,
    endpoints,
    listings,
    outbox,
    subscriber_domains,
    subscribers,
)

URGENT = 0
"""Priority of what a person waits for; digests are 10, broadcasts 20."""

_OPEN = (DeliveryState.DUE, DeliveryState.LEASED)


@dataclass(frozen=True, slots=True)
class StoredPeople:
    """Implements ``digest.membership.People``."""

    database: Database
    clock: Clock

    async def reader(self, target: Target) -> Reader | None:
        """Give the reader behind a target, active or not."""
        async with self.database.reading() as connection:
            return await _reader(connection, target)

    async def readers(self) -> Sequence[Reader]:
        """Give every reader, the oldest first."""
        async with self.database.reading() as connection:
            ids = (await connection.execute(select(subscribers.c.id).order_by(subscribers.c.id))).scalars()
            return [await _reader_of(connection, number) for number in ids.all()]

    async def join(
        self, target: Target, fresh: Subscriber, change: Callable[[Subscriber], Subscriber]
    ) -> Reader:
        """Apply ``change`` to the reader behind ``target``, made from ``fresh`` where there is none."""

        async def work(connection: AsyncConnection) -> Reader:
            reader = await _reader(connection, target)
            if reader is None:
                number = await _create(connection, fresh)
                await _add_endpoint(connection, number, target, EndpointState.ACTIVE, self.clock())
                reader = await _reader_of(connection, number)
            else:
                await connection.execute(
                    update(endpoints)
                    .where(_at(target), endpoints.c.state == EndpointState.GONE)
                    .values(state=EndpointState.ACTIVE, reason=None)
                )
            return await self._apply(connection, reader, change)

        return await self.database.write(work)

    async def change(self, target: Target, change: Callable[[Subscriber], Subscriber]) -> Reader | None:
        """Apply ``change`` to the reader behind ``target``; None where there is none."""

        async def work(connection: AsyncConnection) -> Reader | None:
            reader = await _reader(connection, target)
            return await self._apply(connection, reader, change) if reader else None

        return await self.database.write(work)

    async def start(self) -> Start:
        """Give where a reader who joins now begins: the newest report counts as new."""
        async with self.database.reading() as connection:
            return await start_of_newest(connection)

    async def gone(self, target: Target, reason: str) -> None:
        """Note that a chat does not receive any more; what is queued for it is cancelled."""

        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                update(endpoints)
                .where(_at(target), endpoints.c.state == EndpointState.ACTIVE)
                .values(state=EndpointState.GONE, reason=reason)
                .returning(endpoints.c.id)
            )
            for number in found.scalars().all():
                await cancel_queued(connection, outbox.c.endpoint_id == number, reason, self.clock())
            await rest_where_nobody_listens(connection)

        await self.database.write(work)

    async def codes_since(self, marks: Sequence[str], since: datetime) -> int:
        """Give how many codes were sent since a moment under the most used of these marks."""
        query = (
            select(func.count())
            .where(code_marks.c.mark.in_(marks), code_marks.c.at > since)
            .group_by(code_marks.c.mark)
        )
        async with self.database.reading() as connection:
            return max((await connection.execute(query)).scalars(), default=0)

    async def keep_code(
        self, record: CodeRecord, content: AddressCode, marks: Sequence[str], at: datetime
    ) -> None:
        """Replace the reader's pending code, queue its mail, and note the marks."""

        async def work(connection: AsyncConnection) -> None:
            values: dict[str, Any] = {
                "address": record.address,
                "code_hash": record.code_hash,
                "tries": record.tries,
                "expires_at": record.expires_at,
            }
            await connection.execute(
                upsert(email_codes)
                .values(subscriber_id=record.subscriber, **values)
                .on_conflict_do_update(index_elements=["subscriber_id"], set_=values)
            )
            await connection.execute(insert(code_marks), [{"mark": mark, "at": at} for mark in marks])
            endpoint = await _pending_endpoint(connection, record, at)
            key = f"code.{uuid.uuid4().hex}"
            await connection.execute(
                insert(outbox).values(
                    key=key,
                    kind=Kind.CODE,
                    endpoint_id=endpoint,
                    channel=Channel.EMAIL,
                    priority=URGENT,
                    content=dump(content),
                    **new_row(at),
                )
            )

        await self.database.write(work)

    async def try_code(self, subscriber: int) -> CodeRecord | None:
        """Give the pending code with its tries already counted up by one, or None."""

        async def work(connection: AsyncConnection) -> CodeRecord | None:
            found = await connection.execute(
                update(email_codes)
                .where(email_codes.c.subscriber_id == subscriber)
                .values(tries=email_codes.c.tries + 1)
                .returning(*email_codes.c)
            )
            row = found.one_or_none()
            if row is None:
                return None
            return CodeRecord(
                subscriber=row.subscriber_id,
                address=row.address,
                code_hash=row.code_hash,
                tries=row.tries,
                expires_at=row.expires_at,
            )

        return await self.database.write(work)

    async def link(self, subscriber: int, target: Target) -> Reader:
        """Move an address to this reader, end the pending code."""

        async def work(connection: AsyncConnection) -> Reader:
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            owned = await connection.execute(
                select(endpoints.c.id, endpoints.c.subscriber_id).where(
                    _at(target), endpoints.c.state != EndpointState.PENDING
                )
            )
            owner = owned.one_or_none()
            if owner is None:
                proved = await connection.execute(
                    update(endpoints)
                    .where(_at(target), endpoints.c.subscriber_id == subscriber)
                    .values(state=EndpointState.ACTIVE, reason=None)
                    .returning(endpoints.c.id)
                )
                if proved.first() is None:
                    await _add_endpoint(connection, subscriber, target, EndpointState.ACTIVE, self.clock())
            elif owner.subscriber_id != subscriber:
                await connection.execute(
                    delete(endpoints).where(_at(target), endpoints.c.subscriber_id == subscriber)
                )
                await connection.execute(
                    update(endpoints)
                    .where(endpoints.c.id == owner.id)
                    .values(subscriber_id=subscriber, state=EndpointState.ACTIVE, reason=None)
                )
                await _drop_if_alone(connection, owner.subscriber_id)
            return await _reader_of(connection, subscriber)

        return await self.database.write(work)

    async def unlink(self, subscriber: int, address: str | None) -> Sequence[str]:
        """Take email addresses (all for None) from a reader, cancel what is queued; give what was taken."""

        async def work(connection: AsyncConnection) -> Sequence[str]:
            which = [
                endpoints.c.subscriber_id == subscriber,
                endpoints.c.channel == Channel.EMAIL,
                endpoints.c.state != EndpointState.PENDING,
            ]
            if address is not None:
                which.append(endpoints.c.address == address)
            taken = await connection.execute(
                update(endpoints)
                .where(*which)
                .values(state=EndpointState.PENDING)
                .returning(endpoints.c.id, endpoints.c.address)
            )
            rows = taken.all()
            mine = outbox.c.endpoint_id.in_([row.id for row in rows])
            await cancel_queued(connection, mine, "the reader unlinked the address", self.clock())
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            return sorted(row.address for row in rows)

        return await self.database.write(work)

    async def forget(self, target: Target) -> bool:
        """Erase the reader behind a target with everything that names them; False where there is none."""

        async def work(connection: AsyncConnection) -> bool:
            reader = await _reader(connection, target)
            if reader is None:
                return False
            for endpoint in reader.endpoints:
                at = endpoint.target
                await connection.execute(
                    delete(listings).where(listings.c.channel == at.channel, listings.c.address == at.address)
                )
            await connection.execute(delete(subscribers).where(subscribers.c.id == reader.subscriber.id))
            return True

        return await self.database.write(work)

    async def _apply(
        self, connection: AsyncConnection, reader: Reader, change: Callable[[Subscriber], Subscriber]
    ) -> Reader:
        """Write what ``change`` makes of the subscriber; who has no next turn has no queued digest."""
        before = reader.subscriber
        after = change(before)
        if after != before:
            await connection.execute(
                update(subscribers).where(subscribers.c.id == before.id).values(**_columns(after))
            )
            if after.preferences.domains != before.preferences.domains:
                await _set_domains(connection, before.id, after.preferences.domains)
            if after.next_at is None and before.next_at is not None:
                mine = select(endpoints.c.id).where(endpoints.c.subscriber_id == before.id)
                await cancel_queued(
                    connection,
                    and_(outbox.c.endpoint_id.in_(mine), outbox.c.kind == Kind.DIGEST),
                    "the reader paused or unsubscribed",
                    self.clock(),
                )
        return await _reader_of(connection, before.id)


def new_row(at: datetime) -> dict[str, Any]:
    """Give the columns of a row that enters the outbox, due at once."""
    return {
        "state": DeliveryState.DUE,
        "not_before": at,
        "attempts": 0,
        "claims": 0,
        "receipts": [],
        "created_at": at,
    }


async def cancel_queued(
    connection: AsyncConnection, which: ColumnElement[bool], reason: str, at: datetime
) -> None:
    """Cancel rows that have not begun to be sent."""
    await connection.execute(
        update(outbox)
        .where(which, outbox.c.state.in_(_OPEN))
        .values(state=DeliveryState.CANCELLED, reason=reason, owner=None, lease_until=None, settled_at=at)
    )


async def rest_where_nobody_listens(connection: AsyncConnection) -> None:
    """Take the next turn from subscribers without an active endpoint; joining again gives it back."""
    listening = select(endpoints.c.id).where(
        endpoints.c.subscriber_id == subscribers.c.id, endpoints.c.state == EndpointState.ACTIVE
    )
    await connection.execute(
        update(subscribers)
        .where(subscribers.c.next_at.is_not(None), ~listening.exists())
        .values(next_at=None)
    )


def thread_number(target: Target) -> int:
    """Give the thread as stored: 0 where there is none."""
    return target.thread or 0


def _at(target: Target) -> ColumnElement[bool]:
    return and_(
        endpoints.c.channel == target.channel,
        endpoints.c.address == target.address,
        endpoints.c.thread == thread_number(target),
    )


async def _reader(connection: AsyncConnection, target: Target) -> Reader | None:
    found = await connection.execute(
        select(endpoints.c.subscriber_id).where(_at(target), endpoints.c.state != EndpointState.PENDING)
    )
    number = found.scalar_one_or_none()
    return await _reader_of(connection, number) if number is not None else None


async def _reader_of(connection: AsyncConnection, number: int) -> Reader:
    row = (await connection.execute(select(subscribers).where(subscribers.c.id == number))).one()
    slugs = await connection.execute(
        select(subscriber_domains.c.slug)
        .where(subscriber_domains.c.subscriber_id == number)
        .order_by(subscriber_domains.c.position)
    )
    places = await connection.execute(
        select(endpoints)
        .where(endpoints.c.subscriber_id == number, endpoints.c.state != EndpointState.PENDING)
        .order_by(endpoints.c.id)
    )
    return Reader(
        subscriber=subscriber_of(row, tuple(slugs.scalars())),
        endpoints=tuple(_endpoint(place) for place in places),
    )


def subscriber_of(row: Row[Any], slugs: tuple[str, ...]) -> Subscriber:
    """Give the subscriber that a row and its domains describe."""
    return Subscriber(
        id=row.id,
        preferences=Preferences(
            domains=None if row.everything else slugs,
            minute=row.minute,
            zone=row.zone,
            rhythm=Rhythm(row.rhythm),
            weekday=row.weekday,
            locale=Locale(row.locale),
            most=row.most,
            empty_days=row.empty_days,
        ),
        created_at=row.created_at,
        next_at=row.next_at,
        paused=row.paused,
        watermark=row.watermark,
        since=row.since,
        served_at=row.served_at,
    )


def _endpoint(row: Row[Any]) -> Endpoint:
    target = Target(channel=Channel(row.channel), address=row.address, thread=row.thread or None)
    return Endpoint(id=row.id, subscriber=row.subscriber_id, target=target, state=EndpointState(row.state))


def _columns(subscriber: Subscriber) -> dict[str, Any]:
    chosen = subscriber.preferences
    return {
        "everything": chosen.domains is None,
        "minute": chosen.minute,
        "zone": chosen.zone,
        "rhythm": chosen.rhythm,
        "weekday": chosen.weekday,
        "locale": chosen.locale,
        "most": chosen.most,
        "empty_days": chosen.empty_days,
        "paused": subscriber.paused,
        "created_at": subscriber.created_at,
        "next_at": subscriber.next_at,
        "served_at": subscriber.served_at,
        "watermark": subscriber.watermark,
        "since": subscriber.since,
    }


async def _create(connection: AsyncConnection, fresh: Subscriber) -> int:
    made = await connection.execute(insert(subscribers).values(**_columns(fresh)).returning(subscribers.c.id))
    number: int = made.scalar_one()
    await _set_domains(connection, number, fresh.preferences.domains)
    return number


async def _set_domains(connection: AsyncConnection, number: int, slugs: tuple[str, ...] | None) -> None:
    await connection.execute(delete(subscriber_domains).where(subscriber_domains.c.subscriber_id == number))
    if slugs:
        await connection.execute(
            insert(subscriber_domains),
            [{"subscriber_id": number, "slug": slug, "position": at} for at, slug in enumerate(slugs)],
        )


async def _add_endpoint(
    connection: AsyncConnection, number: int, target: Target, state: EndpointState, at: datetime
) -> int:
    made = await connection.execute(
        insert(endpoints)
        .values(
            subscriber_id=number,
            channel=target.channel,
            address=target.address,
            thread=thread_number(target),
            state=state,
            created_at=at,
        )
        .returning(endpoints.c.id)
    )
    return int(made.scalar_one())


async def _pending_endpoint(connection: AsyncConnection, record: CodeRecord, at: datetime) -> int:
    """Give the reader's endpoint for an address that waits for its proof, made where there is none."""
    target = Target.email(record.address)
    found = await connection.execute(
        select(endpoints.c.id).where(_at(target), endpoints.c.subscriber_id == record.subscriber)
    )
    number = found.scalar_one_or_none()
    if number is not None:
        return int(number)
    return await _add_endpoint(connection, record.subscriber, target, EndpointState.PENDING, at)


async def _drop_if_alone(connection: AsyncConnection, number: int) -> None:
    """Remove a subscriber who has no endpoint left."""
    left = select(endpoints.c.id).where(endpoints.c.subscriber_id == number)
    await connection.execute(delete(subscribers).where(subscribers.c.id == number, ~left.exists()))
