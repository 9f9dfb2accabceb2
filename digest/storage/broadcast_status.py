"""How far broadcasts are, where that is told, and how they are paused, let go and stopped."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState, Locale
from digest.model.reasons import Reason, ReasonCode
from digest.services.broadcasts import BroadcastStatus, StatusMessage
from digest.storage.outbox_rows import UNCLAIMED, UNSENT
from digest.storage.reason_columns import reason_values
from digest.storage.tables import Kind, editions, outbox


async def load_status(connection: AsyncConnection, broadcast_id: int) -> BroadcastStatus | None:
    """Return how far a broadcast is, None where there is none of this number."""
    found = await connection.execute(select(editions).where(_is_broadcast(broadcast_id)))
    row = found.one_or_none()
    return await _build_status(connection, row) if row else None


async def load_newest(connection: AsyncConnection, limit: int) -> Sequence[BroadcastStatus]:
    """Return the newest broadcasts, the newest first."""
    found = await connection.execute(
        select(editions).where(editions.c.kind == Kind.BROADCAST).order_by(editions.c.id.desc()).limit(limit)
    )
    return [await _build_status(connection, row) for row in found.all()]


async def list_unreported(connection: AsyncConnection) -> Sequence[int]:
    """Return the broadcasts that have a place in a chat and whose end was not told, the oldest first."""
    found = await connection.execute(
        select(editions.c.id, editions.c.progress_message)
        .where(editions.c.kind == Kind.BROADCAST, editions.c.progress_message.is_not(None))
        .order_by(editions.c.id)
    )
    return [row.id for row in found if row.progress_message and not row.progress_message.get("reported")]


async def pause_broadcast(connection: AsyncConnection, broadcast_id: int, at: datetime) -> bool:
    """Let none of its messages be claimed any more; False where nothing of it is left or it rests."""
    left = select(outbox.c.id).where(outbox.c.edition_id == broadcast_id, outbox.c.settled_at.is_(None))
    paused = await connection.execute(
        update(editions)
        .where(_is_broadcast(broadcast_id), editions.c.paused_at.is_(None), left.exists())
        .values(paused_at=at)
        .returning(editions.c.id)
    )
    return paused.first() is not None


async def resume_broadcast(connection: AsyncConnection, broadcast_id: int) -> bool:
    """Let it go on; False where it was not paused."""
    went = await connection.execute(
        update(editions)
        .where(_is_broadcast(broadcast_id), editions.c.paused_at.is_not(None))
        .values(paused_at=None)
        .returning(editions.c.id)
    )
    return went.first() is not None


async def cancel_broadcast(connection: AsyncConnection, broadcast_id: int, at: datetime) -> int:
    """Cancel what has not begun; count that. What is in flight is finished."""
    why = reason_values(Reason(ReasonCode.BROADCAST_CANCELLED))
    broadcast = select(editions.c.id).where(_is_broadcast(broadcast_id)).scalar_subquery()
    cancelled = await connection.execute(
        update(outbox)
        .where(outbox.c.edition_id == broadcast, outbox.c.settled_at.is_(None), outbox.c.state.in_(UNSENT))
        .values(state=DeliveryState.CANCELLED, settled_at=at, **why, **UNCLAIMED)
    )
    await connection.execute(update(editions).where(_is_broadcast(broadcast_id)).values(paused_at=None))
    return int(cancelled.rowcount)


async def save_status_message(
    connection: AsyncConnection, broadcast_id: int, status_message: StatusMessage, *, reported: bool
) -> None:
    """Keep where its progress is told, beyond the end of the program."""
    kept = {
        "chat": status_message.chat_id,
        "message": status_message.message_id,
        "locale": status_message.locale,
        "reported": reported,
    }
    await connection.execute(update(editions).where(_is_broadcast(broadcast_id)).values(progress_message=kept))


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
    kept = row.progress_message or {}
    return BroadcastStatus(
        id=row.id,
        text=row.text,
        author=row.created_by,
        started_at=row.created_at,
        paused_at=row.paused_at,
        counts={(Channel(group.channel), DeliveryState(group.state)): group.n for group in groups},
        retrying=sum(group.retrying for group in groups),
        ended_at=max((group.settled_at for group in groups), default=row.created_at) if over else None,
        status_message=_build_status_message(kept) if kept else None,
        reported=bool(kept.get("reported")),
    )


def _build_status_message(document: dict[str, Any]) -> StatusMessage:
    return StatusMessage(
        chat_id=document["chat"], message_id=document["message"], locale=Locale.from_code(document["locale"])
    )


def _is_broadcast(broadcast_id: int) -> ColumnElement[bool]:
    return and_(editions.c.id == broadcast_id, editions.c.kind == Kind.BROADCAST)
