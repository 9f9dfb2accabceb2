"""An upgrade happens whole or not at all, with a copy from before; a failed one is told in one line."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from digest.model import Target
from digest.model.clock import FixedClock
from digest.model.errors import StoreError
from digest.storage import migrate, open_database, open_store
from digest.storage.schema import MIGRATIONS_FOLDER
from tests.support.database import subscription_service

STATEMENTS = (
    'op.create_table("ratings", sa.Column("id", sa.Integer(), primary_key=True))',
    'op.add_column("editions", sa.Column("note", sa.Text()))',
    """with op.batch_alter_table("subscribers", recreate="always") as table:
        table.add_column(sa.Column("shape", sa.Text(), nullable=False, server_default="short"))""",
    "op.execute(\"UPDATE subscribers SET shape = 'full'\")",
)
REVISION = '''"""A revision that only these tests know."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = {before!r}


def upgrade() -> None:
    """Go up."""
    {body}
'''


def migrations_with(folder: Path, statements: tuple[str, ...]) -> Path:
    """Return a folder of migrations that ends with a revision of these statements."""
    made = folder / "migrations"
    shutil.copytree(MIGRATIONS_FOLDER, made, ignore=shutil.ignore_patterns("__pycache__"))
    newest = max(path.name.partition("_")[0] for path in (made / "versions").glob("0*.py"))
    text = REVISION.format(before=newest, body="\n    ".join(statements))
    (made / "versions" / "9999_of_the_tests.py").write_text(text, encoding="utf-8")
    return made


async def create_installation(url: str, clock: FixedClock) -> None:
    """Make a database of the present release with readers in it."""
    store = await open_store(url, clock)
    membership = subscription_service(store, clock)
    for number in range(5):
        await membership.subscribe(Target.telegram(number + 1), ["robotics", "nlp"])
    await store.close()


def dump_database(file: Path) -> list[str]:
    """Return everything that a database holds, schema and rows."""
    connection = sqlite3.connect(file)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


async def test_an_upgrade_keeps_every_row_and_a_copy_from_before(url: str, clock: FixedClock, tmp_path: Path) -> None:
    await create_installation(url, clock)
    file = tmp_path / "digest.db"
    before = dump_database(file)
    database = open_database(url)

    ends = await migrate(database, migrations_with(tmp_path, STATEMENTS))
    await database.close()

    assert ends[1] == "9999"
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT count(*), min(shape) FROM subscribers").fetchone() == (5, "full")
    assert connection.execute("SELECT count(*) FROM endpoints").fetchone() == (5,)
    assert connection.execute("SELECT count(*) FROM subscriber_domains").fetchone() == (10,)
    connection.close()
    kept = [line for line in dump_database(tmp_path / "digest.db.before-9999") if "copied_at" not in line]
    assert kept == before


@pytest.mark.parametrize("after", [0, len(STATEMENTS)])
async def test_an_upgrade_that_fails_changes_nothing_and_says_so_in_one_line(
    url: str, clock: FixedClock, tmp_path: Path, after: int
) -> None:
    await create_installation(url, clock)
    before = dump_database(tmp_path / "digest.db")
    broken = (*STATEMENTS[:after], 'op.execute("SELECT no_such_function()")')
    database = open_database(url)

    with pytest.raises(StoreError, match="nothing was changed") as told:
        await migrate(database, migrations_with(tmp_path, broken))
    await database.close()

    assert "\n" not in str(told.value)
    assert dump_database(tmp_path / "digest.db") == before
    await (await open_store(url, clock)).close()


async def test_rows_without_their_parents_stop_an_upgrade(url: str, clock: FixedClock, tmp_path: Path) -> None:
    await create_installation(url, clock)
    database = open_database(url)

    with pytest.raises(StoreError, match="without their parents"):
        await migrate(database, migrations_with(tmp_path, ('op.execute("DELETE FROM subscribers")',)))
    await database.close()

    connection = sqlite3.connect(tmp_path / "digest.db")
    assert connection.execute("SELECT count(*) FROM subscribers").fetchone() == (5,)
    connection.close()
