"""What every row stands on: a folder of its own, a database full of readers, and the settings between."""

import asyncio
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

from digest.app.core import Core, opened
from digest.broadcast import Audience
from digest.clock import Clock, system_clock
from digest.deliver.smtp_opening import Security
from digest.model import Channel, Target
from digest.settings import Settings
from digest.store import open_store
from tests.faults.score import Kept, kept_rows
from tests.support.certificate import loopback_certificate
from tests.support.children import ROOT

Size = Literal["small", "full"]
_LAYING = threading.Lock()
TEXT = "Word to all: 1 < 2 & 网络, then maintenance at noon."


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the campaign runs: ``small`` is for the test suite, ``rng`` is seeded and the row's own.

    Mail goes over STARTTLS, as by default, where a row does not try the other ways too.
    """

    size: Size
    rng: Random
    security: Security = "starttls"

    def pick(self, *, small: int, full: int) -> int:
        """Give the number for this size."""
        return small if self.size == "small" else full


@dataclass(slots=True, kw_only=True)
class Ground:
    """One row's folder; ``settings`` are those of the program under test."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reports.mkdir(exist_ok=True)
        self.settings = {
            "DATABASE_URL": self.url,
            "MAIL_DIR": str(self.folder / "out"),
            "REPORTS_DIR": str(self.reports),
            "TAXONOMY_FILE": str(ROOT / "seeds" / "taxonomy.tsv"),
            "MAIL_FROM": "Paper Digest <digest@example.org>",
            "SECRET_KEY": "a-key-of-the-campaign-and-of-nobody-else",
            **self.settings,
        }

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.folder / "digest.db"

    @property
    def reports(self) -> Path:
        """The folder of reports."""
        return self.folder / "reports"

    @property
    def url(self) -> str:
        """The database as a setting."""
        return f"sqlite+aiosqlite:///{self.database}"

    @property
    def rows(self) -> list[Kept]:
        """The outbox as it is now."""
        return kept_rows(self.database)

    def mail_to(self, port: int, *, security: Security = "starttls", connections: int = 16) -> None:
        """Let mail go to a server on loopback, as fast as it takes it."""
        self.settings |= {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(port),
            "SMTP_SECURITY": security,
            "SMTP_CA_FILE": str(loopback_certificate().file),
            "SMTP_CONNECTIONS": str(connections),
            "SMTP_RATE": "10000",
        }

    def write(self, sql: str, *, wait: float = 60) -> int:
        """Change the database from outside, as an operator with ``sqlite3`` might; give the rows changed."""
        connection = sqlite3.connect(self.database, timeout=wait)
        try:
            with connection:
                return connection.execute(sql).rowcount
        finally:
            connection.close()

    def ask(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Read from the database."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    @asynccontextmanager
    async def core(self, clock: Clock = system_clock) -> AsyncIterator[Core]:
        """Give the use cases on this ground, inside this process."""
        if not self.database.exists():
            self.database.write_bytes(await asyncio.to_thread(_empty_database))
        async with opened(Settings.load(self.settings), clock) as core:
            yield core

    async def crowd(self, count: int, channel: Channel = Channel.EMAIL) -> list[str]:
        """Enrol so many readers of everything, due tomorrow, one endpoint each; give the units."""
        first = Target.email(_unit(1, channel)) if channel is Channel.EMAIL else Target.telegram(1)
        async with self.core() as core:
            await core.membership.enrol([first], None)
        await asyncio.to_thread(self._multiply, count, channel)
        return [_unit(number, channel) for number in range(1, count + 1)]

    async def broadcast(self, text: str = TEXT) -> None:
        """Queue one message for every endpoint."""
        async with self.core() as core:
            await core.store.broadcasts.queue(text, Audience(), "the campaign", system_clock())

    def _multiply(self, count: int, channel: Channel) -> None:
        """Copy the first reader's rows: whatever columns there are, the copies are readers like the first."""
        connection = sqlite3.connect(self.database)
        try:
            with connection:
                people = _columns(connection, "subscribers", without=("id",))
                places = _columns(connection, "endpoints", without=("id", "subscriber_id", "address"))
                address = "printf('u%06d@example.org', s.id)" if channel is Channel.EMAIL else "s.id"
                copied = f"""
                    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
                    INSERT INTO subscribers (id, {people})
                    SELECT n.i, {people} FROM subscribers, n WHERE id = 1 AND n.i <= :count
                """  # noqa: S608 - names of columns
                connection.execute(copied, {"count": count})
                reached = f"""
                    INSERT INTO endpoints (subscriber_id, address, {places})
                    SELECT s.id, CAST({address} AS TEXT), {_of("e", places)} FROM subscribers s, endpoints e
                    WHERE e.id = 1 AND s.id > 1
                """  # noqa: S608 - names of columns
                connection.execute(reached)
        finally:
            connection.close()


@asynccontextmanager
async def ground(**settings: str) -> AsyncIterator[Ground]:
    """Give a ground that vanishes afterwards."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="paper-digest-faults-"))
    try:
        yield Ground(folder=folder, settings=settings)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _empty_database() -> bytes:
    """Give a database with our schema and nothing in it, made once.

    Alembic's state is the process', so that two grounds cannot be laid at the same time.
    """
    with _LAYING:
        return _made_once()


@cache
def _made_once() -> bytes:
    async def make(file: Path) -> None:
        store = await open_store(f"sqlite+aiosqlite:///{file}", system_clock)
        await store.close()

    with tempfile.TemporaryDirectory(prefix="paper-digest-faults-") as folder:
        file = Path(folder) / "digest.db"
        asyncio.run(make(file))
        return file.read_bytes()


def _unit(number: int, channel: Channel) -> str:
    return f"u{number:06d}@example.org" if channel is Channel.EMAIL else str(number)


def _columns(connection: sqlite3.Connection, table: str, *, without: tuple[str, ...]) -> str:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    return ", ".join(f'"{name}"' for name in names if name not in without)


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{name}" for name in columns.split(", "))
