"""Email addresses of subscribers, and the codes that verify them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, SubscriberProfile, Target, VerificationCode
from digest.model.clock import Clock
from digest.model.reasons import Reason, ReasonCode
from digest.services.email_linking import PendingCode
from digest.storage.bounces import remove_suppression
from digest.storage.database import Database
from digest.storage.outbox_rows import (
    URGENT_PRIORITY,
    cancel_unsent,
    dump_content,
    new_outbox_row,
    unschedule_if_unreachable,
)
from digest.storage.subscriber_rows import CONFIRMED, delete_if_orphaned, insert_endpoint, load_profile, matches_target
from digest.storage.tables import Kind, code_requests, email_codes, endpoints, outbox
from digest.storage.types import reason_values


@dataclass(frozen=True, slots=True)
class SqlEmailVerification:
    """Implements ``digest.services.email_linking.VerificationStore`` and its ``EndpointStore``."""

    database: Database
    clock: Clock

    async def save_code(
        self,
        pending: PendingCode,
        content: VerificationCode,
        rate_limit_keys: Sequence[str],
        at: datetime,
        *,
        since: datetime,
        limit: int,
    ) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(delete(code_requests).where(code_requests.c.requested_at <= since))
            used = await connection.execute(
                select(func.count())
                .where(code_requests.c.key_hash.in_(rate_limit_keys))
                .group_by(code_requests.c.key_hash)
            )
            if max(used.scalars(), default=0) >= limit:
                return False
            await connection.execute(
                insert(code_requests), [{"key_hash": mark, "requested_at": at} for mark in rate_limit_keys]
            )
            await _save_pending_code(connection, pending)
            if not await _is_suppressed(connection, Target.email(pending.address)):
                await _queue_code_email(connection, pending, content, at)
            return True

        return await self.database.write(work)

    async def count_try(self, subscriber: int) -> PendingCode | None:
        async def work(connection: AsyncConnection) -> PendingCode | None:
            found = await connection.execute(
                update(email_codes)
                .where(email_codes.c.subscriber_id == subscriber)
                .values(attempts=email_codes.c.attempts + 1)
                .returning(*email_codes.c)
            )
            row = found.one_or_none()
            if row is None:
                return None
            return PendingCode(
                subscriber_id=row.subscriber_id,
                address=row.address,
                code_hash=row.code_hash,
                tries=row.attempts,
                expires_at=row.expires_at,
            )

        return await self.database.write(work)

    async def link(self, subscriber: int, *targets: Target) -> SubscriberProfile:
        async def work(connection: AsyncConnection) -> SubscriberProfile:
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            for target in targets:
                await self._link_target(connection, subscriber, target)
            return await load_profile(connection, subscriber)

        return await self.database.write(work)

    async def unlink(self, subscriber: int, address: str | None) -> Sequence[str]:
        async def work(connection: AsyncConnection) -> Sequence[str]:
            why = Reason(ReasonCode.ADDRESS_UNLINKED)
            which = [
                endpoints.c.subscriber_id == subscriber,
                endpoints.c.channel == Channel.EMAIL,
                endpoints.c.state.in_((EndpointState.ACTIVE, EndpointState.UNREACHABLE)),
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
            await cancel_unsent(connection, mine, why, self.clock())
            await connection.execute(delete(email_codes).where(email_codes.c.subscriber_id == subscriber))
            await unschedule_if_unreachable(connection, subscriber)
            return sorted(row.address for row in rows)

        return await self.database.write(work)

    async def _link_target(self, connection: AsyncConnection, subscriber: int, target: Target) -> None:
        await remove_suppression(connection, target)
        owned = await connection.execute(
            select(endpoints.c.id, endpoints.c.subscriber_id).where(matches_target(target), CONFIRMED)
        )
        owner = owned.one_or_none()
        if owner is None:
            await self._activate_verified(connection, subscriber, target)
        else:
            await _transfer_endpoint(connection, owner.id, owner.subscriber_id, subscriber, target)

    async def _activate_verified(self, connection: AsyncConnection, subscriber: int, target: Target) -> None:
        """Assign an address without an owner to this subscriber."""
        proved = await connection.execute(
            update(endpoints)
            .where(matches_target(target), endpoints.c.subscriber_id == subscriber)
            .values(state=EndpointState.ACTIVE, **reason_values(None))
            .returning(endpoints.c.id)
        )
        if proved.first() is None:
            await insert_endpoint(connection, subscriber, target, EndpointState.ACTIVE, self.clock())


async def _transfer_endpoint(
    connection: AsyncConnection, endpoint: int, owner: int, subscriber: int, target: Target
) -> None:
    """Transfer an owned endpoint to ``subscriber``; delete its former owner if nothing is left to them."""
    if owner != subscriber:
        await connection.execute(
            delete(endpoints).where(matches_target(target), endpoints.c.subscriber_id == subscriber)
        )
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(subscriber_id=subscriber, state=EndpointState.ACTIVE, **reason_values(None))
    )
    await delete_if_orphaned(connection, owner)
    await unschedule_if_unreachable(connection, owner)


async def _save_pending_code(connection: AsyncConnection, pending_code: PendingCode) -> None:
    values: dict[str, Any] = {
        "address": pending_code.address,
        "code_hash": pending_code.code_hash,
        "attempts": pending_code.tries,
        "expires_at": pending_code.expires_at,
    }
    await connection.execute(
        upsert(email_codes)
        .values(subscriber_id=pending_code.subscriber_id, **values)
        .on_conflict_do_update(index_elements=["subscriber_id"], set_=values)
    )


async def _is_suppressed(connection: AsyncConnection, target: Target) -> bool:
    found = await connection.execute(
        select(endpoints.c.id).where(matches_target(target), CONFIRMED, endpoints.c.state == EndpointState.SUPPRESSED)
    )
    return found.first() is not None


async def _queue_code_email(
    connection: AsyncConnection, pending_code: PendingCode, content: VerificationCode, at: datetime
) -> None:
    target = Target.email(pending_code.address)
    found = await connection.execute(
        select(endpoints.c.id).where(matches_target(target), endpoints.c.subscriber_id == pending_code.subscriber_id)
    )
    endpoint = found.scalar_one_or_none()
    if endpoint is None:
        endpoint = await insert_endpoint(connection, pending_code.subscriber_id, target, EndpointState.PENDING, at)
    await connection.execute(
        insert(outbox).values(
            key=f"code.{uuid.uuid4().hex}",
            kind=Kind.CODE,
            endpoint_id=endpoint,
            channel=Channel.EMAIL,
            priority=URGENT_PRIORITY,
            content=dump_content(content),
            **new_outbox_row(at),
        )
    )
