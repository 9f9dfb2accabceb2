"""Lines to whoever set a chat up, queued in the transaction that let something happen to it.

Groups, channels and topics: whose they are, and what happens to all targets of a chat at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, EndpointState, Locale, SubscriberProfile, Target
from digest.model.clock import Clock
from digest.model.reasons import Reason, ReasonCode
from digest.services.group_notices import TITLE_SEPARATOR, GroupEvent, notice_for
from digest.services.groups import rename_title
from digest.services.subscriptions import reschedule, restart_from
from digest.storage.database import Database
from digest.storage.delivery_content import dump_content
from digest.storage.outbox_rows import ALERT_PRIORITY, deactivate_endpoint, new_outbox_row
from digest.storage.paper_rows import load_starting_point
from digest.storage.reason_columns import read_reason, reason_values
from digest.storage.subscriber_rows import CONFIRMED, load_profile, matches_target, subscriber_columns
from digest.storage.tables import Kind, endpoints, outbox, subscribers


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
        """Return the subscriber with this number, None where there is none."""
        async with self.database.read_only() as connection:
            found = await connection.execute(select(subscribers.c.id).where(subscribers.c.id == number))
            return await load_profile(connection, number) if found.first() else None

    async def owned_by(self, user_id: int) -> Sequence[SubscriberProfile]:
        """Return the groups, channels and topics that a person set up, in the order of their chats."""
        query = (
            select(endpoints.c.subscriber_id)
            .where(_IS_GROUP, endpoints.c.owner == user_id)
            .order_by(endpoints.c.title, endpoints.c.address, endpoints.c.thread)
        )
        async with self.database.read_only() as connection:
            numbers = (await connection.execute(query)).scalars().all()
            return [await load_profile(connection, number) for number in dict.fromkeys(numbers)]

    async def remember(self, target: Target, *, title: str, owner: int | None, previous_owner: int | None) -> None:
        """Keep a chat's name, and its owner where it has none or has ``previous_owner``."""
        async with self.database.read_only() as connection:
            row = (await connection.execute(select(endpoints).where(matches_target(target), CONFIRMED))).first()
        if row is None:
            return
        had = None if row.owner == previous_owner else row.owner
        kept = {"owner": had if had is not None else owner or row.owner, "title": _merge_title(row.title, title)}
        if (row.owner, row.title) == (kept["owner"], kept["title"]):
            return

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(endpoints).where(endpoints.c.id == row.id).values(**kept))

        await self.database.write(work)

    async def rename(self, chat: Target, title: str) -> None:
        """Return a chat, or one topic of it, another name; the topics of a chat keep their own part."""

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
        """Let every target of a chat, or the one ``topic``, receive no more; tell the owners once."""
        which = matches_target(chat) if topic else _in_chat(chat)

        async def work(connection: AsyncConnection) -> None:
            await deactivate_endpoints(connection, which, reason, event, self.clock())

        await self.database.write(work)

    async def reactivate(self, chat: Target, event: GroupEvent | None, *, all_targets: bool) -> None:
        """Let the targets of a chat receive again that rest for a missing right, or ``all_targets`` one."""
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
        """Return the note at a target, None where there is none."""
        query = select(endpoints).where(matches_target(topic), CONFIRMED)
        async with self.database.read_only() as connection:
            row = (await connection.execute(query)).one_or_none()
        return read_reason(row) if row else None

    async def set_note(self, topic: Target, note: Reason | None) -> None:
        """Keep a note at an active topic, or take it away, and then send what waits there."""

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
    """Return the name to keep: a topic's own part is not lost where only the forum's name was met."""
    topic = old_title and TITLE_SEPARATOR in old_title and TITLE_SEPARATOR not in title
    return (rename_title(old_title, title) if topic else title)[:_MAX_TITLE_LENGTH]


async def _reactivate_endpoints(connection: AsyncConnection, endpoint_ids: Sequence[int], at: datetime) -> None:
    """Let endpoints receive, forget what spoke against them, and send what waits for them."""
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
    """Return a subscriber their next turn, from the newest report on, unless they wanted a pause anyway."""
    before = (await load_profile(connection, subscriber_id)).subscriber
    if before.next_digest_at is not None:
        return
    start = await load_starting_point(connection)
    after = reschedule(before if before.paused else restart_from(before, start), at)
    await connection.execute(
        update(subscribers).where(subscribers.c.id == subscriber_id).values(subscriber_columns(after))
    )
