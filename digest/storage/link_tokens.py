"""Tokens of links in emails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Delivery, EndpointState
from digest.model.links import TokenPurpose
from digest.model.reasons import Reason
from digest.services.email_links import REACTIVATABLE, InvalidLink, LinkOwner, LinkToken
from digest.services.subscriptions import SubscriberUpdate
from digest.storage.database import Database
from digest.storage.outbox_claims import build_delivery, delivery_rows
from digest.storage.outbox_rows import deactivate_endpoint
from digest.storage.subscriber_details import collect_data
from digest.storage.subscriber_rows import load_profile, subscriber_columns
from digest.storage.tables import Kind, endpoints, link_tokens, outbox, subscribers
from digest.storage.types import reason_values


@dataclass(frozen=True, slots=True)
class SqlLinkTokens:
    """Implements ``digest.services.email_links.LinkTokenStore``."""

    database: Database

    async def newest_tokens(self, endpoint: int) -> Mapping[TokenPurpose, LinkToken]:
        rows = await self.database.fetch_all(
            select(link_tokens).where(link_tokens.c.endpoint_id == endpoint).order_by(link_tokens.c.created_at)
        )
        keys = [LinkToken(purpose=TokenPurpose(row.purpose), nonce=row.nonce, hash=row.token_hash) for row in rows]
        return {key.purpose: key for key in keys}

    async def save_tokens(self, endpoint: int, tokens: Sequence[LinkToken], at: datetime) -> bool:
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
                    for key in tokens
                ],
            )
            return True

        return await self.database.write(work)

    async def find_owner(self, hash_: str, purpose: TokenPurpose) -> LinkOwner | InvalidLink:
        async with self.database.read_only() as connection:
            found = await connection.execute(
                select(link_tokens.c.endpoint_id, endpoints.c.subscriber_id)
                .outerjoin(endpoints, endpoints.c.id == link_tokens.c.endpoint_id)
                .where(link_tokens.c.token_hash == hash_, link_tokens.c.purpose == purpose)
            )
            row = found.one_or_none()
            if row is None:
                return InvalidLink.UNKNOWN
            if row.subscriber_id is None:
                return InvalidLink.ERASED
            reader = await load_profile(connection, row.subscriber_id)
        mine = next((one for one in reader.endpoints if one.id == row.endpoint_id), None)
        return LinkOwner(profile=reader, endpoint=mine) if mine else InvalidLink.ERASED

    async def deactivate(self, endpoint: int, reason: Reason, at: datetime) -> bool:
        state = EndpointState.UNSUBSCRIBED
        return await self.database.write(
            lambda connection: deactivate_endpoint(connection, endpoint, reason, at, state=state)
        )

    async def reactivate(self, endpoint: int, change: SubscriberUpdate) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            revived = await connection.execute(
                update(endpoints)
                .where(endpoints.c.id == endpoint, endpoints.c.state.in_(REACTIVATABLE))
                .values(state=EndpointState.ACTIVE, **reason_values(None))
                .returning(endpoints.c.subscriber_id)
            )
            number = revived.scalar_one_or_none()
            if number is None:
                return False
            before = (await load_profile(connection, number)).subscriber
            await connection.execute(
                update(subscribers).where(subscribers.c.id == number).values(**subscriber_columns(change(before)))
            )
            return True

        return await self.database.write(work)

    async def find_digest(self, number: int) -> Delivery | None:
        row = await self.database.fetch_one(delivery_rows().where(outbox.c.id == number, outbox.c.kind == Kind.DIGEST))
        return build_delivery(row) if row else None

    async def export_data(self, subscriber: int) -> Mapping[str, Any]:
        async with self.database.read_only() as connection:
            return await collect_data(connection, subscriber)
