"""Sign-ups that wait for confirmation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, exists, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import DeliveryState, EndpointState, SubscriberProfile, Target
from digest.model.links import TokenPurpose
from digest.model.reasons import Reason, ReasonCode
from digest.services.signup import AcceptFunction, ConfirmationStatus, PendingSignup, SignupLimit, SignupRequest
from digest.storage.bounces import remove_suppression
from digest.storage.database import Database
from digest.storage.outbox_rows import URGENT_PRIORITY, dump_content, new_outbox_row
from digest.storage.subscriber_rows import (
    CONFIRMED,
    build_endpoint,
    delete_if_orphaned,
    find_profile,
    insert_endpoint,
    insert_subscriber,
    load_profile,
    matches_target,
    replace_domains,
    subscriber_columns,
)
from digest.storage.tables import Kind, endpoints, link_tokens, outbox, pending_signups, subscribers
from digest.storage.tables import rate_limits as counts
from digest.storage.types import reason_values

_WINDOW_EXPIRED = counts.c.window_start <= bindparam("over", type_=counts.c.window_start.type)
_INSERT_COUNTER = upsert(counts).values(key_hash=bindparam("key"), window_start=bindparam("now"), used=1)
_INCREMENT = _INSERT_COUNTER.on_conflict_do_update(
    index_elements=["key_hash"],
    set_={
        "window_start": case((_WINDOW_EXPIRED, _INSERT_COUNTER.excluded.window_start), else_=counts.c.window_start),
        "used": case((_WINDOW_EXPIRED, 1), else_=counts.c.used + 1),
    },
    where=or_(_WINDOW_EXPIRED, counts.c.used < bindparam("most", type_=counts.c.used.type)),
).returning(counts.c.key_hash)


_REPEAT_INTERVAL = timedelta(minutes=10)
"""How long the database is not asked again about an address that was asked twice.

