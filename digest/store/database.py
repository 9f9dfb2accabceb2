"""One database: readers beside each other, and one writer in which all who wait share a commit."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digest.errors import StoreDamaged, StoreError
from digest.store.driver import Connection

T = TypeVar("T")

_MOST_TOGETHER = 256
_BUSY_MILLISECONDS = 10_000
_READERS = 4
_DAMAGE = ("malformed", "file is not a database")


@dataclass(slots=True)
class _Job:
    """Work that waits for the writer; its future is answered after the commit, not before."""

    work: Callable[[AsyncConnection], Awaitable[Any]]
    done: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Database:
    """Reads and writes; every error of the database leaves here as a ``StoreError`` in one line."""

    url: URL
    _writer: AsyncEngine
    _reader: AsyncEngine
    _jobs: asyncio.Queue[_Job | None] = field(default_factory=asyncio.Queue)
    _committer: asyncio.Task[None] | None = None
    _closed: bool = False

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one consistent state, and writes nothing."""
        with translated():
            async with self._reader.connect() as connection:
                yield connection

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction and give its result once it is committed.

        Whatever waits at the same time shares the commit (group commit), each piece in a savepoint of its
        own: one that fails undoes itself alone.
        """
        if self._closed:
            raise StoreError("the database is closed")
        if self._committer is None:
            self._committer = asyncio.create_task(self._commit_forever(), name="committer")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        result: T = await job.done
        return result

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[AsyncConnection]:
        """Give the writer's bare connection, outside a transaction, for migrations."""
        with translated():
            async with self._writer.connect() as connection:
                yield connection

    async def scrub(self) -> None:
        """Empty the log beside the file of what was deleted; whoever reads just now may put that off."""
        async with self.exclusive() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is not None:
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Finish what waits, then give every connection back."""
        self._closed = True
        if self._committer:
            self._jobs.put_nowait(None)
            with suppress(asyncio.CancelledError):
                await self._committer
        await self._writer.dispose()
        await self._reader.dispose()

    async def _commit_forever(self) -> None:
        """Take what waits, commit it together, answer; until closed."""
        ending = False
        while not ending:
            batch = [await self._jobs.get()]
            while len(batch) < _MOST_TOGETHER and not self._jobs.empty():
                batch.append(self._jobs.get_nowait())
            ending = None in batch
            jobs = [job for job in batch if job is not None and not job.done.done()]
            if jobs:
                await self._commit(jobs)

    async def _commit(self, jobs: list[_Job]) -> None:
        try:
            with translated():
                async with self._writer.begin() as connection:
                    for job in jobs:
                        await _run(job, connection, alone=len(jobs) == 1)
        except Exception as error:  # noqa: BLE001 - the outermost loop of the writer: handed to all who wait
            for job in jobs:
                job.error = job.error or error
        for job in jobs:
            if job.done.done():
                continue
            if job.error:
                job.done.set_exception(job.error)
            else:
                job.done.set_result(job.result)


async def _run(job: _Job, connection: AsyncConnection, *, alone: bool) -> None:
    """Run one piece, in a savepoint unless it is alone; whatever it raises is its own.

    Raises ``StoreError`` where the database has given up the whole transaction (disk full): what came
    before is undone, and what comes after would commit by itself.
    """
    if alone:
        job.result = await job.work(connection)
        return
    try:
        with translated():
            async with connection.begin_nested():
                job.result = await job.work(connection)
    except Exception as error:
        job.error = error
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None or not driver.in_transaction:
            raise StoreError(str(error)) from error


class translated:  # noqa: N801 - reads as a verb where it stands
    """Turns the errors of driver and pool into ``StoreError``, one line each."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DBAPIError):
            raise _told(error.orig) from error
        if isinstance(error, sqlite3.Error):
            raise _told(error) from error
        if isinstance(error, PoolTimeout):
            raise StoreError("database: too many wait for a connection") from error


def _told(error: BaseException | None) -> StoreError:
    """Give a driver's error in one line, and the way out where the file itself is damaged."""
    words = " ".join(str(error).split())
    if any(sign in words for sign in _DAMAGE):
        return StoreDamaged(
            f"the database is damaged ({words}); restore a backup: stop the program, copy the backup over "
            "the file of DATABASE_URL, and remove the -wal and -shm files beside it"
        )
    return StoreError(f"database: {words}")


def database_file(url: str) -> Path | None:
    """Give the file of a SQLite database, None for a database that is none."""
    parsed = _parsed(url)
    return Path(parsed.database) if parsed.database and parsed.get_backend_name() == "sqlite" else None


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise StoreError("DATABASE_URL is no database URL; try sqlite+aiosqlite:///var/digest.db") from error


def open_database(url: str) -> Database:
    """Open the database of a SQLAlchemy URL; raises ``StoreError`` where the URL names none that we speak."""
    parsed = _parsed(url)
    if parsed.drivername != "sqlite+aiosqlite":
        raise StoreError(
            f"DATABASE_URL begins with {parsed.drivername}; this version speaks sqlite+aiosqlite:///FILE"
        )
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("DATABASE_URL needs a file: sqlite+aiosqlite:///var/digest.db")
    writer = _engine(parsed, 1)
    reader = _engine(parsed, _READERS)
    _prepare_sqlite(writer, "BEGIN IMMEDIATE")
    _prepare_sqlite(reader, "BEGIN DEFERRED", "query_only = ON")
    return Database(parsed, writer, reader)


def _engine(url: URL, size: int) -> AsyncEngine:
    return create_async_engine(
        url,
        async_creator=lambda: Connection(url),
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,
    )


def _prepare_sqlite(engine: AsyncEngine, begin: str, *more: str) -> None:
    """Set the pragmas, and begin transactions ourselves: the driver's hidden BEGIN comes too late."""

    @event.listens_for(engine.sync_engine, "connect")
    def connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API connection
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {_BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            *more,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's connection
        connection.exec_driver_sql(begin)
