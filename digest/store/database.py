"""One database: readers beside each other, and one writer in which all who wait share a commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from digest.errors import StoreDamaged, StoreError
from digest.store.damage import translated
from digest.store.driver import Connection
from digest.store.identity import new_mark
from digest.store.watching import LOOK_SECONDS, FileWatch

T = TypeVar("T")

_MOST_TOGETHER = 256
_BUSY_MILLISECONDS = 10_000
_READERS = 4


@dataclass(slots=True)
class _Job:
    """Work that waits for the writer; its future is answered after the commit, not before."""

    work: Callable[[AsyncConnection], Awaitable[Any]]
    done: asyncio.Future[Any]
    result: Any = None
    error: Exception | None = None


@dataclass(slots=True)
class Database:
    """Reads and writes; every error of the database leaves here as one line.

    That is a ``StoreError``, or ``StoreDamaged`` where its files are damaged, deleted or replaced. After such
    an end nothing is read or written any more.
    """

    url: URL
    _writer: AsyncEngine
    _reader: AsyncEngine
    _jobs: asyncio.Queue[_Job | None] = field(default_factory=asyncio.Queue)
    _committer: asyncio.Task[None] | None = None
    _closed: bool = False
    _damage: StoreDamaged | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _watch: FileWatch | None = None

    @property
    def is_sqlite(self) -> bool:
        """Tell whether this is SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection that sees one consistent state, and writes nothing."""
        with self._trusted():
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
        with self._trusted():
            async with self._writer.connect() as connection:
                yield connection

    async def scrub(self, how: Literal["TRUNCATE", "PASSIVE"] = "TRUNCATE") -> None:
        """Empty the log beside the file of what was deleted; whoever reads just now may put that off.

        ``PASSIVE`` waits for nobody.
        """
        async with self.exclusive() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is not None:
                await driver.execute(f"PRAGMA wal_checkpoint({how})")

    async def watch_files(self, *, alone: Callable[[], bool]) -> None:
        """From now on the files must stay those that they are, or the database ends.

        ``alone`` is asked inside a transaction: where no other process watches, the file gets a new mark, so
        that an earlier copy of it is known for one.
        """
        mark = await self.write(lambda connection: _marked(connection, alone))
        await self.scrub(how="PASSIVE")
        self._watch = await asyncio.to_thread(FileWatch.on, self.url.database or "", mark)

    async def watching(self) -> None:
        """Look at the files again and again until the database has ended; raises ``StoreDamaged`` then."""
        while self._damage is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._ended.wait()
            with suppress(StoreError), self._trusted():
                if self._watch:
                    await self._watch.read_through()
        raise self._damage

    async def ended(self) -> StoreDamaged:
        """Wait until the database has ended; return why."""
        while self._damage is None:
            await self._ended.wait()
        return self._damage

    def condemn(self, damage: StoreDamaged) -> None:
        """Read and write nothing any more."""
        self._damage = self._damage or damage
        self._ended.set()

    async def close(self) -> None:
        """Finish what waits, then give every connection back."""
        self._closed = True
        if self._committer:
            self._jobs.put_nowait(None)
            with suppress(asyncio.CancelledError):
                await self._committer
        await self._writer.dispose()
        await self._reader.dispose()
        if self._watch:
            self._watch.close(damaged=self._damage is not None)

    @contextmanager
    def _trusted(self) -> Iterator[None]:
        """Look at the files first; what is damage then, or before, ends the database."""
        self._look()
        try:
            with translated():
                yield
        except StoreDamaged as error:
            self.condemn(error)
            raise

    def _look(self) -> None:
        if self._damage:
            raise self._damage
        if self._watch:
            try:
                self._watch.identity.check()
            except StoreDamaged as error:
                self.condemn(error)
                raise

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
            with self._trusted():
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
    before is undone, and what comes after would commit by itself; ``StoreDamaged`` where it is damaged.
    """
    if alone:
        job.result = await job.work(connection)
        return
    try:
        with translated():
            async with connection.begin_nested():
                job.result = await job.work(connection)
    except StoreDamaged:
        raise
    except Exception as error:
        job.error = error
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None or not driver.in_transaction:
            raise StoreError(str(error)) from error


async def _marked(connection: AsyncConnection, alone: Callable[[], bool]) -> int:
    """Return the mark of the file, a new one where nobody else goes by the old."""
    if alone():
        # No bound values in a pragma.
        await connection.exec_driver_sql(f"PRAGMA user_version = {new_mark()}")
    found = await connection.exec_driver_sql("PRAGMA user_version")
    return int(found.scalar_one())


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
