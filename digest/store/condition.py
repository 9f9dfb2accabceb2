"""The condition of a database, seen without changing it: nothing is made, migrated or repaired."""

import fcntl
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from digest.errors import StoreDamaged, StoreError
from digest.store.damage import first_fault, is_damage, read_only
from digest.store.database import database_file, open_database
from digest.store.lock import ProcessLock
from digest.store.schema import APPLICATION_ID, MIGRATIONS, is_prerelease


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a database is like.

    ``revision`` is its schema's, None for a file without one; ``ours`` False for another program's file,
    ``prerelease`` True for one of a development version from before the first release.
    ``damage`` is what ``quick_check`` says, "" for nothing, None where there was no time to ask. ``size`` and
    ``log`` are the bytes of the file and of its write-ahead log.
    """

    revision: str | None
    ours: bool = True
    prerelease: bool = False
    damage: str | None = ""
    size: int = 0
    log: int = 0


def newest_revision() -> str:
    """Give the revision that this program's schema has."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def known_revisions() -> set[str]:
    """Give every revision that this program can bring up to date."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


async def condition_of_server(url: str) -> Condition:
    """Give the condition of a database that is no file; raises ``StoreError`` where it cannot be asked."""
    database = open_database(url)
    try:
        async with database.reading() as connection:
            found = await connection.execute(text("SELECT version_num FROM alembic_version"))
            return Condition(revision=found.scalar_one_or_none())
    finally:
        await database.close()


def condition_of_file(file: Path, *, seconds: float) -> Condition:
    """Give the condition of a SQLite file, in about ``seconds``.

    Raises ``StoreDamaged`` where it cannot be read at all, ``StoreError`` where it cannot be opened. Blocks:
    meant for a thread.
    """
    try:
        with closing(sqlite3.connect(read_only(file), uri=True, timeout=seconds)) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            return Condition(
                revision=_revision(connection),
                ours=owner == APPLICATION_ID or not tables,
                prerelease=is_prerelease(tables),
                damage=first_fault(connection, time.monotonic() + seconds),
                size=file.stat().st_size,
                log=_size(Path(f"{file}-wal")),
            )
    except (sqlite3.Error, OSError) as error:
        kind = StoreDamaged if is_damage(error) else StoreError
        raise kind(f"{file}: {error}") from error


def _revision(connection: sqlite3.Connection) -> str | None:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    return str(found[0]) if found else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def holder_of(lock_file: Path) -> str | None:
    """Give the process id of the service that holds the lock, None where no service does.

    Asks without making the file; a service that starts in this very moment waits a quarter of a second.
    """
    try:
        handle = os.open(lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return ProcessLock(lock_file).holder()
    finally:
        os.close(handle)
    return None


__all__ = [
    "Condition",
    "condition_of_file",
    "condition_of_server",
    "database_file",
    "holder_of",
    "known_revisions",
    "newest_revision",
]
