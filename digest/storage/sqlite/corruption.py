"""Which of SQLite's errors mean that a file can no longer be trusted, and reading a file through."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digest.model.errors import DatabaseCorrupted, StoreError

_CORRUPTION_CODES = frozenset(
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

_INVALID_UTF8 = "Could not decode to UTF-8"
"""What Python's sqlite3 says, without a code, of text that SQLite would never have taken from us."""

_STEPS_PER_CHECK = 10_000
"""After how many of SQLite's own steps the clock is asked."""


class wrap_errors:  # noqa: N801 - reads as a verb where it stands
    """Turns the errors of driver and pool into ``StoreError`` or ``DatabaseCorrupted``, one line each."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise store_error(error.orig) from error
        if isinstance(error, sqlite3.Error):
            raise store_error(error) from error
        if isinstance(error, PoolTimeout):
            raise StoreError("database: too many wait for a connection") from error


def store_error(error: BaseException | None) -> StoreError | DatabaseCorrupted:
    """Return a driver's error in one line, with the way out where the file itself is damaged."""
    words = " ".join(str(error).split())
    return corruption_error(words) if is_corruption(error) else StoreError(f"database: {words}")


def corruption_error(message: str) -> DatabaseCorrupted:
    """Return the error for a file of which SQLite says ``message``."""
    return DatabaseCorrupted(
        f"the database is damaged ({message}); nothing more was sent; restore a backup: stop the program, "
        "copy the backup over the file of DATABASE_URL, and remove the -wal and -shm files beside it"
    )


def is_corruption(error: BaseException | None) -> bool:
    """Return whether an error of SQLite means that its file is damaged, or no longer where it was."""
    return getattr(error, "sqlite_errorcode", None) in _CORRUPTION_CODES or _INVALID_UTF8 in str(error)


def check_integrity(file: Path, *, timeout: float) -> None:
    """Read a database to its end, for at most so long.

    Raises ``DatabaseCorrupted`` where a page makes no sense.

    Blocks: meant for a thread. A database that cannot be read just now (locked) is not judged.
    """
    try:
        with closing(sqlite3.connect(read_only_uri(file), uri=True, timeout=1.0)) as connection:
            fault = find_integrity_error(connection, time.monotonic() + timeout)
    except sqlite3.Error as error:
        if is_corruption(error):
            raise corruption_error(str(error)) from error
        return
    if fault:
        raise corruption_error(fault)


def read_only_uri(file: Path) -> str:
    """Return the URI that opens a file without changing or making it."""
    return f"{file.absolute().as_uri()}?mode=ro"


def find_integrity_error(connection: sqlite3.Connection, deadline: float) -> str | None:
    """Return what ``quick_check`` says first, "" for nothing, None where it did not end in time.

    ``deadline`` is a moment of ``duration.monotonic``.
    """
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_PER_CHECK)
    try:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        return None
    finally:
        connection.set_progress_handler(None, 0)
    return "" if said == "ok" else " ".join(str(said).split())
