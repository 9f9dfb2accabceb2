"""How far broadcasts are, where that is told, and how they are paused, let go and stopped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.broadcast import Place, Standing
from digest.model import Channel, DeliveryState, Locale
from digest.reasons import Reason, ReasonCode
from digest.store.queued import FREE, NOT_BEGUN
from digest.store.reasons import reason_values
from digest.store.tables import Kind, editions, outbox


async def standing(connection: AsyncConnection, number: int) -> Standing | None:
    """Give how far a broadcast is, None where there is none of this number."""
    found = await connection.execute(select(editions).where(_is(number)))
    row = found.one_or_none()
    return await _standing_of(connection, row) if row else None


async def newest(connection: AsyncConnection, most: int) -> Sequence[Standing]:
    """Give the newest broadcasts, the newest first."""
    found = await connection.execute(
        select(editions).where(editions.c.kind == Kind.BROADCAST).order_by(editions.c.id.desc()).limit(most)
    )
    return [await _standing_of(connection, row) for row in found.all()]


async def told(connection: AsyncConnection) -> Sequence[int]:
    """Give the broadcasts that have a place in a chat and whose end was not told, the oldest first."""
    found = await connection.execute(
        select(editions.c.id, editions.c.progress_message)
        .where(editions.c.kind == Kind.BROADCAST, editions.c.progress_message.is_not(None))
        .order_by(editions.c.id)
    )
    return [row.id for row in found if row.progress_message and not row.progress_message.get("reported")]


async def pause(connection: AsyncConnection, number: int, at: datetime) -> bool:
    """Let none of its messages be claimed any more; False where nothing of it is left or it rests."""
    left = select(outbox.c.id).where(outbox.c.edition_id == number, outbox.c.settled_at.is_(None))
    paused = await connection.execute(
        update(editions)
        .where(_is(number), editions.c.paused_at.is_(None), left.exists())
        .values(paused_at=at)
        .returning(editions.c.id)
    )
    return paused.first() is not None


async def go(connection: AsyncConnection, number: int) -> bool:
    """Let it go on; False where it was not paused."""
    went = await connection.execute(
        update(editions)
        .where(_is(number), editions.c.paused_at.is_not(None))
        .values(paused_at=None)
        .returning(editions.c.id)
    )
    return went.first() is not None


async def stop(connection: AsyncConnection, number: int, at: datetime) -> int:
    """Cancel what has not begun; count that. What is in flight is finished."""
    why = reason_values(Reason(ReasonCode.BROADCAST_CANCELLED))
    broadcast = select(editions.c.id).where(_is(number)).scalar_subquery()
    cancelled = await connection.execute(
        update(outbox)
        .where(
            outbox.c.edition_id == broadcast,
            outbox.c.settled_at.is_(None),
            outbox.c.state.in_(NOT_BEGUN),
        )
        .values(state=DeliveryState.CANCELLED, settled_at=at, **why, **FREE)
    )
    await connection.execute(update(editions).where(_is(number)).values(paused_at=None))
    return int(cancelled.rowcount)


async def keep_place(connection: AsyncConnection, number: int, place: Place, *, reported: bool) -> None:
    """Keep where its progress is told, beyond the end of the program."""
    kept = {"chat": place.chat, "message": place.message, "locale": place.locale, "reported": reported}
    await connection.execute(update(editions).where(_is(number)).values(progress_message=kept))


async def resting(connection: AsyncConnection) -> Sequence[int]:
    """Give the broadcasts of which nothing may be claimed now."""
    found = await connection.execute(
        select(editions.c.id).where(editions.c.kind == Kind.BROADCAST, editions.c.paused_at.is_not(None))
    )
    return found.scalars().all()


async def _standing_of(connection: AsyncConnection, row: Row[Any]) -> Standing:
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
    kept = row.progress_message or {}
    return Standing(
        id=row.id,
        text=row.text,
        by=row.created_by,
        began_at=row.created_at,
        paused_at=row.paused_at,
        counts={(Channel(group.channel), DeliveryState(group.state)): group.n for group in groups},
        retrying=sum(group.retrying for group in groups),
        ended_at=max((group.settled_at for group in groups), default=row.created_at) if over else None,
        place=_place(kept) if kept else None,
        reported=bool(kept.get("reported")),
    )


def _place(kept: dict[str, Any]) -> Place:
    return Place(chat=kept["chat"], message=kept["message"], locale=Locale.known(kept["locale"]))


def _is(number: int) -> ColumnElement[bool]:
    return and_(editions.c.id == number, editions.c.kind == Kind.BROADCAST)
