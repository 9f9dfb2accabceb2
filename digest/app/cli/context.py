"""What every command shares: the settings, and how results are printed.

What is slow to import is imported where it is used, so that each command pays for what it needs.
"""

import json
import sys
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from digest.app.settings import Settings, unknown_setting_names
from digest.model.errors import InvalidInput
from digest.papers.domains import Taxonomy

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")
PIPE_WIDTH = 160
LANGUAGE_HELP = "The language of what stands around the papers: en or zh."


class OutputFormat(StrEnum):
    """How an answer is printed: for people, or as JSON."""

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
            info(f".env: {name} is no setting{hint}")
        return settings

    def load_settings(self, *, quiet: bool = False) -> Settings:
        """Read the settings and configure the logs; ``quiet`` where a person reads what is printed."""
        settings = self.read_settings()
        _configure_logging(settings, quiet=quiet)
        return settings

    def silence_logs(self) -> None:
        """Configure the logs so that only warnings and errors are printed, whatever the settings say."""
        _configure_logging(Settings.load({}), quiet=True)


def _configure_logging(settings: Settings, *, quiet: bool) -> None:
    from digest.app.logging import configure_logging

    configure_logging(settings, quiet=quiet)


def get_cli_context(context: typer.Context) -> CliContext:
    """Return what the program was started with."""
    start = context.find_object(CliContext)
    if start is None:
        raise AssertionError("main gives every command its Start")
    return start


def run_async(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    import asyncio

    return asyncio.run(coroutine)


def stdout_console() -> "Console":
    """Return what results are printed on: colours and the window's width on a terminal only."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, soft_wrap=not sys.stdout.isatty())


def info(line: str) -> None:
    """Tell a person something beside the result, on standard error."""
    from rich.console import Console

    Console(stderr=True, soft_wrap=True, highlight=False).print(line, markup=False)


def print_json(value: object) -> None:
    """Print a result as JSON, and nothing else, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def with_progress(items: Sequence[T], description: str) -> Iterator[T]:
    """Return the items one by one, with a bar on standard error where a person watches."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        yield from bar.track(items, description=description)


def parse_domain_options(taxonomy: Taxonomy, words: Sequence[str]) -> tuple[str, ...] | None:
    """Return the slugs that words name, None for everything; ``InvalidInput`` for a word that names none."""
    choice = taxonomy.parse_domains(", ".join(words))
    if choice.unknown:
        told = [f"{one.word!r} (near: {', '.join(one.suggestions) or 'nothing'})" for one in choice.unknown]
        raise InvalidInput(f"no such domain: {'; '.join(told)}; `domains` lists them")
    return None if choice.all_domains or not choice.slugs else choice.slugs
