"""What all commands share: settings, output, and the use cases.

Slow imports are inside the functions that need them, so that each command loads only what it uses.
"""

import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import typer

from digest.app.settings import Settings, unknown_setting_names
from digest.model.errors import InvalidInput
from digest.papers.domains import Taxonomy

if TYPE_CHECKING:
    from rich.console import Console

    from digest.app.container import Container

T = TypeVar("T")
P = ParamSpec("P")
PIPE_WIDTH = 160
LANGUAGE_HELP = "The language of the text around the papers: en or zh."


class OutputFormat(StrEnum):
    """How results are printed."""

    TEXT = "text"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CliContext:
    """What the program was started with."""

    values: Mapping[str, str | None]
    dotenv: Mapping[str, str | None]

    def read_settings(self) -> Settings:
        """Read the settings; name each unknown setting of the ``.env`` file on standard error."""
        settings = Settings.load(self.values)
        from digest.text.fuzzy import closest_match

        known = [name.upper() for name in Settings.model_fields]
        for name in unknown_setting_names(self.dotenv):
            near = closest_match(name, known)
            hint = f"; did you mean {near}?" if near else ""
            info(f".env: {name} is not a setting{hint}")
        return settings

    def load_settings(self, *, quiet: bool = False) -> Settings:
        """Read the settings and configure logging; ``quiet`` logs only warnings and errors."""
        settings = self.read_settings()
        _configure_logging(settings, quiet=quiet)
        return settings

    def silence_logs(self) -> None:
        """Log only warnings and errors, whatever the settings say."""
        _configure_logging(Settings.load({}), quiet=True)


def _configure_logging(settings: Settings, *, quiet: bool) -> None:
    from digest.app.logging import configure_logging

    configure_logging(settings, quiet=quiet)


def get_cli_context(context: typer.Context) -> CliContext:
    """Return what the program was started with."""
    found = context.find_object(CliContext)
    if found is None:
        raise AssertionError("main passes a CliContext to every command")
    return found


def async_command(function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Return a coroutine function as one that Typer can call."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        import asyncio

        return asyncio.run(function(*args, **kwargs))

    return run


@asynccontextmanager
async def open_use_cases(context: typer.Context, *, quiet: bool = False) -> "AsyncIterator[Container]":
    """Open the use cases on the database of the settings."""
    from digest.app.container import open_container
    from digest.model.clock import system_clock

    async with open_container(get_cli_context(context).load_settings(quiet=quiet), system_clock) as container:
        yield container


def stdout_console() -> "Console":
    """Return the console for results: colors and the window's width on a terminal only."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, soft_wrap=not sys.stdout.isatty())


def info(line: str) -> None:
    """Print a message that is not part of the result, on standard error."""
    from rich.console import Console

    Console(stderr=True, soft_wrap=True, highlight=False).print(line, markup=False)


def print_line(line: str) -> None:
    """Print a line of the result as it is, without markup."""
    stdout_console().print(line, markup=False, highlight=False)


def confirm(question: str, *, otherwise: str) -> None:
    """Ask a person a question; raise ``InvalidInput`` with ``otherwise`` for "no", or if nobody can answer."""
    if not sys.stdin.isatty():
        raise InvalidInput("nobody is there to confirm; add --yes, or --dry-run to count only")
    if not typer.confirm(question):
        raise InvalidInput(otherwise)


def print_json(value: object) -> None:
    """Print a result as JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def with_progress(items: Sequence[T], description: str) -> Iterator[T]:
    """Yield the items, with a progress bar on standard error if it is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield from bar.track(items, description=description)


def parse_domain_options(taxonomy: Taxonomy, words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the slugs of domain names, None for all; raise ``InvalidInput`` for an unknown name."""
    choice = taxonomy.parse_domains(", ".join(words))
    if choice.unknown:
        unknown = [f"{one.word!r} (near: {', '.join(one.suggestions) or 'nothing'})" for one in choice.unknown]
        raise InvalidInput(f"no such domain: {'; '.join(unknown)}; `domains` lists them")
    return None if choice.all_domains or not choice.slugs else choice.slugs
