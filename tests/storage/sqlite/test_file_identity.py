"""The database's files must stay those that were opened, or nothing is read or written any more."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from digest.model.clock import FixedClock
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.storage import Store, create_backup, open_store
from digest.storage import database as of_database
from digest.storage.sqlite.file_watch import SqliteHeader
from tests.faults.replaced_files import FAULTS, FileFault
from tests.support.database import NOW, TODAY, database_path, make_paper, save_report


def fault_name(fault: FileFault) -> str:
    """Return what a test of a fault is called."""
    return fault.name


def no_other_senders() -> bool:
    """Tell that nobody else watches."""
    return True


async def fill(store: Store, name: str) -> None:
    """Put enough into a store that its file has pages to damage."""
    await save_report(store, TODAY, *(make_paper(number, text=f"{name} " * 2000) for number in range(20)), name=name)


async def fill_and_watch(store: Store, url: str) -> Path:
    """Fill a store, copy its file as ``cp`` does, and watch it from now on; give the copy."""
    await fill(store, "first")
    await store.database.checkpoint()
    copy = database_path(url).with_name("copy.db")
    await asyncio.to_thread(shutil.copyfile, database_path(url), copy)
    await store.database.watch_files(is_alone=no_other_senders)
    await fill(store, "second")
    return copy


@pytest.mark.parametrize("fault", FAULTS, ids=fault_name)
async def test_a_file_that_is_not_the_one_that_was_opened_ends_the_database(
    store: Store, url: str, fault: FileFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_database, "CHECK_INTERVAL", 0.01)
    copy = await fill_and_watch(store, url)
    await store.database.checkpoint()

    fault.apply(database_path(url), copy, Random(1))  # noqa: S311 - repeatable on purpose
    with pytest.raises(DatabaseCorrupted, match="nothing more was sent") as told:
        await store.database.monitor_files()

    assert "\n" not in str(told.value)
    with pytest.raises(DatabaseCorrupted):
        await save_report(store, TODAY, make_paper(99))
    with pytest.raises(DatabaseCorrupted):
        await store.papers.last_ingested_at()
    assert await store.database.wait_until_failed() is told.value


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.name != "scratched"], ids=fault_name)
async def test_the_next_read_and_the_next_write_know_it_by_themselves(store: Store, url: str, fault: FileFault) -> None:
    copy = await fill_and_watch(store, url)
    await store.database.checkpoint()

    fault.apply(database_path(url), copy, Random(1))  # noqa: S311 - repeatable on purpose

    with pytest.raises(DatabaseCorrupted):
        await store.papers.last_ingested_at()
    with pytest.raises(DatabaseCorrupted):
        await save_report(store, TODAY, make_paper(99))


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.file_unchanged], ids=fault_name)
async def test_closing_writes_nothing_into_a_file_that_is_not_ours(
    store: Store, url: str, fault: FileFault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_database, "CHECK_INTERVAL", 0.01)
    copy = await fill_and_watch(store, url)
    fault.apply(database_path(url), copy, Random(1))  # noqa: S311 - repeatable on purpose
    left = database_path(url).read_bytes()
    with pytest.raises(DatabaseCorrupted):
        await store.database.monitor_files()

    await store.close()

    assert database_path(url).read_bytes() == left


async def test_a_backup_copied_over_the_file_it_was_made_of_is_another_file(store: Store, url: str) -> None:
    await store.database.watch_files(is_alone=no_other_senders)
    backup = database_path(url).with_name("backup.db")
    await create_backup(url, backup, NOW)

    await asyncio.to_thread(shutil.copyfile, backup, database_path(url))

    with pytest.raises(DatabaseCorrupted, match="overwritten"):
        await store.papers.last_ingested_at()


def by_vacuum(connection: sqlite3.Connection, _file: Path) -> None:
    """Make the file smaller."""
    connection.execute("DELETE FROM paper_texts")
    connection.execute("VACUUM")


def by_checkpoint(connection: sqlite3.Connection, _file: Path) -> None:
    """Fold the log into the file."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def by_writing(connection: sqlite3.Connection, _file: Path) -> None:
    """Write as another program would."""
    connection.execute("INSERT INTO app_state VALUES ('a', 'b')")


def by_copying(connection: sqlite3.Connection, file: Path) -> None:
    """Copy the file as backups do."""
    connection.execute("VACUUM INTO ?", (f"{file}.copy",))


@pytest.mark.parametrize("what", [by_vacuum, by_checkpoint, by_writing, by_copying])
async def test_what_other_programs_may_do_raises_no_alarm(
    store: Store, url: str, what: Callable[[sqlite3.Connection, Path], None], clock: FixedClock
) -> None:
    await fill_and_watch(store, url)
    with closing(sqlite3.connect(database_path(url), isolation_level=None)) as other:
        what(other, database_path(url))
    beside = await open_store(url, clock)
    await beside.database.watch_files(is_alone=lambda: False)
    await save_report(beside, TODAY, make_paper("2601.88888"))
    await beside.close()

    await save_report(store, TODAY, make_paper("2601.99999"))
    for _ in range(2):
        await store.database._watch.check_if_changed()  # type: ignore[union-attr] # noqa: SLF001 - asked every two seconds

    async with store.database.read_only() as connection:
        found = await connection.execute(text("SELECT count(*) FROM papers WHERE id LIKE '%99999'"))
    assert found.scalar_one() == 1


async def test_a_file_keeps_its_mark_while_somebody_else_goes_by_it(store: Store, url: str) -> None:
    await store.database.watch_files(is_alone=no_other_senders)
    first = SqliteHeader.parse(database_path(url).read_bytes())
    await store.database.watch_files(is_alone=lambda: False)
    second = SqliteHeader.parse(database_path(url).read_bytes())
    await store.database.watch_files(is_alone=no_other_senders)
    third = SqliteHeader.parse(database_path(url).read_bytes())

    assert first
    assert second
    assert third
    assert first.file_id == second.file_id != third.file_id


def test_what_is_no_header_is_told_apart() -> None:
    foreign = (b"", b"SQLite format 3\x00", b"\x00" * 100, b"SQLite format 4\x00" + b"\x00" * 84)

    assert [SqliteHeader.parse(raw) for raw in foreign] == [None] * len(foreign)


async def test_what_cannot_be_looked_at_just_now_is_waited_for(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.database.watch_files(is_alone=no_other_senders)
    real = Path.stat

    def away(path: Path) -> object:
        if path.name == database_path(url).name:
            raise OSError(5, "Input/output error")
        return real(path)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Path, "stat", away)
        with pytest.raises(StoreError, match="cannot be looked at"):
            await store.papers.last_ingested_at()

    assert await store.papers.last_ingested_at() is None
