"""Sign-ups that wait for their yes: the face that the sign-up page needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.links import Purpose
from digest.model import DeliveryState, EndpointState, Reader, Target
from digest.reasons import Reason, ReasonCode
from digest.signup import Accept, Answer, Limit, Question, Waiting
from digest.store.content import dump
from digest.store.database import Database
from digest.store.queued import URGENT, new_row
from digest.store.readers import (
    OWNED,
    add_endpoint,
    add_subscriber,
    at_target,
    columns_of,
    drop_if_alone,
    endpoint_of,
    reader_at,
    reader_of,
    set_domains,
)
from digest.store.reasons import reason_values
from digest.store.suppressions import lift
from digest.store.tables import Kind, endpoints, link_tokens, outbox, pending_signups, subscribers
from digest.store.tables import rate_limits as counts

_OVER = counts.c.window_start <= bindparam("over", type_=counts.c.window_start.type)
_NEW = upsert(counts).values(key_hash=bindparam("key"), window_start=bindparam("now"), used=1)
_COUNT = _NEW.on_conflict_do_update(
    index_elements=["key_hash"],
    set_={
        "window_start": case((_OVER, _NEW.excluded.window_start), else_=counts.c.window_start),
        "used": case((_OVER, 1), else_=counts.c.used + 1),
    },
    where=or_(_OVER, counts.c.used < bindparam("most", type_=counts.c.used.type)),
).returning(counts.c.key_hash)


_REPEATED = timedelta(minutes=10)
"""How long the database is not asked again about an address that was asked twice.

