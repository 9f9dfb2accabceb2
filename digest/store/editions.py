"""Who is due, what can go out, and writing both down together: the face that the edition desk needs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.edition import Due, Edition, Turn
from digest.keywords import searchable
from digest.model import Candidate, EndpointState
from digest.select import OLDEST
from digest.store.content import dump
from digest.store.database import Database
from digest.store.owing import end_repaid, owed_to, still_owed
from digest.store.paper_rows import as_candidates, candidates_of, newest_date, papers_by_id
from digest.store.queued import DIGEST_PRIORITY, new_row
from digest.store.readers import chosen_domains, subscriber_of
from digest.store.tables import (
    Kind,
    editions,
    endpoints,
    outbox,
    papers,
    subscriber_domains,
    subscribers,
)


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
                .order_by(papers.c.first_date, papers.c.seq)
            )
            return Edition(date=newest, candidates=await as_candidates(connection, recent.all()))

    async def of_day(self, day: date) -> tuple[Candidate, ...]:
        """Give the papers of one report's date, in the report's order."""
        async with self.database.reading() as connection:
            return await candidates_of(connection, day)

    async def begin(self, subscriber: int, watermark: int) -> bool:
        """Count every paper up to ``watermark`` as had by a subscriber; False where it was so already."""

        async def work(connection: AsyncConnection) -> bool:
            moved = await connection.execute(
                update(subscribers)
                .where(subscribers.c.id == subscriber, subscribers.c.last_paper_seq < watermark)
                .values(last_paper_seq=watermark)
                .returning(subscribers.c.id)
            )
            return moved.first() is not None

        return await self.database.write(work)

    async def texts(self, papers: Sequence[str]) -> Mapping[str, str]:
        """Give the texts of papers as keywords are looked for in them, by id; unknown ids are absent."""
        async with self.database.reading() as connection:
            found = await papers_by_id(connection, papers)
        made = await asyncio.to_thread(lambda: [(paper.id, searchable(paper)) for paper in found.values()])
        return dict(made)

    async def due(self, now: datetime, most: int, edition: date | None) -> Sequence[Due]:
        """Give subscribers whose turn has come, the longest waiting first, as to the edition of a date."""
        async with self.database.reading() as connection:
            found = await connection.execute(
                select(subscribers)
                .where(subscribers.c.next_digest_at <= now)
                .order_by(subscribers.c.next_digest_at, subscribers.c.id)
                .limit(most)
            )
            rows = found.all()
            numbers = [row.id for row in rows]
            slugs = await chosen_domains(connection, subscriber_domains.c.subscriber_id.in_(numbers))
            served = await _served(connection, numbers, edition)
            owed = await owed_to(connection, numbers, edition, now)
            return [
                Due(
                    subscriber=subscriber_of(row, slugs.get(row.id, ())),
                    served=row.id in served,
                    owed=owed.get(row.id, ()),
                )
                for row in rows
            ]

    async def write(self, edition: Edition | None, turns: Sequence[Turn], at: datetime) -> int:
        """Write deliveries and next turns in one transaction; count the deliveries written.

        A delivery whose papers are among an endpoint's amends ends there.
        """

        async def work(connection: AsyncConnection) -> int:
            mine = await still_owed(connection, await _still_due(connection, turns), at)
            await _move(connection, mine)
            speaking = [turn for turn in mine if turn.digest or turn.amends]
            if edition is None or not speaking:
                return 0
            number = await _edition_number(connection, edition.date, at)
            places = await _queue(connection, number, speaking, at)
            await end_repaid(connection, speaking, places, edition.date, at)
            return len(places)

        return await self.database.write(work)


async def _served(
    connection: AsyncConnection, numbers: Sequence[int], edition: date | None
) -> frozenset[int]:
    """Give the subscribers to whom the edition of a date has gone already."""
    number = select(editions.c.id).where(editions.c.kind == Kind.DIGEST, editions.c.date == edition)
    found = await connection.execute(
        select(endpoints.c.subscriber_id)
        .join(outbox, outbox.c.endpoint_id == endpoints.c.id)
        .where(
            endpoints.c.subscriber_id.in_(numbers),
            outbox.c.edition_id == number.scalar_subquery(),
        )
    )
    return frozenset(found.scalars())


async def _still_due(connection: AsyncConnection, turns: Sequence[Turn]) -> list[Turn]:
    """Give the turns of subscribers who are still as they were when their turn was decided."""
    numbers = [turn.subscriber.id for turn in turns]
    found = await connection.execute(select(subscribers).where(subscribers.c.id.in_(numbers)))
    slugs = await chosen_domains(connection, subscriber_domains.c.subscriber_id.in_(numbers))
    now = {row.id: subscriber_of(row, slugs.get(row.id, ())) for row in found}
    return [turn for turn in turns if now.get(turn.subscriber.id) == turn.subscriber]


async def _move(connection: AsyncConnection, turns: Sequence[Turn]) -> None:
    if turns:
        await connection.execute(
            update(subscribers)
            .where(subscribers.c.id == bindparam("number"))
            .values(
                next_digest_at=bindparam("next"),
                last_digest_at=bindparam("served"),
                last_paper_seq=bindparam("mark"),
                papers_since=bindparam("first"),
                paused=False,
                paused_until=None,
            ),
            [
                {
                    "number": turn.subscriber.id,
                    "next": turn.next_at,
                    "served": turn.served_at,
                    "mark": turn.watermark,
                    "first": turn.since,
                }
                for turn in turns
            ],
        )


async def _edition_number(connection: AsyncConnection, day: date, at: datetime) -> int:
    await connection.execute(
        upsert(editions).values(kind=Kind.DIGEST, date=day, created_at=at).on_conflict_do_nothing()
    )
    found = await connection.execute(
        select(editions.c.id).where(editions.c.kind == Kind.DIGEST, editions.c.date == day)
    )
    return int(found.scalar_one())


async def _queue(
    connection: AsyncConnection, number: int, turns: Sequence[Turn], at: datetime
) -> frozenset[int]:
    """Write a delivery for each endpoint that has a digest; give the endpoints."""
    places = await connection.execute(
        select(endpoints).where(
            endpoints.c.subscriber_id.in_([turn.subscriber.id for turn in turns]),
            endpoints.c.state == EndpointState.ACTIVE,
        )
    )
    shared = {turn.subscriber.id: dump(turn.digest) for turn in turns if turn.digest}
    own = {one.owed.endpoint: dump(one.digest) for turn in turns for one in turn.amends}
    documents = [(place, own.get(place.id) or shared.get(place.subscriber_id)) for place in places.all()]
    rows = [_delivery(number, place, document, at) for place, document in documents if document]
    if not rows:
        return frozenset()
    # Rows as parameters, not as one VALUES: SQLAlchemy keeps each statement below SQLite's 32,766 variables.
    made = await connection.execute(
        upsert(outbox).on_conflict_do_nothing().returning(outbox.c.endpoint_id), rows
    )
    return frozenset(made.scalars())


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
