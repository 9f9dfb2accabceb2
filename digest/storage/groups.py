"""Groups, channels and topics: their owners, notices to them, and migration to another chat id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, EndpointState, Locale, Subscriber, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.reasons import Reason, ReasonCode
from digest.papers.keywords import MAX_KEYWORDS
from digest.services.group_notices import TITLE_SEPARATOR, GroupEvent, notice_for
from digest.services.groups import rename_title
from digest.services.subscriptions import reschedule, restart_from
from digest.storage.database import Database
from digest.storage.outbox_rows import (
    ALERT_PRIORITY,
    UNSENT,
    cancel_unsent,
    deactivate_endpoint,
    dump_content,
    new_outbox_row,
)
from digest.storage.papers import load_starting_point
from digest.storage.subscriber_rows import (
    CONFIRMED,
    delete_if_orphaned,
    load_profile,
    matches_target,
    replace_domains,
    subscriber_columns,
)
from digest.storage.tables import Kind, endpoints, outbox, subscribers
from digest.storage.types import read_reason, reason_values


async def queue_owner_notices(
    connection: AsyncConnection, endpoint_ids: Sequence[int], event: GroupEvent, at: datetime
) -> None:
    """Queue a line for each owner of these endpoints of one chat; who never started the bot hears nothing."""
    found = await connection.execute(
        select(endpoints)
        .where(endpoints.c.id.in_(endpoint_ids), endpoints.c.owner.is_not(None))
        .order_by(endpoints.c.id)
    )
    by_owner: dict[int, list[tuple[int, str]]] = {}
    for row in found:
        by_owner.setdefault(row.owner, []).append((row.subscriber_id, row.title or row.address))
    for owner, theirs in by_owner.items():
        number, title = theirs[0]
        named = title if len(theirs) == 1 else title.partition(TITLE_SEPARATOR)[0]
        await _queue_owner_notice(
            connection, owner, f"news.{event.name.lower()}.{endpoint_ids[0]}", (event, named, number), at
        )


async def _queue_owner_notice(
    connection: AsyncConnection, owner: int, key: str, notice: tuple[GroupEvent, str, int], at: datetime
) -> None:
    query = (
        select(endpoints.c.id, subscribers.c.locale)
        .join(subscribers, subscribers.c.id == endpoints.c.subscriber_id)
        .where(matches_target(Target.telegram(owner)), endpoints.c.state == EndpointState.ACTIVE)
    )
    place = (await connection.execute(query)).first()
    if place is None:
        return
    await connection.execute(
        insert(outbox).values(
            key=f"{key}.{at:%Y%m%dT%H%M%S%f}.n{place.id}",
            kind=Kind.ALERT,
            endpoint_id=place.id,
            channel=Channel.TELEGRAM,
            priority=ALERT_PRIORITY,
            content=dump_content(notice_for(*notice, Locale.from_code(place.locale))),
            **new_outbox_row(at),
        )
    )


_MAX_TITLE_LENGTH = 300

_IS_GROUP = and_(
    endpoints.c.channel == Channel.TELEGRAM, endpoints.c.address >= "-", endpoints.c.address < ".", CONFIRMED
)
"""The condition on groups, channels and topics: their addresses alone begin with a minus, in one range."""


@dataclass(frozen=True, slots=True)
class SqlGroups:
    """Implements ``digest.services.groups.GroupStore``."""

    database: Database
    clock: Clock

    async def find_profile(self, number: int) -> SubscriberProfile | None:
        async with self.database.read_only() as connection:
            found = await connection.execute(select(subscribers.c.id).where(subscribers.c.id == number))
            return await load_profile(connection, number) if found.first() else None

    async def owned_by(self, user_id: int) -> Sequence[SubscriberProfile]:
        query = (
            select(endpoints.c.subscriber_id)
            .where(_IS_GROUP, endpoints.c.owner == user_id)
            .order_by(endpoints.c.title, endpoints.c.address, endpoints.c.thread)
        )
        async with self.database.read_only() as connection:
            numbers = (await connection.execute(query)).scalars().all()
            return [await load_profile(connection, number) for number in dict.fromkeys(numbers)]

    async def remember(self, target: Target, *, title: str, owner: int | None, previous_owner: int | None) -> None:
        row = await self.database.fetch_one(select(endpoints).where(matches_target(target), CONFIRMED))
        if row is None:
            return
        had = None if row.owner == previous_owner else row.owner
        kept = {"owner": had if had is not None else owner or row.owner, "title": _merge_title(row.title, title)}
        if (row.owner, row.title) == (kept["owner"], kept["title"]):
            return
        await self.database.execute(update(endpoints).where(endpoints.c.id == row.id).values(**kept))

    async def rename(self, chat: Target, title: str) -> None:
        async def work(connection: AsyncConnection) -> None:
            which = matches_target(chat) if chat.thread else _in_chat(chat)
            for row in (await connection.execute(select(endpoints).where(which, CONFIRMED))).all():
                whole = (row.title or "").partition(TITLE_SEPARATOR)[0]
                new = f"{whole}{TITLE_SEPARATOR}{title}" if chat.thread and whole else rename_title(row.title, title)
                await connection.execute(
                    update(endpoints).where(endpoints.c.id == row.id).values(title=new[:_MAX_TITLE_LENGTH])
                )

        await self.database.write(work)

    async def deactivate(
        self, chat: Target, reason: Reason | None, event: GroupEvent | None, *, topic: bool = False
    ) -> None:
        which = matches_target(chat) if topic else _in_chat(chat)
        await self.database.write(
            lambda connection: deactivate_endpoints(connection, which, reason, event, self.clock())
        )

    async def reactivate(self, chat: Target, event: GroupEvent | None, *, all_targets: bool) -> None:
        gone = endpoints.c.state == EndpointState.UNREACHABLE
        because = (
            endpoints.c.reason_code.is_distinct_from(ReasonCode.CHAT_MIGRATED)
            if all_targets
            else endpoints.c.reason_code == ReasonCode.POSTING_FORBIDDEN
        )
        waits = and_(endpoints.c.state == EndpointState.ACTIVE, endpoints.c.failure_count > 0)

        async def work(connection: AsyncConnection) -> None:
            now = self.clock()
            found = await connection.execute(
                select(endpoints.c.id, endpoints.c.subscriber_id).where(_in_chat(chat), or_(and_(gone, because), waits))
            )
            places = {row.id: row.subscriber_id for row in found}
            await _reactivate_endpoints(connection, list(places), now)
            for number in set(places.values()):
                await _resume_schedule(connection, number, now)
            if places and event:
                await queue_owner_notices(connection, sorted(places), event, now)

        await self.database.write(work)

    async def get_note(self, topic: Target) -> Reason | None:
        row = await self.database.fetch_one(select(endpoints).where(matches_target(topic), CONFIRMED))
        return read_reason(row) if row else None

    async def set_note(self, topic: Target, note: Reason | None) -> None:
        async def work(connection: AsyncConnection) -> None:
            active = endpoints.c.state == EndpointState.ACTIVE
            found = await connection.execute(
                update(endpoints)
                .where(matches_target(topic), CONFIRMED, active)
                .values(**reason_values(note))
                .returning(endpoints.c.id)
            )
            places = list(found.scalars())
            if note is None:
                await _reactivate_endpoints(connection, places, self.clock())

        await self.database.write(work)


async def deactivate_endpoints(
    connection: AsyncConnection,
    condition: ColumnElement[bool],
    reason: Reason | None,
    event: GroupEvent | None,
    at: datetime,
) -> None:
    """End the endpoints that still receive, or that only rest where ``event`` is that the bot is out."""
    open_ones = endpoints.c.state == EndpointState.ACTIVE
    if event is GroupEvent.BOT_REMOVED:
        rests = and_(
            endpoints.c.state == EndpointState.UNREACHABLE, endpoints.c.reason_code == ReasonCode.POSTING_FORBIDDEN
        )
        open_ones = or_(open_ones, rests)
    found = await connection.execute(select(endpoints.c.id).where(condition, CONFIRMED, open_ones))
    places = sorted(found.scalars())
    if places and event:
        await queue_owner_notices(connection, places, event, at)
    for place in places:
        await deactivate_endpoint(connection, place, reason, at)
    await connection.execute(update(endpoints).where(endpoints.c.id.in_(places)).values(**reason_values(reason)))


async def deactivate_chat_of(
    connection: AsyncConnection, endpoint_id: int, reason: Reason | None, event: GroupEvent, at: datetime
) -> None:
    """End every endpoint of the chat in which this one is."""
    row = (await connection.execute(select(endpoints).where(endpoints.c.id == endpoint_id))).one()
    which = and_(endpoints.c.channel == row.channel, endpoints.c.address == row.address)
    await deactivate_endpoints(connection, which, reason, event, at)


async def clear_ownership(connection: AsyncConnection, profile: SubscriberProfile) -> None:
    """Forget that somebody who is erased set chats up; the chats themselves go on."""
    own = [int(one.target.address) for one in profile.endpoints if one.target.address.isdigit()]
    await connection.execute(update(endpoints).where(_IS_GROUP, endpoints.c.owner.in_(own)).values(owner=None))


def _in_chat(chat: Target) -> ColumnElement[bool]:
    """Return the condition on the endpoints of a chat in all its threads; it names the index over targets."""
    return and_(endpoints.c.channel == chat.channel, endpoints.c.address == chat.address, CONFIRMED)


def _merge_title(old_title: str | None, title: str) -> str:
    """Return the title to store: a topic's own name stays when only the forum's title is known."""
    topic = old_title and TITLE_SEPARATOR in old_title and TITLE_SEPARATOR not in title
    return (rename_title(old_title, title) if topic else title)[:_MAX_TITLE_LENGTH]


async def _reactivate_endpoints(connection: AsyncConnection, endpoint_ids: Sequence[int], at: datetime) -> None:
    """Activate endpoints, reset their failures, and make their waiting deliveries due."""
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id.in_(endpoint_ids))
        .values(state=EndpointState.ACTIVE, failure_count=0, **reason_values(None))
    )
    await connection.execute(
        update(outbox)
        .where(outbox.c.endpoint_id.in_(endpoint_ids), outbox.c.state == DeliveryState.DUE, outbox.c.not_before > at)
        .values(not_before=at)
    )


async def _resume_schedule(connection: AsyncConnection, subscriber_id: int, at: datetime) -> None:
    """Schedule a subscriber's next digest, from the newest report on unless they have paused."""
    before = (await load_profile(connection, subscriber_id)).subscriber
    if before.next_digest_at is not None:
        return
    start = await load_starting_point(connection)
    after = reschedule(before if before.paused else restart_from(before, start), at)
    await connection.execute(
        update(subscribers).where(subscribers.c.id == subscriber_id).values(subscriber_columns(after))
    )


