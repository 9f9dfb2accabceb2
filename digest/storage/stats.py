"""The store in numbers, and the lists that chats saw last."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, Digest, EndpointState, Target
from digest.model.clock import Clock
from digest.services.admin import LastReport, QueueStatus, Stats, UpcomingDigests
from digest.storage.database import Database
from digest.storage.delivery_content import load_content
from digest.storage.paper_rows import newest_report_date
from digest.storage.subscriber_rows import CONFIRMED, thread_number
from digest.storage.tables import Kind, endpoints, last_lists, outbox, papers, reports, subscriber_domains, subscribers


@dataclass(frozen=True, slots=True)
class SqlStats:
    """Implements ``digest.services.admin.stats.StatsStore``."""

    database: Database
    clock: Clock

    async def load_stats(self) -> Stats:
        """Count everything, in one consistent read."""
        async with self.database.read_only() as connection:
            state = await connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
            deliveries = {DeliveryState(name): n for name, n in state}
            channel = await connection.execute(
                select(endpoints.c.channel, func.count())
                .where(endpoints.c.state == EndpointState.ACTIVE)
                .group_by(endpoints.c.channel)
            )
            slug = await connection.execute(
                select(subscriber_domains.c.slug, func.count())
                .join(subscribers, subscribers.c.id == subscriber_domains.c.subscriber_id)
                .where(subscribers.c.all_domains == False)  # noqa: E712 - SQL
                .group_by(subscriber_domains.c.slug)
            )
            oldest = await connection.execute(
                select(outbox.c.not_before)
                .where(outbox.c.state == DeliveryState.DUE, outbox.c.settled_at.is_(None))
                .order_by(outbox.c.not_before)
                .limit(1)
            )
            return Stats(
                subscribers=await _count(connection, select(func.count()).select_from(subscribers)),
                paused=await _count(
                    connection,
                    select(func.count()).where(subscribers.c.paused == True),  # noqa: E712 - SQL
                ),
                endpoints={Channel(name): n for name, n in channel},
                domain_followers={name: n for name, n in slug},  # noqa: C416 - rows are tuples to be named
                all_domains=await _count(
                    connection,
                    select(func.count()).where(subscribers.c.all_domains == True),  # noqa: E712 - SQL
                ),
                reports=await _count(connection, select(func.count(reports.c.date.distinct()))),
                papers=await _count(connection, select(func.count()).select_from(papers)),
                newest_report=await newest_report_date(connection),
                deliveries=deliveries,
                oldest_due=oldest.scalar_one_or_none(),
            )

    async def queue_status(self, since: datetime) -> QueueStatus:
        """Tell what waits on each channel by now, and what went wrong since a moment."""
        due = (outbox.c.settled_at.is_(None), outbox.c.state == DeliveryState.DUE, outbox.c.not_before <= self.clock())
        newest = select(reports).order_by(reports.c.id.desc()).limit(1)
        async with self.database.read_only() as connection:
            waiting = await connection.execute(
                select(outbox.c.channel, func.count()).where(*due).group_by(outbox.c.channel)
            )
            bad = await connection.execute(
                select(outbox.c.state, func.count())
                .where(
                    or_(
                        outbox.c.state == DeliveryState.UNCERTAIN,
                        and_(outbox.c.state == DeliveryState.REFUSED, outbox.c.settled_at >= since),
                    )
                )
                .group_by(outbox.c.state)
            )
            oldest = await connection.execute(select(func.min(outbox.c.not_before)).where(*due))
            report = (await connection.execute(newest)).one_or_none()
            states = {DeliveryState(name): n for name, n in bad}
            return QueueStatus(
                waiting=dict.fromkeys(Channel, 0) | {Channel(name): n for name, n in waiting},
                oldest_due=oldest.scalar_one_or_none(),
                uncertain=states.get(DeliveryState.UNCERTAIN, 0),
                refused=states.get(DeliveryState.REFUSED, 0),
                report=_last_report(report) if report else None,
            )

    async def upcoming_digests(self) -> UpcomingDigests:
        """Tell whose digests are to come."""
        query = select(func.count(subscribers.c.next_digest_at), func.min(subscribers.c.next_digest_at))
        async with self.database.read_only() as connection:
            readers, first = (await connection.execute(query)).one()
            return UpcomingDigests(subscribers=readers, first_at=first)


@dataclass(frozen=True, slots=True)
class SqlLastLists:
    """Implements ``digest.services.admin.deliveries.LastListStore``."""

    database: Database

    async def save(self, target: Target, papers: tuple[str, ...], at: datetime) -> None:
        """Keep the list that was just shown."""
        values = {"papers": list(papers), "shown_at": at}

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                upsert(last_lists)
                .values(channel=target.channel, address=target.address, thread=thread_number(target), **values)
                .on_conflict_do_update(index_elements=["channel", "address", "thread"], set_=values)
            )

        await self.database.write(work)

    async def load(self, target: Target) -> tuple[str, ...]:
        """Return the newest list: one shown on request or the last digest sent, whichever is newer."""
        place = (
            last_lists.c.channel == target.channel,
            last_lists.c.address == target.address,
            last_lists.c.thread == thread_number(target),
        )
        sent = (
            select(outbox.c.content, outbox.c.settled_at)
            .join(endpoints, endpoints.c.id == outbox.c.endpoint_id)
            .where(
                endpoints.c.channel == target.channel,
                endpoints.c.address == target.address,
                endpoints.c.thread == thread_number(target),
                CONFIRMED,
                outbox.c.kind == Kind.DIGEST,
                outbox.c.state == DeliveryState.SENT,
            )
            .order_by(outbox.c.settled_at.desc())
            .limit(1)
        )
        async with self.database.read_only() as connection:
            shown = (await connection.execute(select(last_lists).where(*place))).one_or_none()
            last = (await connection.execute(sent)).one_or_none()
        if last and (shown is None or last.settled_at > shown.shown_at):
            content = load_content(Kind.DIGEST, last.content)
            return tuple(pick.paper_id for pick in content.papers) if isinstance(content, Digest) else ()
        return tuple(shown.papers) if shown else ()


def _last_report(row: Row[Any]) -> LastReport:
    return LastReport(date=row.date, received_at=row.ingested_at, papers=row.papers, problems=len(row.problems))


async def _count(connection: AsyncConnection, query: object) -> int:
    return int((await connection.execute(query)).scalar_one())  # type: ignore[call-overload] # any SELECT of one number
