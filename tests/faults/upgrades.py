"""F21: an upgrade that fails at each of its statements, a newer schema, two upgrades at once."""

import asyncio
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import event

from digest.model.errors import StoreError
from digest.storage.database import open_database
from digest.storage.schema import MIGRATIONS_FOLDER, migrate
from tests.faults.environment import CampaignEnv, CampaignRun, campaign_env
from tests.faults.kills import PROGRESS_TIMEOUT
from tests.faults.program import run_program, run_to_exit
from tests.faults.score import CampaignResult, CampaignScore, Promises

NEXT_REVISION = '''"""A revision of the campaign: it copies a table, changes rows, and makes a table."""

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
FINGERPRINT_QUERIES = (
    "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name",
    "SELECT version_num FROM alembic_version",
    "SELECT id, state, content FROM outbox ORDER BY id",
    "SELECT id, send_minute FROM subscribers ORDER BY id",
    "PRAGMA foreign_key_check",
)


async def check_interrupted_upgrade(run: CampaignRun) -> CampaignResult:
    """F21: the old schema stays whole, whatever statement fails; every refusal is one line."""
    promises, tried = Promises(), 0
    async with campaign_env() as place:
        units = await place.add_subscribers(run.by_size(small=20, full=500))
        await place.queue_broadcast()
        before = _database_fingerprint(place)
        revisions = await asyncio.to_thread(_write_next_revision, place, str(before[1][0][0]))
        step = run.by_size(small=4, full=1)
        failing = 1
        while await _upgrade_failing_at(place, revisions, failing, promises):
            promises.check(_database_fingerprint(place) == before, f"statement {failing}: the schema or data changed")
            tried, failing = tried + 1, failing + step
        promises.check(tried > 2, f"only {tried} statements failed")
        after = _database_fingerprint(place)
        promises.check(after[1] == [("9999",)] and not after[4], "the upgrade itself did not go through")
        lost = len(units) - len(after[2])
        async with run_program(place) as service:
            code = await service.wait_for_exit(within=PROGRESS_TIMEOUT)
            promises.check(code == 1, f"a newer schema: exit code {code}")
            promises.check("newer" in _last_line(service.output), f"a newer schema: {_last_line(service.output)!r}")
    async with campaign_env() as place:
        ends = await asyncio.gather(*(run_to_exit(place, ("bot.py", "migrate")) for _ in range(3)))
        for code, words in ends:
            promises.check(code == 0, f"upgrades at once: exit code {code}: {_last_line(words)!r}")
        promises.check(place.query("PRAGMA quick_check") == [("ok",)], "upgrades at once: a damaged file")
    score = CampaignScore(total=tried + 1 + len(ends), lost=lost)
    return promises.result("F21", "an upgrade cut short, a newer schema, three at once", score)


async def _upgrade_failing_at(env: CampaignEnv, revisions: Path, number: int, promises: Promises) -> bool:
    """Upgrade, failing at a statement; False where there are fewer, so that the upgrade went through."""
    database = open_database(env.url)
    count = 0

    @event.listens_for(database._writer.sync_engine, "before_cursor_execute")  # noqa: SLF001 - the fault is made there
    def raise_at(_connection: Any, _cursor: Any, words: str, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        nonlocal count
        if count or words.startswith(("CREATE", "INSERT", "UPDATE", "DROP", "ALTER")):
            count += 1
        if count == number:
            raise sqlite3.OperationalError("the campaign cuts this upgrade short")

    try:
        await migrate(database, revisions)
    except StoreError as error:
        promises.check("\n" not in str(error), f"statement {number}: told in more than one line")
        return True
    finally:
        await database.close()
    return False


def _write_next_revision(env: CampaignEnv, head: str) -> Path:
    """Return a copy of the migrations with one more."""
    folder = env.folder / "migrations"
    shutil.copytree(MIGRATIONS_FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "9999_the_campaign.py").write_text(NEXT_REVISION.format(head=head), encoding="utf-8")
    return folder


def _database_fingerprint(env: CampaignEnv) -> list[list[tuple[object, ...]]]:
    return [env.query(sql) for sql in FINGERPRINT_QUERIES]


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or [""])[-1][:200]
