"""Which of Telegram's updates were taken in: the face that the webhook needs."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.storage.database import Database
from digest.storage.tables import telegram_updates


@dataclass(frozen=True, slots=True)
class SqlTelegramUpdates:
    """Implements ``digest.telegram.receiver.UpdateLog``."""

    database: Database

    async def record(self, update_id: int, at: datetime) -> bool:
        """Note an update; False where it was noted before. It is on the disk when this returns."""

        async def work(connection: AsyncConnection) -> bool:
            row = insert(telegram_updates).values(id=update_id, received_at=at).on_conflict_do_nothing()
            return (await connection.execute(row)).rowcount == 1

        return await self.database.write(work)

    async def delete_before(self, cutoff: datetime) -> int:
        """Forget the updates that were noted before a moment; count them."""

        async def work(connection: AsyncConnection) -> int:
            gone = await connection.execute(delete(telegram_updates).where(telegram_updates.c.received_at < cutoff))
            return gone.rowcount

        return await self.database.write(work)
