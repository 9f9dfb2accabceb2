"""The keys of links, and what their holders do: the face that access needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.access import SWITCHABLE, Holder, Key, NoHolder
from digest.links import Purpose
from digest.membership import Change
from digest.model import Delivery, EndpointState
from digest.reasons import Reason
from digest.store.database import Database
from digest.store.leases import delivery_of
from digest.store.queued import end_endpoint
from digest.store.readers import columns_of, reader_of
from digest.store.reasons import reason_values
from digest.store.record import record_of
from digest.store.tables import Kind, endpoints, link_tokens, outbox, subscribers


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """Implements ``digest.access.Keys``."""

    database: Database

    async def newest(self, endpoint: int) -> Mapping[Purpose, Key]:
        """Give the newest key of an endpoint for each purpose."""
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(link_tokens)
                .where(link_tokens.c.endpoint_id == endpoint)
                .order_by(link_tokens.c.created_at)
            )
            keys = [Key(purpose=Purpose(row.purpose), nonce=row.nonce, hash=row.token_hash) for row in found]
        return {key.purpose: key for key in keys}

    async def keep(self, endpoint: int, keys: Sequence[Key], at: datetime) -> bool:
        """Add keys; False where the endpoint is no more."""

        async def work(connection: AsyncConnection) -> bool:
            there = await connection.execute(select(endpoints.c.id).where(endpoints.c.id == endpoint))
            if there.first() is None:
                return False
            await connection.execute(
                insert(link_tokens),
                [
                    {
                        "token_hash": key.hash,
                        "endpoint_id": endpoint,
                        "purpose": key.purpose,
                        "nonce": key.nonce,
                        "created_at": at,
                    }
                    for key in keys
                ],
            )
            return True

        return await self.database.write(work)

    async def holder(self, hash_: str, purpose: Purpose) -> Holder | NoHolder:
        """Give who holds the token with this hash."""
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(link_tokens.c.endpoint_id, endpoints.c.subscriber_id)
                .outerjoin(endpoints, endpoints.c.id == link_tokens.c.endpoint_id)
                .where(link_tokens.c.token_hash == hash_, link_tokens.c.purpose == purpose)
            )
            row = found.one_or_none()
            if row is None:
                return NoHolder.UNKNOWN
            if row.subscriber_id is None:
                return NoHolder.ERASED
            reader = await reader_of(connection, row.subscriber_id)
        mine = next((one for one in reader.endpoints if one.id == row.endpoint_id), None)
        return Holder(reader=reader, endpoint=mine) if mine else NoHolder.ERASED

    async def stop(self, endpoint: int, reason: Reason, at: datetime) -> bool:
        """Unsubscribe an active endpoint and cancel what waits for it; False where it was not active."""

        async def work(connection: AsyncConnection) -> bool:
            return await end_endpoint(connection, endpoint, reason, at, state=EndpointState.UNSUBSCRIBED)

        return await self.database.write(work)

    async def go_on(self, endpoint: int, change: Change) -> bool:
        """Let a ``SWITCHABLE`` endpoint receive again, its reader changed; False where it is none."""

        async def work(connection: AsyncConnection) -> bool:
            revived = await connection.execute(
                update(endpoints)
                .where(endpoints.c.id == endpoint, endpoints.c.state.in_(SWITCHABLE))
                .values(state=EndpointState.ACTIVE, **reason_values(None))
                .returning(endpoints.c.subscriber_id)
            )
            number = revived.scalar_one_or_none()
            if number is None:
                return False
            before = (await reader_of(connection, number)).subscriber
            await connection.execute(
                update(subscribers).where(subscribers.c.id == number).values(**columns_of(change(before)))
            )
            return True

        return await self.database.write(work)

    async def delivery(self, number: int) -> Delivery | None:
        """Give a delivery of a digest by its number, whatever became of it."""
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(
                    *outbox.c,
                    endpoints.c.subscriber_id,
                    endpoints.c.address,
                    endpoints.c.thread,
                    endpoints.c.failure_count,
                )
                .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
                .where(outbox.c.id == number, outbox.c.kind == Kind.DIGEST)
            )
            row: Any = found.one_or_none()
        return delivery_of(row) if row else None

    async def record(self, subscriber: int) -> Mapping[str, Any]:
        """Give everything that is kept about a reader, as JSON values."""
        async with self.database.reading() as connection:
            return await record_of(connection, subscriber)
