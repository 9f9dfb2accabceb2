"""Commands about reports and papers: ingest, domains, paper, search."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.table import Table

from digest.app.cli.context import (
    LANGUAGE_HELP,
    OutputFormat,
    async_command,
    get_cli_context,
    info,
    print_json,
    print_line,
    stdout_console,
    with_progress,
)
from digest.app.container import Container, open_container
from digest.app.report_watcher import FileResult, ingest_file
from digest.model import Locale
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput
from digest.papers.arxiv import find_arxiv_id
from digest.papers.domains import Taxonomy
from digest.papers.report.to_json import paper_to_json
from digest.render.paper import format_paper
from digest.services.search import MAX_RESULTS, SearchPage, build_excerpt
from digest.sources.report_folder import ReportFile, find_report_files, read_report
from digest.storage import database_file
from digest.text import markdown
from digest.text.i18n import translator_for


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (ingest, domains, paper, search):
        cli.command()(command)


@async_command
async def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH", help="Files or folders; without any: REPORTS_DIR.")
    ] = None,
) -> None:
    """Import reports; importing twice changes nothing."""
    settings = get_cli_context(context).load_settings()
    files = [file for path in paths or [settings.reports_dir] for file in find_report_files(path)]
    rejected = 0
    async with open_container(settings, system_clock) as container:
        for file in with_progress(files, "reports"):
            result = await ingest_file(container.archive, ReportFile(path=file, data=read_report(file)))
            print_problems(result)
            rejected += result.ingested is None
            if done := result.ingested:
                stdout_console().print(
                    f"{file}: {done.date} · {done.new} new, {done.updated} updated, "
                    f"{done.unchanged} unchanged, {len(done.problems)} problems"
                )
    if not files:
        info("no report files (*.md) there")
    if rejected:
        raise InvalidInput(f"{rejected} of {len(files)} files rejected; the lines above say why")


@async_command
async def domains(
    context: typer.Context, locale: Annotated[Locale, typer.Option(help=LANGUAGE_HELP)] = Locale.EN
) -> None:
    """List the domains with the latest report's counts."""
    async with open_for_reading(context) as container:
        day = await container.archive.latest_summary()
        title = translator_for(locale).format_full_date(day.date) if day else "no report yet"
        table = Table("slug", "English", "中文", "papers", title=title, title_justify="left")
        for one in container.taxonomy.domains:
            count = day.domain_counts.get(one.slug, 0) if day else 0
            table.add_row(one.slug, one.name(Locale.EN), one.name(Locale.ZH), str(count))
        stdout_console().print(table)


@async_command
async def paper(
    context: typer.Context,
    paper_id: Annotated[str, typer.Argument(metavar="ID", help="An arXiv id or a paper's URL.")],
    output_format: Annotated[OutputFormat, typer.Option("--format", help="text or json.")] = OutputFormat.TEXT,
    locale: Annotated[Locale, typer.Option(help=LANGUAGE_HELP)] = Locale.EN,
) -> None:
    """Show a paper with its five sections."""
    found = find_arxiv_id(paper_id)
    if found is None:
        raise InvalidInput(f"{paper_id!r} is not an arXiv id such as 2601.15876")
    async with open_for_reading(context) as container:
        found_paper = await container.archive.find_paper(found.id)
        if found_paper is None:
            raise InvalidInput(f"{found.id} is not in any report so far; see https://arxiv.org/abs/{found.id}")
        if output_format is OutputFormat.JSON:
            days = {
                "first_seen": found_paper.first_date.isoformat(),
                "days": [day.isoformat() for day in found_paper.report_dates],
            }
            print_json(paper_to_json(found_paper.paper) | days)
        else:
            print_line(format_paper(found_paper.paper, container.taxonomy, locale))


