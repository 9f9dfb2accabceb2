"""Upgrading a database to the schema of this version; a newer one is refused."""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection

from digest.model.errors import StoreError
from digest.model.private_files import create_private_file, format_paths, make_private, make_private_folder
from digest.storage.database import Database
from digest.storage.sqlite.backup import list_database_files

_log = structlog.get_logger(__name__)

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"
APPLICATION_ID = 0x50444947
"""``PRAGMA application_id`` of our files: PDIG, so that ``file`` and we can tell whose they are."""

_OUR_TABLES = ("alembic_version", "paper_texts", "outbox")

PRERELEASE = (
    "the database was made by a development version from before the first release, which named its tables "
    "otherwise; move the file away, or choose another one in DATABASE_URL, and begin anew"
)
_PRERELEASE_TABLE = "facts"
"""A table of those versions alone; their revisions bear numbers that are in use again."""


async def migrate(database: Database, migrations: Path = MIGRATIONS_FOLDER) -> tuple[str | None, str]:
    """Bring the database up to date; return the revision before (None: it was new) and after.

    All revisions or none: they share one transaction. A database with data is copied first, to
    ``<file>.before-<revision>``. Raises ``StoreError`` where the file is another program's, of a newer
    Paper Digest, of one from before the first release, or cannot be brought up to date.
    """
    if database.is_sqlite and database.url.database:
        _create_file(Path(database.url.database))
    async with database.exclusive() as connection:
        revisions = await connection.run_sync(_upgrade_if_needed, migrations)
    if database.is_sqlite and database.url.database:
        _restrict_permissions(Path(database.url.database))
    return revisions


def _upgrade_if_needed(connection: Connection, migrations: Path) -> tuple[str | None, str]:
    _check_application(connection)
    before = _current_revision(connection)
    connection.rollback()
    if before is not None and before == _newest_revision(migrations):
        return before, before
    from digest.storage.upgrade import upgrade_schema  # noqa: PLC0415 - Alembic, which most starts do without

    return before, upgrade_schema(connection, migrations, before)


def _current_revision(connection: Connection) -> str | None:
    """Return the revision of a database, None for a new one."""
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first():
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    return ", ".join(found) or None


def _newest_revision(migrations: Path) -> str:
    """Return the newest revision, by the number with which the name of its file begins."""
    return max((file.name.partition("_")[0] for file in (migrations / "versions").glob("*.py")), default="")


def _create_file(file: Path) -> None:
    """Create the folder, and the file before SQLite does: its logs take their permissions from it."""
    try:
        make_private_folder(file.parent)
    except OSError as error:
        raise StoreError(f"{file.parent}: cannot hold the database ({error.strerror})") from error
    if file.is_dir():
        raise StoreError(f"{file} is a folder; DATABASE_URL names a file, like sqlite+aiosqlite:///var/digest.db")
    with suppress(OSError):  # SQLite tells in its own words why a file cannot be made.
        create_private_file(file)


def _restrict_permissions(file: Path) -> None:
    """Make a database that has proved to be ours readable by its owner only."""
    if mended := make_private(list_database_files(file)):
        _log.warning("others could read files of the database; only their owner can now", files=format_paths(mended))


def _check_application(connection: Connection) -> None:
    (owner,) = _pragma(connection, "application_id")
    (tables,) = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").one()
    if owner != APPLICATION_ID and tables and not _has_our_tables(connection):
        raise StoreError("DATABASE_URL names a database of another program; choose another file")
    if is_prerelease(_tables(connection)):
        raise StoreError(PRERELEASE)


def is_prerelease(tables: Collection[str]) -> bool:
    """Return whether tables are those of a development version from before the first release."""
    return _PRERELEASE_TABLE in tables and set(_OUR_TABLES) <= set(tables)


def _tables(connection: Connection) -> set[str]:
    names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
    return set(names)


def _has_our_tables(connection: Connection) -> bool:
    """Return whether a file without our application id has our tables."""
    return set(_OUR_TABLES) <= _tables(connection)


def _pragma(connection: Connection, statement: str) -> Any:  # noqa: ANN401 - whatever the pragma answers
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA {statement}")
        return cursor.fetchone()
    finally:
        cursor.close()
