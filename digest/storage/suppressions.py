"""Whom nobody may enrol: addresses of erased readers, kept as a keyed hash that names nobody.

The key lives beside the hashes, not in the settings: a new ``SECRET_KEY`` must not bring erased people back.
"""

import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import Target
from digest.model.reasons import ReasonCode
from digest.storage.tables import app_state, suppressions

_KEY_NAME = "suppression_key"
_CHUNK = 1000


async def add_suppressions(connection: AsyncConnection, targets: Sequence[Target], at: datetime) -> None:
    """Remember that these targets were erased."""
    fresh = upsert(app_state).values(name=_KEY_NAME, value=secrets.token_urlsafe(32))
    await connection.execute(fresh.on_conflict_do_nothing())
    for mark in (await _hash_targets(connection, targets)).values():
        await connection.execute(
            upsert(suppressions)
            .values(key_hash=mark, reason_code=ReasonCode.ERASED, suppressed_at=at)
            .on_conflict_do_nothing()
        )


async def remove_suppression(connection: AsyncConnection, target: Target) -> None:
    """Forget that a target was erased: its owner has come back by themselves."""
    marks = await _hash_targets(connection, [target])
    await connection.execute(delete(suppressions).where(suppressions.c.key_hash.in_(list(marks.values()))))


async def find_suppressed(connection: AsyncConnection, targets: Sequence[Target]) -> frozenset[Target]:
    """Return those of the targets that were erased."""
    marks = await _hash_targets(connection, targets)
    found: set[str] = set()
    wanted = list(marks.values())
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        rows = await connection.execute(select(suppressions.c.key_hash).where(suppressions.c.key_hash.in_(some)))
        found.update(rows.scalars())
    return frozenset(target for target, mark in marks.items() if mark in found)


async def _hash_targets(connection: AsyncConnection, targets: Collection[Target]) -> dict[Target, str]:
    """Return the mark of each target; none as long as nobody was ever erased, for there is no key then."""
    found = await connection.execute(select(app_state.c.value).where(app_state.c.name == _KEY_NAME))
    key = found.scalar_one_or_none()
    if key is None:
        return {}
    return {target: hmac.new(key.encode(), _target_bytes(target), sha256).hexdigest() for target in targets}


def _target_bytes(target: Target) -> bytes:
    return f"{target.channel} {target.address}".encode()
