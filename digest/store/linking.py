"""The addresses of a reader, and the codes that prove them: the face that linking needs."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.clock import Clock
from digest.linking import CodeRecord
from digest.model import AddressCode, Channel, EndpointState, Reader, Target
from digest.reasons import Reason, ReasonCode
from digest.store.content import dump
from digest.store.database import Database
from digest.store.queued import URGENT, cancel_queued, new_row, rest_if_nobody_listens
from digest.store.readers import OWNED, add_endpoint, at_target, drop_if_alone, reader_of
from digest.store.reasons import reason_values
from digest.store.suppressions import lift
from digest.store.tables import Kind, code_requests, email_codes, endpoints, outbox


@dataclass(frozen=True, slots=True)
class StoredAddresses:
    """Implements ``digest.linking.LinkedAddresses``, and so ``digest.membership.Addresses``."""

    database: Database
    clock: Clock

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
            await connection.execute(delete(code_requests).where(code_requests.c.requested_at <= since))
            used = await connection.execute(
                select(func.count())
                .where(code_requests.c.key_hash.in_(marks))
                .group_by(code_requests.c.key_hash)
            )
            if max(used.scalars(), default=0) >= most:
                return False
            await connection.execute(
                insert(code_requests), [{"key_hash": mark, "requested_at": at} for mark in marks]
            )
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
                .values(attempts=email_codes.c.attempts + 1)
                .returning(*email_codes.c)
            )
            row = found.one_or_none()
            if row is None:
                return None
            return CodeRecord(
                subscriber=row.subscriber_id,
                address=row.address,
                code_hash=row.code_hash,
                tries=row.attempts,
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
            why = Reason(ReasonCode.ADDRESS_UNLINKED)
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
                .values(state=EndpointState.UNSUBSCRIBED, **reason_values(why))
                .returning(endpoints.c.id, endpoints.c.address)
            )
            rows = taken.all()
            mine = outbox.c.endpoint_id.in_([row.id for row in rows])
            await cancel_queued(connection, mine, why, self.clock())
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            await rest_if_nobody_listens(connection, subscriber)
            return sorted(row.address for row in rows)

        return await self.database.write(work)

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
            .values(state=EndpointState.ACTIVE, **reason_values(None))
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
        .values(subscriber_id=subscriber, state=EndpointState.ACTIVE, **reason_values(None))
    )
    await drop_if_alone(connection, owner)
    await rest_if_nobody_listens(connection, owner)


async def _keep_record(connection: AsyncConnection, record: CodeRecord) -> None:
    values: dict[str, Any] = {
        "address": record.address,
        "code_hash": record.code_hash,
        "attempts": record.tries,
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
