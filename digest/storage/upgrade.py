"""The upgrade by Alembic: all revisions in one transaction, after a copy of the file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from digest.model.clock import system_clock
from digest.model.errors import StoreError
from digest.storage.sqlite.backup import copy_database
from digest.storage.sqlite.corruption import is_corruption


def upgrade_schema(connection: Connection, migrations: Path, before: str | None) -> str:
    """Bring a database from revision ``before`` (None: it is new) to the newest; return that.

    Raises ``StoreError``, with nothing changed, for a revision that is not ours and for one that fails.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head() or ""
    if before is not None and before not in {script.revision for script in scripts.walk_revisions()}:
        raise StoreError(
            f"the database is of a newer Paper Digest (revision {before}); update the program, or restore "
            "the copy from before its update"
        )
    if before != head:
        _run_migrations(connection, config, before, head)
    return head


def _run_migrations(connection: Connection, config: Config, before: str | None, head: str) -> None:
    copy = _copy_before_upgrade(connection, head) if before else None
    # A table copy with foreign keys on would delete the children; the pragma works outside a transaction.
    _set_foreign_keys(connection, "OFF")
    try:
        command.upgrade(config, "head")
        connection.commit()
    except (CommandError, SQLAlchemyError) as error:
        if is_corruption(getattr(error, "orig", None)):
            raise
        kept = f", and the copy from before is {copy}" if copy else ""
        raise StoreError(
            f"the database stays at revision {before or 'nothing'}, going to {head} failed "
            f"({_first_error_line(error)}); nothing was changed{kept}"
        ) from error
    finally:
        connection.rollback()
        _set_foreign_keys(connection, "ON")


def _copy_before_upgrade(connection: Connection, head: str) -> Path:
    """Copy the file before an upgrade; return the copy."""
    file = Path(connection.engine.url.database or "")
    copy = file.with_name(f"{file.name}.before-{head}")
    copy_database(file, copy, system_clock())
    return copy


def _first_error_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).partition("\n")[0]


def _set_foreign_keys(connection: Connection, state: str) -> None:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(f"PRAGMA foreign_keys = {state}")
    finally:
        cursor.close()