_MAY_HAVE_ARRIVED = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNCERTAIN)
_PLACEHOLDER = "moving"

_OutboxRow = Row[Any, Any, Any]


async def migrate_endpoint(connection: AsyncConnection, endpoint: int, target: Target, at: datetime) -> None:
    """Move an endpoint to its chat's new id, in the same thread.

    Where somebody is at the new id already, both are one from now on: the older endpoint stays, with its
    reader, who follows what both did; nobody gets an edition twice. The younger one keeps the old id, gone.
    """
    moving = (await connection.execute(select(endpoints).where(endpoints.c.id == endpoint))).one()
    found = await connection.execute(
        select(endpoints).where(
            endpoints.c.channel == target.channel,
            endpoints.c.address == target.address,
            endpoints.c.thread == moving.thread,
            endpoints.c.id != endpoint,
            CONFIRMED,
        )
    )
    there = found.one_or_none()
    if there is None:
        await _update_endpoint(connection, endpoint, address=target.address)
        return
    older, younger = sorted((moving, there), key=lambda one: one.id)
    await _merge_deliveries(connection, older.id, younger.id, at)
    await _update_endpoint(connection, younger.id, address=_PLACEHOLDER)
    await _update_endpoint(
        connection,
        older.id,
        address=target.address,
        state=EndpointState.ACTIVE,
        **reason_values(None),
        owner=younger.owner if older.owner is None else older.owner,
        title=there.title or moving.title,
    )
    await _update_endpoint(
        connection,
        younger.id,
        address=moving.address,
        state=EndpointState.UNREACHABLE,
        **reason_values(Reason(ReasonCode.CHAT_MIGRATED, target.address)),
        subscriber_id=older.subscriber_id,
    )
    if older.subscriber_id != younger.subscriber_id:
        await _merge_subscribers(connection, older, younger, at)


