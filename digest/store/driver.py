"""aiosqlite with one crossing between threads a statement, where it has four: two thirds of a read's work."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import aiosqlite
from sqlalchemy.engine import URL


class Connection(aiosqlite.Connection):
    """A connection for SQLAlchemy: a cursor is made, read to its end and closed where it is executed."""

    def __init__(self, url: URL) -> None:
        words, options = url.get_dialect()().create_connect_args(url)
        connect: Callable[..., sqlite3.Connection] = sqlite3.connect
        super().__init__(lambda: connect(*words, **options), iter_chunk_size=64)
        # As SQLAlchemy has it: a connection that nobody closed does not keep the program from ending.
        self._thread.daemon = True

    def cursor(self) -> "Cursor":  # type: ignore[override] # SQLAlchemy enters it, and nobody else asks
        """Give a cursor; nothing is asked of the database yet."""
        return Cursor(self)

    async def run(self, method: str, sql: str, parameters: Iterable[Any]) -> "Done":
        """Run a statement by a method of sqlite3's cursor, all in the connection's own thread."""

        def work() -> Done:
            cursor = self._conn.cursor()
            try:
                getattr(cursor, method)(sql, parameters)
                return Done(cursor)
            finally:
                cursor.close()

        done: Done = await self._execute(work)  # type: ignore[no-untyped-call]
        return done


class Done:
    """What a statement left: its rows and numbers."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.description = cursor.description
        self.rows: list[Any] = cursor.fetchall() if cursor.description else []
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class Cursor:
    """A cursor as SQLAlchemy uses it; its rows are there before they are fetched."""

    description: Sequence[Any] | None = None
    rowcount = -1
    lastrowid: int | None = None
    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        """Run one statement."""
        return self._keep(await self._connection.run("execute", sql, parameters))

    async def executemany(self, sql: str, parameters: Iterable[Any]) -> Self:
        """Run one statement for each of many values."""
        return self._keep(await self._connection.run("executemany", sql, parameters))

    async def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _keep(self, done: Done) -> Self:
        self.description, self._rows = done.description, done.rows
        self.rowcount, self.lastrowid = done.rowcount, done.lastrowid
        return self
