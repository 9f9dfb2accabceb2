"""Small facts about this installation that belong to its database."""

import json
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.courier import Hold
from digest.model import Channel
from digest.store.database import Database
from digest.store.tables import facts

_SECRET = "secret_key"  # noqa: S105 - the fact's name


async def own_secret(database: Database) -> bytes:
    """Give the key that signs where the operator sets none: made once, kept with the data it signs for."""

    async def work(connection: AsyncConnection) -> str:
        fresh = upsert(facts).values(name=_SECRET, value=secrets.token_urlsafe(32))
        await connection.execute(fresh.on_conflict_do_nothing())
        found = await connection.execute(select(facts.c.value).where(facts.c.name == _SECRET))
        return str(found.scalar_one())

    return (await database.write(work)).encode()


async def changed(database: Database, name: str, value: str) -> bool:
    """Tell whether a fact differs from what it was the last time, and keep it; a new fact has not changed."""

    async def work(connection: AsyncConnection) -> bool:
        found = await connection.execute(select(facts.c.value).where(facts.c.name == name))
        before = found.scalar_one_or_none()
        if before != value:
            kept = upsert(facts).values(name=name, value=value)
            await connection.execute(
                kept.on_conflict_do_update(index_elements=["name"], set_={"value": value})
            )
        return before is not None and before != value

    return await database.write(work)


async def keep_hold(connection: AsyncConnection, channel: Channel, hold: Hold) -> None:
    """Keep until when a channel waits, and why; a wait is never shortened."""
    known = await hold_of(connection, channel, hold.until)
    if known is not None:
        return
    value = {"value": json.dumps({"until": hold.until.isoformat(), "reason": hold.reason})}
    await connection.execute(
        upsert(facts)
        .values(name=_hold(channel), **value)
        .on_conflict_do_update(index_elements=["name"], set_=value)
    )


async def hold_of(connection: AsyncConnection, channel: Channel, now: datetime) -> Hold | None:
    """Give the wait that was kept; one that has passed is forgotten."""
    found = await connection.execute(select(facts.c.value).where(facts.c.name == _hold(channel)))
    value = found.scalar_one_or_none()
    if value is None:
        return None
    kept = json.loads(value)
    hold = Hold(until=datetime.fromisoformat(kept["until"]), reason=kept["reason"])
    if hold.until > now:
        return hold
    await connection.execute(delete(facts).where(facts.c.name == _hold(channel)))
    return None


def _hold(channel: Channel) -> str:
    return f"hold.{channel}"