async def _update_endpoint(connection: AsyncConnection, endpoint: int, **values: Any) -> None:  # noqa: ANN401 - columns
    await connection.execute(update(endpoints).where(endpoints.c.id == endpoint).values(**values))


async def _merge_deliveries(connection: AsyncConnection, kept_id: int, merged_id: int, at: datetime) -> None:
    """Move the deliveries of both endpoints to one, with one delivery per edition."""
    mine, theirs = (
        await _deliveries_by_edition(connection, kept_id),
        await _deliveries_by_edition(connection, merged_id),
    )
    for edition in mine.keys() & theirs.keys():
        await _cancel_duplicate(connection, mine[edition], theirs[edition], at)
    kept = await _deliveries_by_edition(connection, kept_id)
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.endpoint_id == merged_id, outbox.c.edition_id.is_(None) | outbox.c.edition_id.not_in(list(kept))
        )
        .values(endpoint_id=kept_id)
    )


async def _deliveries_by_edition(connection: AsyncConnection, endpoint: int) -> Mapping[int, _OutboxRow]:
    found = await connection.execute(
        select(outbox.c.id, outbox.c.edition_id, outbox.c.state).where(
            outbox.c.endpoint_id == endpoint, outbox.c.edition_id.is_not(None)
        )
    )
    return {row.edition_id: row for row in found}


