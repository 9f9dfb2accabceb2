"""Readers one by one, with where they are reached and what was sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel
from digest.overview import Card, Reached
from digest.store.database import Database
from digest.store.outbox import listed_of, listing
from digest.store.readers import endpoint_of, reader_of
from digest.store.reasons import read_reason
from digest.store.tables import endpoints, outbox, saved_papers, subscribers

_DELIVERIES = 10
_MOST = 5


@dataclass(frozen=True, slots=True)
class StoredCards:
    """Implements ``digest.overview.Cards``."""

    database: Database

    async def at(self, channel: Channel, address: str) -> Sequence[Card]:
        """Give the readers at an address: one for each thread of a forum, and who waits for a yes there."""
        owners = (
            select(endpoints.c.subscriber_id)
            .where(endpoints.c.channel == channel, endpoints.c.address == address)
            .distinct()
            .order_by(endpoints.c.subscriber_id)
            .limit(_MOST)
        )
        async with self.database.reading() as connection:
            numbers = (await connection.execute(owners)).scalars().all()
            return [await _card(connection, number) for number in numbers]

    async def numbered(self, number: int) -> Card | None:
        """Give the reader of a subscriber's number."""
        async with self.database.reading() as connection:
            known = await connection.execute(select(subscribers.c.id).where(subscribers.c.id == number))
            return await _card(connection, number) if known.first() else None


async def _card(connection: AsyncConnection, number: int) -> Card:
    mine = endpoints.c.subscriber_id == number
    places = await connection.execute(select(endpoints).where(mine).order_by(endpoints.c.id))
    sent = await connection.execute(listing().where(mine).order_by(outbox.c.id.desc()).limit(_DELIVERIES))
    kept = await connection.execute(select(func.count()).where(saved_papers.c.subscriber_id == number))
    return Card(
        reader=await reader_of(connection, number),
        places=[
            Reached(endpoint=endpoint_of(row), since=row.created_at, reason=read_reason(row))
            for row in places
        ],
        deliveries=[listed_of(row) for row in sent],
        saved=kept.scalar_one(),
    )
