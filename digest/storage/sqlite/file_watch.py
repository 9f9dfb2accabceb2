"""Watching the files of a database that is in use: each look, and reading them through now and then."""

import asyncio
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digest.model.clock import monotonic
from digest.storage.sqlite.corruption import check_integrity, wrap_errors
from digest.storage.sqlite.file_identity import FileIdentity

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
        """Return when each file was written to last, and its size; nothing of one that is not there."""
        files = (one for one in (self.file, Path(f"{self.file}-wal")) if one.exists())
        return tuple((found.st_mtime_ns, found.st_size) for found in (one.stat() for one in files))


def _hold_forever(_watch: FileWatch) -> None:
    threading.Event().wait()
