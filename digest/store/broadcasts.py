"""Audiences of broadcasts, counted and frozen, and how far each is: the face that the broadcaster needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.broadcast import Audience, Broadcast, Choices, Place, Standing
from digest.model import Announcement, Channel, Locale
from digest.store import standings
from digest.store.audiences import choices, per_channel, reached, speaks
from digest.store.content import dump
from digest.store.database import Database
from digest.store.queued import BROADCAST_PRIORITY, new_row
from digest.store.tables import Kind, editions, endpoints, outbox, subscribers


@dataclass(frozen=True, slots=True)
class StoredBroadcasts:
    """Implements ``digest.broadcast.Broadcasts``."""

    database: Database

    async def count(self, audience: Audience) -> Mapping[Channel, int]:
        """Count the endpoints that an audience reaches now."""
        async with self.database.reading() as connection:
            return await per_channel(connection, audience)

    async def choices(self, audience: Audience) -> Choices:
        """Count what each other choice of channel, language or domain would reach now."""
        async with self.database.reading() as connection:
            return await choices(connection, audience)

    async def queue(self, text: str, audience: Audience, by: str, at: datetime) -> Broadcast:
        """Freeze the audience and queue one message per endpoint, in one transaction."""

        async def work(connection: AsyncConnection) -> Broadcast:
            made = await connection.execute(
                insert(editions)
                .values(
                    kind=Kind.BROADCAST,
                    text=text,
                    audience={
                        "domains": audience.domains,
                        "channel": audience.channel,
                        "locale": audience.locale,
                    },
                    created_by=by,
                    created_at=at,
                )
                .returning(editions.c.id)
            )
            number: int = made.scalar_one()
            for locale in Locale:
                content = dump(Announcement(text=text, locale=locale))
                await _queue_all(connection, audience, locale, number, content, at)
            counted = await connection.execute(
                select(outbox.c.channel, func.count())
                .where(outbox.c.edition_id == number)
                .group_by(outbox.c.channel)
            )
            queued = {Channel(name): n for name, n in counted}
            return Broadcast(
                id=number, queued={one: queued.get(one, 0) for one in Channel if speaks(audience, one)}
            )

        return await self.database.write(work)

    async def standing(self, number: int) -> Standing | None:
        """Give how far a broadcast is, None where there is none of this number."""
        async with self.database.reading() as connection:
            return await standings.standing(connection, number)

    async def newest(self, most: int) -> Sequence[Standing]:
        """Give the newest broadcasts, the newest first."""
        async with self.database.reading() as connection:
            return await standings.newest(connection, most)

    async def told(self) -> Sequence[int]:
        """Give the broadcasts that have a place in a chat and whose end was not told, the oldest first."""
        async with self.database.reading() as connection:
            return await standings.told(connection)

    async def pause(self, number: int, at: datetime) -> bool:
        """Let none of its messages be claimed any more; False where nothing of it is left or it rests."""
        return await self.database.write(lambda connection: standings.pause(connection, number, at))

    async def go(self, number: int) -> bool:
        """Let it go on; False where it was not paused."""
        return await self.database.write(lambda connection: standings.go(connection, number))

    async def stop(self, number: int, at: datetime) -> int:
        """Cancel what has not begun; count that."""
        return await self.database.write(lambda connection: standings.stop(connection, number, at))

    async def keep_place(self, number: int, place: Place, *, reported: bool = False) -> None:
        """Keep where its progress is told, beyond the end of the program."""
        await self.database.write(
            lambda connection: standings.keep_place(connection, number, place, reported=reported)
        )


def spoken_to_in(locale: Locale) -> ColumnElement[bool]:
    """Give the condition on subscribers of a language; English is for those, too, whose catalogue is gone."""
    if locale is not Locale.EN:
        return subscribers.c.locale == locale
    return subscribers.c.locale.not_in([other for other in Locale if other is not Locale.EN])


async def _queue_all(
    connection: AsyncConnection,
    audience: Audience,
    locale: Locale,
    number: int,
    content: Any,  # noqa: ANN401 - any JSON value
    at: datetime,
) -> None:
    """Queue the message of one language: the database copies the rows itself, 100,000 in a few seconds."""
    same = {
        "kind": Kind.BROADCAST,
        "edition_id": number,
        "priority": BROADCAST_PRIORITY,
        "content": content,
        **new_row(at),
    }
    rows = (
        select(
            (literal(f"e{number}.n") + cast(endpoints.c.id, Text)).label("key"),
            endpoints.c.id.label("endpoint_id"),
            endpoints.c.channel,
            *(literal(value, outbox.c[name].type).label(name) for name, value in same.items()),
        )
        .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .where(*reached(audience), spoken_to_in(locale))
        .order_by(endpoints.c.id)
    )
    await connection.execute(insert(outbox).from_select(["key", "endpoint_id", "channel", *same], rows))
