"""One database: concurrent readers, and one writer whose waiting jobs share a commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Executable, Row, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digest.model.errors import DatabaseCorrupted, StoreError
from digest.storage.sqlite.corruption import wrap_errors
from digest.storage.sqlite.driver import EagerConnection
from digest.storage.sqlite.file_watch import CHECK_INTERVAL, FileWatch, new_file_id

T = TypeVar("T")

_MAX_BATCH = 256
_BUSY_TIMEOUT_MS = 10_000
_READER_POOL_SIZE = 4


@dataclass(slots=True)
class _Job:
    """Work that waits for the writer; its future is answered after the commit, not before."""

    work: Callable[[AsyncConnection], Awaitable[Any]]
    future: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Database:
    """Reads and writes; every error of the database leaves here as one line.

    That is a ``StoreError``, or ``DatabaseCorrupted`` where its files are damaged, deleted or replaced. After
    such an end nothing is read or written any more.
    """

    url: URL
    _writer: AsyncEngine
    _reader: AsyncEngine
    _jobs: asyncio.Queue[_Job | None] = field(default_factory=asyncio.Queue)
    _commit_task: asyncio.Task[None] | None = None
    _closed: bool = False
    _corruption: DatabaseCorrupted | None = None
    _failed: asyncio.Event = field(default_factory=asyncio.Event)
    _watch: FileWatch | None = None

    @property
    def is_sqlite(self) -> bool:
        """Return whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def read_only(self) -> AsyncIterator[AsyncConnection]:
        """Return a connection that sees one consistent state, and writes nothing."""
        with self._guard():
            async with self._reader.connect() as connection:
                yield connection

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run ``work`` in a transaction and give its result once it is committed.

        Whatever waits at the same time shares the commit (group commit), each piece in a savepoint of its
        own: one that fails undoes itself alone.
        """
        if self._closed:
            raise StoreError("the database is closed")
        if self._commit_task is None:
            self._commit_task = asyncio.create_task(self._commit_loop(), name="committer")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._jobs.put_nowait(job)
        result: T = await job.future
        return result

    async def fetch_one(self, query: Executable) -> Row[Any] | None:
        """Return the first row of one query, None if there is none."""
        async with self.read_only() as connection:
            return (await connection.execute(query)).first()

    async def fetch_all(self, query: Executable) -> Sequence[Row[Any]]:
        """Return the rows of one query."""
        async with self.read_only() as connection:
            return (await connection.execute(query)).all()

    async def scalar(self, query: Executable) -> Any:  # noqa: ANN401 - whatever the column holds
        """Return the first column of the first row of one query, None if there is no row."""
        row = await self.fetch_one(query)
        return row[0] if row else None

    async def scalars(self, query: Executable) -> Sequence[Any]:
        """Return the first column of each row of one query."""
        return [row[0] for row in await self.fetch_all(query)]

    async def execute(self, statement: Executable) -> int:
        """Run one statement that writes, as ``write`` does; return how many rows it changed."""

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self.write(work)

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[AsyncConnection]:
        """Return the writer's bare connection, outside a transaction, for migrations."""
        with self._guard():
            async with self._writer.connect() as connection:
                yield connection

    async def checkpoint(self, mode: Literal["TRUNCATE", "PASSIVE"] = "TRUNCATE") -> None:
        """Checkpoint and truncate the WAL so that deleted data is gone; open readers may delay that.

        ``PASSIVE`` does not wait for readers.
        """
        async with self.exclusive() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is not None:
                await driver.execute(f"PRAGMA wal_checkpoint({mode})")

    async def watch_files(self, *, is_alone: Callable[[], bool]) -> None:
        """From now on the files must stay those that they are, or the database ends.

        ``is_alone`` is asked inside a transaction: where no other process watches, the file gets a new mark,
        so that an earlier copy of it is known for one.
        """
        mark = await self.write(lambda connection: _assign_file_id(connection, is_alone))
        await self.checkpoint(mode="PASSIVE")
        self._watch = await asyncio.to_thread(FileWatch.start, self.url.database or "", mark)

    async def monitor_files(self) -> None:
        """Look at the files again and again until the database has ended.

        Raises ``DatabaseCorrupted`` then.
        """
        while self._corruption is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_INTERVAL):
                    await self._failed.wait()
            with suppress(StoreError), self._guard():
                if self._watch:
                    await self._watch.check_if_changed()
        raise self._corruption

    async def wait_until_failed(self) -> DatabaseCorrupted:
        """Wait until the database has ended; return why."""
        while self._corruption is None:
            await self._failed.wait()
        return self._corruption

    def mark_failed(self, error: DatabaseCorrupted) -> None:
        """Read and write nothing any more."""
        self._corruption = self._corruption or error
        self._failed.set()

    async def close(self) -> None:
        """Finish what waits, then close every connection."""
        self._closed = True
        if self._commit_task:
            self._jobs.put_nowait(None)
            with suppress(asyncio.CancelledError):
                await self._commit_task
        await self._writer.dispose()
        await self._reader.dispose()
        if self._watch:
            self._watch.close(damaged=self._corruption is not None)

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Check the files first; corruption found then, or while inside, closes the database."""
        self._check_files()
        try:
            with wrap_errors():
                yield
        except DatabaseCorrupted as error:
            self.mark_failed(error)
            raise

    def _check_files(self) -> None:
        if self._corruption:
            raise self._corruption
        if self._watch:
            try:
                self._watch.identity.check()
            except DatabaseCorrupted as error:
                self.mark_failed(error)
                raise

    async def _commit_loop(self) -> None:
        """Commit the waiting jobs together and answer them, until closed."""
        ending = False
        while not ending:
            batch = [await self._jobs.get()]
            while len(batch) < _MAX_BATCH and not self._jobs.empty():
                batch.append(self._jobs.get_nowait())
            ending = None in batch
            jobs = [job for job in batch if job is not None and not job.future.done()]
            if jobs:
                await self._commit_batch(jobs)

    async def _commit_batch(self, jobs: list[_Job]) -> None:
        try:
            with self._guard():
                async with self._writer.begin() as connection:
                    for job in jobs:
                        await _run_job(job, connection, is_only_job=len(jobs) == 1)
        except Exception as error:  # noqa: BLE001 - the outermost loop of the writer: handed to all who wait
            for job in jobs:
                job.error = job.error or error
        for job in jobs:
            if job.future.done():
                continue
            if job.error:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)


async def _run_job(job: _Job, connection: AsyncConnection, *, is_only_job: bool) -> None:
    """Run one piece, in a savepoint unless it is alone; whatever it raises is its own.

    Raises ``StoreError`` where the database has given up the whole transaction (disk full): what came
    before is undone, and what comes after would commit by itself; ``DatabaseCorrupted`` where it is damaged.
    """
    if is_only_job:
        job.result = await job.work(connection)
        return
    try:
        with wrap_errors():
            async with connection.begin_nested():
                job.result = await job.work(connection)
    except DatabaseCorrupted:
        raise
    except Exception as error:
        job.error = error
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None or not driver.in_transaction:
            raise StoreError(str(error)) from error


async def _assign_file_id(connection: AsyncConnection, is_alone: Callable[[], bool]) -> int:
    """Return the file's id, a new one unless another process relies on the old."""
    if is_alone():
        # No bound values in a pragma.
        await connection.exec_driver_sql(f"PRAGMA user_version = {new_file_id()}")
    found = await connection.exec_driver_sql("PRAGMA user_version")
    return int(found.scalar_one())


