"""Commands that keep the database: migrate, backup."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.frame import note, run, start_of
from digest.clock import system_clock
from digest.store import back_up, migrate, open_database


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command("migrate")(migrate_)
    cli.command()(backup)


def migrate_(context: typer.Context) -> None:
    """Bring the database up to date, as every command does."""
    run(_migrate(context))


async def _migrate(context: typer.Context) -> None:
    database = open_database(start_of(context).settings().database_url)
    try:
        before, after = await migrate(database)
    finally:
        await database.close()
    if before == after:
        note(f"the database is up to date (revision {after})")
    else:
        note(f"the database went from {before or 'nothing'} to revision {after}")


def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")]
) -> None:
    """Copy the database while everything runs."""
    size = run(back_up(start_of(context).settings().database_url, file, system_clock()))
    note(f"{file}: {size:,} bytes, checked")
