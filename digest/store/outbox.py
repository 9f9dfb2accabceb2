"""The outbox: one row for each message to one endpoint, and every change of its state in one statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, not_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.courier import Settlement
from digest.model import Channel, Delivery, DeliveryState, EndpointState, Target
from digest.store.database import Database
from digest.store.leases import Recovered, deliveries, fresh, recover, suspects, target_of
from digest.store.queued import CODE_BLANKED, FREE, end_endpoint, new_row
from digest.store.readers import OWNED
from digest.store.tables import Kind, endpoints, outbox


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


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """Implements ``digest.courier.Outbox``, and what admins may do with rows."""

    database: Database

    async def claim(
        self,
        channel: Channel,
        owner: str,
        *,
        due: datetime,
        now: datetime,
        until: datetime,
        most: int,
        holding: Collection[int] = (),
    ) -> Sequence[Delivery]:
        """Lease what is due, the urgent first; dead leases are recovered on the way.

        What was claimed before without an end may be what kills the program: such a row is claimed only
        while no other such row is held, so that the third claim convicts it alone.
        """

        async def work(connection: AsyncConnection) -> Sequence[Delivery]:
            dead = and_(
                outbox.c.owner.is_not(None),
                outbox.c.channel == channel,
                outbox.c.lease_until <= now,
                not_(and_(outbox.c.owner == owner, outbox.c.id.in_(holding))),
            )
            await recover(connection, dead, now)
            ids = await suspects(connection, channel, due)
            ids += await fresh(connection, channel, due, most - len(ids))
            await connection.execute(
                update(outbox)
                .where(outbox.c.id.in_(ids))
                .values(
                    state=DeliveryState.LEASED,
                    owner=owner,
                    lease_until=until,
                    claims=outbox.c.claims + 1,
                )
            )
            return await deliveries(connection, ids, now)

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
                    **(CODE_BLANKED if over else {}),
                    **FREE,
                )
                .returning(outbox.c.endpoint_id)
            )
            endpoint = ended.scalar_one_or_none()
            if endpoint is None:
                return False
            gone = settlement.endpoint_gone
            if settlement.moved_to and not await _move_endpoint(connection, endpoint, settlement.moved_to):
                gone = True
            if gone:
                await end_endpoint(connection, endpoint, settlement.reason or "", at)
            return True

        return await self.database.write(work)

    async def renew(self, owner: str, until: datetime, holding: Collection[int]) -> None:
        """Lengthen the leases of what an owner holds; what it forgot runs out."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(outbox)
                .where(outbox.c.owner == owner, outbox.c.id.in_(holding))
                .values(lease_until=until)
            )

        await self.database.write(work)

    async def release(self, owner: str) -> int:
        """Give back what an owner has leased and not begun; count it."""

        async def work(connection: AsyncConnection) -> int:
            freed = await connection.execute(
                update(outbox)
                .where(outbox.c.owner == owner, outbox.c.state == DeliveryState.LEASED)
                .values(state=DeliveryState.DUE, claims=outbox.c.claims - 1, **FREE)
                .returning(outbox.c.id)
            )
            return len(freed.all())

        return await self.database.write(work)

    async def recover(self, now: datetime) -> Recovered:
        """Take back what a dead process held: only for whoever knows that no other process runs."""

        async def work(connection: AsyncConnection) -> Recovered:
            return await recover(connection, outbox.c.owner.is_not(None), now)

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
        """Make ended rows due again, by an admin's will; give those that were.

        A code is never sent again, for it has expired, nor anything to an address that does not receive.
        """
        values = {**new_row(at), "reason": "resent by an admin", "settled_at": None}
        del values["created_at"], values["receipts"]
        states = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.CANCELLED)
        active = select(endpoints.c.id).where(
            endpoints.c.id == outbox.c.endpoint_id, endpoints.c.state == EndpointState.ACTIVE
        )
        allowed = and_(outbox.c.state.in_(states), outbox.c.kind != Kind.CODE, active.exists())
        return await self._change(ids, allowed, values)

    async def cancel(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Cancel rows that have not begun to be sent, or whose end is unknown; give those that were."""
        states = (DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.UNCERTAIN)
        values = {
            "state": DeliveryState.CANCELLED,
            "reason": "cancelled by an admin",
            "settled_at": at,
            **FREE,
            **CODE_BLANKED,
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


async def _move_endpoint(connection: AsyncConnection, endpoint: int, target: Target) -> bool:
    """Give an endpoint its chat's new id, in the same thread; False where that is somebody's already."""
    own = endpoints.alias()
    thread = select(own.c.thread).where(own.c.id == endpoint).scalar_subquery()
    taken = await connection.execute(
        select(endpoints.c.id).where(
            endpoints.c.channel == target.channel,
            endpoints.c.address == target.address,
            endpoints.c.thread == thread,
            endpoints.c.id != endpoint,
            OWNED,
        )
    )
    if taken.first() is not None:
        return False
    await connection.execute(
        update(endpoints).where(endpoints.c.id == endpoint).values(address=target.address)
    )
    return True


def _row(row: Row[Any]) -> Listed:
    return Listed(
        id=row.id,
        key=row.key,
        kind=Kind(row.kind),
        target=target_of(row),
        state=DeliveryState(row.state),
        reason=row.reason,
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before,
        settled_at=row.settled_at,
        receipts=tuple(row.receipts),
        papers=len(row.content.get("picks", ())),
    )
