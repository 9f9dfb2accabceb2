"""The command line: one file for each kind of work; ``main`` is the way in."""

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module

import typer

from digest.model.errors import PaperDigestError

__all__ = ["COMMAND_MODULES", "build_cli", "main"]

COMMAND_MODULES: Mapping[str, Mapping[str, str]] = {
    "service": {
        "run": "Run the service until Ctrl-C or SIGTERM.",
        "demo": "Run the main job once, for sample subscribers, into a folder.",
        "chat": "Chat with the bot in the terminal, without a token.",
        "migrate": "Update the database schema, as every command does.",
        "backup": "Back up the database while the service runs.",
    },
    "parse": {"parse": "Print one report as JSON; nothing is stored."},
    "archive": {
        "ingest": "Import reports; importing twice changes nothing.",
        "domains": "List the domains with the latest report's counts.",
        "paper": "Show a paper with its five sections.",
        "search": "Search all papers, best matches first.",
    },
    "preview": {"preview": "Write what would be sent to files."},
    "delivery": {
        "tick": "Do what is due now, then exit: for cron and for tests.",
        "broadcast": "Send a message to all subscribers, or to some.",
        "outbox": "List deliveries with their states; resend or cancel them.",
    },
    "subscribers": {"subscribers": "Subscribers: list, add, import, export, erase."},
    "doctor": {"doctor": "Check settings, database, servers and DNS; change and send nothing."},
}
"""The modules of this package, and their commands with a line for ``--help``, which loads none of them."""


def main(argv: Sequence[str], *, settings: Mapping[str, str | None], dotenv: Mapping[str, str | None]) -> int:
    """Run one command; return its exit code: 0 done, 1 a problem reported in one line, 2 wrong usage.

    ``settings`` are all settings, ``dotenv`` those that come from the ``.env`` file.
    """
    words = list(argv) or ["run"]
    command = next((word for word in words if not word.startswith("-")), "")
    try:
        with _without_gc():
            cli = build_cli(command)
            started = _context(settings, dotenv) if command else None
        cli(args=words, obj=started, prog_name="bot.py")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except PaperDigestError as error:
        print(f"bot.py: {error}", file=sys.stderr)  # noqa: T201 - the one line that reports a problem
        return 1
    except BrokenPipeError:
        return 0
    return 0


def build_cli(command: str = "") -> typer.Typer:
    """Return the command line with the module of ``command``; for any other word, with the list of commands."""
    cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    cli.callback()(_root)
    for module, commands in COMMAND_MODULES.items():
        if command in commands:
            import_module(f"digest.app.cli.{module}").add_commands(cli)
            return cli
    for commands in COMMAND_MODULES.values():
        for name, summary in commands.items():
            cli.command(name, help=summary)(_root)
    return cli


def _context(settings: Mapping[str, str | None], dotenv: Mapping[str, str | None]) -> object:
    from digest.app.cli.context import CliContext

    return CliContext(values=settings, dotenv=dotenv)


def _root() -> None:
    """Research papers by domain, sent to each subscriber at their time. Without a command: the service."""


@contextmanager
def _without_gc() -> Iterator[None]:
    """Import modules without garbage collection: they stay until the end."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
