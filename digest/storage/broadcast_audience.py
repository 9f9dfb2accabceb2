"""Whom a broadcast reaches: the conditions, and what each choice would count."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import ColumnElement, Join, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Locale
from digest.services.broadcasts import Audience, AudienceCounts
from digest.storage.tables import endpoints, subscriber_domains, subscribers


def includes_channel(audience: Audience, channel: Channel) -> bool:
    """Return whether an audience is reached on a channel."""
    return audience.channel in (None, channel)


def audience_conditions(audience: Audience) -> list[ColumnElement[bool]]:
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


async def count_by_channel(connection: AsyncConnection, audience: Audience) -> dict[Channel, int]:
    """Count the endpoints of an audience; a channel that it leaves out is absent."""
    found = await _count_by_column(connection, audience, endpoints.c.channel)
    return {channel: found.get(channel, 0) for channel in Channel if includes_channel(audience, channel)}


async def count_choices(connection: AsyncConnection, audience: Audience) -> AudienceCounts:
    """Count what each choice would reach, the rest of the audience left as it is."""
    reached_on = await count_by_channel(connection, replace(audience, channel=None))
    spoken = await _count_by_column(connection, replace(audience, locale=None), subscribers.c.locale)
    everything, domains = await _count_by_domain(connection, replace(audience, domains=None))
    channels: dict[Channel | None, int] = {None: sum(reached_on.values())}
    channels.update(reached_on.items())
    locales: dict[Locale | None, int] = {None: sum(spoken.values())}
    locales.update((locale, spoken.get(locale, 0)) for locale in Locale)
    return AudienceCounts(channels=channels, locales=locales, domains=domains, all_domains=everything)


async def _count_by_domain(connection: AsyncConnection, audience: Audience) -> tuple[int, dict[str | None, int]]:
    """Count the endpoints that follow everything, and those behind each domain, where they count too."""
    whole = select(func.count()).select_from(_endpoints_with_subscribers()).where(*audience_conditions(audience))
    everything: int = (await connection.execute(whole.where(_follows_all_domains()))).scalar_one()
    total: int = (await connection.execute(whole)).scalar_one()
    followed = await connection.execute(
        select(subscriber_domains.c.slug, func.count())
        .select_from(
            _endpoints_with_subscribers().join(
                subscriber_domains, subscriber_domains.c.subscriber_id == subscribers.c.id
            )
        )
        .where(*audience_conditions(audience), ~_follows_all_domains())
        .group_by(subscriber_domains.c.slug)
    )
    return everything, {None: total, **{slug: n + everything for slug, n in followed}}


async def _count_by_column(
    connection: AsyncConnection, audience: Audience, column: ColumnElement[str]
) -> Mapping[str, int]:
    found = await connection.execute(
        select(column, func.count())
        .select_from(_endpoints_with_subscribers())
        .where(*audience_conditions(audience))
        .group_by(column)
    )
    return {name: n for name, n in found}  # noqa: C416 - rows are tuples to be named


def _endpoints_with_subscribers() -> Join:
    return endpoints.join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)


def _follows_all_domains() -> ColumnElement[bool]:
    return subscribers.c.all_domains == True  # noqa: E712 - SQL
