"""Audiences of broadcasts, counted and frozen: the face that the broadcaster needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.broadcast import Audience, Broadcast
from digest.model import Announcement, Channel, EndpointState, Locale
from digest.store.content import dump
from digest.store.database import Database
from digest.store.queued import BROADCAST_PRIORITY, new_row
from digest.store.tables import Kind, editions, endpoints, outbox, subscriber_domains, subscribers

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class StoredBroadcasts:
    """Implements ``digest.broadcast.Broadcasts``."""

    database: Database

    async def count(self, audience: Audience) -> Mapping[Channel, int]:
        """Count the endpoints that an audience reaches now."""
        query = (
            select(endpoints.c.channel, func.count())
            .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
            .where(*_reached(audience))
            .group_by(endpoints.c.channel)
        )
        async with self.database.reading() as connection:
            found = {Channel(name): n for name, n in await connection.execute(query)}
        return {channel: found.get(channel, 0) for channel in Channel if _speaks(audience, channel)}

    async def queue(self, text: str, audience: Audience, by: str, at: datetime) -> Broadcast:
        """Freeze the audience and queue one message per endpoint, in one transaction."""

        async def work(connection: AsyncConnection) -> Broadcast:
            made = await connection.execute(
                insert(editions)
                .values(
                    kind=Kind.BROADCAST,
                    text=text,
                    audience={"domains": audience.domains, "channel": audience.channel},
                    by=by,
                    created_at=at,
                )
                .returning(editions.c.id)
            )
            number: int = made.scalar_one()
            places = await connection.execute(
                select(endpoints.c.id, endpoints.c.channel, subscribers.c.locale)
                .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
                .where(*_reached(audience))
                .order_by(endpoints.c.id)
            )
            queued = dict.fromkeys((c for c in Channel if _speaks(audience, c)), 0)
            rows = []
            for place in places:
                queued[Channel(place.channel)] += 1
                rows.append(
                    {
                        "key": f"e{number}.n{place.id}",
                        "kind": Kind.BROADCAST,
                        "edition_id": number,
                        "endpoint_id": place.id,
                        "channel": place.channel,
                        "priority": BROADCAST_PRIORITY,
                        "content": dump(Announcement(text=text, locale=Locale.known(place.locale))),
                        **new_row(at),
                    }
                )
            for start in range(0, len(rows), _CHUNK):
                await connection.execute(insert(outbox), rows[start : start + _CHUNK])
            return Broadcast(id=number, queued=queued)

        return await self.database.write(work)


def _speaks(audience: Audience, channel: Channel) -> bool:
    return audience.channel in (None, channel)


def _reached(audience: Audience) -> list[ColumnElement[bool]]:
    """Give the conditions on endpoints joined with subscribers; who paused digests still hears the admin."""
    conditions: list[ColumnElement[bool]] = [endpoints.c.state == EndpointState.ACTIVE]
    if audience.channel:
        conditions.append(endpoints.c.channel == audience.channel)
    if audience.domains is not None:
        follows = select(subscriber_domains.c.subscriber_id).where(
            subscriber_domains.c.slug.in_(audience.domains)
        )
        conditions.append(or_(subscribers.c.everything == True, subscribers.c.id.in_(follows)))  # noqa: E712 - SQL
    return conditions
