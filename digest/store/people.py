"""Readers joining, choosing, linking addresses, leaving: the face that membership and the doors need."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.clock import Clock
from digest.membership import CodeRecord, Start
from digest.model import AddressCode, Channel, EndpointState, Reader, Subscriber, Target
from digest.reasons import NOT_WANTED, UNLINKED
from digest.store.content import dump
from digest.store.database import Database
from digest.store.groups import disown
from digest.store.moving import move_endpoint
from digest.store.papers import start_of_newest
from digest.store.queued import URGENT, cancel_queued, end_endpoint, new_row, rest_if_nobody_listens
from digest.store.readers import (
    OWNED,
    add_endpoint,
    add_subscriber,
    all_readers,
    at_target,
    columns_of,
    drop_if_alone,
    reader_at,
    reader_of,
    set_domains,
)
from digest.store.suppressions import lift, suppress
from digest.store.tables import (
    Kind,
    code_marks,
    email_codes,
    endpoints,
    listings,
    outbox,
    searches,
    subscribers,
)

_CHUNK = 500

_BY_JOINING = frozenset({EndpointState.GONE, EndpointState.UNSUBSCRIBED, EndpointState.SUPPRESSED})
"""States from which a target comes back whose reader, or an operator for them, asks to join."""


def _heard_of(target: Target) -> frozenset[EndpointState]:
    """Give the states from which a target comes back because it was heard of.

    Words from a chat prove that it can be reached; a page that is used with a mail's link proves nothing.
    """
    return frozenset({EndpointState.GONE} if target.channel is Channel.TELEGRAM else ())


@dataclass(frozen=True, slots=True)
class StoredPeople:
    """Implements ``digest.membership.People``."""

    database: Database
    clock: Clock

    async def reader(self, target: Target) -> Reader | None:
        """Give the reader behind a target, active or not."""
        async with self.database.reading() as connection:
            return await reader_at(connection, target)

    async def readers(self) -> Sequence[Reader]:
        """Give every reader, the oldest first."""
        async with self.database.reading() as connection:
            return await all_readers(connection)

    async def join(
        self, target: Target, fresh: Subscriber, change: Callable[[Subscriber], Subscriber]
    ) -> Reader:
        """Apply ``change`` to the reader behind ``target``, made from ``fresh`` where there is none."""

        async def work(connection: AsyncConnection) -> Reader:
            reader = await reader_at(connection, target)
            if reader is None:
                number = await add_subscriber(connection, fresh)
                await add_endpoint(connection, number, target, EndpointState.ACTIVE, self.clock())
                await lift(connection, target)
                reader = await reader_of(connection, number)
            return await self._apply(connection, target, reader, change, revive=_BY_JOINING)

        return await self.database.write(work)

    async def change(self, target: Target, change: Callable[[Subscriber], Subscriber]) -> Reader | None:
        """Apply ``change`` to the reader behind ``target``; None where there is none."""

        async def work(connection: AsyncConnection) -> Reader | None:
            reader = await reader_at(connection, target)
            if reader is None:
                return None
            return await self._apply(connection, target, reader, change, revive=_heard_of(target))

        return await self.database.write(work)

    async def change_all(self, change: Callable[[Subscriber], Subscriber]) -> int:
        """Apply ``change`` to every subscriber, a few hundred in a transaction; count those it changed."""
        async with self.database.reading() as connection:
            numbers = (await connection.execute(select(subscribers.c.id))).scalars().all()
        changed = 0
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            changed += await self.database.write(partial(_change_some, numbers=some, change=change))
        return changed

    async def start(self) -> Start:
        """Give where a reader who joins now begins: the newest report that brought papers counts as new."""
        async with self.database.reading() as connection:
            return await start_of_newest(connection)

    async def gone(self, target: Target, reason: str) -> None:
        """Note that a chat does not receive any more; what is queued for it is cancelled."""

        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                select(endpoints.c.id).where(
                    at_target(target), OWNED, endpoints.c.state == EndpointState.ACTIVE
                )
            )
            for number in found.scalars().all():
                await end_endpoint(connection, number, reason, self.clock())

        await self.database.write(work)

    async def moved(self, target: Target, to: Target) -> None:
        """Give a chat its new id in all its threads; where somebody is there already, both become one."""

        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                select(endpoints.c.id).where(
                    endpoints.c.channel == target.channel,
                    endpoints.c.address == target.address,
                    endpoints.c.state == EndpointState.ACTIVE,
                )
            )
            for number in found.scalars().all():
                await move_endpoint(connection, number, to, self.clock())

        await self.database.write(work)

    async def keep_code(
        self,
        record: CodeRecord,
        content: AddressCode,
        marks: Sequence[str],
        at: datetime,
        *,
        since: datetime,
        most: int,
    ) -> bool:
        """Replace the reader's pending code and queue its mail, unless a mark has ``most`` since then.

        A suppressed address gets no mail, and the answer is the same.
        """

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(delete(code_marks).where(code_marks.c.at <= since))
            used = await connection.execute(
                select(func.count()).where(code_marks.c.mark.in_(marks)).group_by(code_marks.c.mark)
            )
            if max(used.scalars(), default=0) >= most:
                return False
            await connection.execute(insert(code_marks), [{"mark": mark, "at": at} for mark in marks])
            await _keep_record(connection, record)
            if not await _is_suppressed(connection, Target.email(record.address)):
                await _queue_code(connection, record, content, at)
            return True

        return await self.database.write(work)

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

    async def link(self, subscriber: int, *targets: Target) -> Reader:
        """Move addresses to this reader, or make them theirs; they receive again, the pending code ends."""

        async def work(connection: AsyncConnection) -> Reader:
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            for target in targets:
                await self._link(connection, subscriber, target)
            return await reader_of(connection, subscriber)

        return await self.database.write(work)

    async def unlink(self, subscriber: int, address: str | None) -> Sequence[str]:
        """Take email addresses (all for None) from a reader, cancel what is queued; give what was taken."""

        async def work(connection: AsyncConnection) -> Sequence[str]:
            which = [
                endpoints.c.subscriber_id == subscriber,
                endpoints.c.channel == Channel.EMAIL,
                endpoints.c.state.in_((EndpointState.ACTIVE, EndpointState.GONE)),
            ]
            if address is not None:
                which.append(endpoints.c.address == address)
            taken = await connection.execute(
                update(endpoints)
                .where(*which)
                .values(state=EndpointState.UNSUBSCRIBED, reason=UNLINKED)
                .returning(endpoints.c.id, endpoints.c.address)
            )
            rows = taken.all()
            mine = outbox.c.endpoint_id.in_([row.id for row in rows])
            await cancel_queued(connection, mine, UNLINKED, self.clock())
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            await rest_if_nobody_listens(connection, subscriber)
            return sorted(row.address for row in rows)

        return await self.database.write(work)

    async def forget(self, target: Target) -> bool:
        """Erase the reader behind a target with everything that names them; False where there is none."""

        async def work(connection: AsyncConnection) -> bool:
            reader = await reader_at(connection, target)
            for at in (target, *(endpoint.target for endpoint in (reader.endpoints if reader else ()))):
                for seen in (listings, searches):
                    await connection.execute(
                        delete(seen).where(seen.c.channel == at.channel, seen.c.address == at.address)
                    )
            if reader is None:
                return False
            await suppress(connection, [one.target for one in reader.endpoints], self.clock())
            await _forget_sign_ups(connection, reader)
            await disown(connection, reader)
            await connection.execute(delete(subscribers).where(subscribers.c.id == reader.subscriber.id))
            return True

        erased = await self.database.write(work)
        if erased:
            await self.database.scrub()
        return erased

    async def _apply(
        self,
        connection: AsyncConnection,
        target: Target,
        reader: Reader,
        change: Callable[[Subscriber], Subscriber],
        *,
        revive: frozenset[EndpointState],
    ) -> Reader:
        """Write what ``change`` makes of the subscriber; a target in ``revive`` comes back."""
        await connection.execute(
            update(endpoints)
            .where(at_target(target), OWNED, endpoints.c.state.in_(revive))
            .values(state=EndpointState.ACTIVE, reason=None, bounce_score=0, bounced_at=None)
        )
        before = reader.subscriber
        after = change(before)
        if after != before:
            await connection.execute(
                update(subscribers).where(subscribers.c.id == before.id).values(**columns_of(after))
            )
            if after.preferences.domains != before.preferences.domains:
                await set_domains(connection, before.id, after.preferences.domains)
            if after.next_at is None or after.paused:
                await self._cancel_digests(connection, before.id)
        await rest_if_nobody_listens(connection, before.id)
        return await reader_of(connection, before.id)

    async def _cancel_digests(self, connection: AsyncConnection, subscriber: int) -> None:
        mine = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscriber)
        await cancel_queued(
            connection,
            and_(outbox.c.endpoint_id.in_(mine), outbox.c.kind == Kind.DIGEST),
            NOT_WANTED,
            self.clock(),
        )

    async def _link(self, connection: AsyncConnection, subscriber: int, target: Target) -> None:
        await lift(connection, target)
        owned = await connection.execute(
            select(endpoints.c.id, endpoints.c.subscriber_id).where(at_target(target), OWNED)
        )
        owner = owned.one_or_none()
        if owner is None:
            await self._prove(connection, subscriber, target)
        else:
            await _take_over(connection, owner.id, owner.subscriber_id, subscriber, target)

    async def _prove(self, connection: AsyncConnection, subscriber: int, target: Target) -> None:
        """Make an address that is nobody's this reader's."""
        proved = await connection.execute(
            update(endpoints)
            .where(at_target(target), endpoints.c.subscriber_id == subscriber)
            .values(state=EndpointState.ACTIVE, reason=None)
            .returning(endpoints.c.id)
        )
        if proved.first() is None:
            await add_endpoint(connection, subscriber, target, EndpointState.ACTIVE, self.clock())


async def _take_over(
    connection: AsyncConnection, endpoint: int, owner: int, subscriber: int, target: Target
) -> None:
    """Give an owned endpoint to ``subscriber``; the owner before, left with nothing, is no more."""
    if owner != subscriber:
        await connection.execute(
            delete(endpoints).where(at_target(target), endpoints.c.subscriber_id == subscriber)
        )
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(subscriber_id=subscriber, state=EndpointState.ACTIVE, reason=None)
    )
    await drop_if_alone(connection, owner)
    await rest_if_nobody_listens(connection, owner)


async def _forget_sign_ups(connection: AsyncConnection, reader: Reader) -> None:
    """Erase what else waits for a proof of the reader's addresses, whoever asked for it."""
    mails = [one.target.address for one in reader.endpoints if one.target.channel is Channel.EMAIL]
    await connection.execute(delete(email_codes).where(email_codes.c.address.in_(mails)))
    for endpoint in reader.endpoints:
        waiting = select(endpoints.c.subscriber_id).where(
            at_target(endpoint.target), endpoints.c.state == EndpointState.PENDING
        )
        owned = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscribers.c.id, OWNED)
        await connection.execute(delete(subscribers).where(subscribers.c.id.in_(waiting), ~owned.exists()))
        await connection.execute(
            delete(endpoints).where(at_target(endpoint.target), endpoints.c.state == EndpointState.PENDING)
        )


