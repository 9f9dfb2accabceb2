"""Lines to whoever set a chat up, queued in the transaction that let something happen to it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Locale, Target
from digest.news import TITLE_SEPARATOR, GroupEvent, notice_for
from digest.store.content import dump_content
from digest.store.queued import ALERT_PRIORITY, new_outbox_row
from digest.store.readers import matches_target
from digest.store.tables import Kind, endpoints, outbox, subscribers


async def queue_owner_notices(
    connection: AsyncConnection, endpoint_ids: Sequence[int], event: GroupEvent, at: datetime
) -> None:
    """Queue a line for each owner of these endpoints of one chat; who never started the bot hears nothing."""
    found = await connection.execute(
        select(endpoints)
        .where(endpoints.c.id.in_(endpoint_ids), endpoints.c.owner.is_not(None))
        .order_by(endpoints.c.id)
    )
    by_owner: dict[int, list[tuple[int, str]]] = {}
    for row in found:
        by_owner.setdefault(row.owner, []).append((row.subscriber_id, row.title or row.address))
    for owner, theirs in by_owner.items():
        number, title = theirs[0]
        named = title if len(theirs) == 1 else title.partition(TITLE_SEPARATOR)[0]
        await _queue_owner_notice(
            connection, owner, f"news.{event.name.lower()}.{endpoint_ids[0]}", (event, named, number), at
        )


async def _queue_owner_notice(
    connection: AsyncConnection, owner: int, key: str, notice: tuple[GroupEvent, str, int], at: datetime
) -> None:
    query = (
        select(endpoints.c.id, subscribers.c.locale)
        .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .where(matches_target(Target.telegram(owner)), endpoints.c.state == EndpointState.ACTIVE)
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
            content=dump_content(notice_for(*notice, Locale.from_code(place.locale))),
            **new_outbox_row(at),
        )
    )
