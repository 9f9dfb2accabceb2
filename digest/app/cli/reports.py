"""Reports for commands: taking in the folder of reports, and opening the use cases for looking only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory

from digest.app.cli.context import CliContext, info
from digest.app.container import Container, open_container
from digest.app.report_watcher import FileResult, ingest_file
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput
from digest.sources.report_folder import ReportFile, find_report_files, read_report
from digest.storage import database_file


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