async def _keep_record(connection: AsyncConnection, record: CodeRecord) -> None:
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


async def _is_suppressed(connection: AsyncConnection, target: Target) -> bool:
    found = await connection.execute(
        select(endpoints.c.id).where(at_target(target), OWNED, endpoints.c.state == EndpointState.SUPPRESSED)
    )
    return found.first() is not None


async def _queue_code(
    connection: AsyncConnection, record: CodeRecord, content: AddressCode, at: datetime
) -> None:
    target = Target.email(record.address)
    found = await connection.execute(
        select(endpoints.c.id).where(at_target(target), endpoints.c.subscriber_id == record.subscriber)
    )
    endpoint = found.scalar_one_or_none()
    if endpoint is None:
        endpoint = await add_endpoint(connection, record.subscriber, target, EndpointState.PENDING, at)
    await connection.execute(
        insert(outbox).values(
            key=f"code.{uuid.uuid4().hex}",
            kind=Kind.CODE,
            endpoint_id=endpoint,
            channel=Channel.EMAIL,
            priority=URGENT,
            content=dump(content),
            **new_row(at),
        )
    )


async def _change_some(
    connection: AsyncConnection, *, numbers: Sequence[int], change: Callable[[Subscriber], Subscriber]
) -> int:
    changed = 0
    for number in numbers:
        before = (await reader_of(connection, number)).subscriber
        after = change(before)
        if after != before:
            changed += 1
            await connection.execute(
                update(subscribers).where(subscribers.c.id == number).values(**columns_of(after))
            )
    return changed
