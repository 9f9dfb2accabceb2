"""Commands that keep the database: migrate, backup."""

from pathlib import Path
from typing import Annotated

import typer

from digest.app.cli.context import get_cli_context, info, run_async
from digest.model.clock import system_clock
from digest.storage import create_backup, migrate, open_database


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command("migrate")(migrate_)
    cli.command()(backup)


def migrate_(context: typer.Context) -> None:
    """Bring the database up to date, as every command does."""
    run_async(_migrate(context))


async def _migrate(context: typer.Context) -> None:
    database = open_database(get_cli_context(context).load_settings().database_url)
    try:
        before, after = await migrate(database)
    finally:
        await database.close()
    if before == after:
        info(f"the database is up to date (revision {after})")
    else:
        info(f"the database went from {before or 'nothing'} to revision {after}")


def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")]
) -> None:
    """Copy the database while everything runs."""
    size = run_async(create_backup(get_cli_context(context).load_settings().database_url, file, system_clock()))
    info(f"{file}: {size:,} bytes, checked")
