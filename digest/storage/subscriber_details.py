"""Readers one by one, with where they are reached and what was sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel
from digest.services.admin import EndpointDetails, SubscriberDetails
from digest.storage.database import Database
from digest.storage.outbox import build_delivery_row, delivery_query
from digest.storage.reason_columns import read_reason
from digest.storage.subscriber_rows import build_endpoint, load_profile
from digest.storage.tables import endpoints, outbox, saved_papers, subscribers

_MAX_DELIVERIES = 10
_MAX_SUBSCRIBERS = 5


@dataclass(frozen=True, slots=True)
class SqlSubscriberDetails:
    """Implements ``digest.services.admin.SubscriberDetailsStore``."""

    database: Database

    async def find_by_address(self, channel: Channel, address: str) -> Sequence[SubscriberDetails]:
        """Return the readers at an address: one for each thread of a forum, and who waits for a yes there."""
        owners = (
            select(endpoints.c.subscriber_id)
            .where(endpoints.c.channel == channel, endpoints.c.address == address)
            .distinct()
            .order_by(endpoints.c.subscriber_id)
            .limit(_MAX_SUBSCRIBERS)
        )
        async with self.database.read_only() as connection:
            numbers = (await connection.execute(owners)).scalars().all()
            return [await _load_details(connection, number) for number in numbers]

    async def find_by_id(self, number: int) -> SubscriberDetails | None:
        """Return the reader of a subscriber's number."""
        async with self.database.read_only() as connection:
            known = await connection.execute(select(subscribers.c.id).where(subscribers.c.id == number))
            return await _load_details(connection, number) if known.first() else None


async def _load_details(connection: AsyncConnection, subscriber_id: int) -> SubscriberDetails:
    mine = endpoints.c.subscriber_id == subscriber_id
    places = await connection.execute(select(endpoints).where(mine).order_by(endpoints.c.id))
    sent = await connection.execute(delivery_query().where(mine).order_by(outbox.c.id.desc()).limit(_MAX_DELIVERIES))
    kept = await connection.execute(select(func.count()).where(saved_papers.c.subscriber_id == subscriber_id))
    return SubscriberDetails(
        profile=await load_profile(connection, subscriber_id),
        endpoints=[
            EndpointDetails(endpoint=build_endpoint(row), since=row.created_at, reason=read_reason(row))
            for row in places
        ],
        deliveries=[build_delivery_row(row) for row in sent],
        saved_count=kept.scalar_one(),
    )
