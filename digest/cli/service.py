"""Commands that run the whole: run, demo, chat."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.core import opened
from digest.app.demo import DemoEnd, demo
from digest.app.service import serve
from digest.app.talk import chat_in_terminal, house_of
from digest.app.turn import mail_sent
from digest.chat import Bucket
from digest.chat.terminal import talk
from digest.cli.frame import out, run, start_of, take_folder
from digest.clock import system_clock
from digest.model import Locale
from digest.words import words_in

_MOST_NAMED = 3


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command("run")(run_)
    cli.command("demo")(demo_)
    cli.command()(chat)


def run_(context: typer.Context) -> None:
    """Run the service until Ctrl-C or SIGTERM."""
    run(serve(start_of(context).settings()))


def demo_(
    context: typer.Context,
    folder: Annotated[Path, typer.Option("--out", help="The folder that the files go to.")] = Path(
        "out/demo"
    ),
) -> None:
    """Do the main job once, for made-up readers, into a folder."""
    start_of(context).quiet()
    _show(run(demo(folder)), folder)


def _show(end: DemoEnd, folder: Path) -> None:
    named = " · ".join(f"{name} {count}" for name, count in end.domains[:_MOST_NAMED])
    rest = len(end.domains) - _MOST_NAMED
    page = out()
    page.print(f"{words_in(Locale.EN).day(end.day)}: {end.papers} papers, {end.problems} problems")
    page.print(f"{len(end.domains)} domains: {named}{f' · and {rest} more' if rest > 0 else ''}")
    table = Table("who", "asked for", "by", "at", "got", "open")
    for letter in end.letters:
        sample = letter.sample
        minute, zone = sample.choice.get("minute", 0), sample.choice.get("zone", "UTC")
        table.add_row(
            sample.name,
            "everything" if sample.domains is None else ", ".join(sample.domains),
            sample.target.channel,
            f"{words_in(Locale.EN).hour(minute)} {zone}",
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
    run(_chat(context, user, language))


async def _chat(context: typer.Context, user: int, language: str) -> None:
    async with opened(start_of(context).settings(quiet=True), system_clock) as core:
        await take_folder(core)
        house = replace(house_of(core), commands=Bucket(most=None))
        async with mail_sent(core):
            await talk(
                lambda request: chat_in_terminal(request, house),
                sys.stdin,
                sys.stdout,
                clock=system_clock,
                user_id=user,
                language_code=language,
            )
