"""The database: there, ours, whole, of this program's schema; and whether a service runs on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from digest.app.doctor.checks import Area, CheckContext, CheckResult
from digest.model.errors import DatabaseCorrupted, StoreError
from digest.storage.database import require_file
from digest.storage.sqlite.inspect import DatabaseInfo, find_lock_holder, head_revision, inspect_file, known_revisions

MAX_WAL_SIZE = 256_000_000
"""Bytes of a write-ahead log that somebody keeps from being folded back."""

_STORE = Area.STORE
_MEGABYTE = 1_000_000
_ACCESS_ADVICE = "correct DATABASE_URL, or mend the rights of the file and its folder"
_RESTORE_ADVICE = "stop the service, put a backup in its place, and remove the -wal and -shm files beside it"


async def check_database(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at the database without changing it."""
    url = ctx.settings.database_url
    try:
        file = require_file(url)
        if problem := _check_file(file):
            yield problem
            return
        info = await asyncio.to_thread(inspect_file, file, timeout=ctx.timeout)
    except DatabaseCorrupted as error:
        yield _STORE.problem("database", str(error), _RESTORE_ADVICE)
        return
    except StoreError as error:
        yield _STORE.problem("database", str(error), _ACCESS_ADVICE)
        return
    for result in evaluate_database(info, file):
        yield result
    yield _evaluate_service(lock_file_of(file))


def _check_file(file: Path) -> CheckResult | None:
    if not file.exists():
        return _STORE.warning("database", f"{file} is not there yet", "the first command that needs it makes it")
    if not file.is_file():
        return _STORE.problem("database", f"{file} is no file", "let DATABASE_URL name a file")
    return None


def lock_file_of(file: Path) -> Path:
    """Return where the service on a database holds its lock."""
    return Path(f"{file}.lock")


def _evaluate_service(lock_file: Path) -> CheckResult:
    """Return whether a service runs."""
    holder = find_lock_holder(lock_file)
    if holder is None:
        return _STORE.warning("service", "none runs on this database", "`python bot.py run`, or `tick` by cron")
    return _STORE.ok("service", f"runs as process {holder}")


def evaluate_database(info: DatabaseInfo, file: Path) -> Iterator[CheckResult]:
    """Return the verdicts on a database that could be asked."""
    if not info.is_ours:
        yield _STORE.problem("database", f"{file} is another program's", "let DATABASE_URL name another file")
        return
    yield _STORE.ok("database", f"opens, {info.size / _MEGABYTE:.1f} MB")
    yield _evaluate_schema(info)
    if info.integrity_error is None:
        yield _STORE.not_checked("pages", "there was no time to read them all", "give a longer --timeout")
    elif info.integrity_error:
        yield _STORE.problem("pages", f"damaged: {info.integrity_error}", _RESTORE_ADVICE)
    else:
        yield _STORE.ok("pages", "whole, says quick_check")
    yield _evaluate_wal(info.wal_size)


def _evaluate_schema(info: DatabaseInfo) -> CheckResult:
    revision, newest = info.revision, head_revision()
    if info.prerelease:
        return _STORE.problem(
            "schema",
            "of a development version from before the first release",
            "move the file away, or choose another one in DATABASE_URL, and begin anew",
        )
    if revision == newest:
        return _STORE.ok("schema", f"revision {revision}, this program's")
    if revision is None or revision in known_revisions():
        return _STORE.warning(
            "schema",
            f"revision {revision or 'none yet'}, and this program has {newest}",
            "`python bot.py backup FILE`, then `python bot.py migrate`",
        )
    return _STORE.problem(
        "schema", f"revision {revision} is of a newer Paper Digest", "update the program, or restore a backup"
    )


def _evaluate_wal(size: int) -> CheckResult:
    if size > MAX_WAL_SIZE:
        return _STORE.warning(
            "log",
            f"{size // _MEGABYTE} MB wait to be folded into the database",
            "end programs that keep it open, such as a forgotten sqlite3",
        )
    return _STORE.ok("log", f"{size / _MEGABYTE:.1f} MB wait to be folded into the database")
