"""What endpoints are owed: digests of earlier editions that surely never arrived, until one has them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import DeliveryState, EndpointState
from digest.model.reasons import Reason, ReasonCode
from digest.services.editions import DigestPlan, UndeliveredPapers
from digest.services.schedule import MAX_DELAY
from digest.storage.delivery_content import papers_in
from digest.storage.reason_columns import reason_values
from digest.storage.tables import Kind, editions, endpoints, outbox

_CHUNK = 1000


async def undelivered_for(
    connection: AsyncConnection, subscriber_ids: Sequence[int], edition: date | None, now: datetime
) -> Mapping[int, tuple[UndeliveredPapers, ...]]:
    """Give, by subscriber, what their active endpoints are owed of editions other than that of a date."""
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
    """Return the turns of whose debts none has left, or been claimed to leave, since they were decided."""
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
    """End the deliveries whose papers were just written into another, at the endpoints that got one."""
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
