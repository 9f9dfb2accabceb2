"""The database: there, ours, whole, of this program's schema; and whether a service runs on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.errors import StoreDamaged, StoreError
from digest.store.condition import (
    Condition,
    condition_of_file,
    condition_of_server,
    database_file,
    holder_of,
    known_revisions,
    newest_revision,
)

LARGE_LOG = 256_000_000
"""Bytes of a write-ahead log that somebody keeps from being folded back."""

_STORE = Area.STORE
_MEGABYTE = 1_000_000
_WAY_OUT = "correct DATABASE_URL, or mend the rights of the file and its folder"
_RESTORE = "stop the service, put a backup in its place, and remove the -wal and -shm files beside it"


async def check(case: Case) -> AsyncIterator[Finding]:
    """Look at the database without changing it."""
    url = case.settings.database_url
    try:
        file = database_file(url)
        if file is None:
            for finding in judged(await condition_of_server(url)):
                yield finding
            return
        if not file.is_file():
            yield _absent(file)
            return
        condition = await asyncio.to_thread(condition_of_file, file, seconds=case.patience)
    except StoreDamaged as error:
        yield _STORE.problem("database", str(error), _RESTORE)
        return
    except StoreError as error:
        yield _STORE.problem("database", str(error), _WAY_OUT)
        return
    for finding in judged(condition, file):
        yield finding
    yield service(lock_of(file))


def lock_of(file: Path) -> Path:
    """Give where the service on a database holds its lock."""
    return Path(f"{file}.lock")


def service(lock: Path) -> Finding:
    """Tell whether a service runs."""
    holder = holder_of(lock)
    if holder is None:
        return _STORE.warning(
            "service", "none runs on this database", "`python bot.py run`, or `tick` by cron"
        )
    return _STORE.ok("service", f"runs as process {holder}")


def _absent(file: Path) -> Finding:
    if file.exists():
        return _STORE.problem("database", f"{file} is no file", "let DATABASE_URL name a file")
    return _STORE.warning("database", f"{file} is not there yet", "the first command that needs it makes it")


def judged(condition: Condition, file: Path | None = None) -> Iterator[Finding]:
    """Give the verdicts on a database that could be asked."""
    size = f", {condition.size / _MEGABYTE:.1f} MB" if file else ""
    if not condition.ours:
        yield _STORE.problem("database", f"{file} is another program's", "let DATABASE_URL name another file")
        return
    yield _STORE.ok("database", f"opens{size}")
    yield _schema(condition)
    if file:
        yield _whole(condition.damage)
        yield _log(condition.log)


def _schema(condition: Condition) -> Finding:
    revision, newest = condition.revision, newest_revision()
    if condition.prerelease:
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


def _whole(damage: str | None) -> Finding:
    if damage is None:
        return _STORE.not_checked("pages", "there was no time to read them all", "give a longer --timeout")
    if damage:
        return _STORE.problem("pages", f"damaged: {damage}", _RESTORE)
    return _STORE.ok("pages", "whole, says quick_check")


def _log(size: int) -> Finding:
    if size > LARGE_LOG:
        return _STORE.warning(
            "log",
            f"{size // _MEGABYTE} MB wait to be folded into the database",
            "end programs that keep it open, such as a forgotten sqlite3",
        )
    return _STORE.ok("log", f"{size / _MEGABYTE:.1f} MB wait to be folded into the database")
