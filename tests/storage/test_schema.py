"""Migrations: a fresh file, an old one, somebody else's, and one from the future."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from digest.model.clock import FixedClock
from digest.model.errors import StoreError
from digest.storage import Store, migrate, open_database, open_store
from digest.storage.schema import APPLICATION_ID
from digest.storage.tables import metadata
from tests.support.database import database_path

OPEN_SCRIPT = """
import asyncio, sys
from digest.model.clock import system_clock
from digest.storage import open_store

async def main():
    await (await open_store(sys.argv[1], system_clock)).close()

asyncio.run(main())
"""


@pytest.fixture
def file(url: str) -> Path:
    """Return the file of the database."""
    return database_path(url)


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    """Ask the file itself."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        return connection.execute(sql).fetchall()


async def test_a_fresh_file_gets_our_tables_and_our_mark(url: str, file: Path) -> None:
    database = open_database(url)

    first = await migrate(database)
    second = await migrate(database)
    await database.close()

    assert first[0] is None
    assert second == (first[1], first[1])
    assert query(file, "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert query(file, "PRAGMA journal_mode") == [("wal",)]


async def test_the_migrated_schema_is_what_the_tables_say(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_name": is_comparable})
        return list(compare_metadata(context, metadata))

    async with store.database.exclusive() as connection:
        found = await connection.run_sync(differences)

    assert found == []


def is_comparable(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether Alembic can compare a table: the index of search and its parts are SQLite's own make."""
    return kind != "table" or not str(name).startswith("paper_search")


async def test_the_checks_and_indexes_of_tables_and_migration_are_the_same(
    store: Store, tmp_path: Path, file: Path
) -> None:
    other = open_database(f"sqlite+aiosqlite:///{tmp_path / 'other.db'}")
    async with other.exclusive() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.commit()
    await other.close()

    assert schema_statements(file) == schema_statements(tmp_path / "other.db")
    assert store.database.is_sqlite


def schema_statements(file: Path) -> dict[object, list[str]]:
    """Return what made each table and index, line by line, in order of the alphabet."""
    rows = query(file, "SELECT name, sql FROM sqlite_master WHERE sql <> '' AND name <> 'alembic_version'")
    return {name: sorted(line.strip(" \t,") for line in str(sql).replace('"', "").splitlines()) for name, sql in rows}


async def test_every_table_is_strict(store: Store, file: Path) -> None:
    rows = query(file, "SELECT name, type FROM pragma_table_list WHERE strict = 0 AND schema = 'main'")

    tables = {name for name, kind in rows if kind == "table"}
    others = {name for name, kind in rows if kind not in ("table", "shadow")}
    assert tables - {"sqlite_schema", "sqlite_sequence"} == {"alembic_version"}
    assert others == {"paper_search"}
    assert all(str(name).startswith("paper_search_") for name, kind in rows if kind == "shadow")
    assert store.database.is_sqlite


def test_programs_that_begin_at_once_all_get_the_schema(url: str, file: Path) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", OPEN_SCRIPT, url], stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own interpreter
        for _ in range(3)
    ]

    complaints = [program.communicate(timeout=300)[1] for program in programs]

    assert complaints == ["", "", ""]
    assert query(file, "SELECT count(*) FROM alembic_version") == [(1,)]


def test_a_database_that_is_up_to_date_is_opened_without_alembic(url: str, empty_database: Path, file: Path) -> None:
    shutil.copy(empty_database, file)
    tell = f"{OPEN_SCRIPT}\nprint('alembic' in sys.modules)"

    opened = subprocess.run([sys.executable, "-c", tell, url], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter

    assert opened.stdout == "False\n"


@pytest.mark.parametrize("table", ["notes", "alembic_version"])
async def test_another_programs_database_is_left_alone(url: str, file: Path, clock: FixedClock, table: str) -> None:
    query(file, f"CREATE TABLE {table} (version_num TEXT)")

    with pytest.raises(StoreError, match="another program"):
        await open_store(url, clock)

    assert query(file, "SELECT name FROM sqlite_master") == [(table,)]


async def test_a_newer_database_is_refused_in_one_line(url: str, file: Path, clock: FixedClock) -> None:
    await (await open_store(url, clock)).close()
    query(file, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="newer Paper Digest") as caught:
        await open_store(url, clock)

    assert "\n" not in str(caught.value)


async def test_our_file_without_its_mark_is_still_ours(url: str, file: Path, clock: FixedClock) -> None:
    await (await open_store(url, clock)).close()
    query(file, "PRAGMA application_id = 0")

    again = await open_store(url, clock)

    await again.close()


async def test_a_migration_that_fails_leaves_nothing_behind(url: str, file: Path, clock: FixedClock) -> None:
    # A table of a later statement is in the way; ours are marked, so that this is no other program's file.
    query(file, f"PRAGMA application_id = {APPLICATION_ID}")
    query(file, "CREATE TABLE outbox (id INTEGER)")

    with pytest.raises(StoreError, match="outbox"):
        await open_store(url, clock)

    assert query(file, "SELECT name FROM sqlite_master") == [("outbox",)]


async def test_a_database_of_before_the_first_release_is_refused_in_one_line_and_left_alone(
    url: str, file: Path, clock: FixedClock
) -> None:
    await (await open_store(url, clock)).close()
    query(file, "ALTER TABLE app_state RENAME TO facts")
    for revision in ("0001", "0002", "0003"):
        query(file, f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 - our own numbers
        before = content_of(file)

        with pytest.raises(StoreError, match=r"before the first release.*DATABASE_URL") as caught:
            await open_store(url, clock)

        assert "\n" not in str(caught.value)
        assert content_of(file) == before


def content_of(file: Path) -> list[str]:
    """Return everything that a database holds, schema and rows."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())
