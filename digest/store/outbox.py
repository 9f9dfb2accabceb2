"""The outbox: one row for each message to one endpoint, and every change of its state in one statement."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, literal, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.courier import Hold, Settlement, Streak
from digest.model import Channel, Delivery, DeliveryState
from digest.news import News
from digest.overview import EditionKey, Listed, Obstacle, Order, Plan, Wanted
from digest.reasons import Reason, ReasonCode
from digest.store import orders
from digest.store.content import papers_in
from digest.store.database import Database
from digest.store.facts import allow_gone, gone_allowed, hold_of, keep_hold, keep_streak, streak_of
from digest.store.groups import end_chat_of
from digest.store.leases import Recovered, deliveries, recover, target_of
from digest.store.moving import move_endpoint
from digest.store.queued import CODE_BLANKED, FREE, end_endpoint, new_row, tell_chats
from digest.store.reasons import read_reason, reason_values
from digest.store.returns import refused
from digest.store.suspects import GIVEN_BACK, choose, waiting
from digest.store.tables import editions, endpoints, outbox
from digest.store.telling import tell_owners

_KEPT_WHEN_RESENT = ("created_at", "receipts", "shortened")


def _nobody(_owner: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class StoredOutbox:
    """Implements ``digest.courier.Outbox`` and ``digest.overview.Deliveries``."""

    database: Database

    async def claim(
        self,
        channel: Channel,
        owner: str,
        *,
        due: datetime,
        now: datetime,
        until: datetime,
        most: int,
        holding: Collection[int] = (),
    ) -> Sequence[Delivery]:
        """Lease what is due, the urgent first; dead leases are recovered on the way.

        What was leased when the program ended may be what ends it: such rows come first, one at a time, and
        alone where that must be seen; see ``digest.store.suspects``.
        """

        async def work(connection: AsyncConnection) -> Sequence[Delivery]:
            dead = and_(
                outbox.c.owner.is_not(None),
                outbox.c.channel == channel,
                outbox.c.lease_until <= now,
                not_(and_(outbox.c.owner == owner, outbox.c.id.in_(holding))),
            )
            await recover(connection, dead, now)
            choice = await choose(connection, channel, due=due, now=now, most=most)
            if not choice.ids:
                return []
            leased: dict[str, Any] = {"state": DeliveryState.LEASED, "owner": owner, "lease_until": until}
            if choice.alone:
                leased["claims"] = -outbox.c.claims
            await connection.execute(update(outbox).where(outbox.c.id.in_(choice.ids)).values(**leased))
            return await deliveries(connection, choice.ids, now)

        return await self.database.write(work)

    async def waits(self, channel: Channel, due: datetime, now: datetime) -> bool:
        """Tell whether something is due that could not be claimed for a moment."""
        async with self.database.reading() as connection:
            return await waiting(connection, channel, due, now)

    async def sending(self, delivery: int, owner: str) -> bool:
        """Mark that bytes may leave from now on; False where the lease is lost."""
        return await self._own(delivery, owner, DeliveryState.LEASED, {"state": DeliveryState.SENDING})

    async def arrived(self, delivery: int, owner: str, receipts: tuple[str, ...]) -> bool:
        """Note the parts that arrived and lease the rest on; False where the lease is lost."""
        values = {"state": DeliveryState.LEASED, "receipts": list(receipts), "claims": 0}
        return await self._own(delivery, owner, DeliveryState.SENDING, values)

    async def settle(self, delivery: int, owner: str, settlement: Settlement, at: datetime) -> bool:
        """Write down the end of a try; False where the lease is lost."""

        async def work(connection: AsyncConnection) -> bool:
            over = settlement.state is not DeliveryState.DUE
            ended = await connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery, outbox.c.owner == owner)
                .values(
                    state=settlement.state,
                    not_before=settlement.not_before or outbox.c.not_before,
                    receipts=list(settlement.receipts),
                    attempts=outbox.c.attempts + int(settlement.counts),
                    shortened=or_(outbox.c.shortened == True, literal(settlement.shorter)),  # noqa: E712 - SQL
                    undelivered=_owes(settlement),
                    claims=0,
                    **reason_values(settlement.reason),
                    settled_at=at if over else None,
                    **(CODE_BLANKED if over else {}),
                    **FREE,
                )
                .returning(outbox.c.endpoint_id)
            )
            endpoint = ended.scalar_one_or_none()
            if endpoint is None:
                return False
            await _follow_up(connection, endpoint, settlement, at)
            if settlement.bounce:
                await refused(connection, endpoint, str(delivery), settlement.bounce, at)
            return True

        return await self.database.write(work)

    async def renew(self, owner: str, until: datetime, holding: Collection[int]) -> None:
        """Lengthen the leases of what an owner holds; what it forgot runs out."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(outbox)
                .where(outbox.c.owner == owner, outbox.c.id.in_(holding))
                .values(lease_until=until)
            )

        await self.database.write(work)

    async def release(self, owner: str) -> int:
        """Give back what an owner has leased and not begun; count it."""

        async def work(connection: AsyncConnection) -> int:
            freed = await connection.execute(
                update(outbox)
                .where(outbox.c.owner == owner, outbox.c.state == DeliveryState.LEASED)
                .values(state=DeliveryState.DUE, claims=GIVEN_BACK, **FREE)
                .returning(outbox.c.id)
            )
            return len(freed.all())

        return await self.database.write(work)

    async def recover(self, now: datetime, lives: Callable[[str], bool] = _nobody) -> Recovered:
        """Take back what dead owners held, and what has been held for longer than its lease.

        ``lives`` tells whether an owner lives. Without it nobody does: for whoever knows that nobody else
        sends.
        """

        async def work(connection: AsyncConnection) -> Recovered:
            found = await connection.execute(
                select(outbox.c.owner).where(outbox.c.owner.is_not(None)).distinct()
            )
            dead = [owner for owner in found.scalars() if not lives(owner)]
            over = or_(outbox.c.owner.in_(dead), outbox.c.lease_until <= now)
            return await recover(connection, and_(outbox.c.owner.is_not(None), over), now)

        return await self.database.write(work)

    async def rows(
        self,
        state: DeliveryState | None = None,
        most: int = 200,
        *,
        edition: EditionKey | None = None,
        channel: Channel | None = None,
    ) -> Sequence[Listed]:
        """List deliveries, the newest first; only those of a state, an edition, a channel."""
        query = listing().order_by(outbox.c.id.desc()).limit(most)
        if state:
            query = query.where(outbox.c.state == state)
        if edition is not None:
            query = query.where(orders.of_edition(edition))
        if channel:
            query = query.where(outbox.c.channel == channel)
        async with self.database.reading() as connection:
            return [listed_of(row) for row in await connection.execute(query)]

    async def obstacles(self, ids: Sequence[int]) -> Mapping[int, DeliveryState | Obstacle]:
        """Give what keeps deliveries from being sent again: an obstacle, else their state, by their ids."""
        async with self.database.reading() as connection:
            return await orders.obstacles(connection, ids)

    async def resend(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Make ended rows due again, by an admin's will; give those that were: never one with an obstacle."""
        return await self.database.write(
            lambda connection: orders.change_some(connection, Order.RESEND, ids, _values(Order.RESEND, at))
        )

    async def cancel(self, ids: Sequence[int], at: datetime) -> Sequence[int]:
        """Cancel rows that have not begun to be sent, or whose end is unknown; give those that were."""
        return await self.database.write(
            lambda connection: orders.change_some(connection, Order.CANCEL, ids, _values(Order.CANCEL, at))
        )

    async def plan(self, order: Order, wanted: Wanted) -> Plan:
        """Count what an order would change and what not, and note which deliveries those are."""
        async with self.database.reading() as connection:
            return await orders.plan(connection, order, wanted)

    async def carry_out(self, plan: Plan, at: datetime) -> int:
        """Change what a plan counted and is still as it was, nothing else; count that."""
        return await self.database.write(
            lambda connection: orders.carry_out(connection, plan, _values(plan.order, at))
        )

    async def streak(self, channel: Channel) -> Streak:
        """Return how the last deliveries of a channel ended, as it was kept."""
        async with self.database.reading() as connection:
            return await streak_of(connection, channel)

    async def keep_streak(self, channel: Channel, streak: Streak) -> None:
        """Keep how the last deliveries of a channel ended, beyond the end of the program."""
        await self.database.write(lambda connection: keep_streak(connection, channel, streak))

    async def gone_allowed(self, channel: Channel, now: datetime) -> datetime | None:
        """Return until when an admin lets addresses end, None where that is not so at ``now``."""
        async with self.database.reading() as connection:
            return await gone_allowed(connection, channel, now)

    async def allow_gone(self, channel: Channel, until: datetime) -> None:
        """Let addresses end until a moment, though many do so in a row: an admin says that it is true."""
        await self.database.write(lambda connection: allow_gone(connection, channel, until))

    async def hold(self, channel: Channel, hold: Hold) -> None:
        """Keep that a channel waits, beyond the end of the program."""
        await self.database.write(lambda connection: keep_hold(connection, channel, hold))

    async def held(self, channel: Channel, now: datetime) -> Hold | None:
        """Give what was kept, None where nothing was or its time has passed; that is forgotten then."""
        return await self.database.write(lambda connection: hold_of(connection, channel, now))

    async def _own(self, delivery: int, owner: str, state: DeliveryState, values: dict[str, Any]) -> bool:
        """Change a row that ``owner`` holds in ``state``; False where it does not."""

        async def work(connection: AsyncConnection) -> bool:
            changed = await connection.execute(
                update(outbox)
                .where(outbox.c.id == delivery, outbox.c.owner == owner, outbox.c.state == state)
                .values(**values)
                .returning(outbox.c.id)
            )
            return changed.scalar_one_or_none() is not None

        return await self.database.write(work)


def _values(order: Order, at: datetime) -> dict[str, Any]:
    """Give what an admin's order makes of a row; what arrived of it, and how long it may be, stays."""
    if order is Order.CANCEL:
        cancelled = {"state": DeliveryState.CANCELLED, "settled_at": at, "undelivered": False}
        why = reason_values(Reason(ReasonCode.CANCELLED_BY_ADMIN))
        return {**cancelled, **why, **FREE, **CODE_BLANKED}
    again = {**new_row(at), **reason_values(Reason(ReasonCode.RESENT_BY_ADMIN)), "settled_at": None}
    return {name: value for name, value in again.items() if name not in _KEPT_WHEN_RESENT}


def _owes(settlement: Settlement) -> ColumnElement[bool]:
    """Tell whether the papers may go into the endpoint's next digest: tried in vain, or given up."""
    if settlement.state is DeliveryState.DUE:
        return outbox.c.attempts + int(settlement.counts) > 0
    return literal(settlement.given_up)


async def _follow_up(
    connection: AsyncConnection, endpoint: int, settlement: Settlement, at: datetime
) -> None:
    """Let the endpoint feel how a try to it ended."""
    if settlement.forgiven:
        await connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(failure_count=0))
    if settlement.news is News.OUT:
        await end_chat_of(connection, endpoint, settlement.reason, News.OUT, at)
    elif settlement.news and not (settlement.point and await _has_points(connection, endpoint)):
        await tell_owners(connection, [endpoint], settlement.news, at)
    if settlement.point:
        await _point_against(connection, endpoint, settlement.not_before or at)
    if settlement.moved_to:
        await move_endpoint(connection, endpoint, settlement.moved_to, at)
    if settlement.tell:
        await tell_chats(connection, endpoint, settlement.tell, at)
    if settlement.endpoint_gone:
        await end_endpoint(connection, endpoint, settlement.reason, at)


