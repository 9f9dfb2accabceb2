"""The command line: one file for each kind of work; ``main`` is the way in."""

import gc
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module

import typer

from digest.model.errors import PaperDigestError

__all__ = ["COMMAND_MODULES", "build_cli", "main"]

COMMAND_MODULES: Mapping[str, Collection[str]] = {
    "service": ("run", "demo", "chat"),
    "database": ("migrate", "backup"),
    "archive": ("parse", "ingest", "domains", "paper", "search"),
    "preview": ("preview",),
    "delivery": ("tick", "broadcast"),
    "outbox": ("outbox",),
    "subscribers": ("subscribers",),
    "doctor": ("doctor",),
}
"""The files beside this one, and the commands of each: only what a command needs is loaded."""


def main(argv: Sequence[str], *, settings: Mapping[str, str | None], dotenv: Mapping[str, str | None]) -> int:
    """Run one command; give its exit code: 0 done, 1 a problem told in one line, 2 wrong usage.

    ``settings`` are all that was set, ``dotenv`` the part of it from the ``.env`` file.
    """
    words = list(argv) or ["run"]
    try:
        with _without_gc():
            cli = build_cli(words[0])
            from digest.app.cli.context import CliContext  # noqa: PLC0415 - loaded like a room
        cli(args=words, obj=CliContext(values=settings, dotenv=dotenv), prog_name="bot.py")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except PaperDigestError as error:
        print(f"bot.py: {error}", file=sys.stderr)  # noqa: T201 - the one line a problem is told in
        return 1
    except BrokenPipeError:
        return 0
    return 0


def build_cli(command: str = "") -> typer.Typer:
    """Return the command line with the room of one command; with all of them for any other word."""
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    cli.callback()(_root)
    for room in [room for room, commands in COMMAND_MODULES.items() if command in commands] or COMMAND_MODULES:
        import_module(f"digest.app.cli.{room}").add_commands(cli)
    return cli


def _root() -> None:
    """Research papers, by domain, to each reader at their hour. Without a command: the service."""


@contextmanager
def _without_gc() -> Iterator[None]:
    """Load modules without looking for garbage among them: there is none, and they stay to the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
