"""What every command shares: the way from the settings to the use cases, and how things are printed."""

import asyncio
import difflib
import json
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.progress import Progress

from digest.app.container import Container, open_container
from digest.app.logging import configure_logging
from digest.app.report_watcher import FileResult, ingest_file
from digest.app.settings import Settings, unknown_setting_names
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput
from digest.papers.domains import Taxonomy
from digest.sources.report_folder import ReportFile, find_report_files, read_report
from digest.storage import database_file

T = TypeVar("T")
PIPE_WIDTH = 160
LANGUAGE_HELP = "The language of what stands around the papers: en or zh."


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """What the program was started with."""

    values: Mapping[str, str | None]
    dotenv: Mapping[str, str | None]

    def load_settings(self, *, quiet: bool = False) -> Settings:
        """Read the settings and set the logs up; ``silence_logs`` where a person reads what is printed."""
        settings = Settings.load(self.values)
        configure_logging(settings, quiet=quiet)
        known = [name.upper() for name in Settings.model_fields]
        for name in unknown_setting_names(self.dotenv):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            info(f".env: {name} is no setting{hint}")
        return settings

    def silence_logs(self) -> None:
        """Set the logs up so that only what is wrong is told, whatever the settings say."""
        configure_logging(Settings.load({}), quiet=True)


def get_cli_context(context: typer.Context) -> CliContext:
    """Return what the program was started with."""
    start = context.find_object(CliContext)
    if start is None:
        raise AssertionError("main gives every command its Start")
    return start


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(coroutine)


def stdout_console() -> Console:
    """Return what results are printed on: colours and the window's width on a terminal only."""
    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, soft_wrap=not sys.stdout.isatty())


def info(line: str) -> None:
    """Tell a person something beside the result, on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(line, markup=False)


def print_json(value: object) -> None:
    """Print a result as JSON, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def with_progress(items: Sequence[T], description: str) -> Iterator[T]:
    """Return the items one by one, with a bar on standard error where a person watches."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield from bar.track(items, description=description)


def parse_domain_options(taxonomy: Taxonomy, words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the slugs that words name, None for everything; ``InvalidInput`` for a word that names none."""
    choice = taxonomy.parse_domains(", ".join(words))
    if choice.unknown:
        told = [f"{one.word!r} (near: {', '.join(one.suggestions) or 'nothing'})" for one in choice.unknown]
        raise InvalidInput(f"no such domain: {'; '.join(told)}; `domains` lists them")
    return None if choice.all_domains or not choice.slugs else choice.slugs


@asynccontextmanager
async def open_for_reading(cli_context: CliContext) -> AsyncIterator[Container]:
    """Return the use cases for looking only.

    On the store where it has reports, else on the folder of reports.

    The second is a store of its own that vanishes afterwards: nothing is stored.
    """
    settings = cli_context.load_settings()
    file = database_file(settings.database_url)
    if file is None or file.is_file():
        async with open_container(settings, system_clock) as core:
            if await core.archive.latest_summary() is not None:
                yield core
                return
    with TemporaryDirectory(prefix="paper-digest-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/digest.db"
        async with open_container(settings.model_copy(update={"database_url": url}), system_clock) as core:
            await ingest_folder(core)
            yield core


async def ingest_folder(container: Container) -> list[FileResult]:
    """Take in what lies in ``REPORTS_DIR``; a folder that is not there is told in one line."""
    try:
        files = find_report_files(container.settings.reports_dir)
    except InvalidInput as error:
        info(f"no reports: {error} (REPORTS_DIR)")
        return []
    taken = [await ingest_file(container.archive, ReportFile(path=path, data=read_report(path))) for path in files]
    for one in taken:
        print_problems(one)
    return taken


def print_problems(result: FileResult) -> None:
    """Tell what was refused and what a report's problems are, one line each."""
    if result.error:
        info(f"{result.path}: {result.error}")
    elif result.ingested and not result.ingested.already_ingested:
        for problem in result.ingested.problems:
            info(f"{result.path}:{problem.line}: {problem.message}")
