"""Commands for the whole program and its database: run, demo, chat, migrate, backup."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.cli.archive import ingest_folder
from digest.app.cli.context import async_command, get_cli_context, info, open_use_cases, stdout_console
from digest.app.demo import DemoResult, run_demo
from digest.app.service import run_service
from digest.app.telegram import build_terminal_application, handler_dependencies
from digest.app.tick import background_mail_worker
from digest.model import Locale
from digest.model.clock import system_clock
from digest.services.rate_limit import RateLimiter
from digest.storage import create_backup, migrate, open_database
from digest.telegram.terminal import run_terminal
from digest.text.i18n import translator_for

_MAX_LISTED_DOMAINS = 3


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command("run")(run_)
    cli.command("demo")(demo_)
    cli.command()(chat)
    cli.command("migrate")(migrate_)
    cli.command()(backup)


@async_command
async def run_(context: typer.Context) -> None:
    """Run the service until Ctrl-C or SIGTERM."""
    await run_service(get_cli_context(context).load_settings())


@async_command
async def demo_(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="The folder for the files.")] = Path("out/demo"),
) -> None:
    """Run the main job once, for sample subscribers, into a folder."""
    get_cli_context(context).silence_logs()
    _print_demo(await run_demo(folder), folder)


def _print_demo(result: DemoResult, folder: Path) -> None:
    named = " · ".join(f"{name} {count}" for name, count in result.domains[:_MAX_LISTED_DOMAINS])
    rest = len(result.domains) - _MAX_LISTED_DOMAINS
    page = stdout_console()
    page.print(
        f"{translator_for(Locale.EN).format_full_date(result.day)}: {result.papers} papers, {result.problems} problems"
    )
    page.print(f"{len(result.domains)} domains: {named}{f' · and {rest} more' if rest > 0 else ''}")
    table = Table("who", "asked for", "by", "at", "got", "open")
    for digest in result.digests:
        sample = digest.subscriber
        minute, zone = sample.preferences.get("send_minute", 0), sample.preferences.get("timezone", "UTC")
        table.add_row(
            sample.name,
            "everything" if sample.domains is None else ", ".join(sample.domains),
            sample.target.channel,
            f"{translator_for(Locale.EN).format_time(minute)} {zone}",
            f"{digest.papers} papers",
            str(digest.file),
        )
    page.print(table)
    page.print(f"Everything is in {folder}; `make run` starts the service.")


@async_command
async def chat(
    context: typer.Context,
    user: Annotated[int, typer.Option("--as", help="The Telegram user id to chat as.")] = 1,
    language: Annotated[str, typer.Option(help="The language of the Telegram app: en, zh.")] = "en",
) -> None:
    """Chat with the bot in the terminal, without a token."""
    async with open_use_cases(context, quiet=True) as container:
        await ingest_folder(container)
        dependencies = replace(handler_dependencies(container), command_limiter=RateLimiter(limit=None))
        async with background_mail_worker(container):
            await run_terminal(
                lambda request: build_terminal_application(request, dependencies),
                sys.stdin,
                sys.stdout,
                clock=system_clock,
                user_id=user,
                language_code=language,
            )


@async_command
async def migrate_(context: typer.Context) -> None:
    """Update the database schema, as every command does."""
    database = open_database(get_cli_context(context).load_settings().database_url)
    try:
        before, after = await migrate(database)
    finally:
        await database.close()
    if before == after:
        info(f"the database is up to date (revision {after})")
    else:
        info(f"the database went from {before or 'nothing'} to revision {after}")


@async_command
async def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")]
) -> None:
    """Back up the database while the service runs."""
    size = await create_backup(get_cli_context(context).load_settings().database_url, file, system_clock())
    info(f"{file}: {size:,} bytes, checked")
