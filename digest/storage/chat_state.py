"""What each chat last listed and searched for, and which updates were handled."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Target
from digest.storage.database import Database
from digest.storage.subscriber_rows import thread_number
from digest.storage.tables import last_searches, telegram_updates


@dataclass(frozen=True, slots=True)
class SqlLastSearches:
    """Implements ``digest.services.search.service.LastQueryStore``."""

    database: Database

    async def save(self, target: Target, query: str, at: datetime) -> None:
        values = {"query": query, "searched_at": at}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                upsert(last_searches)
                .values(channel=target.channel, address=target.address, thread=thread_number(target), **values)
                .on_conflict_do_update(index_elements=["channel", "address", "thread"], set_=values)
            )

        await self.database.write(work)

    async def load(self, target: Target) -> str | None:
        query = select(last_searches.c.query).where(
            last_searches.c.channel == target.channel,
            last_searches.c.address == target.address,
            last_searches.c.thread == thread_number(target),
        )
        async with self.database.read_only() as connection:
            return (await connection.execute(query)).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class SqlTelegramUpdates:
    """Implements ``digest.telegram.receiver.UpdateLog``."""

    database: Database

    async def record(self, update_id: int, at: datetime) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            row = insert(telegram_updates).values(id=update_id, received_at=at).on_conflict_do_nothing()
            return (await connection.execute(row)).rowcount == 1

        return await self.database.write(work)

    async def delete_before(self, cutoff: datetime) -> int:
        async def work(connection: AsyncConnection) -> int:
            gone = await connection.execute(delete(telegram_updates).where(telegram_updates.c.received_at < cutoff))
            return gone.rowcount

        return await self.database.write(work)