That such an answer comes sooner tells that somebody asked the address lately, and not whose it is.
"""

_MOST_REMEMBERED = 1000


class _Reached(Exception):
    """A limit is reached: what was written so far is undone."""

    def __init__(self, limit: Limit, until: datetime) -> None:
        super().__init__(limit, until)
        self.limit, self.until = limit, until


@dataclass(frozen=True, slots=True)
class StoredSignUps:
    """Implements ``digest.signup.SignUps``.

    A limit that was seen reached is not asked for again before its time is over, nor for a while an
    address that was asked twice: whoever posts without end costs the database nothing.
    """

    database: Database
    _reached: dict[str, datetime] = field(default_factory=dict)

    async def ask(self, question: Question, limits: Sequence[Limit], own: Limit, at: datetime) -> bool:
        """Write a question down and queue its mail; False, and nothing is written, where a limit is reached.

        Where the address' ``own`` limit is reached, all is counted and written as well, and undone: whoever
        measures how long that takes learns nothing.
        """
        if any(self._is_reached(limit.mark, at) for limit in limits):
            return False
        if self._is_reached(own.mark, at):
            return True

        async def work(connection: AsyncConnection) -> bool:
            fresh = await _take(connection, own, at)
            await _forget_late(connection, at)
            trial = await connection.begin_nested()
            try:
                await _take_all(connection, limits, at)
                await _write(connection, question, at)
            except BaseException:
                await trial.rollback()
                raise
            await (trial.commit() if fresh else trial.rollback())
            return fresh

        try:
            fresh = await self.database.write(work)
        except _Reached as reached:
            self._remember(reached.limit.mark, reached.until, at)
            return False
        if not fresh:
            self._remember(own.mark, at + _REPEATED, at)
        return True

    def _is_reached(self, mark: str, at: datetime) -> bool:
        return at < self._reached.get(mark, at)

    def _remember(self, mark: str, until: datetime, at: datetime) -> None:
        for old in [old for old, end in self._reached.items() if end <= at]:
            del self._reached[old]
        if len(self._reached) >= _MOST_REMEMBERED:
            self._reached.clear()
        self._reached[mark] = until

    async def tidy(self, at: datetime, longest: timedelta) -> None:
        """Erase who did not say yes in time, and counts that are older than the ``longest`` limit."""
        async with self.database.reading() as connection:
            late = await connection.execute(
                select(pending_signups.c.token_hash).where(pending_signups.c.expires_at <= at).limit(1)
            )
            old = await connection.execute(
                select(counts.c.key_hash).where(counts.c.window_start <= at - longest).limit(1)
            )
            if late.first() is None and old.first() is None:
                return

        async def work(connection: AsyncConnection) -> None:
            await _forget_late(connection, at)
            await connection.execute(delete(counts).where(counts.c.window_start <= at - longest))

        await self.database.write(work)
        await self.database.scrub()

    async def waiting(self, hash_: str, at: datetime) -> Waiting:
        """Give what waits behind the link with this hash."""
        async with self.database.reading() as connection:
            asked = await _asked(connection, hash_, at)
            if asked is not None:
                reader = await reader_of(connection, asked.subscriber_id)
                owner = await reader_at(connection, Target.email(asked.address))
                return Waiting(
                    answer=Answer.OPEN,
                    subscriber=reader.subscriber,
                    address=asked.address,
                    owner=owner.subscriber if owner else None,
                )
            known = await connection.execute(
                select(endpoints.c.subscriber_id, endpoints.c.address)
                .join(link_tokens, link_tokens.c.endpoint_id == endpoints.c.id)
                .where(link_tokens.c.token_hash == hash_, link_tokens.c.purpose == Purpose.CONFIRM)
            )
            row = known.one_or_none()
            if row is None:
                return Waiting(answer=Answer.UNKNOWN)
            reader = await reader_of(connection, row.subscriber_id)
            return Waiting(answer=Answer.DONE, subscriber=reader.subscriber, address=row.address)

    async def confirm(self, hash_: str, at: datetime, accept: Accept) -> Reader | None:
        """Say yes, once: the address is that of whom ``accept`` makes. None where nothing waits there."""

        async def work(connection: AsyncConnection) -> Reader | None:
            asked = await _asked(connection, hash_, at)
            if asked is None:
                return None
            await connection.execute(delete(pending_signups).where(pending_signups.c.token_hash == hash_))
            return await _accept(connection, asked.endpoint_id, hash_, at, accept)

        return await self.database.write(work)


async def _take(connection: AsyncConnection, limit: Limit, at: datetime) -> bool:
    """Count one more under a limit, in the statement that looks whether there is room; False where not."""
    counted = await connection.execute(
        _COUNT, {"key": limit.mark, "now": at, "over": at - limit.within, "most": limit.most}
    )
    return counted.first() is not None


async def _take_all(connection: AsyncConnection, limits: Sequence[Limit], at: datetime) -> None:
    """Count one more under each limit; raises ``_Reached`` for the first that has no room."""
    for limit in limits:
        if not await _take(connection, limit, at):
            raise _Reached(limit, await _end_of(connection, limit))


async def _end_of(connection: AsyncConnection, limit: Limit) -> datetime:
    """Give the moment from which a limit that is reached counts anew."""
    found = await connection.execute(select(counts.c.window_start).where(counts.c.key_hash == limit.mark))
    since: datetime = found.scalar_one()
    return since + limit.within


async def _forget_late(connection: AsyncConnection, at: datetime) -> None:
    """Erase whoever has not said yes in time: nobody of them is a reader."""
    late = select(pending_signups.c.subscriber_id).where(pending_signups.c.expires_at <= at)
    owned = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscribers.c.id, OWNED)
    await connection.execute(delete(subscribers).where(subscribers.c.id.in_(late), ~owned.exists()))


async def _write(connection: AsyncConnection, question: Question, at: datetime) -> None:
    """Write who would be a reader, and their mail; for a suppressed address the same, cancelled at once."""
    number = await add_subscriber(connection, question.subscriber)
    endpoint = await add_endpoint(connection, number, question.target, EndpointState.PENDING, at)
    await connection.execute(
        insert(pending_signups).values(
            subscriber_id=number, token_hash=question.hash, expires_at=question.expires_at
        )
    )
    found = await connection.execute(
        select(endpoints.c.id).where(
            at_target(question.target), OWNED, endpoints.c.state == EndpointState.SUPPRESSED
        )
    )
    barred = found.first() is not None
    row = {
        **new_row(at),
        "state": DeliveryState.CANCELLED if barred else DeliveryState.DUE,
        **reason_values(Reason(ReasonCode.ADDRESS_SUPPRESSED) if barred else None),
        "settled_at": at if barred else None,
        "key": f"opt_in.{question.hash[:32]}",
        "kind": Kind.OPT_IN,
        "endpoint_id": endpoint,
        "channel": question.target.channel,
        "priority": URGENT,
        "content": {} if barred else dump(question.content),
    }
    await connection.execute(insert(outbox).values(**row))


async def _asked(connection: AsyncConnection, hash_: str, at: datetime) -> Row[Any, Any, Any] | None:
    """Give the sign-up that waits under a hash, None where none does or its time is over."""
    found = await connection.execute(
        select(pending_signups.c.subscriber_id, endpoints.c.id.label("endpoint_id"), endpoints.c.address)
        .join(
            endpoints,
            and_(
                endpoints.c.subscriber_id == pending_signups.c.subscriber_id,
                endpoints.c.state == EndpointState.PENDING,
            ),
        )
        .where(pending_signups.c.token_hash == hash_, pending_signups.c.expires_at > at)
    )
    return found.one_or_none()


async def _accept(
    connection: AsyncConnection, pending: int, hash_: str, at: datetime, accept: Accept
) -> Reader:
    """Give the proved address to its reader: whoever owns it already, or whoever signed up."""
    place = (await connection.execute(select(endpoints).where(endpoints.c.id == pending))).one()
    target = endpoint_of(place).target
    asked = (await reader_of(connection, place.subscriber_id)).subscriber
    found = await connection.execute(
        select(endpoints.c.id, endpoints.c.subscriber_id).where(at_target(target), OWNED)
    )
    owned = found.one_or_none()
    before = (await reader_of(connection, owned.subscriber_id)).subscriber if owned else None
    after = accept(before, asked)
    number, endpoint = (owned.subscriber_id, owned.id) if owned else (asked.id, pending)
    await connection.execute(
        update(subscribers).where(subscribers.c.id == number).values(**columns_of(after))
    )
    await set_domains(connection, number, after.preferences.domains)
    if owned:
        await connection.execute(delete(endpoints).where(endpoints.c.id == pending))
        await drop_if_alone(connection, asked.id)
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(state=EndpointState.ACTIVE, bounce_score=0, last_bounce_at=None, **reason_values(None))
    )
    await lift(connection, target)
    # The link goes on to tell that it was answered; nothing can be done with it any more.
    await connection.execute(
        insert(link_tokens).values(
            token_hash=hash_, endpoint_id=endpoint, purpose=Purpose.CONFIRM, nonce="", created_at=at
        )
    )
    return await reader_of(connection, number)
