"""Bringing a database to the schema that this code knows, and refusing one that is newer."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from digest.errors import StoreError
from digest.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
APPLICATION_ID = 0x50444947
"""``PRAGMA application_id`` of our files: PDIG, so that ``file`` and we can tell whose they are."""


async def migrate(database: Database) -> tuple[str | None, str]:
    """Bring the database up to date; give the revision before (None: it was new) and after.

    Raises ``StoreError`` where the file is another program's or of a newer Paper Digest.
    """
    if database.is_sqlite and database.url.database:
        Path(database.url.database).parent.mkdir(parents=True, exist_ok=True)
    async with database.exclusive() as connection:
        return await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head() or ""
    _check_owner(connection)
    before = MigrationContext.configure(connection).get_current_revision()
    connection.rollback()
    known = {script.revision for script in scripts.walk_revisions()}
    if before is not None and before not in known:
        raise StoreError(
            f"the database is of a newer Paper Digest (revision {before}); update the program, or restore "
            "the copy from before its update"
        )
    if before != head:
        # A table copy with foreign keys on would delete the children; the pragma works outside a transaction.
        _pragma(connection, "foreign_keys = OFF")
        command.upgrade(config, "head")
        connection.commit()
        _pragma(connection, "foreign_keys = ON")
        _pragma(connection, f"application_id = {APPLICATION_ID}")
    return before, head


def _check_owner(connection: Connection) -> None:
    (owner,) = _pragma(connection, "application_id")
    (tables,) = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").one()
    if owner != APPLICATION_ID and tables and not _has_our_tables(connection):
        raise StoreError("DATABASE_URL names a database of another program; choose another file")


def _has_our_tables(connection: Connection) -> bool:
    found = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first()
    return found is not None


def _pragma(connection: Connection, words: str) -> Any:  # noqa: ANN401 - whatever the pragma answers
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA {words}")
        return cursor.fetchone()
    finally:
        cursor.close()
