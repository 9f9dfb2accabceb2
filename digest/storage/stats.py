"""Numbers for admins, now and per day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, and_, cast, func, insert, or_, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, Digest, EndpointState, Target
from digest.model.clock import Clock
from digest.services.admin import LastReport, QueueStatus, Stats, StatsHistory, UpcomingDigests
from digest.storage.database import Database
from digest.storage.outbox_rows import load_content
from digest.storage.papers import newest_report_date
from digest.storage.subscriber_rows import CONFIRMED, thread_number
from digest.storage.tables import (
    Kind,
    daily_counts,
    endpoints,
    last_lists,
    outbox,
    paper_domains,
    papers,
    report_papers,
    reports,
    subscriber_domains,
    subscribers,
)


@dataclass(frozen=True, slots=True)
class SqlStats:
    """Implements ``digest.services.admin.stats.StatsStore``."""

    database: Database
    clock: Clock

    async def load_stats(self) -> Stats:
        oldest = (
            select(outbox.c.not_before)
            .where(outbox.c.state == DeliveryState.DUE, outbox.c.settled_at.is_(None))
            .order_by(outbox.c.not_before)
            .limit(1)
        )
        chosen = subscriber_domains.c.subscriber_id.in_(
            select(subscribers.c.id).where(subscribers.c.all_domains == False)  # noqa: E712 - SQL
        )
        async with self.database.read_only() as connection:
            states = await _count_by(connection, outbox.c.state)
            channels = await _count_by(connection, endpoints.c.channel, endpoints.c.state == EndpointState.ACTIVE)
            return Stats(
                subscribers=await _count(connection, select(func.count()).select_from(subscribers)),
                paused=await _count(connection, select(func.count()).where(subscribers.c.paused == True)),  # noqa: E712 - SQL
                endpoints={Channel(name): n for name, n in channels.items()},
                domain_followers=await _count_by(connection, subscriber_domains.c.slug, chosen),
                all_domains=await _count(connection, _COUNT_ALL_DOMAINS),
                reports=await _count(connection, select(func.count(reports.c.date.distinct()))),
                papers=await _count(connection, select(func.count()).select_from(papers)),
                newest_report=await newest_report_date(connection),
                deliveries={DeliveryState(name): n for name, n in states.items()},
                oldest_due=(await connection.execute(oldest)).scalar_one_or_none(),
            )

    async def queue_status(self, since: datetime) -> QueueStatus:
        due = (outbox.c.settled_at.is_(None), outbox.c.state == DeliveryState.DUE, outbox.c.not_before <= self.clock())
        failed = or_(
            outbox.c.state == DeliveryState.UNCERTAIN,
            and_(outbox.c.state == DeliveryState.REFUSED, outbox.c.settled_at >= since),
        )
        newest = select(reports).order_by(reports.c.id.desc()).limit(1)
        async with self.database.read_only() as connection:
            waiting = await _count_by(connection, outbox.c.channel, *due)
            states = await _count_by(connection, outbox.c.state, failed)
            oldest = await connection.execute(select(func.min(outbox.c.not_before)).where(*due))
            report = (await connection.execute(newest)).one_or_none()
            return QueueStatus(
                waiting=dict.fromkeys(Channel, 0) | {Channel(name): n for name, n in waiting.items()},
                oldest_due=oldest.scalar_one_or_none(),
                uncertain=states.get(DeliveryState.UNCERTAIN, 0),
                refused=states.get(DeliveryState.REFUSED, 0),
                report=_last_report(report) if report else None,
            )

    async def upcoming_digests(self) -> UpcomingDigests:
        query = select(func.count(subscribers.c.next_digest_at), func.min(subscribers.c.next_digest_at))
        async with self.database.read_only() as connection:
            count, first_at = (await connection.execute(query)).one()
        return UpcomingDigests(subscribers=count, first_at=first_at)


@dataclass(frozen=True, slots=True)
class SqlLastLists:
    """Implements ``digest.services.admin.deliveries.LastListStore``."""

    database: Database

    async def save(self, target: Target, papers: tuple[str, ...], at: datetime) -> None:
        values = {"papers": list(papers), "shown_at": at}
        await self.database.execute(
            upsert(last_lists)
            .values(channel=target.channel, address=target.address, thread=thread_number(target), **values)
            .on_conflict_do_update(index_elements=["channel", "address", "thread"], set_=values)
        )

    async def load(self, target: Target) -> tuple[str, ...]:
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


_COUNT_ALL_DOMAINS = select(func.count()).where(subscribers.c.all_domains == True)  # noqa: E712 - SQL


async def _count_by(
    connection: AsyncConnection, column: ColumnElement[str], *conditions: ColumnElement[bool]
) -> dict[str, int]:
    """Count rows by the value of a column."""
    found = await connection.execute(select(column, func.count()).where(*conditions).group_by(column))
    return {value: n for value, n in found}  # noqa: C416 - rows are tuples to be named


async def _count(connection: AsyncConnection, query: object) -> int:
    return int((await connection.execute(query)).scalar_one())  # type: ignore[call-overload] # any SELECT of one number


_SUBSCRIBERS_KEY = "subscribers"
_CHANNEL_PREFIX = "endpoints."
_DOMAIN_PREFIX = "domain."


@dataclass(frozen=True, slots=True)
class SqlStatsHistory:
    """Implements ``digest.services.admin.stats.HistoryStore``."""

    database: Database

    async def load_history(self, since: date, until: date) -> StatsHistory:
        async with self.database.read_only() as connection:
            return StatsHistory(
                subscribers={
                    None: await _daily_totals(
                        connection, _SUBSCRIBERS_KEY, select(subscribers.c.created_at), since, until
                    ),
                    **{
                        channel: await _daily_totals(
                            connection,
                            f"{_CHANNEL_PREFIX}{channel}",
                            select(endpoints.c.created_at).where(
                                endpoints.c.channel == channel, endpoints.c.state == EndpointState.ACTIVE
                            ),
                            since,
                            until,
                        )
                        for channel in Channel
                    },
                },
                outcomes=await _count_outcomes(connection, since, until),
                papers=await _count_papers(connection, since, until),
            )

    async def record_daily_counts(self, at: datetime) -> bool:
        day = at.astimezone(UTC).date()
        done = select(daily_counts.c.value).where(daily_counts.c.day == day, daily_counts.c.name == _SUBSCRIBERS_KEY)
        async with self.database.read_only() as connection:
            if (await connection.execute(done)).first() is not None:
                return False

        async def work(connection: AsyncConnection) -> bool:
            if (await connection.execute(done)).first() is not None:
                return False
            counted = await _count_now(connection)
            rows = [{"day": day, "name": name, "value": n} for name, n in counted.items()]
            await connection.execute(insert(daily_counts), rows)
            return True

        return await self.database.write(work)


async def _count_now(connection: AsyncConnection) -> dict[str, int]:
    """Count readers, active endpoints by channel, and followers by domain."""
    active = await _count_by(connection, endpoints.c.channel, endpoints.c.state == EndpointState.ACTIVE)
    followed = await _count_by(connection, subscriber_domains.c.slug)
    channels = dict.fromkeys(Channel, 0) | {Channel(name): n for name, n in active.items()}
    return {
        _SUBSCRIBERS_KEY: await _count(connection, select(func.count()).select_from(subscribers)),
        **{f"{_CHANNEL_PREFIX}{channel}": n for channel, n in channels.items()},
        _DOMAIN_PREFIX: await _count(connection, _COUNT_ALL_DOMAINS),
        **{f"{_DOMAIN_PREFIX}{slug}": n for slug, n in followed.items()},
    }


async def _daily_totals(
    connection: AsyncConnection, name: str, created_at_query: Select[Any], since: date, until: date
) -> Mapping[date, int]:
    """Return the totals by day: as recorded, else counted from the rows of today that existed by then."""
    found = await connection.execute(
        select(daily_counts.c.day, daily_counts.c.value).where(
            daily_counts.c.name == name, daily_counts.c.day >= since, daily_counts.c.day <= until
        )
    )
    tallied: dict[date, int] = {day: n for day, n in found}  # noqa: C416 - rows are tuples to be named
    moment = created_at_query.selected_columns[0]
    day = _utc_day(moment)
    per_day = await connection.execute(created_at_query.with_only_columns(day, func.count()).group_by(day))
    made_on = {date.fromisoformat(text): n for text, n in per_day}
    there = sum(n for one, n in made_on.items() if one < since)
    grown = {}
    for one in (since + timedelta(days=at) for at in range((until - since).days + 1)):
        there += made_on.get(one, 0)
        grown[one] = tallied.get(one, there)
    return grown


async def _count_outcomes(
    connection: AsyncConnection, since: date, until: date
) -> Mapping[DeliveryState, Mapping[date, int]]:
    day = _utc_day(outbox.c.settled_at)
    found = await connection.execute(
        select(outbox.c.state, day, func.count())
        .where(
            outbox.c.settled_at >= datetime.combine(since, time(), UTC),
            outbox.c.settled_at < datetime.combine(until + timedelta(days=1), time(), UTC),
        )
        .group_by(outbox.c.state, day)
    )
    outcomes: dict[DeliveryState, dict[date, int]] = {}
    for state, text, n in found:
        outcomes.setdefault(DeliveryState(state), {})[date.fromisoformat(text)] = n
    return outcomes


async def _count_papers(connection: AsyncConnection, since: date, until: date) -> Mapping[str, Mapping[date, int]]:
    found = await connection.execute(
        select(paper_domains.c.slug, report_papers.c.date, func.count())
        .join(report_papers, report_papers.c.paper_seq == paper_domains.c.paper_seq)
        .where(report_papers.c.date >= since, report_papers.c.date <= until)
        .group_by(paper_domains.c.slug, report_papers.c.date)
    )
    papers: dict[str, dict[date, int]] = {}
    for slug, day, n in found:
        papers.setdefault(slug, {})[day] = n
    return papers


def _utc_day(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.substr(cast(column, Text), 1, 10)
