"""Group commit, and the database's errors in one line each."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, event, insert, select, text, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from digest.model.clock import FixedClock
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.storage import Database, Store, migrate, open_database, open_store
from digest.storage.tables import app_state
from tests.support.database import database_path


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """Return an empty database."""
    opened = open_database(url)
    await migrate(opened)
    yield opened
    await opened.close()


async def insert_fact(connection: AsyncConnection, name: str, value: str = "there") -> str:
    """Write one fact; give its name."""
    await connection.execute(insert(app_state).values(name=name, value=value))
    return name


def inserting(name: str) -> Callable[[AsyncConnection], Awaitable[str]]:
    """Return the work of writing one fact."""
    return lambda connection: insert_fact(connection, name)


async def fact_names(database: Database) -> list[str]:
    """Return the names of all facts."""
    return list(await database.scalars(select(app_state.c.name).order_by(app_state.c.name)))


def committed_names(url: str) -> list[str]:
    """Return the names of all facts as another program sees them: what is committed."""
    with closing(sqlite3.connect(database_path(url))) as other:
        return [name for (name,) in other.execute("SELECT name FROM app_state ORDER BY name")]


async def test_a_write_is_committed_before_its_caller_hears_of_it(database: Database, url: str) -> None:
    name = await database.write(inserting("a"))

    assert name == "a"
    assert committed_names(url) == ["a"]


async def test_one_statement_is_committed_and_counts_the_rows_that_it_changed(database: Database, url: str) -> None:
    row = upsert(app_state).on_conflict_do_nothing()

    added = [await database.execute(row.values(name=name, value="there")) for name in ("a", "b", "a")]
    committed = committed_names(url)
    changed = await database.execute(update(app_state).values(value="new"))
    deleted = [await database.execute(delete(app_state).where(app_state.c.name == name)) for name in ("a", "c")]

    assert (added, committed, changed, deleted) == ([1, 1, 0], ["a", "b"], 2, [1, 0])
    assert await database.fetch_one(select(app_state)) == ("b", "new")
    assert [tuple(row) for row in await database.fetch_all(select(app_state))] == [("b", "new")]
    assert await database.scalar(select(app_state.c.value)) == "new"
    assert await database.scalar(select(app_state.c.value).where(app_state.c.name == "a")) is None


async def test_a_piece_that_fails_undoes_itself_alone(database: Database, url: str) -> None:
    async def fails(connection: AsyncConnection) -> str:
        await insert_fact(connection, "lost")
        raise LookupError("on purpose")

    ends = await asyncio.gather(
        database.write(inserting("a")), database.write(fails), database.write(inserting("b")), return_exceptions=True
    )

    assert [repr(end) for end in ends] == ["'a'", "LookupError('on purpose')", "'b'"]
    assert committed_names(url) == ["a", "b"]


async def test_a_broken_rule_of_the_database_is_a_store_error_of_its_caller_alone(database: Database) -> None:
    ends = await asyncio.gather(
        *(database.write(inserting("same")) for _ in range(3)),
        database.write(inserting("other")),
        return_exceptions=True,
    )

    assert [type(end) for end in ends] == [str, StoreError, StoreError, str]
    assert await fact_names(database) == ["other", "same"]


async def test_many_writes_at_once_share_a_commit(database: Database) -> None:
    commits = 0

    @event.listens_for(database._writer.sync_engine, "commit")  # noqa: SLF001 - commits are seen nowhere else
    def count(_connection: object) -> None:
        nonlocal commits
        commits += 1

    await asyncio.gather(*(database.write(inserting(f"{n:04}")) for n in range(500)))

    assert len(await fact_names(database)) == 500
    assert commits <= 4


async def test_a_caller_who_gave_up_disturbs_nobody(database: Database) -> None:
    begun = asyncio.Event()

    async def slow(connection: AsyncConnection) -> str:
        begun.set()
        await asyncio.sleep(0.05)
        return await insert_fact(connection, "slow")

    given_up = asyncio.create_task(database.write(slow))
    await begun.wait()
    waiting = asyncio.create_task(database.write(inserting("never")))
    other = asyncio.create_task(database.write(inserting("other")))
    await asyncio.sleep(0)
    given_up.cancel()
    waiting.cancel()

    assert await other == "other"
    assert await fact_names(database) == ["other", "slow"]


async def test_a_transaction_that_the_database_gave_up_fails_all_who_shared_it(database: Database, url: str) -> None:
    async def gives_up(connection: AsyncConnection) -> None:
        # What SQLite does by itself where the disk is full or cannot be read.
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.rollback()
        raise LookupError("the disk is full")

    ends = await asyncio.gather(
        database.write(inserting("before")),
        database.write(gives_up),
        database.write(inserting("after")),
        return_exceptions=True,
    )
    later = await database.write(inserting("later"))

    assert [type(end) for end in ends] == [StoreError] * 3
    assert later == "later"
    assert committed_names(url) == ["later"]


async def test_closing_finishes_what_waits_and_takes_nothing_more(url: str) -> None:
    database = open_database(url)
    await migrate(database)

    waiting = [asyncio.create_task(database.write(inserting(str(n)))) for n in range(9)]
    await asyncio.sleep(0)
    await database.close()

    assert await asyncio.gather(*waiting) == [str(n) for n in range(9)]
    with pytest.raises(StoreError, match="closed"):
        await database.write(inserting("late"))


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StoreError, match="readonly"):
        async with database.read_only() as connection:
            await insert_fact(connection, "sly")


async def test_a_reader_sees_one_state(database: Database) -> None:
    async with database.read_only() as connection:
        before = (await connection.execute(select(app_state))).all()
        await database.write(inserting("new"))
        after = (await connection.execute(select(app_state))).all()

    assert before == after == []


async def test_a_writer_waits_for_another_programs_lock(database: Database, url: str) -> None:
    other = sqlite3.connect(database_path(url), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    write = asyncio.create_task(database.write(inserting("patient")))
    await asyncio.sleep(0.3)
    waited = not write.done()
    other.execute("COMMIT")
    other.close()

    assert await write == "patient"
    assert waited


async def test_sql_that_is_wrong_is_one_line(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        async with database.read_only() as connection:
            await connection.execute(text("SELECT *\nFROM nowhere"))

    assert str(caught.value) == "database: no such table: nowhere"


def test_a_url_that_names_no_database_of_ours_says_what_would() -> None:
    urls = (
        "nonsense",
        "mysql://host/name",
        "postgresql+psycopg://host/name",
        "sqlite+aiosqlite://",
        "sqlite+aiosqlite:///:memory:",
    )
    for url in urls:
        with pytest.raises(StoreError, match="sqlite") as caught:
            open_database(url)

        assert "\n" not in str(caught.value)


async def open_and_close(path: Path, clock: FixedClock) -> Store:
    """Open a store and close it again."""
    store = await open_store(f"sqlite+aiosqlite:///{path}", clock)
    await store.close()
    return store


@pytest.mark.parametrize("garbage", [b"hello world" * 500, b"SQLite format 3\x00" + b"\xff" * 9000])
async def test_a_file_that_is_no_database_is_refused_in_one_line(
    tmp_path: Path, clock: FixedClock, garbage: bytes
) -> None:
    file = tmp_path / "digest.db"
    file.write_bytes(garbage)

    with pytest.raises(DatabaseCorrupted) as caught:
        await open_and_close(file, clock)

    assert "\n" not in str(caught.value)
    assert file.read_bytes() == garbage


async def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        await open_and_close(tmp_path, clock)


async def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, clock: FixedClock) -> None:
    (tmp_path / "var").write_text("a file")

    with pytest.raises(StoreError, match="cannot hold the database"):
        await open_and_close(tmp_path / "var" / "digest.db", clock)


async def test_a_missing_folder_is_made(tmp_path: Path, clock: FixedClock) -> None:
    await open_and_close(tmp_path / "a" / "b" / "digest.db", clock)

    assert (tmp_path / "a" / "b" / "digest.db").is_file()


async def test_a_database_that_may_only_be_read_is_told_in_one_line(tmp_path: Path, clock: FixedClock) -> None:
    file = tmp_path / "digest.db"
    await open_and_close(file, clock)

    with pytest.raises(StoreError, match="readonly") as caught:
        await write_read_only(file)

    assert "\n" not in str(caught.value)


async def write_read_only(file: Path) -> None:
    """Write to a database that was opened for reading alone, as on a disk that was mounted so."""
    database = open_database(f"sqlite+aiosqlite:///file:{file}?mode=ro&uri=true")
    try:
        await database.write(inserting("a"))
    finally:
        await database.close()
