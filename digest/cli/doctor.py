"""The command that examines the set-up: doctor."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from digest.app.doctor import Area, Finding, Question, Verdict, examine
from digest.app.doctor.names import server_of
from digest.cli.frame import Start, note, print_json, run, start_of
from digest.clock import system_clock
from digest.errors import BadRequest, BadSettings
from digest.logs import set_up_logs
from digest.settings import Settings

NARROW = 80
"""Columns where no terminal says how many it has."""

COLOURS = {
    Verdict.OK: "green",
    Verdict.WARNING: "yellow",
    Verdict.PROBLEM: "bold red",
    Verdict.NOT_CHECKED: "dim",
}


class Format(StrEnum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"


def add_commands(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command()(doctor)


def doctor(
    context: typer.Context,
    form: Annotated[
        Format, typer.Option("--format", help="A table, or JSON on standard output.")
    ] = Format.TEXT,
    dns: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="Ask this DNS server, not the system's.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.5, max=600, help="How long all of it may take.")
    ] = 20,
) -> None:
    """Examine settings, store, servers and DNS; change and send nothing. Exit 1 for a problem."""
    try:
        server = server_of(dns) if dns else None
    except BadRequest as error:
        raise typer.BadParameter(str(error), param_hint="--dns") from error
    start = start_of(context)
    _hush(start)
    question = Question(
        values=start.values, dotenv=start.dotenv, dns=server, seconds=timeout, clock=system_clock
    )
    findings = run(_examined(question))
    if form is Format.JSON:
        print_json([asdict(finding) for finding in findings])
    else:
        _page().print(_as_page(findings))
    problems = [finding.name for finding in findings if finding.verdict is Verdict.PROBLEM]
    if problems:
        note(f"bot.py: {_many(len(problems), 'problem')}: {', '.join(problems)}")
        raise typer.Exit(1)


def _hush(start: Start) -> None:
    """Set the logs up so that only what is wrong is told, with the secrets hidden where they can be read."""
    try:
        set_up_logs(Settings.load(start.values), quiet=True)
    except BadSettings:
        start.quiet()


async def _examined(question: Question) -> Sequence[Finding]:
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("examining", total=None)
        return await examine(question, lambda ended, all_: bar.update(task, completed=ended, total=all_))


def _page() -> Console:
    return Console(width=None if sys.stdout.isatty() else NARROW, highlight=False)


def _as_page(findings: Sequence[Finding]) -> Group:
    counts = Counter(finding.verdict for finding in findings)
    tally = " · ".join(
        f"{counts[verdict]} {verdict}{'s' if verdict in _COUNTED and counts[verdict] > 1 else ''}"
        for verdict in Verdict
        if counts[verdict]
    )
    areas = [area for area in Area if any(finding.area is area for finding in findings)]
    return Group(*(part for area in areas for part in (_table(area, findings), "")), Text(tally))


_COUNTED = (Verdict.WARNING, Verdict.PROBLEM)


def _table(area: Area, findings: Sequence[Finding]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), title=area, title_justify="left", title_style="bold")
    table.show_header = False
    table.add_column(width=11, no_wrap=True)
    table.add_column(width=20, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    table.expand = True
    for finding in findings:
        if finding.area is area:
            said = Text(finding.what)
            if finding.advice:
                said.append(f"\n→ {finding.advice}", style="italic")
            table.add_row(Text(finding.verdict, style=COLOURS[finding.verdict]), Text(finding.name), said)
    return table


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