async def _has_points(connection: AsyncConnection, endpoint: int) -> bool:
    """Tell whether something speaks against an endpoint already, so that its owner has heard of it."""
    found = await connection.execute(select(endpoints.c.failure_count).where(endpoints.c.id == endpoint))
    return bool(found.scalar_one())


async def _point_against(connection: AsyncConnection, endpoint: int, until: datetime) -> None:
    """Count a point, and let whatever is due at the endpoint wait as long."""
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id == endpoint)
        .values(failure_count=endpoints.c.failure_count + 1)
    )
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.endpoint_id == endpoint,
            outbox.c.state == DeliveryState.DUE,
            outbox.c.not_before < until,
        )
        .values(not_before=until)
    )


def listing() -> Select[Any]:
    """Give the query of what ``listed_of`` reads."""
    return (
        select(outbox, endpoints.c.address, endpoints.c.thread, editions.c.date)
        .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
        .outerjoin(editions, editions.c.id == outbox.c.edition_id)
    )


def listed_of(row: Row[Any]) -> Listed:
    """Give what a row of ``listing`` says."""
    return Listed(
        id=row.id,
        key=row.key,
        kind=row.kind,
        edition=orders.edition_of(row.date, row.edition_id, row.kind),
        target=target_of(row),
        state=DeliveryState(row.state),
        reason=read_reason(row),
        attempts=row.attempts,
        created_at=row.created_at,
        not_before=row.not_before,
        settled_at=row.settled_at,
        receipts=tuple(row.receipts),
        papers=len(papers_in(row.content)),
    )