async def _cancel_duplicate(connection: AsyncConnection, kept: _OutboxRow, other: _OutboxRow, at: datetime) -> None:
    """Cancel one of two deliveries of an edition where both could arrive."""
    if other.state in UNSENT and kept.state in (*UNSENT, *_MAY_HAVE_ARRIVED):
        await cancel_unsent(connection, outbox.c.id == other.id, Reason(ReasonCode.ALREADY_DELIVERED), at)
    elif other.state in UNSENT:
        # Theirs is the one to be sent; mine ended unsent and leaves its place, kept for the record.
        await connection.execute(update(outbox).where(outbox.c.id == kept.id).values(edition_id=None))
    elif other.state in _MAY_HAVE_ARRIVED:
        await cancel_unsent(connection, outbox.c.id == kept.id, Reason(ReasonCode.ALREADY_DELIVERED), at)


async def _merge_subscribers(connection: AsyncConnection, older: Row[Any], younger: Row[Any], at: datetime) -> None:
    """Merge the younger subscriber into the older one: what both follow and what both have received."""
    keeps = (await load_profile(connection, older.subscriber_id)).subscriber
    joins = (await load_profile(connection, younger.subscriber_id)).subscriber
    after = reschedule(_combine(keeps, joins), at)
    await connection.execute(update(subscribers).where(subscribers.c.id == keeps.id).values(subscriber_columns(after)))
    await replace_domains(connection, keeps.id, after.preferences.domains)
    await delete_if_orphaned(connection, joins.id)


def _combine(kept: Subscriber, merged: Subscriber) -> Subscriber:
    mine, theirs = kept.preferences.domains, merged.preferences.domains
    domains = None if mine is None or theirs is None else tuple(dict.fromkeys((*mine, *theirs)))
    include = tuple(dict.fromkeys((*kept.preferences.include_keywords, *merged.preferences.include_keywords)))
    served = [at for at in (kept.last_digest_at, merged.last_digest_at) if at]
    return replace(
        kept,
        preferences=replace(kept.preferences, domains=domains, include_keywords=include[:MAX_KEYWORDS]),
        paused=kept.paused and merged.paused,
        paused_until=kept.paused_until if kept.paused and merged.paused else None,
        last_paper_seq=max(kept.last_paper_seq, merged.last_paper_seq),
        last_digest_at=max(served, default=None),
    )
