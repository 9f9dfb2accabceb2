"""Subscribers and endpoints."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, EndpointState, Subscriber, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.reasons import Reason, ReasonCode
from digest.services.channels import CHANNELS
from digest.services.subscriptions import StartingPoint
from digest.storage.bounces import add_suppressions, remove_suppression
from digest.storage.database import Database
from digest.storage.groups import clear_ownership, migrate_endpoint
from digest.storage.outbox_rows import cancel_unsent, deactivate_endpoint, unschedule_if_unreachable
from digest.storage.papers import load_starting_point
from digest.storage.subscriber_rows import (
    CONFIRMED,
    find_profile,
    insert_endpoint,
    insert_subscriber,
    load_all_profiles,
    load_profile,
    matches_target,
    replace_domains,
    subscriber_columns,
)
from digest.storage.tables import Kind, email_codes, endpoints, last_lists, last_searches, outbox, subscribers
from digest.storage.types import reason_values

_CHUNK = 500

_REACTIVATED_ON_SUBSCRIBE = frozenset({EndpointState.UNREACHABLE, EndpointState.UNSUBSCRIBED, EndpointState.SUPPRESSED})
"""States from which a target comes back whose reader, or an operator for them, asks to join."""


def _states_reactivated_on_contact(target: Target) -> frozenset[EndpointState]:
    """Return the states from which a target comes back because it was heard of.

    Words from a chat prove that it can be reached; a page that is used with a mail's link proves nothing.
    """
    return frozenset({EndpointState.UNREACHABLE} if CHANNELS[target.channel].proves_reachable else ())


@dataclass(frozen=True, slots=True)
class SqlSubscribers:
    """Implements ``digest.services.subscriptions.SubscriberStore``."""

    database: Database
    clock: Clock

    async def find_profile(self, target: Target) -> SubscriberProfile | None:
        async with self.database.read_only() as connection:
            return await find_profile(connection, target)

    async def list_profiles(self) -> Sequence[SubscriberProfile]:
        """Return every reader, the oldest first."""
        async with self.database.read_only() as connection:
            return await load_all_profiles(connection)

    async def create_or_update(
        self, target: Target, new_subscriber: Subscriber, change: Callable[[Subscriber], Subscriber]
    ) -> SubscriberProfile:
        async def work(connection: AsyncConnection) -> SubscriberProfile:
            reader = await find_profile(connection, target)
            if reader is None:
                number = await insert_subscriber(connection, new_subscriber)
                await insert_endpoint(connection, number, target, EndpointState.ACTIVE, self.clock())
                await remove_suppression(connection, target)
                reader = await load_profile(connection, number)
            return await self._apply_change(connection, target, reader, change, reactivate=_REACTIVATED_ON_SUBSCRIBE)

        return await self.database.write(work)

    async def update_existing(
        self, target: Target, change: Callable[[Subscriber], Subscriber]
    ) -> SubscriberProfile | None:
        async def work(connection: AsyncConnection) -> SubscriberProfile | None:
            reader = await find_profile(connection, target)
            if reader is None:
                return None
            return await self._apply_change(
                connection, target, reader, change, reactivate=_states_reactivated_on_contact(target)
            )

        return await self.database.write(work)

    async def update_all(self, change: Callable[[Subscriber], Subscriber]) -> int:
        """Apply ``update_existing`` to every subscriber, a few hundred in a transaction.

        Count those it changed.
        """
        numbers = await self.database.scalars(select(subscribers.c.id))
        changed = 0
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            changed += await self.database.write(partial(_update_chunk, subscriber_ids=some, change=change))
        return changed

    async def starting_point(self) -> StartingPoint:
        async with self.database.read_only() as connection:
            return await load_starting_point(connection)

    async def mark_unreachable(self, target: Target, reason: Reason) -> None:
        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                select(endpoints.c.id).where(
                    matches_target(target), CONFIRMED, endpoints.c.state == EndpointState.ACTIVE
                )
            )
            for number in found.scalars().all():
                await deactivate_endpoint(connection, number, reason, self.clock())

        await self.database.write(work)

    async def migrate_chat(self, target: Target, to: Target) -> None:
        async def work(connection: AsyncConnection) -> None:
            found = await connection.execute(
                select(endpoints.c.id).where(
                    endpoints.c.channel == target.channel,
                    endpoints.c.address == target.address,
                    endpoints.c.state == EndpointState.ACTIVE,
                )
            )
            for number in found.scalars().all():
                await migrate_endpoint(connection, number, to, self.clock())

        await self.database.write(work)

    async def erase(self, target: Target) -> bool:
        async def work(connection: AsyncConnection) -> bool:
            reader = await find_profile(connection, target)
            for at in (target, *(endpoint.target for endpoint in (reader.endpoints if reader else ()))):
                for seen in (last_lists, last_searches):
                    await connection.execute(
                        delete(seen).where(seen.c.channel == at.channel, seen.c.address == at.address)
                    )
            if reader is None:
                return False
            await add_suppressions(connection, [one.target for one in reader.endpoints], self.clock())
            await _erase_pending(connection, reader)
            await clear_ownership(connection, reader)
            await connection.execute(delete(subscribers).where(subscribers.c.id == reader.subscriber.id))
            return True

        erased = await self.database.write(work)
        if erased:
            await self.database.checkpoint()
        return erased

    async def _apply_change(
        self,
        connection: AsyncConnection,
        target: Target,
        profile: SubscriberProfile,
        change: Callable[[Subscriber], Subscriber],
        *,
        reactivate: frozenset[EndpointState],
    ) -> SubscriberProfile:
        """Store what ``change`` makes of the subscriber; reactivate a target in one of the ``reactivate`` states."""
        await connection.execute(
            update(endpoints)
            .where(matches_target(target), CONFIRMED, endpoints.c.state.in_(reactivate))
            .values(state=EndpointState.ACTIVE, bounce_score=0, last_bounce_at=None, **reason_values(None))
        )
        before = profile.subscriber
        after = change(before)
        if after != before:
            await connection.execute(
                update(subscribers).where(subscribers.c.id == before.id).values(**subscriber_columns(after))
            )
            if after.preferences.domains != before.preferences.domains:
                await replace_domains(connection, before.id, after.preferences.domains)
            if after.next_digest_at is None or after.paused:
                await self._cancel_digests(connection, before.id)
        await unschedule_if_unreachable(connection, before.id)
        return await load_profile(connection, before.id)

    async def _cancel_digests(self, connection: AsyncConnection, subscriber: int) -> None:
        mine = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscriber)
        await cancel_unsent(
            connection,
            and_(outbox.c.endpoint_id.in_(mine), outbox.c.kind == Kind.DIGEST),
            Reason(ReasonCode.PAUSED_OR_UNSUBSCRIBED),
            self.clock(),
        )


async def _erase_pending(connection: AsyncConnection, profile: SubscriberProfile) -> None:
    """Delete whatever is pending for the subscriber's addresses, whoever requested it."""
    mails = [one.target.address for one in profile.endpoints if one.target.channel is Channel.EMAIL]
    await connection.execute(delete(email_codes).where(email_codes.c.address.in_(mails)))
    for endpoint in profile.endpoints:
        waiting = select(endpoints.c.subscriber_id).where(
            matches_target(endpoint.target), endpoints.c.state == EndpointState.PENDING
        )
        owned = select(endpoints.c.id).where(endpoints.c.subscriber_id == subscribers.c.id, CONFIRMED)
        await connection.execute(delete(subscribers).where(subscribers.c.id.in_(waiting), ~owned.exists()))
        await connection.execute(
            delete(endpoints).where(matches_target(endpoint.target), endpoints.c.state == EndpointState.PENDING)
        )


async def _update_chunk(
    connection: AsyncConnection, *, subscriber_ids: Sequence[int], change: Callable[[Subscriber], Subscriber]
) -> int:
    changed = 0
    for number in subscriber_ids:
        before = (await load_profile(connection, number)).subscriber
        after = change(before)
        if after != before:
            changed += 1
            await connection.execute(
                update(subscribers).where(subscribers.c.id == number).values(**subscriber_columns(after))
            )
    return changed
