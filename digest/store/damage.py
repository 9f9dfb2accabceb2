"""Which of SQLite's errors mean that a file can no longer be trusted, and reading a file through."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digest.errors import StoreDamaged, StoreError

_CODES = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CORRUPT_INDEX,
        sqlite3.SQLITE_CORRUPT_SEQUENCE,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
        sqlite3.SQLITE_READONLY_DBMOVED,
    }
)
"""Extended result codes (https://sqlite.org/rescode.html). SQLITE_CORRUPT_VTAB is not among them: it speaks
of the search index alone, from which nothing is sent."""

_NOT_TEXT = "Could not decode to UTF-8"
"""What Python's sqlite3 says, without a code, of text that SQLite would never have taken from us."""

_STEPS = 10_000
"""After how many of SQLite's own steps the clock is asked."""


class translated:  # noqa: N801 - reads as a verb where it stands
    """Turns the errors of driver and pool into ``StoreError`` or ``StoreDamaged``, one line each."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise told(error.orig) from error
        if isinstance(error, sqlite3.Error):
            raise told(error) from error
        if isinstance(error, PoolTimeout):
            raise StoreError("database: too many wait for a connection") from error


def told(error: BaseException | None) -> StoreError | StoreDamaged:
    """Return a driver's error in one line, with the way out where the file itself is damaged."""
    words = " ".join(str(error).split())
    return damaged(words) if is_damage(error) else StoreError(f"database: {words}")


def damaged(words: str) -> StoreDamaged:
    """Return the error for a file of which SQLite says ``words``."""
    return StoreDamaged(
        f"the database is damaged ({words}); nothing more was sent; restore a backup: stop the program, "
        "copy the backup over the file of DATABASE_URL, and remove the -wal and -shm files beside it"
    )


def is_damage(error: BaseException | None) -> bool:
    """Tell whether an error of SQLite means that its file is damaged, or no longer where it was."""
    return getattr(error, "sqlite_errorcode", None) in _CODES or _NOT_TEXT in str(error)


def read_through(file: Path, *, seconds: float) -> None:
    """Read a database to its end, for at most so long; raises ``StoreDamaged`` where a page makes no sense.

    Blocks: meant for a thread. A database that cannot be read just now (locked) is not judged.
    """
    try:
        with closing(sqlite3.connect(read_only(file), uri=True, timeout=1.0)) as connection:
            fault = first_fault(connection, time.monotonic() + seconds)
    except sqlite3.Error as error:
        if is_damage(error):
            raise damaged(str(error)) from error
        return
    if fault:
        raise damaged(fault)


def read_only(file: Path) -> str:
    """Return the URI that opens a file without changing or making it."""
    return f"{file.absolute().as_uri()}?mode=ro"


def first_fault(connection: sqlite3.Connection, until: float) -> str | None:
    """Return what ``quick_check`` says first, "" for nothing, None where it did not end in time.

    ``until`` is a moment of ``time.monotonic``.
    """
    connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        connection.set_progress_handler(None, 0)
    return "" if said == "ok" else " ".join(str(said).split())
