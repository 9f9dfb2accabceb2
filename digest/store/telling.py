"""Lines to whoever set a chat up, queued in the transaction that let something happen to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Locale, Target
from digest.news import LEVELS, News, told
from digest.store.content import dump
from digest.store.queued import ALERT_PRIORITY, new_row
from digest.store.readers import at_target
from digest.store.tables import Kind, endpoints, outbox, subscribers


async def tell_owners(connection: AsyncConnection, places: Sequence[int], news: News, at: datetime) -> None:
    """Queue a line for each owner of these endpoints of one chat; who never started the bot hears nothing."""
    found = await connection.execute(
        select(endpoints)
        .where(endpoints.c.id.in_(places), endpoints.c.owner.is_not(None))
        .order_by(endpoints.c.id)
    )
    by_owner: dict[int, list[tuple[int, str]]] = {}
    for row in found:
        by_owner.setdefault(row.owner, []).append((row.subscriber_id, row.title or row.address))
    for owner, theirs in by_owner.items():
        number, title = theirs[0]
        named = title if len(theirs) == 1 else title.partition(LEVELS)[0]
        await _queue(connection, owner, f"news.{news.name.lower()}.{places[0]}", (news, named, number), at)


async def _queue(
    connection: AsyncConnection, owner: int, key: str, what: tuple[News, str, int], at: datetime
) -> None:
    query = (
        select(endpoints.c.id, subscribers.c.locale)
        .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .where(at_target(Target.telegram(owner)), endpoints.c.state == EndpointState.ACTIVE)
    )
    place = (await connection.execute(query)).first()
    if place is None:
        return
    await connection.execute(
        insert(outbox).values(
            key=f"{key}.{at:%Y%m%dT%H%M%S%f}.n{place.id}",
            kind=Kind.ALERT,
            endpoint_id=place.id,
            channel=Channel.TELEGRAM,
            priority=ALERT_PRIORITY,
            content=dump(told(*what, Locale.known(place.locale))),
            **new_row(at),
        )
    )
