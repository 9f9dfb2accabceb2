"""Which due rows may be claimed, so that a row that ends the program is found and no other row is blamed.

``claims`` says how much a row is suspected. Rows that were leased and not begun may have caused a crash:

- 0: it was never there when the program ended.
- 1: it was there at one crash, beside other rows. Such a row is claimed by itself: its courier then holds no
  other that it has not begun.
- 2: it was there at two crashes or more. It is tried alone: nothing else is in flight on any channel of any
  process, and nothing is claimed until it has begun to be sent.
- 2 + n: it alone was in flight at n crashes. At ``MAX_CRASHES`` it is refused. What ends the program at each
  claim is refused after two more crashes than that at most; any other row is sent, or uncertain, before.

A negative number marks a row that is tried alone just now. A row that has begun was sent, or is uncertain
after a crash, and is not tried again: it is no suspect.

To try a row alone its courier may have to ask for quiet: ``lease_until`` of the due row then says until when
nobody else claims anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel, DeliveryState
from digest.services.delivery import MAX_CRASHES
from digest.storage.broadcast_status import list_paused
from digest.storage.tables import outbox

_SUSPECTED_ONCE, _SUSPECTED_AGAIN = 1, 2
QUIET_TIMEOUT = timedelta(seconds=60)
"""How long the others wait for a row that is to be tried alone, at most: what is in flight may hang."""

QUIET_COOLDOWN = timedelta(minutes=5)
"""How long they do not wait after that."""

CLAIMS_AFTER_CRASH = case(
    (outbox.c.claims < -_SUSPECTED_AGAIN, 1 - outbox.c.claims),
    (outbox.c.claims < 0, _SUSPECTED_AGAIN + 1),
    (outbox.c.claims < _SUSPECTED_AGAIN, outbox.c.claims + 1),
    else_=outbox.c.claims,
)
"""``claims`` of a row that was leased, and not begun, when the program ended."""

CLAIMS_AFTER_RELEASE = func.abs(outbox.c.claims)
"""``claims`` of a row that was leased, and not begun, when the program stopped in order."""

IS_AT_CRASH_LIMIT = and_(outbox.c.claims < 0, outbox.c.claims <= -(_SUSPECTED_AGAIN + MAX_CRASHES - 1))
"""Whether a crash now is the last that was needed."""


_IS_ISOLATED = and_(outbox.c.claims < 0, outbox.c.state == DeliveryState.LEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSelection:
    """Which rows are claimed; ``isolated``: this one is tried alone."""

    ids: Sequence[int] = ()
    isolated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _InFlight:
    """What is in flight: ``count`` in all.

    Whether one is tried ``isolated``, or was until its lease ran out.
    """

    count: int
    isolated: bool
    expired: bool


async def select_claimable(
    connection: AsyncConnection, channel: Channel, *, due: datetime, now: datetime, limit: int
) -> ClaimSelection:
    """Choose what is claimed: suspects one by one, then at most so many others, the urgent first."""
    held = await _load_in_flight(connection, now)
    if held.isolated:
        return ClaimSelection()
    if held.expired:
        await _end_expired_isolation(connection)
    awake = await _not_paused(connection)
    mine = (*_due_conditions(channel, due), *awake)
    suspect = await _find_top_suspect(connection, mine)
    asked = await _find_quiet_requester(connection, due, now, awake)
    if suspect and not held.count and asked in (None, channel):
        return ClaimSelection(ids=[suspect], isolated=True)
    if asked:
        return ClaimSelection()
    once = await _select_due(connection, *mine, outbox.c.claims == _SUSPECTED_ONCE, limit=1)
    if once:
        return ClaimSelection(ids=once)
    if suspect and await _request_quiet(connection, channel, suspect, now):
        return ClaimSelection()
    return ClaimSelection(ids=await _select_due(connection, *mine, outbox.c.claims == 0, limit=limit))


async def has_claimable(connection: AsyncConnection, channel: Channel, due: datetime, now: datetime) -> bool:
    """Return whether something is due that may be claimed in a moment."""
    mine = (*_due_conditions(channel, due), *await _not_paused(connection))
    if await _select_due(connection, *mine, outbox.c.claims < _SUSPECTED_AGAIN, limit=1):
        return True
    return await _find_top_suspect(connection, mine) is not None and not await _is_cooling_down(
        connection, channel, now
    )


async def _load_in_flight(connection: AsyncConnection, now: datetime) -> _InFlight:
    lasts = outbox.c.lease_until > now
    found = await connection.execute(
        select(
            func.count(), func.count().filter(_IS_ISOLATED, lasts), func.count().filter(_IS_ISOLATED, not_(lasts))
        ).where(outbox.c.owner.is_not(None))
    )
    rows, alone, late = found.one()
    return _InFlight(count=rows, isolated=bool(alone), expired=bool(late))


async def _end_expired_isolation(connection: AsyncConnection) -> None:
    """Let no row count as tried alone whose lease ran out: others are claimed beside it from now on."""
    await connection.execute(
        update(outbox).where(outbox.c.owner.is_not(None), _IS_ISOLATED).values(claims=CLAIMS_AFTER_RELEASE)
    )


async def _find_top_suspect(connection: AsyncConnection, conditions: Sequence[ColumnElement[bool]]) -> int | None:
    """Return the row that is suspected most, None where none is."""
    found = await connection.execute(
        select(outbox.c.id)
        .where(*conditions, outbox.c.claims > 0)
        .order_by(outbox.c.claims.desc(), outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def _find_quiet_requester(
    connection: AsyncConnection, due: datetime, now: datetime, not_paused: Sequence[ColumnElement[bool]]
) -> Channel | None:
    """Return the channel that wants to try a row alone, None where none does."""
    found = await connection.execute(
        select(outbox.c.channel)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.channel.in_(list(Channel)),
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= _SUSPECTED_AGAIN,
            outbox.c.not_before <= due,
            outbox.c.lease_until > now,
            *not_paused,
        )
        .order_by(outbox.c.lease_until)
        .limit(1)
    )
    name = found.scalar_one_or_none()
    return Channel(name) if name else None


async def _request_quiet(connection: AsyncConnection, channel: Channel, delivery_id: int, now: datetime) -> bool:
    """Ask for quiet for a row that must be tried alone; False where that was in vain a short while ago."""
    if await _is_cooling_down(connection, channel, now):
        return False
    await connection.execute(update(outbox).where(outbox.c.id == delivery_id).values(lease_until=now + QUIET_TIMEOUT))
    return True


async def _is_cooling_down(connection: AsyncConnection, channel: Channel, now: datetime) -> bool:
    """Return whether a channel has asked for quiet in vain, and must not ask again yet."""
    found = await connection.execute(
        select(outbox.c.id)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.channel == channel,
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= _SUSPECTED_AGAIN,
            outbox.c.lease_until.between(now - QUIET_COOLDOWN, now),
        )
        .limit(1)
    )
    return found.first() is not None


def _due_conditions(channel: Channel, due: datetime) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on due rows; ``settled_at`` names the partial index over what is open."""
    return (
        outbox.c.settled_at.is_(None),
        outbox.c.channel == channel,
        outbox.c.state == DeliveryState.DUE,
        outbox.c.not_before <= due,
    )


async def _not_paused(connection: AsyncConnection) -> Sequence[ColumnElement[bool]]:
    """Return the condition that leaves out what belongs to a paused broadcast; none where none is paused."""
    paused = await list_paused(connection)
    return [or_(outbox.c.edition_id.is_(None), outbox.c.edition_id.not_in(paused))] if paused else []


async def _select_due(connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int) -> list[int]:
    found = await connection.execute(
        select(outbox.c.id)
        .where(*conditions)
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(found.scalars())
