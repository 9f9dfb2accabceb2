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

from digest.app.container import Container, open_container
from digest.app.settings import Settings
from digest.mail.smtp_connect import SmtpSecurity
from digest.model import Channel, Target
from digest.model.clock import Clock, system_clock
from digest.services.broadcasts import Audience
from digest.storage import open_store
from tests.faults.score import StoredUnit, read_outbox
from tests.support.certificate import loopback_certificate
from tests.support.child_process import ROOT

Size = Literal["small", "full"]
_CREATE_LOCK = threading.Lock()
BROADCAST_TEXT = "Word to all: 1 < 2 & 网络, then maintenance at noon."


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRun:
    """How the campaign runs: ``small`` is for the test suite, ``rng`` is seeded and the row's own.

    Mail goes over STARTTLS, as by default, where a row does not try the other ways too.
    """

    size: Size
    rng: Random
    security: SmtpSecurity = "starttls"

    def by_size(self, *, small: int, full: int) -> int:
        """Return the number for this size."""
        return small if self.size == "small" else full


@dataclass(slots=True, kw_only=True)
class CampaignEnv:
    """One row's folder; ``settings`` are those of the program under test."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reports_dir.mkdir(exist_ok=True)
        self.settings = {
            "DATABASE_URL": self.url,
            "MAIL_DIR": str(self.folder / "out"),
            "REPORTS_DIR": str(self.reports_dir),
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
    def reports_dir(self) -> Path:
        """The folder of reports."""
        return self.folder / "reports"

    @property
    def url(self) -> str:
        """The database as a setting."""
        return f"sqlite+aiosqlite:///{self.database}"

    @property
    def outbox_rows(self) -> list[StoredUnit]:
        """The outbox as it is now."""
        return read_outbox(self.database)

    def use_smtp_server(self, port: int, *, security: SmtpSecurity = "starttls", connections: int = 16) -> None:
        """Let mail go to a server on loopback, as fast as it takes it."""
        self.settings |= {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(port),
            "SMTP_SECURITY": security,
            "SMTP_CA_FILE": str(loopback_certificate().file),
            "SMTP_CONNECTIONS": str(connections),
            "SMTP_RATE": "10000",
        }

    def execute(self, sql: str, *, lock_timeout: float = 60) -> int:
        """Change the database from outside, as an operator with ``sqlite3`` might; give the rows changed."""
        connection = sqlite3.connect(self.database, timeout=lock_timeout)
        try:
            with connection:
                return connection.execute(sql).rowcount
        finally:
            connection.close()

    def query(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Read from the database."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=60)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    @asynccontextmanager
    async def open_container(self, clock: Clock = system_clock) -> AsyncIterator[Container]:
        """Return the use cases on this ground, inside this process."""
        if not self.database.exists():
            self.database.write_bytes(await asyncio.to_thread(_database_template))
        async with open_container(Settings.load(self.settings), clock) as core:
            yield core

    async def add_subscribers(self, count: int, channel: Channel = Channel.EMAIL) -> list[str]:
        """Enrol so many readers of everything, due tomorrow, one endpoint each; give the units."""
        first = Target.email(_unit_name(1, channel)) if channel is Channel.EMAIL else Target.telegram(1)
        async with self.open_container() as core:
            await core.subscriptions.add_subscriber([first], None)
        await asyncio.to_thread(self._copy_first_subscriber, count, channel)
        return [_unit_name(number, channel) for number in range(1, count + 1)]

    async def queue_broadcast(self, text: str = BROADCAST_TEXT) -> None:
        """Queue one message for every endpoint."""
        async with self.open_container() as core:
            await core.store.broadcasts.queue(text, Audience(), "the campaign", system_clock())

    def _copy_first_subscriber(self, count: int, channel: Channel) -> None:
        """Copy the first reader's rows: whatever columns there are, the copies are readers like the first."""
        connection = sqlite3.connect(self.database)
        try:
            with connection:
                people = _column_list(connection, "subscribers", without=("id",))
                places = _column_list(connection, "endpoints", without=("id", "subscriber_id", "address"))
                address = "printf('u%06d@example.org', s.id)" if channel is Channel.EMAIL else "s.id"
                copied = f"""
                    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
                    INSERT INTO subscribers (id, {people})
                    SELECT n.i, {people} FROM subscribers, n WHERE id = 1 AND n.i <= :count
                """  # noqa: S608 - names of columns
                connection.execute(copied, {"count": count})
                reached = f"""
                    INSERT INTO endpoints (subscriber_id, address, {places})
                    SELECT s.id, CAST({address} AS TEXT), {_qualify("e", places)} FROM subscribers s, endpoints e
                    WHERE e.id = 1 AND s.id > 1
                """  # noqa: S608 - names of columns
                connection.execute(reached)
        finally:
            connection.close()


@asynccontextmanager
async def campaign_env(**settings: str) -> AsyncIterator[CampaignEnv]:
    """Return a ground that vanishes afterwards."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="paper-digest-faults-"))
    try:
        yield CampaignEnv(folder=folder, settings=settings)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _database_template() -> bytes:
    """Return a database with our schema and nothing in it, made once.

    Alembic's state is the process', so that two grounds cannot be laid at the same time.
    """
    with _CREATE_LOCK:
        return _build_template()


@cache
def _build_template() -> bytes:
    async def create(file: Path) -> None:
        store = await open_store(f"sqlite+aiosqlite:///{file}", system_clock)
        await store.close()

    with tempfile.TemporaryDirectory(prefix="paper-digest-faults-") as folder:
        file = Path(folder) / "digest.db"
        asyncio.run(create(file))
        return file.read_bytes()


def _unit_name(number: int, channel: Channel) -> str:
    return f"u{number:06d}@example.org" if channel is Channel.EMAIL else str(number)


def _column_list(connection: sqlite3.Connection, table: str, *, without: tuple[str, ...]) -> str:
    names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    return ", ".join(f'"{name}"' for name in names if name not in without)


def _qualify(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{name}" for name in columns.split(", "))
