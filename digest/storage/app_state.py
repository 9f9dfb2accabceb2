"""Small facts about this installation, kept in its database."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Channel
from digest.services.delivery import ChannelPause, FailureStreak
from digest.storage.database import Database
from digest.storage.tables import app_state
from digest.storage.types import reason_from, reason_values

_SECRET_KEY_NAME = "secret_key"  # noqa: S105 - the fact's name


async def installation_secret(database: Database) -> bytes:
    """Return the key that signs where the operator sets none: made once, kept with the data it signs for."""

    async def work(connection: AsyncConnection) -> str:
        fresh = upsert(app_state).values(name=_SECRET_KEY_NAME, value=secrets.token_urlsafe(32))
        await connection.execute(fresh.on_conflict_do_nothing())
        found = await connection.execute(select(app_state.c.value).where(app_state.c.name == _SECRET_KEY_NAME))
        return str(found.scalar_one())

    return (await database.write(work)).encode()


async def update_if_changed(database: Database, name: str, value: str) -> bool:
    """Return whether a fact differs from what it was the last time, and keep it.

    A new fact has not changed.
    """

    async def work(connection: AsyncConnection) -> bool:
        found = await connection.execute(select(app_state.c.value).where(app_state.c.name == name))
        before = found.scalar_one_or_none()
        if before != value:
            kept = upsert(app_state).values(name=name, value=value)
            await connection.execute(kept.on_conflict_do_update(index_elements=["name"], set_={"value": value}))
        return before is not None and before != value

    return await database.write(work)


async def save_pause(connection: AsyncConnection, channel: Channel, pause: ChannelPause) -> None:
    """Keep until when a channel waits, and why; a wait is never shortened."""
    known = await load_pause(connection, channel, pause.until)
    if known is not None:
        return
    value = {"value": json.dumps({"until": pause.until.isoformat(), **reason_values(pause.reason)})}
    await connection.execute(
        upsert(app_state)
        .values(name=_pause_key(channel), **value)
        .on_conflict_do_update(index_elements=["name"], set_=value)
    )


async def load_pause(connection: AsyncConnection, channel: Channel, now: datetime) -> ChannelPause | None:
    """Return the wait that was kept; one that has passed is forgotten."""
    found = await connection.execute(select(app_state.c.value).where(app_state.c.name == _pause_key(channel)))
    value = found.scalar_one_or_none()
    if value is None:
        return None
    kept = json.loads(value)
    reason = reason_from(kept["reason_code"], kept["reason_cause"], kept["reason_detail"])
    if reason is None:
        return None
    hold = ChannelPause(until=datetime.fromisoformat(kept["until"]), reason=reason)
    if hold.until > now:
        return hold
    await connection.execute(delete(app_state).where(app_state.c.name == _pause_key(channel)))
    return None


async def save_streak(connection: AsyncConnection, channel: Channel, streak: FailureStreak) -> None:
    """Keep how the last deliveries of a channel ended."""
    await _save_value(
        connection, f"streak.{channel}", {"uncertain": streak.uncertain, "unreachable": streak.unreachable}
    )


async def load_streak(connection: AsyncConnection, channel: Channel) -> FailureStreak:
    """Return how the last deliveries of a channel ended, as it was kept."""
    kept = await _load_value(connection, f"streak.{channel}")
    return FailureStreak(uncertain=kept["uncertain"], unreachable=kept["unreachable"]) if kept else FailureStreak()


async def allow_unreachable(connection: AsyncConnection, channel: Channel, until: datetime) -> None:
    """Let addresses of a channel end until a moment, though many do so in a row."""
    await _save_value(connection, f"unreachable_allowed.{channel}", {"until": until.isoformat()})


async def unreachable_allowed_until(connection: AsyncConnection, channel: Channel, now: datetime) -> datetime | None:
    """Return until when addresses may end though many do so in a row, None where they may not at ``now``."""
    kept = await _load_value(connection, f"unreachable_allowed.{channel}")
    until = datetime.fromisoformat(kept["until"]) if kept else now
    return until if until > now else None


async def _save_value(connection: AsyncConnection, name: str, value: Mapping[str, Any]) -> None:
    values = {"value": json.dumps(value)}
    await connection.execute(
        upsert(app_state).values(name=name, **values).on_conflict_do_update(index_elements=["name"], set_=values)
    )


async def _load_value(connection: AsyncConnection, name: str) -> dict[str, Any] | None:
    found = await connection.execute(select(app_state.c.value).where(app_state.c.name == name))
    value = found.scalar_one_or_none()
    return None if value is None else dict(json.loads(value))


def _pause_key(channel: Channel) -> str:
    return f"channel_pause.{channel}"
