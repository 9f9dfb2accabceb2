"""The outbox: one row for each message to one endpoint, and every change of its state in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.courier import MOST_CLAIMS, Settlement
from digest.model import Channel, Delivery, DeliveryState, EndpointState, Target
from digest.store.content import load
from digest.store.database import Database
from digest.store.people import cancel_queued, new_row, rest_where_nobody_listens, thread_number
from digest.store.tables import Kind, endpoints, outbox
from digest.store.types import Document

_BLANK = literal({}, Document)
_FREE: dict[str, Any] = {"owner": None, "lease_until": None}
CRASHED = "the program ended while this was being sent"
POISON = f"claimed {MOST_CLAIMS} times without an end (poison); the log says why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A delivery as ``outbox`` lists it; ``papers`` are those of a digest."""

    id: int
    key: str
    kind: Kind
    target: Target
    state: DeliveryState
    reason: str | None
    attempts: int
    created_at: datetime
    not_before: datetime
    settled_at: datetime | None
    receipts: tuple[str, ...] = ()
    papers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What a crash left: rows that are due again, and rows whose end nobody knows."""

    due: int = 0
    uncertain: int = 0


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """Implements ``digest.courier.Outbox``, and what admins may do with rows."""

    database: Database

    async def claim(
        self, channel: Channel, owner: str, *, due: datetime, now: datetime, until: datetime, most: int
    ) -> Sequence[Delivery]:
        """Lease what is due, the urgent first; dead leases are recovered on the way."""

        async def work(connection: AsyncConnection) -> Sequence[Delivery]:
            await _recover(connection, and_(outbox.c.channel == channel, outbox.c.lease_until <= now), now)
            await _refuse_poison(connection, channel, now)
            ready = (
                select(outbox.c.id)
                .where(
                    outbox.c.channel == channel,
                    outbox.c.state == DeliveryState.DUE,
                    outbox.c.not_before <= due,
                )
                .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            claimed = await connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(ready.scalar_subquery()))
                .values(
                    state=DeliveryState.LEASED,
                    owner=owner,
                    lease_until=until,
                    claims=outbox.c.claims + 1,
                )
                .returning(outbox.c.id)
            )
            return await _deliveries(connection, claimed.scalars().all())

        return await self.database.write(work)

    async def sending(self, delivery: int, owner: str) -> bool:
        """Mark that bytes may leave from now on; False where the lease is lost."""
        return await self._own(delivery, owner, DeliveryState.LEASED, {"state": DeliveryState.SENDING})

    async def arrived(self, delivery: int, owner: str, receipts: tuple[str, ...]) -> bool:
        """Note the parts that arrived and lease the rest on; False where the lease is lost."""
        values = {"state": DeliveryState.LEASED, "receipts": list(receipts)}
        return await self._own(delivery, owner, DeliveryState.SENDING, values)

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        """Write down the end of a try; False where the lease is lost."""

        async def work(connection: AsyncConnection) -> bool:
            over = settlement.state is not DeliveryState.DUE
            ended = await connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery, outbox.c.owner == owner)
                .values(
                    state=settlement.state,
                    reason=settlement.reason,
                    not_before=settlement.not_before or outbox.c.not_before,
                    receipts=list(settlement.receipts),
                    attempts=outbox.c.attempts + int(settlement.counts),
                    claims=0,
                    settled_at=at if over else None,
                    **_without_secret(over=over),
                    **_FREE,
                )
                .returning(outbox.c.endpoint_id)
            )
            endpoint = ended.scalar_one_or_none()
            if endpoint is None:
                return False
            if settlement.endpoint_gone:
                await _end_endpoint(connection, endpoint, settlement.reason or "", at)
            if settlement.moved_to:
                await _move_endpoint(connection, endpoint, settlement.moved_to)
            return True

        return await self.database.write(work)

    async def renew(self, owner: str, until: datetime) -> None:
        """Lengthen the leases of an owner."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(outbox).where(outbox.c.owner == owner).values(lease_until=until))

        await self.database.write(work)

    async def release(self, owner: str) -> int:
        """Give back what an owner has leased and not begun; count it."""

        async def work(connection: AsyncConnection) -> int:
            freed = await connection.execute(
                update(outbox)
                .where(outbox.c.owner == owner, outbox.c.state == DeliveryState.LEASED)
                .values(state=DeliveryState.DUE, claims=outbox.c.claims - 1, **_FREE)
                .returning(outbox.c.id)
            )
            return len(freed.all())

        return await self.database.write(work)

    async def recover(self, now: datetime) -> Recovered:
        """Take back what a dead process held: only for whoever knows that no other process runs."""

        async def work(connection: AsyncConnection) -> Recovered:
            return await _recover(connection, outbox.c.owner.is_not(None), now)

        return await self.database.write(work)

    async def rows(self, state: DeliveryState | None = None, most: int = 200) -> Sequence[Listed]:
        """List deliveries, the newest first."""
        query = (
            select(outbox, endpoints.c.address, endpoints.c.thread)
            .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
            .order_by(outbox.c.id.desc())
            .limit(most)
        )
        if state:
            query = query.where(outbox.c.state == state)
        async with self.database.reading() as connection:
            return [_row(row) for row in await connection.execute(query)]

    async def resend(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Make ended rows due again, by an admin's will; give those that were."""
        values = {**new_row(at), "reason": "resent by an admin", "settled_at": None}
        del values["created_at"], values["receipts"]
        states = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.CANCELLED)
        return await self._change(ids, outbox.c.state.in_(states), values)

    async def cancel(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Cancel rows that have not begun to be sent, or whose end is unknown; give those that were."""
        states = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.UNCERTAIN)
        values = {
            "state": DeliveryState.CANCELLED,
            "reason": "cancelled by an admin",
            "settled_at": at,
            **_FREE,
        }
        return await self._change(ids, outbox.c.state.in_(states), values)

    async def _own(self, delivery: int, owner: str, state: DeliveryState, values: dict[str, Any]) -> bool:
        """Change a row that ``owner`` holds in ``state``; False where it does not."""

        async def work(connection: AsyncConnection) -> bool:
            changed = await connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery, outbox.c.owner == owner, outbox.c.state == state)
                .values(**values)
                .returning(outbox.c.id)
            )
            return changed.scalar_one_or_none() is not None

        return await self.database.write(work)

    async def _change(
        self, ids: Sequence[int], allowed: ColumnElement[bool], values: dict[str, Any]
    ) -> Sequence[int]:
        async def work(connection: AsyncConnection) -> Sequence[int]:
            changed = await connection.execute(
                update(outbox).where(outbox.c.id.in_(ids), allowed).values(**values).returning(outbox.c.id)
            )
            return sorted(changed.scalars())

        return await self.database.write(work)


async def _recover(connection: AsyncConnection, which: ColumnElement[bool], now: datetime) -> Recovered:
    """End dead leases: what was not begun is due again, what had begun is uncertain."""
    ended = await connection.execute(
        update(outbox)
        .where(which, outbox.c.state.in_((DeliveryState.LEASED, DeliveryState.SENDING)))
        .values(
            state=case(
                (outbox.c.state == DeliveryState.LEASED, DeliveryState.DUE), else_=DeliveryState.UNCERTAIN
            ),
            reason=case((outbox.c.state == DeliveryState.SENDING, CRASHED), else_=outbox.c.reason),
            settled_at=case(
                (outbox.c.state == DeliveryState.SENDING, func.coalesce(outbox.c.settled_at, now)),
                else_=outbox.c.settled_at,
            ),
            **_FREE,
        )
        .returning(outbox.c.state)
    )
    states = list(ended.scalars())
    return Recovered(due=states.count(DeliveryState.DUE), uncertain=states.count(DeliveryState.UNCERTAIN))


async def _refuse_poison(connection: AsyncConnection, channel: Channel, now: datetime) -> None:
    """Refuse what was claimed too often without an end: it may be what kills the program."""
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.channel == channel,
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= MOST_CLAIMS,
        )
        .values(state=DeliveryState.REFUSED, reason=POISON, settled_at=now)
    )


def _without_secret(*, over: bool) -> dict[str, Any]:
    """Give the change that blanks a code once its mail has ended; other content stays for the record."""
    return {"content": case((outbox.c.kind == Kind.CODE, _BLANK), else_=outbox.c.content)} if over else {}


async def _end_endpoint(connection: AsyncConnection, endpoint: int, reason: str, at: datetime) -> None:
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint, endpoints.c.state == EndpointState.ACTIVE)
        .values(state=EndpointState.GONE, reason=reason)
    )
    await cancel_queued(connection, outbox.c.endpoint_id == endpoint, reason, at)
    await rest_where_nobody_listens(connection)


async def _move_endpoint(connection: AsyncConnection, endpoint: int, target: Target) -> None:
    """Give an endpoint its chat's new id, unless somebody has it already."""
    taken = select(endpoints.c.id).where(
        endpoints.c.channel == target.channel,
        endpoints.c.address == target.address,
        endpoints.c.state != EndpointState.PENDING,
    )
    if (await connection.execute(taken)).first() is None:
        await connection.execute(
            update(endpoints)
            .where(endpoints.c.id == endpoint)
            .values(address=target.address, thread=thread_number(target))
        )


async def _deliveries(connection: AsyncConnection, ids: Sequence[int]) -> Sequence[Delivery]:
    found = await connection.execute(
        select(outbox, endpoints.c.subscriber_id, endpoints.c.address, endpoints.c.thread)
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .where(outbox.c.id.in_(ids))
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
    )
    return [
        Delivery(
            id=row.id,
            key=row.key,
            endpoint=row.endpoint_id,
            subscriber=row.subscriber_id,
            target=_target(row),
            content=load(Kind(row.kind), row.content),
            created_at=row.created_at,
            attempts=row.attempts,
            receipts=tuple(row.receipts),
        )
        for row in found
    ]


def _target(row: Row[Any]) -> Target:
    return Target(channel=Channel(row.channel), address=row.address, thread=row.thread or None)


def _row(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        key=row.key,
        kind=Kind(row.kind),
        target=_target(row),
        state=DeliveryState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before,
        settled_at=row.settled_at,
        receipts=tuple(row.receipts),
        papers=len(row.content.get("picks", ())),
    )
