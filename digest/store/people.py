"""Readers joining, choosing, pausing, leaving: the face that membership and the doors need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.clock import Clock
from digest.membership import Start
from digest.model import Channel, EndpointState, Reader, Subscriber, Target
from digest.reasons import Reason, ReasonCode
from digest.store.database import Database
from digest.store.groups import disown
from digest.store.moving import move_endpoint
from digest.store.paper_rows import start_of_newest
from digest.store.queued import cancel_queued, end_endpoint, rest_if_nobody_listens
from digest.store.readers import (
    OWNED,
    add_endpoint,
    add_subscriber,
    all_readers,
    at_target,
    columns_of,
    reader_at,
    reader_of,
    set_domains,
)
from digest.store.reasons import reason_values
from digest.store.suppressions import lift, suppress
from digest.store.tables import Kind, email_codes, endpoints, last_lists, last_searches, outbox, subscribers

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

    async def gone(self, target: Target, reason: Reason) -> None:
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

    async def forget(self, target: Target) -> bool:
        """Erase the reader behind a target with everything that names them; False where there is none."""

        async def work(connection: AsyncConnection) -> bool:
            reader = await reader_at(connection, target)
            for at in (target, *(endpoint.target for endpoint in (reader.endpoints if reader else ()))):
                for seen in (last_lists, last_searches):
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
            .values(state=EndpointState.ACTIVE, bounce_score=0, last_bounce_at=None, **reason_values(None))
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
            Reason(ReasonCode.PAUSED_OR_UNSUBSCRIBED),
            self.clock(),
        )


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
