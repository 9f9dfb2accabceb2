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

from digest.model.errors import DatabaseCorrupted, StoreError
from digest.storage.database import database_file
from digest.storage.schema import APPLICATION_ID, MIGRATIONS_FOLDER, is_prerelease
from digest.storage.sqlite.corruption import find_integrity_error, is_corruption, read_only_uri
from digest.storage.sqlite.locks import ProcessLock


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseInfo:
    """What a database is like.

    ``revision`` is its schema's, None for a file without one; ``is_ours`` False for another program's file,
    ``prerelease`` True for one of a development version from before the first release. ``integrity_error`` is
    what ``quick_check`` says, "" for nothing, None where there was no time to ask. ``size`` and ``wal_size``
    are the bytes of the file and of its write-ahead log.
    """

    revision: str | None
    is_ours: bool = True
    prerelease: bool = False
    integrity_error: str | None = ""
    size: int = 0
    wal_size: int = 0


def head_revision() -> str:
    """Return the revision that this program's schema has."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def known_revisions() -> set[str]:
    """Return every revision that this program can bring up to date."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def inspect_file(file: Path, *, timeout: float) -> DatabaseInfo:
    """Return the condition of a SQLite file, in about ``timeout``.

    Raises ``DatabaseCorrupted`` where it cannot be read at all, ``StoreError`` where it cannot be opened.
    Blocks: meant for a thread.
    """
    try:
        with closing(sqlite3.connect(read_only_uri(file), uri=True, timeout=timeout)) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            return DatabaseInfo(
                revision=_read_revision(connection),
                is_ours=owner == APPLICATION_ID or not tables,
                prerelease=is_prerelease(tables),
                integrity_error=find_integrity_error(connection, time.monotonic() + timeout),
                size=file.stat().st_size,
                wal_size=_file_size(Path(f"{file}-wal")),
            )
    except (sqlite3.Error, OSError) as error:
        kind = DatabaseCorrupted if is_corruption(error) else StoreError
        raise kind(f"{file}: {error}") from error


def _read_revision(connection: sqlite3.Connection) -> str | None:
    try:
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return None
    return str(found[0]) if found else None


def _file_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def find_lock_holder(lock_file: Path) -> str | None:
    """Return the process id of the service that holds the lock, None where no service does.

    Asks without making the file; a service that starts in this very moment waits a quarter of a second.
    """
    try:
        handle = os.open(lock_file, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return ProcessLock(lock_file).read_holder()
    finally:
        os.close(handle)
    return None


__all__ = ["DatabaseInfo", "database_file", "find_lock_holder", "head_revision", "inspect_file", "known_revisions"]
