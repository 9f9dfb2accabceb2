"""Audiences of broadcasts, counted and frozen, and how far each is: the face that the broadcaster needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Announcement, Channel, Locale
from digest.services.broadcasts import Audience, AudienceCounts, Broadcast, BroadcastStatus, StatusMessage
from digest.storage import broadcast_status
from digest.storage.broadcast_audience import audience_conditions, count_by_channel, count_choices, includes_channel
from digest.storage.database import Database
from digest.storage.delivery_content import dump_content
from digest.storage.outbox_rows import BROADCAST_PRIORITY, new_outbox_row
from digest.storage.tables import Kind, editions, endpoints, outbox, subscribers


@dataclass(frozen=True, slots=True)
class SqlBroadcasts:
    """Implements ``digest.services.broadcasts.BroadcastStore``."""

    database: Database

    async def count_recipients(self, audience: Audience) -> Mapping[Channel, int]:
        """Count the endpoints that an audience reaches now."""
        async with self.database.read_only() as connection:
            return await count_by_channel(connection, audience)

    async def audience_counts(self, audience: Audience) -> AudienceCounts:
        """Count what each other choice of channel, language or domain would reach now."""
        async with self.database.read_only() as connection:
            return await count_choices(connection, audience)

    async def queue(self, text: str, audience: Audience, author: str, at: datetime) -> Broadcast:
        """Freeze the audience and queue one message per endpoint, in one transaction."""

        async def work(connection: AsyncConnection) -> Broadcast:
            made = await connection.execute(
                insert(editions)
                .values(
                    kind=Kind.BROADCAST,
                    text=text,
                    audience={"domains": audience.domains, "channel": audience.channel, "locale": audience.locale},
                    created_by=author,
                    created_at=at,
                )
                .returning(editions.c.id)
            )
            number: int = made.scalar_one()
            for locale in Locale:
                content = dump_content(Announcement(text=text, locale=locale))
                await _queue_messages(connection, audience, locale, number, content, at)
            counted = await connection.execute(
                select(outbox.c.channel, func.count()).where(outbox.c.edition_id == number).group_by(outbox.c.channel)
            )
            queued = {Channel(name): n for name, n in counted}
            return Broadcast(
                id=number, queued={one: queued.get(one, 0) for one in Channel if includes_channel(audience, one)}
            )

        return await self.database.write(work)

    async def find_status(self, number: int) -> BroadcastStatus | None:
        """Return how far a broadcast is, None where there is none of this number."""
        async with self.database.read_only() as connection:
            return await broadcast_status.load_status(connection, number)

    async def list_newest(self, limit: int) -> Sequence[BroadcastStatus]:
        """Return the newest broadcasts, the newest first."""
        async with self.database.read_only() as connection:
            return await broadcast_status.load_newest(connection, limit)

    async def unreported(self) -> Sequence[int]:
        """Return the broadcasts that have a place in a chat and whose end was not told, the oldest first."""
        async with self.database.read_only() as connection:
            return await broadcast_status.list_unreported(connection)

    async def pause(self, number: int, at: datetime) -> bool:
        """Let none of its messages be claimed any more; False where nothing of it is left or it rests."""
        return await self.database.write(lambda connection: broadcast_status.pause_broadcast(connection, number, at))

    async def resume(self, number: int) -> bool:
        """Let it go on; False where it was not paused."""
        return await self.database.write(lambda connection: broadcast_status.resume_broadcast(connection, number))

    async def cancel(self, number: int, at: datetime) -> int:
        """Cancel what has not begun; count that."""
        return await self.database.write(lambda connection: broadcast_status.cancel_broadcast(connection, number, at))

    async def save_status_message(self, number: int, status_message: StatusMessage, *, reported: bool = False) -> None:
        """Keep where its progress is told, beyond the end of the program."""
        await self.database.write(
            lambda connection: broadcast_status.save_status_message(
                connection, number, status_message, reported=reported
            )
        )


def locale_condition(locale: Locale) -> ColumnElement[bool]:
    """Return the condition on subscribers of a language.

    English is for those, too, whose catalogue is gone.
    """
    if locale is not Locale.EN:
        return subscribers.c.locale == locale
    return subscribers.c.locale.not_in([other for other in Locale if other is not Locale.EN])


async def _queue_messages(
    connection: AsyncConnection,
    audience: Audience,
    locale: Locale,
    broadcast_id: int,
    content: Any,  # noqa: ANN401 - any JSON value
    at: datetime,
) -> None:
    """Queue the message of one language: the database copies the rows itself, 100,000 in a few seconds."""
    same = {
        "kind": Kind.BROADCAST,
        "edition_id": broadcast_id,
        "priority": BROADCAST_PRIORITY,
        "content": content,
        **new_outbox_row(at),
    }
    rows = (
        select(
            (literal(f"e{broadcast_id}.n") + cast(endpoints.c.id, Text)).label("key"),
            endpoints.c.id.label("endpoint_id"),
            endpoints.c.channel,
            *(literal(value, outbox.c[name].type).label(name) for name, value in same.items()),
        )
        .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .where(*audience_conditions(audience), locale_condition(locale))
        .order_by(endpoints.c.id)
    )
    await connection.execute(insert(outbox).from_select(["key", "endpoint_id", "channel", *same], rows))
