"""A consistent copy of the database while it is in use, and what a restored copy must not believe.

``VACUUM INTO`` reads one snapshot and never waits for a writer; SQLite's page-by-page backup begins again at
every write and beside a busy writer never ends. The copy is checked and synced before it gets its name.
"""

import asyncio
import contextlib
import glob
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model import DeliveryState
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.model.private_files import create_private_file, open_private
from digest.model.reasons import Reason, ReasonCode
from digest.storage.database import Database, database_file
from digest.storage.sqlite.corruption import is_corruption
from digest.storage.sqlite.file_watch import new_file_id
from digest.storage.tables import app_state, outbox
from digest.storage.types import reason_values

COPIED_AT_KEY = "copied_at"
"""The fact that tells a copy from the database it was made of."""


async def create_backup(url: str, target: Path, at: datetime) -> int:
    """Copy the database of ``url`` to ``target``, replacing it only by a whole copy; return its size in bytes.

    Raises ``StoreError``, or ``DatabaseCorrupted`` where the database cannot be read to its end, with one
    line; an earlier backup at ``target`` then stays as it is.
    """
    source = database_file(url)
    if source is None:
        raise StoreError("only a SQLite file is copied; use pg_dump for PostgreSQL")
    if not source.is_file():
        raise StoreError(f"{source}: no database there yet")
    return await asyncio.to_thread(copy_database, source, target, at)


def list_database_files(file: Path) -> list[Path]:
    """Return a database's file and what we and SQLite write beside it: logs, lock, copies, their pieces."""
    name = glob.escape(file.name)
    beside = [file.with_name(f"{file.name}{end}") for end in ("", "-wal", "-shm", "-journal", ".lock")]
    return [*beside, *file.parent.glob(f"{name}.before-*"), *file.parent.glob(f".{name}.*.part")]


def copy_database(source: Path, target: Path, at: datetime) -> int:
    """Copy a SQLite database, whole and checked, as ``create_backup`` does.

    A link is followed. Into what is no file, such as a pipe or ``/dev/stdout``, the checked copy is written.
    """
    target = Path(os.path.realpath(target))
    if target.exists() and not target.is_file() and not target.is_dir():
        with TemporaryDirectory(prefix="paper-digest-") as folder:
            copy = Path(folder) / "copy.db"
            size = _copy_to_file(source, copy, at)
            return _stream_copy(target, copy, size)
    return _copy_to_file(source, target, at)


def _stream_copy(target: Path, copy: Path, size: int) -> int:
    try:
        with copy.open("rb") as whole, open_private(target) as into:
            shutil.copyfileobj(whole, into)
    except OSError as error:
        raise StoreError(f"no backup at {target}: {error}") from error
    return size


def _copy_to_file(source: Path, target: Path, at: datetime) -> int:
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # VACUUM INTO takes a file that is empty, and gives its pieces the same rights.
        create_private_file(partial)
        with _open_connection(source) as database:
            database.execute("VACUUM INTO ?", (str(partial),))
        with _open_connection(partial) as copy:
            copy.execute("INSERT OR REPLACE INTO app_state VALUES (?, ?)", (COPIED_AT_KEY, at.isoformat()))
            # A mark of its own: copied over a database in use, it is known for another one.
            copy.execute(f"PRAGMA user_version = {new_file_id()}")
            (verdict,) = copy.execute("PRAGMA quick_check").fetchone()
        if verdict != "ok":
            raise DatabaseCorrupted(f"the copy is damaged ({verdict}); check the disk, and the database itself")
        _fsync(partial)
        partial.replace(target)
        _fsync(target.parent)
        return target.stat().st_size
    except (OSError, sqlite3.Error) as error:
        kind = DatabaseCorrupted if is_corruption(error) else StoreError
        raise kind(f"no backup at {target}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _open_connection(file: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection outside transactions, and close it."""
    connection = sqlite3.connect(file, isolation_level=None, timeout=10)
    try:
        yield connection
    finally:
        connection.close()


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


async def mark_restored_uncertain(database: Database, now: datetime) -> int:
    """Make doubtful what a restored copy takes for unsent; count it.

    Whatever was due when the copy was made may have been sent since then by the database that was lost.
    """

    async def work(connection: AsyncConnection) -> int:
        fact = app_state.c.name == COPIED_AT_KEY
        copied_at = (await connection.execute(select(app_state.c.value).where(fact))).scalar_one_or_none()
        if copied_at is None:
            return 0
        await connection.execute(delete(app_state).where(fact))
        doubtful = await connection.execute(
            update(outbox)
            .where(
                outbox.c.state.in_((DeliveryState.DUE, DeliveryState.LEASED, DeliveryState.SENDING)),
                outbox.c.created_at <= datetime.fromisoformat(copied_at),
            )
            .values(
                state=DeliveryState.UNCERTAIN,
                **reason_values(Reason(ReasonCode.RESTORED_FROM_BACKUP, copied_at)),
                owner=None,
                lease_until=None,
                settled_at=now,
            )
            .returning(outbox.c.id)
        )
        return len(doubtful.all())

    return await database.write(work)
