"""Commands that run the whole: run, demo, chat."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.cli.context import get_cli_context, run_async, stdout_console
from digest.app.cli.reports import ingest_folder
from digest.app.container import open_container
from digest.app.demo import DemoResult, run_demo
from digest.app.service import run_service
from digest.app.telegram import build_terminal_application, handler_dependencies
from digest.app.tick import background_mail_worker
from digest.model import Locale
from digest.model.clock import system_clock
from digest.services.rate_limit import RateLimiter
from digest.telegram.terminal import run_terminal
from digest.text.i18n import translator_for

_MAX_LISTED_DOMAINS = 3


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command("run")(run_)
    cli.command("demo")(demo_)
    cli.command()(chat)


def run_(context: typer.Context) -> None:
    """Run the service until Ctrl-C or SIGTERM."""
    run_async(run_service(get_cli_context(context).load_settings()))


def demo_(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="The folder that the files go to.")] = Path("out/demo"),
) -> None:
    """Do the main job once, for made-up readers, into a folder."""
    get_cli_context(context).silence_logs()
    _print_demo(run_async(run_demo(folder)), folder)


def _print_demo(result: DemoResult, folder: Path) -> None:
    named = " · ".join(f"{name} {count}" for name, count in result.domains[:_MAX_LISTED_DOMAINS])
    rest = len(result.domains) - _MAX_LISTED_DOMAINS
    page = stdout_console()
    page.print(
        f"{translator_for(Locale.EN).format_full_date(result.day)}: {result.papers} papers, {result.problems} problems"
    )
    page.print(f"{len(result.domains)} domains: {named}{f' · and {rest} more' if rest > 0 else ''}")
    table = Table("who", "asked for", "by", "at", "got", "open")
    for letter in result.digests:
        sample = letter.subscriber
        minute, zone = sample.preferences.get("send_minute", 0), sample.preferences.get("timezone", "UTC")
        table.add_row(
            sample.name,
            "everything" if sample.domains is None else ", ".join(sample.domains),
            sample.target.channel,
            f"{translator_for(Locale.EN).format_time(minute)} {zone}",
            f"{letter.papers} papers",
            str(letter.file),
        )
    page.print(table)
    page.print(f"Everything lies in {folder}; `make run` starts the service.")


def chat(
    context: typer.Context,
    user: Annotated[int, typer.Option("--as", help="The Telegram id to speak as.")] = 1,
    language: Annotated[str, typer.Option(help="The language that Telegram would tell: en, zh.")] = "en",
) -> None:
    """Talk to the bot in the terminal, without a token."""
    run_async(_chat(context, user, language))


async def _chat(context: typer.Context, user: int, language: str) -> None:
    async with open_container(get_cli_context(context).load_settings(quiet=True), system_clock) as core:
        await ingest_folder(core)
        house = replace(handler_dependencies(core), command_limiter=RateLimiter(limit=None))
        async with background_mail_worker(core):
            await run_terminal(
                lambda request: build_terminal_application(request, house),
                sys.stdin,
                sys.stdout,
                clock=system_clock,
                user_id=user,
                language_code=language,
            )
