"""Enrolling many at once: who may not be enrolled and why, and new readers a few hundred in a transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Subscriber, Target
from digest.store.database import Database
from digest.store.readers import OWNED, columns_of, thread_number
from digest.store.suppressions import suppressed
from digest.store.tables import endpoints, subscriber_domains, subscribers

_CHUNK = 500


class Bar(StrEnum):
    """Why an address may not be enrolled by somebody else than its owner."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A reader to add, with all their addresses; the subscriber's number is given by the store."""

    targets: tuple[Target, ...]
    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class StoredRoster:
    """Adds readers, never those who left."""

    database: Database

    async def barred(self, targets: Sequence[Target]) -> Mapping[Target, Bar]:
        """Give why targets may not be enrolled; those that may are absent.

        Whoever is there stays as they are (``known``), also where they cannot be reached at present.
        """
        async with self.database.reading() as connection:
            return await _barred(connection, targets)

    async def enrol(self, newcomers: Sequence[Newcomer], at: datetime) -> Mapping[Target, Bar]:
        """Add the newcomers at every target that may be enrolled, all in one transaction.

        Gives why the other targets may not; a newcomer to whom no target is left is not added.
        """
        if not newcomers:
            return {}

        async def work(connection: AsyncConnection) -> Mapping[Target, Bar]:
            barred = await _barred(connection, [target for one in newcomers for target in one.targets])
            free = [
                Newcomer(targets=left, subscriber=one.subscriber)
                for one in newcomers
                if (left := tuple(target for target in one.targets if target not in barred))
            ]
            if free:
                await _add(connection, free, at)
            return barred

        return await self.database.write(work)


async def _barred(connection: AsyncConnection, targets: Sequence[Target]) -> dict[Target, Bar]:
    barred = dict.fromkeys(await suppressed(connection, targets), Bar.ERASED)
    for start in range(0, len(targets), _CHUNK):
        some = targets[start : start + _CHUNK]
        for channel in {target.channel for target in some}:
            addresses = [target.address for target in some if target.channel is channel]
            barred |= await _there(connection, channel, addresses, set(some))
    return barred


async def _there(
    connection: AsyncConnection, channel: Channel, addresses: list[str], wanted: set[Target]
) -> dict[Target, Bar]:
    found = await connection.execute(
        select(endpoints.c.address, endpoints.c.thread, endpoints.c.state).where(
            endpoints.c.channel == channel, endpoints.c.address.in_(addresses), OWNED
        )
    )
    states = {
        Target(channel=channel, address=row.address, thread=row.thread or None): EndpointState(row.state)
        for row in found
    }
    return {target: _bar(state) for target, state in states.items() if target in wanted}


def _bar(state: EndpointState) -> Bar:
    match state:
        case EndpointState.UNSUBSCRIBED:
            return Bar.UNSUBSCRIBED
        case EndpointState.SUPPRESSED:
            return Bar.SUPPRESSED
        case _:
            return Bar.KNOWN


async def _add(connection: AsyncConnection, newcomers: Sequence[Newcomer], at: datetime) -> None:
    """Add newcomers; those who choose alike get their numbers together, whichever of them gets which."""
    alike: dict[Subscriber, list[Newcomer]] = {}
    for one in newcomers:
        alike.setdefault(one.subscriber, []).append(one)
    numbered: list[tuple[int, Newcomer]] = []
    for subscriber, some in alike.items():
        made = await connection.execute(
            insert(subscribers).returning(subscribers.c.id), [columns_of(subscriber)] * len(some)
        )
        numbered += zip(made.scalars(), some, strict=True)
    await connection.execute(
        insert(endpoints),
        [_endpoint(number, target, at) for number, one in numbered for target in one.targets],
    )
    chosen: list[dict[str, Any]] = [
        {"subscriber_id": number, "slug": slug, "position": position}
        for number, one in numbered
        for position, slug in enumerate(one.subscriber.preferences.domains or ())
    ]
    if chosen:
        await connection.execute(insert(subscriber_domains), chosen)


def _endpoint(number: int, target: Target, at: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": number,
        "channel": target.channel,
        "address": target.address,
        "thread": thread_number(target),
        "state": EndpointState.ACTIVE,
        "failure_count": 0,
        "created_at": at,
    }
