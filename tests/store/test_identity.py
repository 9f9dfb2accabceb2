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

from digest.clock import SetClock
from digest.errors import StoreDamaged, StoreError
from digest.store import Store, back_up, open_store
from digest.store import database as of_database
from digest.store.identity import Header
from tests.faults.files import FAULTS, Fault
from tests.support.stores import NOW, TODAY, a_paper, take_in


def name_of(fault: Fault) -> str:
    """Give what a test of a fault is called."""
    return fault.name


def alone() -> bool:
    """Tell that nobody else watches."""
    return True


def file_of(url: str) -> Path:
    """Give the file of a database."""
    return Path(url.removeprefix("sqlite+aiosqlite:///"))


async def filled(store: Store) -> None:
    """Put enough into a store that its file has pages to damage."""
    for number in range(20):
        await take_in(store, TODAY, a_paper(number, text="long " * 2000), name=str(number))


async def watched(store: Store, url: str) -> Path:
    """Fill a store, copy its file as ``cp`` does, and watch it from now on; give the copy."""
    await filled(store)
    await store.database.scrub()
    copy = file_of(url).with_name("copy.db")
    await asyncio.to_thread(shutil.copyfile, file_of(url), copy)
    await store.database.watch_files(alone=alone)
    await filled(store)
    return copy


@pytest.mark.parametrize("fault", FAULTS, ids=name_of)
async def test_a_file_that_is_not_the_one_that_was_opened_ends_the_database(
    store: Store, url: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_database, "LOOK_SECONDS", 0.01)
    copy = await watched(store, url)
    await store.database.scrub()

    fault.do(file_of(url), copy, Random(1))  # noqa: S311 - repeatable on purpose
    with pytest.raises(StoreDamaged, match="nothing more was sent") as told:
        await store.database.watching()

    assert "\n" not in str(told.value)
    with pytest.raises(StoreDamaged):
        await take_in(store, TODAY, a_paper(99))
    with pytest.raises(StoreDamaged):
        await store.papers.last_arrival()
    assert await store.database.ended() is told.value


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.name != "scratched"], ids=name_of)
async def test_the_next_read_and_the_next_write_know_it_by_themselves(
    store: Store, url: str, fault: Fault
) -> None:
    copy = await watched(store, url)
    await store.database.scrub()

    fault.do(file_of(url), copy, Random(1))  # noqa: S311 - repeatable on purpose

    with pytest.raises(StoreDamaged):
        await store.papers.last_arrival()
    with pytest.raises(StoreDamaged):
        await take_in(store, TODAY, a_paper(99))


@pytest.mark.parametrize("fault", [one for one in FAULTS if one.untouched], ids=name_of)
async def test_closing_writes_nothing_into_a_file_that_is_not_ours(
    store: Store, url: str, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_database, "LOOK_SECONDS", 0.01)
    copy = await watched(store, url)
    fault.do(file_of(url), copy, Random(1))  # noqa: S311 - repeatable on purpose
    left = file_of(url).read_bytes()
    with pytest.raises(StoreDamaged):
        await store.database.watching()

    await store.close()

    assert file_of(url).read_bytes() == left


async def test_a_backup_copied_over_the_file_it_was_made_of_is_another_file(store: Store, url: str) -> None:
    await store.database.watch_files(alone=alone)
    backup = file_of(url).with_name("backup.db")
    await back_up(url, backup, NOW)

    await asyncio.to_thread(shutil.copyfile, backup, file_of(url))

    with pytest.raises(StoreDamaged, match="overwritten"):
        await store.papers.last_arrival()


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
    store: Store, url: str, what: Callable[[sqlite3.Connection, Path], None], clock: SetClock
) -> None:
    await watched(store, url)
    with closing(sqlite3.connect(file_of(url), isolation_level=None)) as other:
        what(other, file_of(url))
    beside = await open_store(url, clock)
    await beside.database.watch_files(alone=lambda: False)
    await take_in(beside, TODAY, a_paper("2601.88888"))
    await beside.close()

    await take_in(store, TODAY, a_paper("2601.99999"))
    for _ in range(2):
        await store.database._watch.read_through()  # type: ignore[union-attr] # noqa: SLF001 - asked every two seconds

    async with store.database.reading() as connection:
        found = await connection.execute(text("SELECT count(*) FROM papers WHERE id LIKE '%99999'"))
    assert found.scalar_one() == 1


async def test_a_file_keeps_its_mark_while_somebody_else_goes_by_it(store: Store, url: str) -> None:
    await store.database.watch_files(alone=alone)
    first = Header.read(file_of(url).read_bytes())
    await store.database.watch_files(alone=lambda: False)
    second = Header.read(file_of(url).read_bytes())
    await store.database.watch_files(alone=alone)
    third = Header.read(file_of(url).read_bytes())

    assert first
    assert second
    assert third
    assert first.mark == second.mark != third.mark


@pytest.mark.parametrize(
    "raw", [b"", b"SQLite format 3\x00", b"\x00" * 100, b"SQLite format 4\x00" + b"\x00" * 84]
)
def test_what_is_no_header_is_told_apart(raw: bytes) -> None:
    assert Header.read(raw) is None


async def test_what_cannot_be_looked_at_just_now_is_waited_for(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.database.watch_files(alone=alone)
    real = Path.stat

    def away(path: Path) -> object:
        if path.name == file_of(url).name:
            raise OSError(5, "Input/output error")
        return real(path)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Path, "stat", away)
        with pytest.raises(StoreError, match="cannot be looked at"):
            await store.papers.last_arrival()

    assert await store.papers.last_arrival() is None
