"""Days that have passed: what was tallied, and what the tables still tell of the days before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, EndpointState
from digest.services.admin import StatsHistory
from digest.storage.database import Database
from digest.storage.tables import (
    daily_counts,
    endpoints,
    outbox,
    paper_domains,
    report_papers,
    subscriber_domains,
    subscribers,
)

_SUBSCRIBERS_KEY = "subscribers"
_CHANNEL_PREFIX = "endpoints."
_DOMAIN_PREFIX = "domain."


@dataclass(frozen=True, slots=True)
class SqlStatsHistory:
    """Implements ``digest.services.admin.HistoryStore``."""

    database: Database

    async def load_history(self, since: date, until: date) -> StatsHistory:
        """Return the days from ``since`` to ``until``, both with them."""
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
        """Write down how many there are today, once a day; False where that is done."""
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
    readers = await connection.execute(select(func.count()).select_from(subscribers))
    active = await connection.execute(
        select(endpoints.c.channel, func.count())
        .where(endpoints.c.state == EndpointState.ACTIVE)
        .group_by(endpoints.c.channel)
    )
    followed = await connection.execute(
        select(subscriber_domains.c.slug, func.count()).group_by(subscriber_domains.c.slug)
    )
    everything = await connection.execute(
        select(func.count()).where(subscribers.c.all_domains == True)  # noqa: E712 - SQL
    )
    channels = dict.fromkeys(Channel, 0) | {Channel(name): n for name, n in active}
    return {
        _SUBSCRIBERS_KEY: readers.scalar_one(),
        **{f"{_CHANNEL_PREFIX}{channel}": n for channel, n in channels.items()},
        _DOMAIN_PREFIX: everything.scalar_one(),
        **{f"{_DOMAIN_PREFIX}{slug}": n for slug, n in followed},
    }


async def _daily_totals(
    connection: AsyncConnection, name: str, created_at_query: Select[Any], since: date, until: date
) -> Mapping[date, int]:
    """Return how many there were on each day: as tallied, else those of today who were there by then."""
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
