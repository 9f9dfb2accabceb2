"""Digests that are due, queued with the next delivery time in one transaction, and papers never delivered."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Candidate, DeliveryState, EndpointState
from digest.model.reasons import Reason, ReasonCode
from digest.papers.keywords import search_text
from digest.services.editions import DigestPlan, DueSubscriber, Edition, UndeliveredPapers
from digest.services.schedule import MAX_DELAY
from digest.services.selection import MAX_PAPER_AGE
from digest.storage.database import Database
from digest.storage.outbox_rows import DIGEST_PRIORITY, dump_content, new_outbox_row, papers_in
from digest.storage.papers import build_candidates, load_candidates, load_papers, newest_report_date
from digest.storage.subscriber_rows import build_subscriber, load_subscribed_domains
from digest.storage.tables import Kind, editions, endpoints, outbox, papers, subscriber_domains, subscribers
from digest.storage.types import reason_values

_CHUNK = 1000


async def undelivered_for(
    connection: AsyncConnection, subscriber_ids: Sequence[int], edition: date | None, now: datetime
) -> Mapping[int, tuple[UndeliveredPapers, ...]]:
    """Return, by subscriber, the undelivered papers of their active endpoints, without the edition of a date."""
    present = select(editions.c.id).where(editions.c.kind == Kind.DIGEST, editions.c.date == edition)
    found = await connection.execute(
        select(outbox.c.id, outbox.c.endpoint_id, outbox.c.content, outbox.c.receipts, endpoints.c.subscriber_id)
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .where(
            _undelivered(now),
            endpoints.c.subscriber_id.in_(subscriber_ids),
            endpoints.c.state == EndpointState.ACTIVE,
            outbox.c.kind == Kind.DIGEST,
            outbox.c.edition_id.not_in(present),
        )
        .order_by(outbox.c.id)
    )
    rows: dict[tuple[int, int], dict[int, list[str]]] = {}
    for row in found:
        if not row.receipts:
            rows.setdefault((row.subscriber_id, row.endpoint_id), {})[row.id] = papers_in(row.content)
    owed: dict[int, tuple[UndeliveredPapers, ...]] = {}
    for (subscriber, endpoint), by_row in rows.items():
        together = frozenset(paper for several in by_row.values() for paper in several)
        one = UndeliveredPapers(endpoint_id=endpoint, delivery_ids=frozenset(by_row), paper_ids=together)
        owed[subscriber] = (*owed.get(subscriber, ()), one)
    return owed


async def still_undelivered(
    connection: AsyncConnection, plans: Sequence[DigestPlan], now: datetime
) -> list[DigestPlan]:
    """Return the plans whose undelivered rows have not been sent or claimed since the plan was made."""
    wanted = [number for turn in plans for number in _replaced_deliveries(turn)]
    owing: set[int] = set()
    for start in range(0, len(wanted), _CHUNK):
        some = outbox.c.id.in_(wanted[start : start + _CHUNK])
        found = await connection.execute(select(outbox.c.id).where(_undelivered(now), some).with_for_update())
        owing.update(found.scalars())
    return [turn for turn in plans if owing.issuperset(_replaced_deliveries(turn))]


async def close_replaced(
    connection: AsyncConnection, plans: Sequence[DigestPlan], endpoint_ids: Collection[int], edition: date, at: datetime
) -> None:
    """Cancel the deliveries whose papers were just queued in another, at the endpoints that got one."""
    ended = [
        number
        for turn in plans
        for one in turn.catch_ups
        if one.undelivered.endpoint_id in endpoint_ids
        for number in one.undelivered.delivery_ids
    ]
    why = Reason(ReasonCode.MERGED_INTO_LATER, str(edition))
    for start in range(0, len(ended), _CHUNK):
        await connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ended[start : start + _CHUNK]))
            .values(state=DeliveryState.CANCELLED, settled_at=at, undelivered=False, **reason_values(why))
        )


def _replaced_deliveries(plan: DigestPlan) -> frozenset[int]:
    return frozenset(number for one in plan.catch_ups for number in one.undelivered.delivery_ids)


def _undelivered(now: datetime) -> ColumnElement[bool]:
    """Return the condition on rows that owe: given up, waiting after a try in vain, or waiting for too long.

    The last is what a channel leaves that was away: nobody gets three digests at once when it comes back.
    The literal names the partial index over rows that owe.
    """
    return or_(
        and_(
            outbox.c.undelivered == literal_column("1"), outbox.c.state.in_((DeliveryState.DUE, DeliveryState.REFUSED))
        ),
        and_(
            outbox.c.kind == Kind.DIGEST,
            outbox.c.settled_at.is_(None),
            outbox.c.state == DeliveryState.DUE,
            outbox.c.created_at <= now - MAX_DELAY,
            outbox.c.reason_code.is_distinct_from(ReasonCode.RESENT_BY_ADMIN),
        ),
    )


@dataclass(frozen=True, slots=True)
class SqlEditions:
    """Implements ``digest.services.editions.EditionStore``."""

    database: Database

    async def current_edition(self) -> Edition | None:
        async with self.database.read_only() as connection:
            newest = await newest_report_date(connection)
            if newest is None:
                return None
            recent = await connection.execute(
                select(papers.c.seq, papers.c.id, papers.c.first_date)
                .where(papers.c.first_date > newest - MAX_PAPER_AGE)
                .order_by(papers.c.first_date, papers.c.seq)
            )
            return Edition(date=newest, candidates=await build_candidates(connection, recent.all()))

    async def candidates_on(self, day: date) -> tuple[Candidate, ...]:
        async with self.database.read_only() as connection:
            return await load_candidates(connection, day)

    async def mark_seen_until(self, subscriber: int, last_paper_seq: int) -> bool:
        behind = (subscribers.c.id == subscriber, subscribers.c.last_paper_seq < last_paper_seq)
        moved = await self.database.execute(update(subscribers).where(*behind).values(last_paper_seq=last_paper_seq))
        return moved > 0

    async def keyword_texts(self, papers: Sequence[str]) -> Mapping[str, str]:
        async with self.database.read_only() as connection:
            found = await load_papers(connection, papers)
        made = await asyncio.to_thread(lambda: [(paper.id, search_text(paper)) for paper in found.values()])
        return dict(made)

    async def find_due(self, now: datetime, limit: int, edition: date | None) -> Sequence[DueSubscriber]:
        async with self.database.read_only() as connection:
            found = await connection.execute(
                select(subscribers)
                .where(subscribers.c.next_digest_at <= now)
                .order_by(subscribers.c.next_digest_at, subscribers.c.id)
                .limit(limit)
            )
            rows = found.all()
            numbers = [row.id for row in rows]
            slugs = await load_subscribed_domains(connection, subscriber_domains.c.subscriber_id.in_(numbers))
            served = await _find_served(connection, numbers, edition)
            owed = await undelivered_for(connection, numbers, edition, now)
            return [
                DueSubscriber(
                    subscriber=build_subscriber(row, slugs.get(row.id, ())),
                    has_edition=row.id in served,
                    undelivered=owed.get(row.id, ()),
                )
                for row in rows
            ]

    async def queue_digests(self, edition: Edition | None, plans: Sequence[DigestPlan], at: datetime) -> int:
        async def work(connection: AsyncConnection) -> int:
            mine = await still_undelivered(connection, await _still_due(connection, plans), at)
            await _reschedule(connection, mine)
            speaking = [turn for turn in mine if turn.digest or turn.catch_ups]
            if edition is None or not speaking:
                return 0
            number = await _get_or_create_edition(connection, edition.date, at)
            places = await _queue_deliveries(connection, number, speaking, at)
            await close_replaced(connection, speaking, places, edition.date, at)
            return len(places)

        return await self.database.write(work)


async def _find_served(
    connection: AsyncConnection, subscriber_ids: Sequence[int], edition: date | None
) -> frozenset[int]:
    """Return the subscribers for whom the edition of a date is already queued."""
    number = select(editions.c.id).where(editions.c.kind == Kind.DIGEST, editions.c.date == edition)
    found = await connection.execute(
        select(endpoints.c.subscriber_id)
        .join(outbox, outbox.c.endpoint_id == endpoints.c.id)
        .where(endpoints.c.subscriber_id.in_(subscriber_ids), outbox.c.edition_id == number.scalar_subquery())
    )
    return frozenset(found.scalars())


async def _still_due(connection: AsyncConnection, plans: Sequence[DigestPlan]) -> list[DigestPlan]:
    """Return the plans of subscribers who have not changed since their plan was made."""
    numbers = [turn.subscriber.id for turn in plans]
    found = await connection.execute(select(subscribers).where(subscribers.c.id.in_(numbers)))
    slugs = await load_subscribed_domains(connection, subscriber_domains.c.subscriber_id.in_(numbers))
    now = {row.id: build_subscriber(row, slugs.get(row.id, ())) for row in found}
    return [turn for turn in plans if now.get(turn.subscriber.id) == turn.subscriber]


async def _reschedule(connection: AsyncConnection, plans: Sequence[DigestPlan]) -> None:
    if plans:
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
                    "next": turn.next_digest_at,
                    "served": turn.last_digest_at,
                    "mark": turn.last_paper_seq,
                    "first": turn.papers_since,
                }
                for turn in plans
            ],
        )


async def _get_or_create_edition(connection: AsyncConnection, day: date, at: datetime) -> int:
    await connection.execute(
        upsert(editions).values(kind=Kind.DIGEST, date=day, created_at=at).on_conflict_do_nothing()
    )
    found = await connection.execute(
        select(editions.c.id).where(editions.c.kind == Kind.DIGEST, editions.c.date == day)
    )
    return int(found.scalar_one())


async def _queue_deliveries(
    connection: AsyncConnection, edition_id: int, plans: Sequence[DigestPlan], at: datetime
) -> frozenset[int]:
    """Insert a delivery for each endpoint that has a digest; return those endpoints."""
    places = await connection.execute(
        select(endpoints).where(
            endpoints.c.subscriber_id.in_([turn.subscriber.id for turn in plans]),
            endpoints.c.state == EndpointState.ACTIVE,
        )
    )
    shared = {turn.subscriber.id: dump_content(turn.digest) for turn in plans if turn.digest}
    own = {one.undelivered.endpoint_id: dump_content(one.digest) for turn in plans for one in turn.catch_ups}
    documents = [(place, own.get(place.id) or shared.get(place.subscriber_id)) for place in places.all()]
    rows = [_delivery_row(edition_id, place, document, at) for place, document in documents if document]
    if not rows:
        return frozenset()
    # Rows as parameters, not as one VALUES: SQLAlchemy keeps each statement below SQLite's 32,766 variables.
    made = await connection.execute(upsert(outbox).on_conflict_do_nothing().returning(outbox.c.endpoint_id), rows)
    return frozenset(made.scalars())


def _delivery_row(edition_id: int, endpoint: Row[Any], content: object, at: datetime) -> dict[str, Any]:
    return {
        "key": f"e{edition_id}.n{endpoint.id}",
        "kind": Kind.DIGEST,
        "edition_id": edition_id,
        "endpoint_id": endpoint.id,
        "channel": endpoint.channel,
        "priority": DIGEST_PRIORITY,
        "content": content,
        **new_outbox_row(at),
    }
