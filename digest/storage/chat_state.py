"""What each chat last listed and searched for, and which updates were handled."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert as upsert

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
        await self.database.execute(
            upsert(last_searches)
            .values(channel=target.channel, address=target.address, thread=thread_number(target), **values)
            .on_conflict_do_update(index_elements=["channel", "address", "thread"], set_=values)
        )

    async def load(self, target: Target) -> str | None:
        query = select(last_searches.c.query).where(
            last_searches.c.channel == target.channel,
            last_searches.c.address == target.address,
            last_searches.c.thread == thread_number(target),
        )
        found: str | None = await self.database.scalar(query)
        return found


@dataclass(frozen=True, slots=True)
class SqlTelegramUpdates:
    """Implements ``digest.telegram.receiver.UpdateLog``."""

    database: Database

    async def record(self, update_id: int, at: datetime) -> bool:
        row = upsert(telegram_updates).values(id=update_id, received_at=at)
        return await self.database.execute(row.on_conflict_do_nothing()) == 1

    async def delete_before(self, cutoff: datetime) -> int:
        return await self.database.execute(delete(telegram_updates).where(telegram_updates.c.received_at < cutoff))
