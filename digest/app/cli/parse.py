"""The command that prints one report as JSON: parse.

It loads the parser and nothing of the service. It parses in this process: Ctrl-C ends it.
"""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from digest.app.cli.context import get_cli_context, print_json
from digest.app.settings import read_taxonomy
from digest.model.errors import InvalidReport
from digest.papers.report import parse_report
from digest.papers.report.to_json import report_to_json
from digest.sources.report_folder import read_report


def add_commands(cli: typer.Typer) -> None:
    """Add this command to the command line."""
    cli.command()(parse)


def parse(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A report; - reads standard input.", allow_dash=True)],
) -> None:
    """Print one report as JSON; nothing is stored."""
    taxonomy = read_taxonomy(get_cli_context(context).read_settings())
    data = sys.stdin.buffer.read() if str(file) == "-" else read_report(file)
    try:
        report = parse_report(data)
    except InvalidReport as error:
        raise InvalidReport(f"{file}: {error}") from error
    papers = tuple(replace(one, domains=taxonomy.classify(one)) for one in report.papers)
    print_json(report_to_json(replace(report, papers=papers)))
