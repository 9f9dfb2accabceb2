"""Small facts about this installation, stored in its database."""

import secrets

from sqlalchemy import Select, select
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.storage.database import Database
from digest.storage.tables import app_state

_SECRET_KEY_NAME = "secret_key"  # noqa: S105 - the fact's name


def select_state(name: str) -> Select[str]:
    """Return the query for the value of one fact."""
    return select(app_state.c.value).where(app_state.c.name == name)


def set_state(name: str, value: str) -> Insert:
    """Return the statement that stores the value of one fact."""
    row = upsert(app_state).values(name=name, value=value)
    return row.on_conflict_do_update(index_elements=["name"], set_={"value": value})


async def get_or_create_secret(connection: AsyncConnection, name: str) -> str:
    """Return a secret of this installation, which is made the first time."""
    row = upsert(app_state).values(name=name, value=secrets.token_urlsafe(32))
    await connection.execute(row.on_conflict_do_nothing())
    return str((await connection.execute(select_state(name))).scalar_one())


async def installation_secret(database: Database) -> bytes:
    """Return the key that signs if the operator sets none: made once, stored with the data it signs for."""
    return (await database.write(lambda connection: get_or_create_secret(connection, _SECRET_KEY_NAME))).encode()


async def update_if_changed(database: Database, name: str, value: str) -> bool:
    """Store a fact; return whether it differs from what it was the last time. A new fact has not changed."""

    async def work(connection: AsyncConnection) -> bool:
        before = (await connection.execute(select_state(name))).scalar_one_or_none()
        if before != value:
            await connection.execute(set_state(name, value))
        return before is not None and before != value

    return await database.write(work)
