"""F21: an upgrade that fails at each of its statements, a newer schema, two upgrades at once."""

import asyncio
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import event

from digest.errors import StoreError
from digest.store.database import open_database
from digest.store.schema import MIGRATIONS, migrate
from tests.faults.ground import Ground, Run, ground
from tests.faults.kills import PATIENCE
from tests.faults.process import finished, running
from tests.faults.score import Promises, Result, Score

NEXT = '''"""A revision of the campaign: it copies a table, changes rows, and makes a table."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("outbox", recreate="always") as batch:
        batch.add_column(sa.Column("campaign", sa.Text()))
    op.execute("UPDATE subscribers SET send_minute = (send_minute + 1) % 1440")
    op.create_table("campaign", sa.Column("id", sa.Integer(), primary_key=True))
'''
FINGERPRINT = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
    "SELECT version_num FROM alembic_version",
    "SELECT id, state, content FROM outbox ORDER BY id",
    "SELECT id, send_minute FROM subscribers ORDER BY id",
    "PRAGMA foreign_key_check",
)


async def interrupted(run: Run) -> Result:
    """F21: the old schema stays whole, whatever statement fails; every refusal is one line."""
    promises, tried = Promises(), 0
    async with ground() as place:
        units = await place.crowd(run.pick(small=20, full=500))
        await place.broadcast()
        before = _fingerprint(place)
        revisions = await asyncio.to_thread(_next_revision, place, str(before[1][0][0]))
        step = run.pick(small=4, full=1)
        failing = 1
        while await _fails_at(place, revisions, failing, promises):
            promises.hold(_fingerprint(place) == before, f"statement {failing}: the schema or data changed")
            tried, failing = tried + 1, failing + step
        promises.hold(tried > 2, f"only {tried} statements failed")
        after = _fingerprint(place)
        promises.hold(after[1] == [("9999",)] and not after[4], "the upgrade itself did not go through")
        lost = len(units) - len(after[2])
        async with running(place) as service:
            code = await service.ended(within=PATIENCE)
            promises.hold(code == 1, f"a newer schema: exit code {code}")
            promises.hold("newer" in _last(service.words), f"a newer schema: {_last(service.words)!r}")
    async with ground() as place:
        ends = await asyncio.gather(*(finished(place, ("bot.py", "migrate")) for _ in range(3)))
        for code, words in ends:
            promises.hold(code == 0, f"upgrades at once: exit code {code}: {_last(words)!r}")
        promises.hold(place.ask("PRAGMA quick_check") == [("ok",)], "upgrades at once: a damaged file")
    score = Score(tried=tried + 1 + len(ends), lost=lost)
    return promises.of("F21", "an upgrade cut short, a newer schema, three at once", score)


async def _fails_at(place: Ground, revisions: Path, number: int, promises: Promises) -> bool:
    """Upgrade, failing at a statement; False where there are fewer, so that the upgrade went through."""
    database = open_database(place.url)
    count = 0

    @event.listens_for(database._writer.sync_engine, "before_cursor_execute")  # noqa: SLF001 - the fault is made there
    def fail(_connection: Any, _cursor: Any, words: str, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        nonlocal count
        if count or words.startswith(("CREATE", "INSERT", "UPDATE", "DROP", "ALTER")):
            count += 1
        if count == number:
            raise sqlite3.OperationalError("the campaign cuts this upgrade short")

    try:
        await migrate(database, revisions)
    except StoreError as error:
        promises.hold("\n" not in str(error), f"statement {number}: told in more than one line")
        return True
    finally:
        await database.close()
    return False


def _next_revision(place: Ground, head: str) -> Path:
    """Give a copy of the migrations with one more."""
    folder = place.folder / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_the_campaign.py").write_text(NEXT.format(head=head), encoding="utf-8")
    return folder


def _fingerprint(place: Ground) -> list[list[tuple[object, ...]]]:
    return [place.ask(sql) for sql in FINGERPRINT]


def _last(words: str) -> str:
    return (words.strip().splitlines() or [""])[-1][:200]
