"""Bringing a database to the schema that this code knows, and refusing one that is newer."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from digest.clock import system_clock
from digest.errors import StoreError
from digest.store.backup import copy_file
from digest.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
APPLICATION_ID = 0x50444947
"""``PRAGMA application_id`` of our files: PDIG, so that ``file`` and we can tell whose they are."""

_OURS = ("alembic_version", "paper_texts", "outbox")


async def migrate(database: Database, migrations: Path = MIGRATIONS) -> tuple[str | None, str]:
    """Bring the database up to date; give the revision before (None: it was new) and after.

    All revisions or none: they share one transaction. A database with data is copied first, to
    ``<file>.before-<revision>``. Raises ``StoreError`` where the file is another program's, of a newer
    Paper Digest, or cannot be brought up to date.
    """
    if database.is_sqlite and database.url.database:
        _make_folder(Path(database.url.database))
    async with database.exclusive() as connection:
        return await connection.run_sync(_upgrade, migrations)


def _upgrade(connection: Connection, migrations: Path) -> tuple[str | None, str]:
    config = Config()
    config.set_main_option("script_location", str(migrations))
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
        copy = _copy_before(connection, head) if before else None
        # A table copy with foreign keys on would delete the children; the pragma works outside a transaction.
        _pragma(connection, "foreign_keys = OFF")
        try:
            command.upgrade(config, "head")
            connection.commit()
        except (CommandError, SQLAlchemyError) as error:
            kept = f", and the copy from before is {copy}" if copy else ""
            raise StoreError(
                f"the database stays at revision {before or 'nothing'}, going to {head} failed "
                f"({_first_line(error)}); nothing was changed{kept}"
            ) from error
        finally:
            connection.rollback()
            _pragma(connection, "foreign_keys = ON")
    return before, head


def _copy_before(connection: Connection, head: str) -> Path:
    """Copy the file before an upgrade; give the copy."""
    file = Path(connection.engine.url.database or "")
    copy = file.with_name(f"{file.name}.before-{head}")
    copy_file(file, copy, system_clock())
    return copy


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{file.parent}: cannot hold the database ({error.strerror})") from error
    if file.is_dir():
        raise StoreError(
            f"{file} is a folder; DATABASE_URL names a file, like sqlite+aiosqlite:///var/digest.db"
        )


def _check_owner(connection: Connection) -> None:
    (owner,) = _pragma(connection, "application_id")
    (tables,) = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").one()
    if owner != APPLICATION_ID and tables and not _has_our_tables(connection):
        raise StoreError("DATABASE_URL names a database of another program; choose another file")


def _has_our_tables(connection: Connection) -> bool:
    """Tell whether a file that somebody has stripped of its mark is ours all the same."""
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
    return set(_OURS) <= set(names)


def _pragma(connection: Connection, words: str) -> Any:  # noqa: ANN401 - whatever the pragma answers
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA {words}")
        return cursor.fetchone()
    finally:
        cursor.close()
