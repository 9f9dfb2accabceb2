"""Groups, channels and topics: whose they are, and what happens to all targets of a chat at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.clock import Clock
from digest.groups import renamed
from digest.membership import resumed, scheduled
from digest.model import Channel, DeliveryState, EndpointState, Reader, Target
from digest.news import LEVELS, News
from digest.reasons import Reason, ReasonCode
from digest.store.database import Database
from digest.store.paper_rows import start_of_newest
from digest.store.queued import end_endpoint
from digest.store.readers import OWNED, at_target, columns_of, reader_of
from digest.store.reasons import read_reason, reason_values
from digest.store.tables import endpoints, outbox, subscribers
from digest.store.telling import tell_owners

_LONGEST_TITLE = 300

_CHATS = and_(
    endpoints.c.channel == Channel.TELEGRAM, endpoints.c.address >= "-", endpoints.c.address < ".", OWNED
)
"""The condition on groups, channels and topics: their addresses alone begin with a minus, in one range."""


@dataclass(frozen=True, slots=True)
class StoredGroups:
    """Implements ``digest.groups.Book``."""

    database: Database
    clock: Clock

    async def of(self, number: int) -> Reader | None:
        """Give the subscriber with this number, None where there is none."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(subscribers.c.id).where(subscribers.c.id == number))
            return await reader_of(connection, number) if found.first() else None

    async def owned(self, person: int) -> Sequence[Reader]:
        """Give the groups, channels and topics that a person set up, in the order of their chats."""
        query = (
            select(endpoints.c.subscriber_id)
            .where(_CHATS, endpoints.c.owner == person)
            .order_by(endpoints.c.title, endpoints.c.address, endpoints.c.thread)
        )
        async with self.database.reading() as connection:
            numbers = (await connection.execute(query)).scalars().all()
            return [await reader_of(connection, number) for number in dict.fromkeys(numbers)]

    async def note(self, target: Target, *, title: str, owner: int | None, instead_of: int | None) -> None:
        """Keep a chat's name, and its owner where it has none or has ``instead_of``."""
        async with self.database.reading() as connection:
            row = (await connection.execute(select(endpoints).where(at_target(target), OWNED))).first()
        if row is None:
            return
        had = None if row.owner == instead_of else row.owner
        kept = {"owner": had if had is not None else owner or row.owner, "title": _better(row.title, title)}
        if (row.owner, row.title) == (kept["owner"], kept["title"]):
            return

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(endpoints).where(endpoints.c.id == row.id).values(**kept))

        await self.database.write(work)

    async def rename(self, chat: Target, title: str) -> None:
        """Give a chat, or one topic of it, another name; the topics of a chat keep their own part."""

        async def work(connection: AsyncConnection) -> None:
            which = at_target(chat) if chat.thread else _of_chat(chat)
            for row in (await connection.execute(select(endpoints).where(which, OWNED))).all():
                whole = (row.title or "").partition(LEVELS)[0]
                new = f"{whole}{LEVELS}{title}" if chat.thread and whole else renamed(row.title, title)
                await connection.execute(
                    update(endpoints).where(endpoints.c.id == row.id).values(title=new[:_LONGEST_TITLE])
                )

        await self.database.write(work)

    async def end(
        self, chat: Target, reason: Reason | None, news: News | None, *, topic: bool = False
    ) -> None:
        """Let every target of a chat, or the one ``topic``, receive no more; tell the owners once."""
        which = at_target(chat) if topic else _of_chat(chat)

        async def work(connection: AsyncConnection) -> None:
            await end_places(connection, which, reason, news, self.clock())

        await self.database.write(work)

    async def revive(self, chat: Target, news: News | None, *, every: bool) -> None:
        """Let the targets of a chat receive again that rest for a missing right, or ``every`` one."""
        gone = endpoints.c.state == EndpointState.GONE
        because = (
            endpoints.c.reason_code.is_distinct_from(ReasonCode.CHAT_MIGRATED)
            if every
            else endpoints.c.reason_code == ReasonCode.POSTING_FORBIDDEN
        )
        waits = and_(endpoints.c.state == EndpointState.ACTIVE, endpoints.c.failure_count > 0)

        async def work(connection: AsyncConnection) -> None:
            now = self.clock()
            found = await connection.execute(
                select(endpoints.c.id, endpoints.c.subscriber_id).where(
                    _of_chat(chat), or_(and_(gone, because), waits)
                )
            )
            places = {row.id: row.subscriber_id for row in found}
            await _receive(connection, list(places), now)
            for number in set(places.values()):
                await _go_on(connection, number, now)
            if places and news:
                await tell_owners(connection, sorted(places), news, now)

        await self.database.write(work)

    async def noted(self, topic: Target) -> Reason | None:
        """Give the note at a target, None where there is none."""
        query = select(endpoints).where(at_target(topic), OWNED)
        async with self.database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return read_reason(row) if row else None

    async def mark(self, topic: Target, note: Reason | None) -> None:
        """Keep a note at an active topic, or take it away, and then send what waits there."""

        async def work(connection: AsyncConnection) -> None:
            active = endpoints.c.state == EndpointState.ACTIVE
            found = await connection.execute(
                update(endpoints)
                .where(at_target(topic), OWNED, active)
                .values(**reason_values(note))
                .returning(endpoints.c.id)
            )
            places = list(found.scalars())
            if note is None:
                await _receive(connection, places, self.clock())

        await self.database.write(work)