@async_command
async def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to search for; all words.")],
    limit: Annotated[int, typer.Option(min=1, max=MAX_RESULTS, help="The maximum number of papers.")] = 10,
    output_format: Annotated[OutputFormat, typer.Option("--format", help="text or json.")] = OutputFormat.TEXT,
    locale: Annotated[Locale, typer.Option(help=LANGUAGE_HELP)] = Locale.EN,
) -> None:
    """Search all papers, best matches first."""
    query = " ".join(words)
    async with open_for_reading(context) as container:
        results = await container.search.find(query, limit=limit)
        summary = format_summary(results, query, locale)
        if output_format is OutputFormat.JSON:
            print_json(results_to_json(results))
            info(summary)
        else:
            print_line(format_results(results, summary, container.taxonomy, locale))


_SNIPPET_LENGTH = 160


def results_to_json(results: SearchPage) -> list[dict[str, Any]]:
    """Return each paper as an object; ``all_words`` is False if no paper contains all words."""
    return [
        {
            "id": one.paper.id,
            "title": one.paper.title,
            "url": one.paper.arxiv_url,
            "date": one.first_date.isoformat(),
            "domains": list(one.paper.domains),
            "snippet": build_excerpt(one.paper, results.terms, _SNIPPET_LENGTH),
            "all_words": results.all_terms,
        }
        for one in results.results
    ]


def format_summary(results: SearchPage, query: str, locale: Locale) -> str:
    """Return a line that says how many papers there are, and whether they contain every word."""
    tr = translator_for(locale)
    if not results.total:
        return tr.gettext("No paper mentions “{words}”.", words=query)
    if not results.all_terms:
        return tr.gettext("No paper contains all of “{words}”; the closest matches:", words=query)
    return tr.ngettext("{n} paper contains “{words}”.", "{n} papers contain “{words}”.", results.total, words=query)


def format_results(results: SearchPage, summary: str, taxonomy: Taxonomy, locale: Locale) -> str:
    """Return the papers below a summary line: title, date and domains, and the text around the words."""
    tr = translator_for(locale)
    blocks = [summary]
    for number, one in enumerate(results.results, start=1):
        names = tr.format_list([taxonomy.name(slug, locale) for slug in one.paper.domains])
        about = f"{one.paper.id} · {tr.format_long_date(one.first_date)} · {names}"
        text = build_excerpt(one.paper, results.terms, _SNIPPET_LENGTH)
        lines = [f"{number}. {markdown.inline_plain(one.paper.title)}", about, text]
        blocks.append("\n   ".join(filter(None, lines)))
    return "\n\n".join(blocks)


@asynccontextmanager
async def open_for_reading(context: typer.Context) -> AsyncIterator[Container]:
    """Open the use cases for reading.

    They are on the database if it has reports, else on a temporary database with the reports of REPORTS_DIR.
    """
    settings = get_cli_context(context).load_settings()
    file = database_file(settings.database_url)
    if file is None or file.is_file():
        async with open_container(settings, system_clock) as container:
            if await container.archive.latest_summary() is not None:
                yield container
                return
    with TemporaryDirectory(prefix="paper-digest-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/digest.db"
        async with open_container(settings.model_copy(update={"database_url": url}), system_clock) as container:
            await ingest_folder(container)
            yield container


async def ingest_folder(container: Container) -> list[FileResult]:
    """Ingest the reports in ``REPORTS_DIR``; a missing folder is reported in one line."""
    try:
        files = find_report_files(container.settings.reports_dir)
    except InvalidInput as error:
        info(f"no reports: {error} (REPORTS_DIR)")
        return []
    results = [await ingest_file(container.archive, ReportFile(path=path, data=read_report(path))) for path in files]
    for result in results:
        print_problems(result)
    return results


def print_problems(result: FileResult) -> None:
    """Print why a report was rejected, or its problems, one line each."""
    if result.error:
        info(f"{result.path}: {result.error}")
    elif result.ingested and not result.ingested.already_ingested:
        for problem in result.ingested.problems:
            info(f"{result.path}:{problem.line}: {problem.message}")
