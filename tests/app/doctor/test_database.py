"""The database is looked at and never changed."""

import hashlib
import sqlite3
from pathlib import Path

import pytest

from digest.app.doctor.database import MAX_WAL_SIZE, check_database, evaluate_database
from digest.model.clock import system_clock
from digest.storage import open_store
from digest.storage.sqlite.inspect import DatabaseInfo, head_revision, inspect_file
from digest.storage.sqlite.locks import ProcessLock
from tests.app.doctor.conftest import BuildContext, run_check, statuses_by_name


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """Return a database of this version, at rest."""
    store = await open_store(f"sqlite+aiosqlite:///{tmp_path}/digest.db", system_clock)
    await store.close()
    return tmp_path / "digest.db"


def file_hash(file: Path) -> str:
    """Tell a file's content from any other."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def damage(file: Path) -> None:
    """Write nonsense over most pages."""
    size = file.stat().st_size
    with file.open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * (size - 8192))


def set_revision(file: Path, revision: str) -> None:
    """Write another revision into a database."""
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()


async def test_a_database_in_order_is_ok_and_stays_as_it_is(build: BuildContext, file: Path) -> None:
    before = file_hash(file)

    findings = statuses_by_name(await run_check(check_database, build()))

    assert findings == {"database": "ok", "schema": "ok", "pages": "ok", "log": "ok", "service": "warning"}
    assert file_hash(file) == before


async def test_a_service_that_runs_is_named(build: BuildContext, file: Path) -> None:
    lock = ProcessLock(Path(f"{file}.lock"))
    lock.acquire()

    findings = await run_check(check_database, build())
    lock.release()

    assert findings["service"].verdict == "ok"
    assert "process" in findings["service"].what


async def test_a_database_that_is_not_there_is_not_made(build: BuildContext, tmp_path: Path) -> None:
    assert statuses_by_name(await run_check(check_database, build())) == {"database": "warning"}
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - a test


async def test_an_older_schema_is_a_warning_and_a_newer_one_a_problem(build: BuildContext, file: Path) -> None:
    set_revision(file, "9999")
    newer = await run_check(check_database, build())
    with sqlite3.connect(file) as connection:
        connection.execute("DELETE FROM alembic_version")
    connection.close()
    older = await run_check(check_database, build())

    assert newer["schema"].verdict == "problem"
    assert older["schema"].verdict == "warning"


async def test_a_schema_of_before_the_first_release_is_a_problem(build: BuildContext, file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("ALTER TABLE app_state RENAME TO facts")
    connection.close()

    schema = (await run_check(check_database, build()))["schema"]

    assert (schema.verdict, "first release" in schema.what) == ("problem", True)
    assert "DATABASE_URL" in schema.advice


async def test_a_damaged_file_is_a_problem(build: BuildContext, file: Path) -> None:
    damage(file)

    findings = await run_check(check_database, build())

    assert "problem" in statuses_by_name(findings).values()
    assert any("backup" in finding.advice for finding in findings.values())


@pytest.mark.parametrize("content", [b"somebody's notes " * 500, b""])
async def test_a_file_that_is_no_database_of_ours_is_told(build: BuildContext, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "digest.db").write_bytes(content)

    findings = await run_check(check_database, build())

    assert findings["database"].verdict == ("problem" if content else "ok")


async def test_another_programs_database_is_a_problem(build: BuildContext, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "digest.db") as connection:
        connection.execute("CREATE TABLE songs (name TEXT)")
    connection.close()

    assert statuses_by_name(await run_check(check_database, build()))["database"] == "problem"


async def test_a_folder_or_a_wrong_url_is_a_problem(build: BuildContext, tmp_path: Path) -> None:
    (tmp_path / "digest.db").mkdir()

    assert statuses_by_name(await run_check(check_database, build())) == {"database": "problem"}
    assert statuses_by_name(await run_check(check_database, build(DATABASE_URL="mysql://x/y"))) == {
        "database": "problem"
    }


def test_pages_that_could_not_be_read_in_time_are_not_called_whole(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE filler AS SELECT 1 AS a")
        connection.execute(
            "INSERT INTO filler WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300000)"
            " SELECT i FROM n"
        )
    connection.close()

    assert inspect_file(file, timeout=0).integrity_error is None


def test_a_log_that_grows_is_a_warning_and_unread_pages_are_not_checked() -> None:
    condition = DatabaseInfo(revision=head_revision(), integrity_error=None, wal_size=MAX_WAL_SIZE + 1)

    findings = {finding.name: finding.verdict.value for finding in evaluate_database(condition, Path("digest.db"))}

    assert findings == {"database": "ok", "schema": "ok", "pages": "not checked", "log": "warning"}
