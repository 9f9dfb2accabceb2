"""Who is due, what can go out, and writing both down together: the face that the edition desk needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.edition import Due, Edition, Turn
from digest.model import Candidate, EndpointState
from digest.select import OLDEST
from digest.store.content import dump
from digest.store.database import Database
from digest.store.papers import as_candidates, candidates_of, newest_date
from digest.store.people import new_row, subscriber_of
from digest.store.tables import (
    Kind,
    editions,
    endpoints,
    outbox,
    papers,
    subscriber_domains,
    subscribers,
)

DIGEST_PRIORITY = 10


@dataclass(frozen=True, slots=True)
class StoredEditions:
    """Implements ``digest.edition.Editions``."""

    database: Database

    async def edition(self) -> Edition | None:
        """Give what can go out, None before the first report."""
        async with self.database.reading() as connection:
            newest = await newest_date(connection)
            if newest is None:
                return None
            recent = await connection.execute(
                select(papers.c.seq, papers.c.id, papers.c.first_date)
                .where(papers.c.first_date > newest - OLDEST)
                .order_by(papers.c.seq)
            )
            return Edition(date=newest, candidates=await as_candidates(connection, recent.all()))

    async def of_day(self, day: date) -> tuple[Candidate, ...]:
        """Give the papers of one report's date, in the report's order."""
        async with self.database.reading() as connection:
            return await candidates_of(connection, day)

    async def due(self, now: datetime, most: int) -> Sequence[Due]:
        """Give subscribers whose turn has come, the longest waiting first."""
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(subscribers)
                .where(subscribers.c.next_at <= now)
                .order_by(subscribers.c.next_at, subscribers.c.id)
                .limit(most)
            )
            rows = found.all()
            numbers = [row.id for row in rows]
            slugs = await _chosen(connection, numbers)
            served = await _served(connection, numbers)
            return [
                Due(subscriber=subscriber_of(row, slugs.get(row.id, ())), served=row.id in served)
                for row in rows
            ]

    async def write(self, edition: Edition | None, turns: Sequence[Turn], at: datetime) -> int:
        """Write deliveries and next turns in one transaction; count the deliveries written."""

        async def work(connection: AsyncConnection) -> int:
            mine = await _still_due(connection, turns)
            await _move(connection, mine)
            speaking = [turn for turn in mine if turn.digest]
            if edition is None or not speaking:
                return 0
            number = await _edition_number(connection, edition.date, at)
            return await _queue(connection, number, speaking, at)

        return await self.database.write(work)


async def _chosen(connection: AsyncConnection, numbers: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    found = await connection.execute(
        select(subscriber_domains)
        .where(subscriber_domains.c.subscriber_id.in_(numbers))
        .order_by(subscriber_domains.c.subscriber_id, subscriber_domains.c.position)
    )
    slugs: dict[int, tuple[str, ...]] = {}
    for row in found:
        slugs[row.subscriber_id] = (*slugs.get(row.subscriber_id, ()), row.slug)
    return slugs


async def _served(connection: AsyncConnection, numbers: Sequence[int]) -> frozenset[int]:
    """Give the subscribers to whom the present edition has gone already."""
    newest = await newest_date(connection)
    found = await connection.execute(
        select(endpoints.c.subscriber_id)
        .join(outbox, outbox.c.endpoint_id == endpoints.c.id)
        .join(editions, editions.c.id == outbox.c.edition_id)
        .where(
            endpoints.c.subscriber_id.in_(numbers),
            editions.c.kind == Kind.DIGEST,
            editions.c.date == newest,
        )
    )
    return frozenset(found.scalars())


async def _still_due(connection: AsyncConnection, turns: Sequence[Turn]) -> list[Turn]:
    """Give the turns that nobody else has taken since they were decided."""
    found = await connection.execute(
        select(subscribers.c.id, subscribers.c.next_at).where(
            subscribers.c.id.in_([turn.subscriber for turn in turns])
        )
    )
    due = {row.id: row.next_at for row in found}
    return [turn for turn in turns if due.get(turn.subscriber) == turn.was_due]


async def _move(connection: AsyncConnection, turns: Sequence[Turn]) -> None:
    for turn in turns:
        await connection.execute(
            update(subscribers)
            .where(subscribers.c.id == turn.subscriber)
            .values(next_at=turn.next_at, served_at=turn.served_at, watermark=turn.watermark)
        )


async def _edition_number(connection: AsyncConnection, day: date, at: datetime) -> int:
    await connection.execute(
        upsert(editions).values(kind=Kind.DIGEST, date=day, created_at=at).on_conflict_do_nothing()
    )
    found = await connection.execute(
        select(editions.c.id).where(editions.c.kind == Kind.DIGEST, editions.c.date == day)
    )
    return int(found.scalar_one())


async def _queue(connection: AsyncConnection, number: int, turns: Sequence[Turn], at: datetime) -> int:
    places = await connection.execute(
        select(endpoints).where(
            endpoints.c.subscriber_id.in_([turn.subscriber for turn in turns]),
            endpoints.c.state == EndpointState.ACTIVE,
        )
    )
    documents = {turn.subscriber: dump(turn.digest) for turn in turns if turn.digest}
    rows = [_delivery(number, place, documents[place.subscriber_id], at) for place in places.all()]
    if not rows:
        return 0
    made = await connection.execute(
        upsert(outbox).values(rows).on_conflict_do_nothing().returning(outbox.c.id)
    )
    return len(made.all())


def _delivery(number: int, place: Row[Any], document: object, at: datetime) -> dict[str, Any]:
    return {
        "key": f"e{number}.n{place.id}",
        "kind": Kind.DIGEST,
        "edition_id": number,
        "endpoint_id": place.id,
        "channel": place.channel,
        "priority": DIGEST_PRIORITY,
        "content": document,
        **new_row(at),
    }
