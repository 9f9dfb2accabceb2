"""Whether a database's files are still those that were opened.

SQLite goes on writing to a file that was deleted or renamed, and reads one that was overwritten as if it
were its own (https://sqlite.org/howtocorrupt.html, 2 and 4). So the program looks itself: at the place and
inode of the file, of its log (-wal) and of the log's index (-shm), and at a mark in the file's header.
"""

import asyncio
import os
import secrets
import sqlite3
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digest.model.clock import monotonic
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.storage.sqlite.corruption import check_integrity, corruption_error, wrap_errors

_MAGIC = b"SQLite format 3\x00"
_HEADER_SIZE = 100
"""Bytes of the header (https://sqlite.org/fileformat2.html, 1.3)."""

_MAX_PAGE_SIZE = 65_536
_MAX_FILE_ID = 2**31 - 1


def new_file_id() -> int:
    """Return a mark for a file, unlike that of any other."""
    return secrets.randbelow(_MAX_FILE_ID) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteHeader:
    """What the header of a database's file says; ``file_id`` is ``PRAGMA user_version``."""

    size: int
    file_id: int

    @classmethod
    def parse(cls, raw: bytes) -> Self | None:
        """Return what a header says, None where it is none; ``size`` is in bytes."""
        if len(raw) < _HEADER_SIZE or not raw.startswith(_MAGIC):
            return None
        (page,) = struct.unpack_from(">H", raw, 16)
        (pages,) = struct.unpack_from(">I", raw, 28)
        (mark,) = struct.unpack_from(">i", raw, 60)
        return cls(size=pages * (_MAX_PAGE_SIZE if page == 1 else page), file_id=mark)


class FileIdentity:
    """What the files of an open database are known by."""

    def __init__(self, file: Path, paths: Iterable[Path], file_id: int) -> None:
        """Know ``file``, opened under ``paths``, by its inodes and its ``file_id``.

        The mark may still stand in the log alone: what the header says now is believed too, until it says
        the mark. Raises ``StoreError`` where a file cannot be looked at.
        """
        beside = [path for path in (Path(f"{file}-wal"), Path(f"{file}-shm")) if path.exists()]
        self._inodes = {path: _inode(path) for path in (file, *paths, *beside)}
        # Closing a file gives up every lock that this process has on it, SQLite's too (POSIX): the handle
        # stays open as long as the database does.
        self._fd = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._fd).st_size
        header = self._read_header()
        self._file_id = file_id
        self._old_file_id = header.file_id if header else file_id

    def check(self) -> None:
        """Look at the files; raises ``DatabaseCorrupted`` where they are not those that were opened."""
        for path, known in self._inodes.items():
            try:
                found = _inode(path)
            except FileNotFoundError as error:
                raise _file_lost_error(path, "deleted or moved away") from error
            except OSError as error:
                raise StoreError(f"{path}: cannot be looked at ({error.strerror})") from error
            if found != known:
                raise _file_lost_error(path, "replaced")
        self._check_header()

    def close(self) -> None:
        """Look no more; only after every connection to the database was closed."""
        os.close(self._fd)

    def _check_header(self) -> None:
        file, size, header = next(iter(self._inodes)), os.fstat(self._fd).st_size, self._read_header()
        if header is None:
            raise corruption_error(f"{file} does not begin as a database does")
        if header.file_id not in (self._file_id, self._old_file_id):
            raise _file_lost_error(file, "overwritten with another database")
        if header.file_id == self._file_id:
            self._old_file_id = self._file_id
        if size < self._size and size < header.size:
            raise corruption_error(f"{file} was cut short")
        self._size = size

    def _read_header(self) -> SqliteHeader | None:
        try:
            return SqliteHeader.parse(os.pread(self._fd, _HEADER_SIZE, 0))
        except OSError as error:
            raise StoreError(f"database: its file cannot be read ({error.strerror})") from error


def _inode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _file_lost_error(path: Path, how: str) -> DatabaseCorrupted:
    return DatabaseCorrupted(
        f"{path} was {how} while the program ran; nothing more was sent; put the right file in its place (a "
        "backup: without -wal and -shm files beside it) and start again"
    )


CHECK_INTERVAL = 2.0
"""Between two looks at files that nobody reads or writes meanwhile."""

PAUSE_FACTOR = 20
"""Reading through takes at most a twentieth of the time."""

CHECK_TIMEOUT = 10.0
"""How long one reading through may take."""


@dataclass(slots=True, kw_only=True)
class FileWatch:
    """The watch over one database's files.

    ``keepalive`` is a connection that does nothing: while it is open, SQLite takes no other for the last one,
    which folds the log into the file on closing and deletes it.
    """

    file: Path
    identity: FileIdentity
    keepalive: sqlite3.Connection
    _checked_state: tuple[tuple[int, int], ...] = ()
    _next_check_at: float = 0.0

    @classmethod
    def start(cls, database: str, file_id: int) -> Self:
        """Begin to watch an open database; blocks.

        ``file_id`` is what its header says, or is about to say.
        """
        named = None if database.startswith("file:") else Path(database).absolute()
        uri = f"{named.as_uri()}?mode=rw" if named else database
        with wrap_errors():
            keeper = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            (file,) = keeper.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()
            keeper.execute("SELECT count(*) FROM sqlite_master").fetchone()
        identity = FileIdentity(Path(file), [named] if named else [], file_id)
        return cls(file=Path(file), identity=identity, keepalive=keeper)

    async def check_if_changed(self) -> None:
        """Read the database to its end where its files have changed; raises ``DatabaseCorrupted``."""
        changed, began = self._file_state(), monotonic()
        if changed == self._checked_state or began < self._next_check_at:
            return
        await asyncio.to_thread(check_integrity, self.file, timeout=CHECK_TIMEOUT)
        ended = monotonic()
        self._checked_state, self._next_check_at = changed, ended + PAUSE_FACTOR * (ended - began)

    def close(self, *, damaged: bool) -> None:
        """Watch no more. The files of a damaged database are left as they are.

        Closing would fold the log into a file that may be a backup just put back. The system takes the
        connection away with the process.
        """
        if damaged:
            threading.Thread(target=_hold_forever, args=(self,), daemon=True, name="damaged").start()
            return
        self.keepalive.close()
        self.identity.close()

    def _file_state(self) -> tuple[tuple[int, int], ...]:
        """Return the modification time and size of each file that exists."""
        files = (one for one in (self.file, Path(f"{self.file}-wal")) if one.exists())
        return tuple((found.st_mtime_ns, found.st_size) for found in (one.stat() for one in files))


def _hold_forever(_watch: FileWatch) -> None:
    threading.Event().wait()
