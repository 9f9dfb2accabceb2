"""Adding many subscribers: who is refused and why, and new ones in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Subscriber, Target
from digest.storage.bounces import find_suppressed
from digest.storage.database import Database
from digest.storage.subscriber_rows import CONFIRMED, subscriber_columns, thread_number
from digest.storage.tables import endpoints, subscriber_domains, subscribers

_CHUNK = 500


class ImportBlock(StrEnum):
    """Why an address may not be enrolled by somebody else than its owner."""

    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"
    ERASED = "erased"
    KNOWN = "known"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscriber:
    """A reader to add, with all their addresses; the subscriber's number is given by the store."""

    targets: tuple[Target, ...]
    subscriber: Subscriber


@dataclass(frozen=True, slots=True)
class SqlSubscriberImport:
    """Adds readers, never those who left."""

    database: Database

    async def find_blocked(self, targets: Sequence[Target]) -> Mapping[Target, ImportBlock]:
        """Return why targets may not be enrolled; those that may are absent.

        Whoever is there stays as they are (``known``), also where they cannot be reached at present.
        """
        async with self.database.read_only() as connection:
            return await _find_blocked(connection, targets)

    async def add_subscribers(
        self, new_subscribers: Sequence[NewSubscriber], at: datetime
    ) -> Mapping[Target, ImportBlock]:
        """Add the newcomers at every target that may be enrolled, all in one transaction.

        Gives why the other targets may not; a newcomer to whom no target is left is not added.
        """
        if not new_subscribers:
            return {}

        async def work(connection: AsyncConnection) -> Mapping[Target, ImportBlock]:
            barred = await _find_blocked(connection, [target for one in new_subscribers for target in one.targets])
            free = [
                NewSubscriber(targets=left, subscriber=one.subscriber)
                for one in new_subscribers
                if (left := tuple(target for target in one.targets if target not in barred))
            ]
            if free:
                await _insert_subscribers(connection, free, at)
            return barred

        return await self.database.write(work)


async def _find_blocked(connection: AsyncConnection, targets: Sequence[Target]) -> dict[Target, ImportBlock]:
    barred = dict.fromkeys(await find_suppressed(connection, targets), ImportBlock.ERASED)
    for start in range(0, len(targets), _CHUNK):
        some = targets[start : start + _CHUNK]
        for channel in {target.channel for target in some}:
            addresses = [target.address for target in some if target.channel is channel]
            barred |= await _find_existing(connection, channel, addresses, set(some))
    return barred


async def _find_existing(
    connection: AsyncConnection, channel: Channel, addresses: list[str], wanted: set[Target]
) -> dict[Target, ImportBlock]:
    found = await connection.execute(
        select(endpoints.c.address, endpoints.c.thread, endpoints.c.state).where(
            endpoints.c.channel == channel, endpoints.c.address.in_(addresses), CONFIRMED
        )
    )
    states = {
        Target(channel=channel, address=row.address, thread=row.thread or None): EndpointState(row.state)
        for row in found
    }
    return {target: _block_for_state(state) for target, state in states.items() if target in wanted}


def _block_for_state(state: EndpointState) -> ImportBlock:
    match state:
        case EndpointState.UNSUBSCRIBED:
            return ImportBlock.UNSUBSCRIBED
        case EndpointState.SUPPRESSED:
            return ImportBlock.SUPPRESSED
        case _:
            return ImportBlock.KNOWN


async def _insert_subscribers(
    connection: AsyncConnection, new_subscribers: Sequence[NewSubscriber], at: datetime
) -> None:
    """Add subscribers; those with equal preferences are inserted in one statement, in any order."""
    alike: dict[Subscriber, list[NewSubscriber]] = {}
    for one in new_subscribers:
        alike.setdefault(one.subscriber, []).append(one)
    numbered: list[tuple[int, NewSubscriber]] = []
    for subscriber, some in alike.items():
        made = await connection.execute(
            insert(subscribers).returning(subscribers.c.id), [subscriber_columns(subscriber)] * len(some)
        )
        numbered += zip(made.scalars(), some, strict=True)
    await connection.execute(
        insert(endpoints), [_endpoint_row(number, target, at) for number, one in numbered for target in one.targets]
    )
    chosen: list[dict[str, Any]] = [
        {"subscriber_id": number, "slug": slug, "position": position}
        for number, one in numbered
        for position, slug in enumerate(one.subscriber.preferences.domains or ())
    ]
    if chosen:
        await connection.execute(insert(subscriber_domains), chosen)


def _endpoint_row(subscriber_id: int, target: Target, at: datetime) -> dict[str, Any]:
    return {
        "subscriber_id": subscriber_id,
        "channel": target.channel,
        "address": target.address,
        "thread": thread_number(target),
        "state": EndpointState.ACTIVE,
        "failure_count": 0,
        "created_at": at,
    }
