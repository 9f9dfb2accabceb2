"""Commands about reports and papers: parse, ingest, domains, paper, search."""

import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.app.core import opened, read_taxonomy
from digest.app.intake import take
from digest.arxiv import find_arxiv_id
from digest.cli.found import results_as_json, results_line, results_text
from digest.cli.frame import (
    LANGUAGE,
    note,
    out,
    print_json,
    progress_on,
    reading_room,
    run,
    start_of,
    tell_refused,
)
from digest.clock import system_clock
from digest.errors import BadRequest, NotAReport
from digest.model import Locale
from digest.parse.shape import paper_as_json, report_as_json
from digest.render.paper_text import paper_text
from digest.search import DEEPEST
from digest.source.folder import Found, read_report, report_files
from digest.source.parser import ParserProcess
from digest.words import words_in


class Format(StrEnum):
    """How an answer is printed: for people, or as JSON."""

    TEXT = "text"
    JSON = "json"


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (parse, ingest, domains, paper, search):
        cli.command()(command)


def parse(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A report; - reads standard input.", allow_dash=True)
    ],
) -> None:
    """Print one report as JSON; nothing is stored."""
    taxonomy = read_taxonomy(start_of(context).settings())
    data = sys.stdin.buffer.read() if str(file) == "-" else read_report(file)
    try:
        report = run(ParserProcess().parse(data))
    except NotAReport as error:
        raise NotAReport(f"{file}: {error}") from error
    papers = tuple(replace(one, domains=taxonomy.classify(one)) for one in report.papers)
    print_json(report_as_json(replace(report, papers=papers)))


def ingest(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH", help="Files or folders; without any: REPORTS_DIR."),
    ] = None,
) -> None:
    """Take reports in; twice changes nothing."""
    run(_ingest(context, paths or []))


async def _ingest(context: typer.Context, paths: list[Path]) -> None:
    start = start_of(context)
    settings = start.settings()
    files = [file for path in paths or [settings.reports_dir] for file in report_files(path)]
    refused = 0
    async with opened(settings, system_clock) as core:
        for file in progress_on(files, "reports"):
            taken = await take(core.archive, Found(path=file, data=read_report(file)))
            tell_refused(taken)
            refused += taken.ingested is None
            if done := taken.ingested:
                out().print(
                    f"{file}: {done.date} · {done.new} new, {done.updated} updated, "
                    f"{done.unchanged} unchanged, {len(done.problems)} problems"
                )
    if not files:
        note("no report files (*.md) there")
    if refused:
        raise BadRequest(f"{refused} of {len(files)} files refused; the lines above say why")


def domains(
    context: typer.Context, locale: Annotated[Locale, typer.Option(help=LANGUAGE)] = Locale.EN
) -> None:
    """List the domains with today's counts."""
    run(_domains(context, locale))


async def _domains(context: typer.Context, locale: Locale) -> None:
    async with reading_room(start_of(context)) as core:
        day = await core.archive.today()
        title = words_in(locale).day(day.date) if day else "no report yet"
        table = Table("slug", "English", "中文", "papers", title=title, title_justify="left")
        for one in core.taxonomy.domains:
            count = day.domains.get(one.slug, 0) if day else 0
            table.add_row(one.slug, one.name(Locale.EN), one.name(Locale.ZH), str(count))
        out().print(table)


def paper(
    context: typer.Context,
    wanted: Annotated[str, typer.Argument(metavar="ID", help="An arXiv id or a paper's address.")],
    form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
    locale: Annotated[Locale, typer.Option(help=LANGUAGE)] = Locale.EN,
) -> None:
    """Show a paper with its five sections."""
    run(_paper(context, wanted, form, locale))


async def _paper(context: typer.Context, wanted: str, form: Format, locale: Locale) -> None:
    found = find_arxiv_id(wanted)
    if found is None:
        raise BadRequest(f"{wanted!r} holds no arXiv id; one looks like 2601.15876")
    async with reading_room(start_of(context)) as core:
        seen = await core.archive.paper(found.id)
        if seen is None:
            raise BadRequest(
                f"{found.id} stands in no report so far; arXiv has it: https://arxiv.org/abs/{found.id}"
            )
        if form is Format.JSON:
            days = {"first_seen": seen.first_seen.isoformat(), "days": [day.isoformat() for day in seen.days]}
            print_json(paper_as_json(seen.paper) | days)
        else:
            out().print(paper_text(seen.paper, core.taxonomy, locale), markup=False, highlight=False)


def search(
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What to look for; every word counts.")],
    limit: Annotated[int, typer.Option(min=1, max=DEEPEST, help="At most so many papers.")] = 10,
    form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
    locale: Annotated[Locale, typer.Option(help=LANGUAGE)] = Locale.EN,
) -> None:
    """Search all papers: the best first."""
    run(_search(context, " ".join(words), limit, form, locale))


async def _search(context: typer.Context, words: str, limit: int, form: Format, locale: Locale) -> None:
    async with reading_room(start_of(context)) as core:
        results = await core.search.find(words, most=limit)
        told = results_line(results, words, locale)
        if form is Format.JSON:
            print_json(results_as_json(results))
            note(told)
        else:
            out().print(results_text(results, told, core.taxonomy, locale), markup=False, highlight=False)
