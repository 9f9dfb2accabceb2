"""The command that examines the set-up: doctor."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console, Group
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from digest.app.cli.context import CliContext, OutputFormat, async_command, get_cli_context, info, print_json
from digest.app.doctor.checks import Area, CheckResult, CheckStatus
from digest.app.doctor.dns_client import parse_server
from digest.app.doctor.runner import DoctorOptions, run_checks
from digest.app.logging import configure_logging
from digest.app.settings import Settings
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput, InvalidSettings

REPORT_WIDTH = 80
"""Columns where no terminal says how many it has."""

STATUS_COLOURS = {
    CheckStatus.OK: "green",
    CheckStatus.WARNING: "yellow",
    CheckStatus.PROBLEM: "bold red",
    CheckStatus.NOT_CHECKED: "dim",
}


def add_commands(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command()(doctor)


@async_command
async def doctor(
    context: typer.Context,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="A table, or JSON on standard output.")
    ] = OutputFormat.TEXT,
    dns: Annotated[
        str | None, typer.Option(metavar="HOST[:PORT]", help="Ask this DNS server, not the system's.")
    ] = None,
    timeout: Annotated[  # noqa: ASYNC109 - the option's name
        float, typer.Option(metavar="SECONDS", min=0.5, max=600, help="How long all of it may take.")
    ] = 20,
) -> None:
    """Check settings, database, servers and DNS; change and send nothing. Exit 1 for a problem."""
    try:
        server = parse_server(dns) if dns else None
    except InvalidInput as error:
        raise typer.BadParameter(str(error), param_hint="--dns") from error
    start = get_cli_context(context)
    _silence_logs(start)
    question = DoctorOptions(
        values=start.values, dotenv=start.dotenv, dns_server=server, timeout=timeout, clock=system_clock
    )
    findings = await _run_with_progress(question)
    if output_format is OutputFormat.JSON:
        print_json([asdict(finding) for finding in findings])
    else:
        _report_console().print(_build_report(findings))
    problems = [finding.name for finding in findings if finding.verdict is CheckStatus.PROBLEM]
    if problems:
        info(f"bot.py: {_format_count(len(problems), 'problem')}: {', '.join(problems)}")
        raise typer.Exit(1)


def _silence_logs(cli_context: CliContext) -> None:
    """Set the logs up so that only what is wrong is told, with the secrets hidden where they can be read."""
    try:
        configure_logging(Settings.load(cli_context.values), quiet=True)
    except InvalidSettings:
        cli_context.silence_logs()


async def _run_with_progress(options: DoctorOptions) -> Sequence[CheckResult]:
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("examining", total=None)
        return await run_checks(options, lambda ended, all_: bar.update(task, completed=ended, total=all_))


def _report_console() -> Console:
    return Console(width=None if sys.stdout.isatty() else REPORT_WIDTH, highlight=False)


def _build_report(results: Sequence[CheckResult]) -> Group:
    counts = Counter(finding.verdict for finding in results)
    tally = " · ".join(
        f"{counts[verdict]} {verdict}{'s' if verdict in _PLURAL_STATUSES and counts[verdict] > 1 else ''}"
        for verdict in CheckStatus
        if counts[verdict]
    )
    areas = [area for area in Area if any(finding.area is area for finding in results)]
    return Group(*(part for area in areas for part in (_build_area_table(area, results), "")), Text(tally))


_PLURAL_STATUSES = (CheckStatus.WARNING, CheckStatus.PROBLEM)


def _build_area_table(area: Area, results: Sequence[CheckResult]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), title=area, title_justify="left", title_style="bold")
    table.show_header = False
    table.add_column(width=11, no_wrap=True)
    table.add_column(width=20, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    table.expand = True
    for finding in results:
        if finding.area is area:
            said = Text(finding.what)
            if finding.advice:
                said.append(f"\n→ {finding.advice}", style="italic")
            table.add_row(Text(finding.verdict, style=STATUS_COLOURS[finding.verdict]), Text(finding.name), said)
    return table


def _format_count(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