async def end_places(
    connection: AsyncConnection,
    which: ColumnElement[bool],
    reason: Reason | None,
    news: News | None,
    at: datetime,
) -> None:
    """End the endpoints that still receive, or that only rest where ``news`` is that the bot is out."""
    open_ones = endpoints.c.state == EndpointState.ACTIVE
    if news is News.OUT:
        rests = and_(
            endpoints.c.state == EndpointState.GONE, endpoints.c.reason_code == ReasonCode.POSTING_FORBIDDEN
        )
        open_ones = or_(open_ones, rests)
    found = await connection.execute(select(endpoints.c.id).where(which, OWNED, open_ones))
    places = sorted(found.scalars())
    if places and news:
        await tell_owners(connection, places, news, at)
    for place in places:
        await end_endpoint(connection, place, reason, at)
    await connection.execute(
        update(endpoints).where(endpoints.c.id.in_(places)).values(**reason_values(reason))
    )


async def end_chat_of(
    connection: AsyncConnection, place: int, reason: Reason | None, news: News, at: datetime
) -> None:
    """End every endpoint of the chat in which this one is."""
    row = (await connection.execute(select(endpoints).where(endpoints.c.id == place))).one()
    which = and_(endpoints.c.channel == row.channel, endpoints.c.address == row.address)
    await end_places(connection, which, reason, news, at)


async def disown(connection: AsyncConnection, reader: Reader) -> None:
    """Forget that somebody who is erased set chats up; the chats themselves go on."""
    own = [int(one.target.address) for one in reader.endpoints if one.target.address.isdigit()]
    await connection.execute(update(endpoints).where(_CHATS, endpoints.c.owner.in_(own)).values(owner=None))


def _of_chat(chat: Target) -> ColumnElement[bool]:
    """Give the condition on the endpoints of a chat in all its threads; it names the index over targets."""
    return and_(endpoints.c.channel == chat.channel, endpoints.c.address == chat.address, OWNED)


def _better(had: str | None, title: str) -> str:
    """Give the name to keep: a topic's own part is not lost where only the forum's name was met."""
    topic = had and LEVELS in had and LEVELS not in title
    return (renamed(had, title) if topic else title)[:_LONGEST_TITLE]


async def _receive(connection: AsyncConnection, places: Sequence[int], at: datetime) -> None:
    """Let endpoints receive, forget what spoke against them, and send what waits for them."""
    await connection.execute(
        update(endpoints)
        .where(endpoints.c.id.in_(places))
        .values(state=EndpointState.ACTIVE, failure_count=0, **reason_values(None))
    )
    await connection.execute(
        update(outbox)
        .where(
            outbox.c.endpoint_id.in_(places),
            outbox.c.state == DeliveryState.DUE,
            outbox.c.not_before > at,
        )
        .values(not_before=at)
    )


async def _go_on(connection: AsyncConnection, number: int, at: datetime) -> None:
    """Give a subscriber their next turn, from the newest report on, unless they wanted a pause anyway."""
    before = (await reader_of(connection, number)).subscriber
    if before.next_at is not None:
        return
    start = await start_of_newest(connection)
    after = scheduled(before if before.paused else resumed(before, start), at)
    await connection.execute(update(subscribers).where(subscribers.c.id == number).values(columns_of(after)))
