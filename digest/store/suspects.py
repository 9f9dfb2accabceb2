"""Which due rows may be claimed, so that a row that ends the program is found and no other row is blamed.

``claims`` says how much a row is suspected. Rows that were leased and not begun may have caused a crash:

- 0: it was never there when the program ended.
- 1: it was there at one crash, beside other rows. Such a row is claimed by itself: its courier then holds no
  other that it has not begun.
- 2: it was there at two crashes or more. It is tried alone: nothing else is in flight on any channel of any
  process, and nothing is claimed until it has begun to be sent.
- 2 + n: it alone was in flight at n crashes. At ``MOST_CRASHES`` it is refused. What ends the program at each
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

from digest.courier import MOST_CRASHES
from digest.model import Channel, DeliveryState
from digest.store.standings import resting
from digest.store.tables import outbox

_ONCE, _AGAIN = 1, 2
QUIET = timedelta(seconds=60)
"""How long the others wait for a row that is to be tried alone, at most: what is in flight may hang."""

REST = timedelta(minutes=5)
"""How long they do not wait after that."""

AFTER_CRASH = case(
    (outbox.c.claims < -_AGAIN, 1 - outbox.c.claims),
    (outbox.c.claims < 0, _AGAIN + 1),
    (outbox.c.claims < _AGAIN, outbox.c.claims + 1),
    else_=outbox.c.claims,
)
"""``claims`` of a row that was leased, and not begun, when the program ended."""

GIVEN_BACK = func.abs(outbox.c.claims)
"""``claims`` of a row that was leased, and not begun, when the program stopped in order."""

CONVICTED = and_(outbox.c.claims < 0, outbox.c.claims <= -(_AGAIN + MOST_CRASHES - 1))
"""Whether a crash now is the last that was needed."""


_TRIED = and_(outbox.c.claims < 0, outbox.c.state == DeliveryState.LEASED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows are claimed; ``alone``: this one is tried alone."""

    ids: Sequence[int] = ()
    alone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What is in flight: ``rows`` in all; whether one is tried ``alone``, or was until its lease ran out."""

    rows: int
    alone: bool
    late: bool


async def choose(
    connection: AsyncConnection, channel: Channel, *, due: datetime, now: datetime, most: int
) -> Choice:
    """Choose what is claimed: suspects one by one, then at most so many others, the urgent first."""
    held = await _held(connection, now)
    if held.alone:
        return Choice()
    if held.late:
        await _no_more_alone(connection)
    awake = await _awake(connection)
    mine = (*_due_on(channel, due), *awake)
    suspect = await _strongest(connection, mine)
    asked = await _quiet_asked(connection, due, now, awake)
    if suspect and not held.rows and asked in (None, channel):
        return Choice(ids=[suspect], alone=True)
    if asked:
        return Choice()
    once = await _ready(connection, *mine, outbox.c.claims == _ONCE, most=1)
    if once:
        return Choice(ids=once)
    if suspect and await _ask_for_quiet(connection, channel, suspect, now):
        return Choice()
    return Choice(ids=await _ready(connection, *mine, outbox.c.claims == 0, most=most))


async def waiting(connection: AsyncConnection, channel: Channel, due: datetime, now: datetime) -> bool:
    """Tell whether something is due that may be claimed in a moment."""
    mine = (*_due_on(channel, due), *await _awake(connection))
    if await _ready(connection, *mine, outbox.c.claims < _AGAIN, most=1):
        return True
    return await _strongest(connection, mine) is not None and not await _rests(connection, channel, now)


async def _held(connection: AsyncConnection, now: datetime) -> _Held:
    lasts = outbox.c.lease_until > now
    found = await connection.execute(
        select(
            func.count(), func.count().filter(_TRIED, lasts), func.count().filter(_TRIED, not_(lasts))
        ).where(outbox.c.owner.is_not(None))
    )
    rows, alone, late = found.one()
    return _Held(rows=rows, alone=bool(alone), late=bool(late))


async def _no_more_alone(connection: AsyncConnection) -> None:
    """Let no row count as tried alone whose lease ran out: others are claimed beside it from now on."""
    await connection.execute(
        update(outbox).where(outbox.c.owner.is_not(None), _TRIED).values(claims=GIVEN_BACK)
    )


async def _strongest(connection: AsyncConnection, mine: Sequence[ColumnElement[bool]]) -> int | None:
    """Return the row that is suspected most, None where none is."""
    found = await connection.execute(
        select(outbox.c.id)
        .where(*mine, outbox.c.claims > 0)
        .order_by(outbox.c.claims.desc(), outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def _quiet_asked(
    connection: AsyncConnection, due: datetime, now: datetime, awake: Sequence[ColumnElement[bool]]
) -> Channel | None:
    """Return the channel that wants to try a row alone, None where none does."""
    found = await connection.execute(
        select(outbox.c.channel)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.channel.in_(list(Channel)),
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= _AGAIN,
            outbox.c.not_before <= due,
            outbox.c.lease_until > now,
            *awake,
        )
        .order_by(outbox.c.lease_until)
        .limit(1)
    )
    name = found.scalar_one_or_none()
    return Channel(name) if name else None


async def _ask_for_quiet(connection: AsyncConnection, channel: Channel, row: int, now: datetime) -> bool:
    """Ask for quiet for a row that must be tried alone; False where that was in vain a short while ago."""
    if await _rests(connection, channel, now):
        return False
    await connection.execute(update(outbox).where(outbox.c.id == row).values(lease_until=now + QUIET))
    return True


async def _rests(connection: AsyncConnection, channel: Channel, now: datetime) -> bool:
    """Tell whether a channel has asked for quiet in vain, and must not ask again yet."""
    found = await connection.execute(
        select(outbox.c.id)
        .where(
            outbox.c.settled_at.is_(None),
            outbox.c.channel == channel,
            outbox.c.state == DeliveryState.DUE,
            outbox.c.claims >= _AGAIN,
            outbox.c.lease_until.between(now - REST, now),
        )
        .limit(1)
    )
    return found.first() is not None


def _due_on(channel: Channel, due: datetime) -> Sequence[ColumnElement[bool]]:
    """Return the conditions on due rows; ``settled_at`` names the partial index over what is open."""
    return (
        outbox.c.settled_at.is_(None),
        outbox.c.channel == channel,
        outbox.c.state == DeliveryState.DUE,
        outbox.c.not_before <= due,
    )


async def _awake(connection: AsyncConnection) -> Sequence[ColumnElement[bool]]:
    """Return the condition that leaves out what belongs to a paused broadcast; none where none is paused."""
    paused = await resting(connection)
    return [or_(outbox.c.edition_id.is_(None), outbox.c.edition_id.not_in(paused))] if paused else []


async def _ready(connection: AsyncConnection, *which: ColumnElement[bool], most: int) -> list[int]:
    found = await connection.execute(
        select(outbox.c.id)
        .where(*which)
        .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list(found.scalars())
