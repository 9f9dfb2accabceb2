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

from digest.app.core import Core, opened
from digest.app.intake import Taken, take
from digest.clock import system_clock
from digest.domains import Taxonomy
from digest.errors import BadRequest
from digest.logs import set_up_logs
from digest.settings import Settings, unknown_names
from digest.source.folder import Found, read_report, report_files
from digest.store import database_file

T = TypeVar("T")
WIDE = 160
LANGUAGE = "The language of what stands around the papers: en or zh."


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the program was started with."""

    values: Mapping[str, str | None]
    dotenv: Mapping[str, str | None]

    def settings(self, *, quiet: bool = False) -> Settings:
        """Read the settings and set the logs up; ``quiet`` where a person reads what is printed."""
        settings = Settings.load(self.values)
        set_up_logs(settings, quiet=quiet)
        known = [name.upper() for name in Settings.model_fields]
        for name in unknown_names(self.dotenv):
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            note(f".env: {name} is no setting{hint}")
        return settings

    def quiet(self) -> None:
        """Set the logs up so that only what is wrong is told, whatever the settings say."""
        set_up_logs(Settings.load({}), quiet=True)


def start_of(context: typer.Context) -> Start:
    """Give what the program was started with."""
    start = context.find_object(Start)
    if start is None:
        raise AssertionError("main gives every command its Start")
    return start


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def out() -> Console:
    """Give what results are printed on: colours and the window's width on a terminal only."""
    return Console(width=None if sys.stdout.isatty() else WIDE, soft_wrap=not sys.stdout.isatty())


def note(line: str) -> None:
    """Tell a person something beside the result, on standard error."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(line, markup=False)


def print_json(value: object) -> None:
    """Print a result as JSON, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def progress_on(items: Sequence[T], what: str) -> Iterator[T]:
    """Give the items one by one, with a bar on standard error where a person watches."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield from bar.track(items, description=what)


def chosen_domains(taxonomy: Taxonomy, words: Sequence[str]) -> tuple[str, ...] | None:
    """Give the slugs that words name, None for everything; ``BadRequest`` for a word that names none."""
    choice = taxonomy.choose(", ".join(words))
    if choice.unknown:
        told = [f"{one.word!r} (near: {', '.join(one.nearest) or 'nothing'})" for one in choice.unknown]
        raise BadRequest(f"no such domain: {'; '.join(told)}; `domains` lists them")
    return None if choice.everything or not choice.slugs else choice.slugs


@asynccontextmanager
async def reading_room(start: Start) -> AsyncIterator[Core]:
    """Give the use cases for looking only: on the store where it has reports, else on the folder of reports.

    The second is a store of its own that vanishes afterwards: nothing is stored.
    """
    settings = start.settings()
    file = database_file(settings.database_url)
    if file is None or file.is_file():
        async with opened(settings, system_clock) as core:
            if await core.archive.today() is not None:
                yield core
                return
    with TemporaryDirectory(prefix="paper-digest-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/digest.db"
        async with opened(settings.model_copy(update={"database_url": url}), system_clock) as core:
            await take_folder(core)
            yield core


async def take_folder(core: Core) -> list[Taken]:
    """Take in what lies in ``REPORTS_DIR``; a folder that is not there is told in one line."""
    try:
        files = report_files(core.settings.reports_dir)
    except BadRequest as error:
        note(f"no reports: {error} (REPORTS_DIR)")
        return []
    taken = [await take(core.archive, Found(path=path, data=read_report(path))) for path in files]
    for one in taken:
        tell_refused(one)
    return taken


def tell_refused(taken: Taken) -> None:
    """Tell what was refused and what a report's problems are, one line each."""
    if taken.refused:
        note(f"{taken.path}: {taken.refused}")
    elif taken.ingested and not taken.ingested.known:
        for problem in taken.ingested.problems:
            note(f"{taken.path}:{problem.line}: {problem.what}")
