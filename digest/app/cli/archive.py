"""Commands about reports and papers: ingest, domains, paper, search."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.cli.context import (
    LANGUAGE_HELP,
    OutputFormat,
    get_cli_context,
    info,
    print_json,
    run_async,
    stdout_console,
    with_progress,
)
from digest.app.cli.reports import open_for_reading, print_problems
from digest.app.cli.search_output import format_results, format_summary, results_to_json
from digest.app.container import open_container
from digest.app.report_watcher import ingest_file
from digest.model import Locale
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput
from digest.papers.arxiv import find_arxiv_id
from digest.papers.report.to_json import paper_to_json
from digest.render.paper import format_paper
from digest.services.search import MAX_RESULTS
from digest.sources.report_folder import ReportFile, find_report_files, read_report
from digest.text.i18n import translator_for


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (ingest, domains, paper, search):
        cli.command()(command)


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Files or folders; without any: REPORTS_DIR.")
    ] = None,
) -> None:
    """Take reports in; twice changes nothing."""
    run_async(_ingest(context, paths or []))


async def _ingest(context: typer.Context, paths: list[Path]) -> None:
    start = get_cli_context(context)
    settings = start.load_settings()
    files = [file for path in paths or [settings.reports_dir] for file in find_report_files(path)]
    refused = 0
    async with open_container(settings, system_clock) as core:
        for file in with_progress(files, "reports"):
            taken = await ingest_file(core.archive, ReportFile(path=file, data=read_report(file)))
            print_problems(taken)
            refused += taken.ingested is None
            if done := taken.ingested:
                stdout_console().print(
                    f"{file}: {done.date} · {done.new} new, {done.updated} updated, "
                    f"{done.unchanged} unchanged, {len(done.problems)} problems"
                )
    if not files:
        info("no report files (*.md) there")
    if refused:
        raise InvalidInput(f"{refused} of {len(files)} files refused; the lines above say why")


def domains(context: typer.Context, locale: Annotated[Locale, typer.Option(help=LANGUAGE_HELP)] = Locale.EN) -> None:
    """List the domains with today's counts."""
    run_async(_domains(context, locale))


async def _domains(context: typer.Context, locale: Locale) -> None:
    async with open_for_reading(get_cli_context(context)) as core:
        day = await core.archive.latest_summary()
        title = translator_for(locale).format_full_date(day.date) if day else "no report yet"
        table = Table("slug", "English", "中文", "papers", title=title, title_justify="left")
        for one in core.taxonomy.domains:
            count = day.domain_counts.get(one.slug, 0) if day else 0
            table.add_row(one.slug, one.name(Locale.EN), one.name(Locale.ZH), str(count))
        stdout_console().print(table)


def paper(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="ID", help="An arXiv id or a paper's address.")],
    output_format: Annotated[OutputFormat, typer.Option("--format", help="text or json.")] = OutputFormat.TEXT,
    locale: Annotated[Locale, typer.Option(help=LANGUAGE_HELP)] = Locale.EN,
) -> None:
    """Show a paper with its five sections."""
    run_async(_paper(context, paper_id, output_format, locale))


async def _paper(context: typer.Context, paper_id: str, output_format: OutputFormat, locale: Locale) -> None:
    found = find_arxiv_id(paper_id)
    if found is None:
        raise InvalidInput(f"{paper_id!r} holds no arXiv id; one looks like 2601.15876")
    async with open_for_reading(get_cli_context(context)) as core:
        seen = await core.archive.find_paper(found.id)
        if seen is None:
            raise InvalidInput(f"{found.id} stands in no report so far; arXiv has it: https://arxiv.org/abs/{found.id}")
        if output_format is OutputFormat.JSON:
            days = {"first_seen": seen.first_date.isoformat(), "days": [day.isoformat() for day in seen.report_dates]}
            print_json(paper_to_json(seen.paper) | days)
        else:
            stdout_console().print(format_paper(seen.paper, core.taxonomy, locale), markup=False, highlight=False)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to look for; every word counts.")],
    limit: Annotated[int, typer.Option(min=1, max=MAX_RESULTS, help="At most so many papers.")] = 10,
    output_format: Annotated[OutputFormat, typer.Option("--format", help="text or json.")] = OutputFormat.TEXT,
    locale: Annotated[Locale, typer.Option(help=LANGUAGE_HELP)] = Locale.EN,
) -> None:
    """Search all papers: the best first."""
    run_async(_search(context, " ".join(words), limit, output_format, locale))


async def _search(context: typer.Context, query: str, limit: int, output_format: OutputFormat, locale: Locale) -> None:
    async with open_for_reading(get_cli_context(context)) as core:
        results = await core.search.find(query, limit=limit)
        told = format_summary(results, query, locale)
        if output_format is OutputFormat.JSON:
            print_json(results_to_json(results))
            info(told)
        else:
            stdout_console().print(format_results(results, told, core.taxonomy, locale), markup=False, highlight=False)