That such an answer comes sooner tells that somebody asked the address lately, and not whose it is.
"""

_MAX_CACHED_LIMITS = 1000


class _LimitReached(Exception):
    """A limit is reached: what was written so far is undone."""

    def __init__(self, limit: SignupLimit, until: datetime) -> None:
        super().__init__(limit, until)
        self.limit, self.until = limit, until


@dataclass(frozen=True, slots=True)
class SqlSignups:
    """Implements ``digest.services.signup.SignupStore``.

    A limit that was seen reached is not asked for again before its time is over, nor for a while an
    address that was asked twice: whoever posts without end costs the database nothing.
    """

    database: Database
    _exhausted_until: dict[str, datetime] = field(default_factory=dict)

    async def save_request(
        self, signup: SignupRequest, limits: Sequence[SignupLimit], per_address_limit: SignupLimit, at: datetime
    ) -> bool:
        if any(self._is_exhausted(limit.key, at) for limit in limits):
            return False
        if self._is_exhausted(per_address_limit.key, at):
            return True

        async def work(connection: AsyncConnection) -> bool:
            fresh = await _increment_limit(connection, per_address_limit, at)
            await _delete_expired(connection, at)
            trial = await connection.begin_nested()
            try:
                await _increment_limits(connection, limits, at)
                await _insert_signup(connection, signup, at)
            except BaseException:
                await trial.rollback()
                raise
            await (trial.commit() if fresh else trial.rollback())
            return fresh

        try:
            fresh = await self.database.write(work)
        except _LimitReached as reached:
            self._cache_exhausted(reached.limit.key, reached.until, at)
            return False
        if not fresh:
            self._cache_exhausted(per_address_limit.key, at + _REPEAT_INTERVAL, at)
        return True

    def _is_exhausted(self, key: str, at: datetime) -> bool:
        return at < self._exhausted_until.get(key, at)

    def _cache_exhausted(self, key: str, until: datetime, at: datetime) -> None:
        for old in [old for old, end in self._exhausted_until.items() if end <= at]:
            del self._exhausted_until[old]
        if len(self._exhausted_until) >= _MAX_CACHED_LIMITS:
            self._exhausted_until.clear()
        self._exhausted_until[key] = until

    async def purge_expired(self, at: datetime, longest_period: timedelta) -> None:
        late = exists().where(pending_signups.c.expires_at <= at)
        old = exists().where(counts.c.window_start <= at - longest_period)
        if not await self.database.scalar(select(or_(late, old))):
            return

        async def work(connection: AsyncConnection) -> None:
            await _delete_expired(connection, at)
            await connection.execute(delete(counts).where(counts.c.window_start <= at - longest_period))

        await self.database.write(work)
        await self.database.checkpoint()

    async def find_pending(self, hash_: str, at: datetime) -> PendingSignup:
        async with self.database.read_only() as connection:
            asked = await _find_pending(connection, hash_, at)
            if asked is not None:
                reader = await load_profile(connection, asked.subscriber_id)
                owner = await find_profile(connection, Target.email(asked.address))
                return PendingSignup(
                    status=ConfirmationStatus.PENDING,
                    subscriber=reader.subscriber,
                    address=asked.address,
                    owner=owner.subscriber if owner else None,
                )
            known = await connection.execute(
                select(endpoints.c.subscriber_id, endpoints.c.address)
                .join(link_tokens, link_tokens.c.endpoint_id == endpoints.c.id)
                .where(link_tokens.c.token_hash == hash_, link_tokens.c.purpose == TokenPurpose.CONFIRM)
            )
            row = known.one_or_none()
            if row is None:
                return PendingSignup(status=ConfirmationStatus.UNKNOWN)
            reader = await load_profile(connection, row.subscriber_id)
            return PendingSignup(status=ConfirmationStatus.CONFIRMED, subscriber=reader.subscriber, address=row.address)

    async def confirm(self, hash_: str, at: datetime, accept: AcceptFunction) -> SubscriberProfile | None:
        async def work(connection: AsyncConnection) -> SubscriberProfile | None:
            asked = await _find_pending(connection, hash_, at)
            if asked is None:
                return None
            await connection.execute(delete(pending_signups).where(pending_signups.c.token_hash == hash_))
            return await _complete_signup(connection, asked.endpoint_id, hash_, at, accept)

        return await self.database.write(work)


async def _increment_limit(connection: AsyncConnection, limit: SignupLimit, at: datetime) -> bool:
    """Count one more against a limit, checked in the same statement; return False if it is reached."""
    counted = await connection.execute(
        _INCREMENT, {"key": limit.key, "now": at, "over": at - limit.period, "most": limit.max_count}
    )
    return counted.first() is not None


async def _increment_limits(connection: AsyncConnection, limits: Sequence[SignupLimit], at: datetime) -> None:
    """Count one more against each limit; raises ``_LimitReached`` for the first that is reached."""
    for limit in limits:
        if not await _increment_limit(connection, limit, at):
            raise _LimitReached(limit, await _window_end(connection, limit))


async def _window_end(connection: AsyncConnection, limit: SignupLimit) -> datetime:
    """Return when the window of a limit ends."""
    found = await connection.execute(select(counts.c.window_start).where(counts.c.key_hash == limit.key))
    since: datetime = found.scalar_one()
    return since + limit.period


async def _delete_expired(connection: AsyncConnection, at: datetime) -> None:
    """Delete sign-ups that were not confirmed in time; none of them is a subscriber."""
    late = select(pending_signups.c.subscriber_id).where(pending_signups.c.expires_at <= at)
    owned = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscribers.c.id, CONFIRMED)
    await connection.execute(delete(subscribers).where(subscribers.c.id.in_(late), ~owned.exists()))


async def _insert_signup(connection: AsyncConnection, request: SignupRequest, at: datetime) -> None:
    """Insert the pending subscriber and their email; for a suppressed address the email is cancelled at once."""
    number = await insert_subscriber(connection, request.subscriber)
    endpoint = await insert_endpoint(connection, number, request.target, EndpointState.PENDING, at)
    await connection.execute(
        insert(pending_signups).values(subscriber_id=number, token_hash=request.hash, expires_at=request.expires_at)
    )
    found = await connection.execute(
        select(endpoints.c.id).where(
            matches_target(request.target), CONFIRMED, endpoints.c.state == EndpointState.SUPPRESSED
        )
    )
    barred = found.first() is not None
    row = {
        **new_outbox_row(at),
        "state": DeliveryState.CANCELLED if barred else DeliveryState.DUE,
        **reason_values(Reason(ReasonCode.ADDRESS_SUPPRESSED) if barred else None),
        "settled_at": at if barred else None,
        "key": f"opt_in.{request.hash[:32]}",
        "kind": Kind.OPT_IN,
        "endpoint_id": endpoint,
        "channel": request.target.channel,
        "priority": URGENT_PRIORITY,
        "content": {} if barred else dump_content(request.content),
    }
    await connection.execute(insert(outbox).values(**row))


async def _find_pending(connection: AsyncConnection, hash_: str, at: datetime) -> Row[Any, Any, Any] | None:
    """Return the pending sign-up of a token hash, None if there is none or it has expired."""
    found = await connection.execute(
        select(pending_signups.c.subscriber_id, endpoints.c.id.label("endpoint_id"), endpoints.c.address)
        .join(
            endpoints,
            and_(
                endpoints.c.subscriber_id == pending_signups.c.subscriber_id, endpoints.c.state == EndpointState.PENDING
            ),
        )
        .where(pending_signups.c.token_hash == hash_, pending_signups.c.expires_at > at)
    )
    return found.one_or_none()


async def _complete_signup(
    connection: AsyncConnection, pending_id: int, hash_: str, at: datetime, accept: AcceptFunction
) -> SubscriberProfile:
    """Attach the confirmed address to its owner: whoever has it already, or whoever signed up."""
    place = (await connection.execute(select(endpoints).where(endpoints.c.id == pending_id))).one()
    target = build_endpoint(place).target
    asked = (await load_profile(connection, place.subscriber_id)).subscriber
    found = await connection.execute(
        select(endpoints.c.id, endpoints.c.subscriber_id).where(matches_target(target), CONFIRMED)
    )
    owned = found.one_or_none()
    before = (await load_profile(connection, owned.subscriber_id)).subscriber if owned else None
    after = accept(before, asked)
    number, endpoint = (owned.subscriber_id, owned.id) if owned else (asked.id, pending_id)
    await connection.execute(update(subscribers).where(subscribers.c.id == number).values(**subscriber_columns(after)))
    await replace_domains(connection, number, after.preferences.domains)
    if owned:
        await connection.execute(delete(endpoints).where(endpoints.c.id == pending_id))
        await delete_if_orphaned(connection, asked.id)
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(state=EndpointState.ACTIVE, bounce_score=0, last_bounce_at=None, **reason_values(None))
    )
    await remove_suppression(connection, target)
    # The link goes on to tell that it was answered; nothing can be done with it any more.
    await connection.execute(
        insert(link_tokens).values(
            token_hash=hash_, endpoint_id=endpoint, purpose=TokenPurpose.CONFIRM, nonce="", created_at=at
        )
    )
    return await load_profile(connection, number)
