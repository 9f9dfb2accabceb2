"""Broadcasts: their audience, frozen when they are queued, and how far each is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Join, Row, Text, and_, cast, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Announcement, Channel, DeliveryState, EndpointState, Locale
from digest.model.reasons import Reason, ReasonCode
from digest.services.broadcasts import Audience, AudienceCounts, Broadcast, BroadcastStatus, StatusMessage
from digest.storage.database import Database
from digest.storage.outbox_rows import BROADCAST_PRIORITY, UNCLAIMED, UNSENT, dump_content, new_outbox_row
from digest.storage.tables import Kind, editions, endpoints, outbox, subscriber_domains, subscribers
from digest.storage.types import reason_values


@dataclass(frozen=True, slots=True)
class SqlBroadcasts:
    """Implements ``digest.services.broadcasts.BroadcastStore``."""

    database: Database

    async def count_recipients(self, audience: Audience) -> Mapping[Channel, int]:
        async with self.database.read_only() as connection:
            return await _count_by_channel(connection, audience)

    async def audience_counts(self, audience: Audience) -> AudienceCounts:
        async with self.database.read_only() as connection:
            reached_on = await _count_by_channel(connection, replace(audience, channel=None))
            spoken = await _count_by_column(connection, replace(audience, locale=None), subscribers.c.locale)
            everything, domains = await _count_by_domain(connection, replace(audience, domains=None))
        channels: dict[Channel | None, int] = {None: sum(reached_on.values())} | reached_on
        locales: dict[Locale | None, int] = {
            None: sum(spoken.values()),
            **{locale: spoken.get(locale, 0) for locale in Locale},
        }
        return AudienceCounts(channels=channels, locales=locales, domains=domains, all_domains=everything)

    async def queue(self, text: str, audience: Audience, author: str, at: datetime) -> Broadcast:
        async def work(connection: AsyncConnection) -> Broadcast:
            made = await connection.execute(
                insert(editions)
                .values(
                    kind=Kind.BROADCAST,
                    text=text,
                    audience={"domains": audience.domains, "channel": audience.channel, "locale": audience.locale},
                    created_by=author,
                    created_at=at,
                )
                .returning(editions.c.id)
            )
            number: int = made.scalar_one()
            for locale in Locale:
                content = dump_content(Announcement(text=text, locale=locale))
                await _queue_messages(connection, audience, locale, number, content, at)
            counted = await connection.execute(
                select(outbox.c.channel, func.count()).where(outbox.c.edition_id == number).group_by(outbox.c.channel)
            )
            queued = {Channel(name): n for name, n in counted}
            return Broadcast(
                id=number, queued={one: queued.get(one, 0) for one in Channel if _includes_channel(audience, one)}
            )

        return await self.database.write(work)

    async def find_status(self, number: int) -> BroadcastStatus | None:
        async with self.database.read_only() as connection:
            row = (await connection.execute(select(editions).where(_is_broadcast(number)))).one_or_none()
            return await _build_status(connection, row) if row else None

    async def list_newest(self, limit: int) -> Sequence[BroadcastStatus]:
        newest = select(editions).where(editions.c.kind == Kind.BROADCAST).order_by(editions.c.id.desc()).limit(limit)
        async with self.database.read_only() as connection:
            return [await _build_status(connection, row) for row in (await connection.execute(newest)).all()]

    async def unreported(self) -> Sequence[int]:
        rows = await self.database.fetch_all(
            select(editions.c.id, editions.c.progress_message)
            .where(editions.c.kind == Kind.BROADCAST, editions.c.progress_message.is_not(None))
            .order_by(editions.c.id)
        )
        return [row.id for row in rows if row.progress_message and not row.progress_message.get("reported")]

    async def pause(self, number: int, at: datetime) -> bool:
        left = select(outbox.c.id).where(outbox.c.edition_id == number, outbox.c.settled_at.is_(None))
        running = (_is_broadcast(number), editions.c.paused_at.is_(None), left.exists())
        return await self.database.execute(update(editions).where(*running).values(paused_at=at)) > 0

    async def resume(self, number: int) -> bool:
        paused = (_is_broadcast(number), editions.c.paused_at.is_not(None))
        return await self.database.execute(update(editions).where(*paused).values(paused_at=None)) > 0

    async def cancel(self, number: int, at: datetime) -> int:
        why = reason_values(Reason(ReasonCode.BROADCAST_CANCELLED))
        broadcast = select(editions.c.id).where(_is_broadcast(number)).scalar_subquery()

        async def work(connection: AsyncConnection) -> int:
            cancelled = await connection.execute(
                update(outbox)
                .where(outbox.c.edition_id == broadcast, outbox.c.settled_at.is_(None), outbox.c.state.in_(UNSENT))
                .values(state=DeliveryState.CANCELLED, settled_at=at, **why, **UNCLAIMED)
            )
            await connection.execute(update(editions).where(_is_broadcast(number)).values(paused_at=None))
            return cancelled.rowcount

        return await self.database.write(work)

    async def save_status_message(self, number: int, status_message: StatusMessage, *, reported: bool = False) -> None:
        document = {
            "chat": status_message.chat_id,
            "message": status_message.message_id,
            "locale": status_message.locale,
            "reported": reported,
        }
        await self.database.execute(update(editions).where(_is_broadcast(number)).values(progress_message=document))


def _locale_condition(locale: Locale) -> ColumnElement[bool]:
    """Return the condition on subscribers of a language.

    English is for those, too, whose catalogue is gone.
    """
    if locale is not Locale.EN:
        return subscribers.c.locale == locale
    return subscribers.c.locale.not_in([other for other in Locale if other is not Locale.EN])


async def _queue_messages(
    connection: AsyncConnection,
    audience: Audience,
    locale: Locale,
    broadcast_id: int,
    content: Any,  # noqa: ANN401 - any JSON value
    at: datetime,
) -> None:
    """Queue the message of one language: the database copies the rows itself, 100,000 in a few seconds."""
    same = {
        "kind": Kind.BROADCAST,
        "edition_id": broadcast_id,
        "priority": BROADCAST_PRIORITY,
        "content": content,
        **new_outbox_row(at),
    }
    rows = (
        select(
            (literal(f"e{broadcast_id}.n") + cast(endpoints.c.id, Text)).label("key"),
            endpoints.c.id.label("endpoint_id"),
            endpoints.c.channel,
            *(literal(value, outbox.c[name].type).label(name) for name, value in same.items()),
        )
        .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .where(*_audience_conditions(audience), _locale_condition(locale))
        .order_by(endpoints.c.id)
    )
    await connection.execute(insert(outbox).from_select(["key", "endpoint_id", "channel", *same], rows))


def _includes_channel(audience: Audience, channel: Channel) -> bool:
    return audience.channel in (None, channel)


def _audience_conditions(audience: Audience) -> list[ColumnElement[bool]]:
    """Return the conditions on endpoints joined with subscribers.

    Who paused digests still hears the admin.
    """
    conditions: list[ColumnElement[bool]] = [endpoints.c.state == EndpointState.ACTIVE]
    if audience.channel:
        conditions.append(endpoints.c.channel == audience.channel)
    if audience.locale:
        conditions.append(subscribers.c.locale == audience.locale)
    if audience.domains is not None:
        follows = select(subscriber_domains.c.subscriber_id).where(subscriber_domains.c.slug.in_(audience.domains))
        conditions.append(or_(_follows_all_domains(), subscribers.c.id.in_(follows)))
    return conditions


async def _count_by_channel(connection: AsyncConnection, audience: Audience) -> dict[Channel, int]:
    """Count the endpoints of an audience; a channel that it leaves out is absent."""
    found = await _count_by_column(connection, audience, endpoints.c.channel)
    return {channel: found.get(channel, 0) for channel in Channel if _includes_channel(audience, channel)}


async def _count_by_domain(connection: AsyncConnection, audience: Audience) -> tuple[int, dict[str | None, int]]:
    """Count the endpoints that follow all domains, and those of each domain, which include the former."""
    whole = select(func.count()).select_from(_endpoints_with_subscribers()).where(*_audience_conditions(audience))
    everything: int = (await connection.execute(whole.where(_follows_all_domains()))).scalar_one()
    total: int = (await connection.execute(whole)).scalar_one()
    followed = await connection.execute(
        select(subscriber_domains.c.slug, func.count())
        .select_from(
            _endpoints_with_subscribers().join(
                subscriber_domains, subscriber_domains.c.subscriber_id == subscribers.c.id
            )
        )
        .where(*_audience_conditions(audience), ~_follows_all_domains())
        .group_by(subscriber_domains.c.slug)
    )
    return everything, {None: total, **{slug: n + everything for slug, n in followed}}


async def _count_by_column(
    connection: AsyncConnection, audience: Audience, column: ColumnElement[str]
) -> Mapping[str, int]:
    found = await connection.execute(
        select(column, func.count())
        .select_from(_endpoints_with_subscribers())
        .where(*_audience_conditions(audience))
        .group_by(column)
    )
    return {name: n for name, n in found}  # noqa: C416 - rows are tuples to be named


def _endpoints_with_subscribers() -> Join:
    return endpoints.join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)


def _follows_all_domains() -> ColumnElement[bool]:
    return subscribers.c.all_domains == True  # noqa: E712 - SQL


async def list_paused(connection: AsyncConnection) -> Sequence[int]:
    """Return the broadcasts of which nothing may be claimed now."""
    found = await connection.execute(
        select(editions.c.id).where(editions.c.kind == Kind.BROADCAST, editions.c.paused_at.is_not(None))
    )
    return found.scalars().all()


async def _build_status(connection: AsyncConnection, row: Row[Any]) -> BroadcastStatus:
    mine = outbox.c.edition_id == row.id
    again = func.count().filter(and_(outbox.c.state == DeliveryState.DUE, outbox.c.attempts > 0))
    found = await connection.execute(
        select(
            outbox.c.channel,
            outbox.c.state,
            func.count().label("n"),
            again.label("retrying"),
            func.max(outbox.c.settled_at).label("settled_at"),
            func.count(outbox.c.settled_at).label("settled"),
        )
        .where(mine)
        .group_by(outbox.c.channel, outbox.c.state)
    )
    groups = found.all()
    over = all(group.settled == group.n for group in groups)
    message = row.progress_message or {}
    return BroadcastStatus(
        id=row.id,
        text=row.text,
        author=row.created_by,
        started_at=row.created_at,
        paused_at=row.paused_at,
        counts={(Channel(group.channel), DeliveryState(group.state)): group.n for group in groups},
        retrying=sum(group.retrying for group in groups),
        ended_at=max((group.settled_at for group in groups), default=row.created_at) if over else None,
        status_message=StatusMessage(
            chat_id=message["chat"], message_id=message["message"], locale=Locale.from_code(message["locale"])
        )
        if message
        else None,
        reported=bool(message.get("reported")),
    )


def _is_broadcast(broadcast_id: int) -> ColumnElement[bool]:
    return and_(editions.c.id == broadcast_id, editions.c.kind == Kind.BROADCAST)
