"""Watching the files of a database that is in use: each look, and reading them through now and then."""

import asyncio
import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digest.clock import monotonic
from digest.store.damage import read_through, translated
from digest.store.identity import Identity

LOOK_SECONDS = 2.0
"""Between two looks at files that nobody reads or writes meanwhile."""

REST = 20
"""Reading through takes at most a twentieth of the time."""

LONGEST_SECONDS = 10.0
"""How long one reading through may take."""


@dataclass(slots=True, kw_only=True)
class FileWatch:
    """The watch over one database's files.

    ``keeper`` is a connection that does nothing: while it is open, SQLite takes no other for the last one,
    which folds the log into the file on closing and deletes it.
    """

    file: Path
    identity: Identity
    keeper: sqlite3.Connection
    _seen: tuple[tuple[int, int], ...] = ()
    _rests_until: float = 0.0

    @classmethod
    def on(cls, database: str, mark: int) -> Self:
        """Begin to watch an open database; blocks. ``mark`` is what its header says, or is about to say."""
        named = None if database.startswith("file:") else Path(database).absolute()
        uri = f"{named.as_uri()}?mode=rw" if named else database
        with translated():
            keeper = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
            (file,) = keeper.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()
            keeper.execute("SELECT count(*) FROM sqlite_master").fetchone()
        identity = Identity(Path(file), [named] if named else [], mark)
        return cls(file=Path(file), identity=identity, keeper=keeper)

    async def read_through(self) -> None:
        """Read the database to its end where its files have changed; raises ``StoreDamaged``."""
        changed, began = self._changed(), monotonic()
        if changed == self._seen or began < self._rests_until:
            return
        await asyncio.to_thread(read_through, self.file, seconds=LONGEST_SECONDS)
        ended = monotonic()
        self._seen, self._rests_until = changed, ended + REST * (ended - began)

    def close(self, *, damaged: bool) -> None:
        """Watch no more. The files of a damaged database are left as they are.

        Closing would fold the log into a file that may be a backup just put back. The system takes the
        connection away with the process.
        """
        if damaged:
            threading.Thread(target=_keep_for_ever, args=(self,), daemon=True, name="damaged").start()
            return
        self.keeper.close()
        self.identity.close()

    def _changed(self) -> tuple[tuple[int, int], ...]:
        """Return when each file was written to last, and its size; nothing of one that is not there."""
        files = (one for one in (self.file, Path(f"{self.file}-wal")) if one.exists())
        return tuple((found.st_mtime_ns, found.st_size) for found in (one.stat() for one in files))


def _keep_for_ever(_watch: FileWatch) -> None:
    threading.Event().wait()