def database_file(url: str) -> Path | None:
    """Return the file of a SQLite database, None for a database that is none."""
    parsed = _parse_url(url)
    return Path(parsed.database) if parsed.database and parsed.get_backend_name() == "sqlite" else None


def _parse_url(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise StoreError("DATABASE_URL is no database URL; try sqlite+aiosqlite:///var/digest.db") from error


def require_file(url: str) -> Path:
    """Return the file of a database URL; raises ``StoreError`` if it names no database that we support."""
    parsed = _parse_url(url)
    if parsed.drivername != "sqlite+aiosqlite":
        raise StoreError(f"DATABASE_URL begins with {parsed.drivername}; this version speaks sqlite+aiosqlite:///FILE")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError("DATABASE_URL needs a file: sqlite+aiosqlite:///var/digest.db")
    return Path(parsed.database)


def open_database(url: str) -> Database:
    """Open the database of a SQLAlchemy URL; raises ``StoreError`` where the URL names none that we speak."""
    require_file(url)
    parsed = make_url(url)
    writer = _create_engine(parsed, 1)
    reader = _create_engine(parsed, _READER_POOL_SIZE)
    _configure_sqlite(writer, "BEGIN IMMEDIATE")
    _configure_sqlite(reader, "BEGIN DEFERRED", "query_only = ON")
    return Database(parsed, writer, reader)


def _create_engine(url: URL, pool_size: int) -> AsyncEngine:
    return create_async_engine(
        url, async_creator=lambda: EagerConnection(url), pool_size=pool_size, max_overflow=0, hide_parameters=True
    )


def _configure_sqlite(engine: AsyncEngine, begin_statement: str, *extra_pragmas: str) -> None:
    """Set the pragmas, and begin transactions ourselves: the driver's hidden BEGIN comes too late."""

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:  # noqa: ANN401 - DB-API connection
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {_BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            *extra_pragmas,
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_transaction(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's connection
        connection.exec_driver_sql(begin_statement)
