"""Commands that let something go out: tick, broadcast."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from digest.app.cli.context import get_cli_context, parse_domain_options, run_async, stdout_console
from digest.app.cli.reports import ingest_folder
from digest.app.container import open_container
from digest.app.scheduler import STOP_TIMEOUT, force_exit_after, install_stop_handlers, remove_stop_handlers
from digest.app.tick import TickRunner, tick_runner
from digest.model import Channel, DeliveryState, Locale
from digest.model.clock import FixedClock, system_clock
from digest.model.errors import InvalidInput
from digest.services.broadcasts import Audience

_STATE_LABELS = {
    DeliveryState.SENT: "sent",
    DeliveryState.DUE: "waiting",
    DeliveryState.UNCERTAIN: "uncertain",
    DeliveryState.REFUSED: "refused",
}
"""The states that ``tick`` tells, with its words for them."""


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command()(tick)
    cli.command()(broadcast)


def tick(
    context: typer.Context,
    at: Annotated[str | None, typer.Option(help="The moment to stand at, like 2026-01-24T08:00:00+08:00.")] = None,
) -> None:
    """Do what is due now, and exit: for cron and for tests."""
    run_async(_tick(context, at))


async def _tick(context: typer.Context, at: str | None) -> None:
    clock = FixedClock(_parse_moment(at)) if at else system_clock
    async with open_container(get_cli_context(context).load_settings(), clock) as core:
        async with tick_runner(core) as turning, _StopOnSignals(turning):
            taken = await ingest_folder(core)
            served = await turning.run_once()
        numbers = await core.store.stats.load_stats()
    came = sum(one.ingested is not None and not one.ingested.already_ingested for one in taken)
    states = [f"{numbers.deliveries.get(state, 0)} {name}" for state, name in _STATE_LABELS.items()]
    stdout_console().print(
        f"reports: {came} new · turns: {served.subscribers}, of them {served.merged} over six hours late and "
        f"folded into the next · messages: {served.deliveries} queued; in all {', '.join(states)}"
    )


def broadcast(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The words, sent as written.")],
    domain: Annotated[list[str] | None, typer.Option(help="Only followers of it; repeat for more.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Only there.")] = None,
    language: Annotated[Locale | None, typer.Option(help="Only those who read it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and send nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Send a message to all readers, or to some.

    It is queued; the service or the next tick sends it.
    """
    reached = Audience(channel=channel, locale=language)
    run_async(_broadcast(context, text, domain or [], reached, ask=not yes, send=not dry_run))


async def _broadcast(
    context: typer.Context, text: str, domain: Sequence[str], base_audience: Audience, *, ask: bool, send: bool
) -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        audience = replace(base_audience, domains=parse_domain_options(core.taxonomy, domain))
        announcement, counted = await core.broadcasts.preview(text, audience)
        counts = ", ".join(f"{n} by {name}" for name, n in counted.items())
        if ask and send and not sys.stdin.isatty():
            raise InvalidInput("nobody is there to confirm; add --yes, or --dry-run to count only")
        stdout_console().print(announcement.text, markup=False, highlight=False)
        if not send:
            stdout_console().print(f"— would go to {counts}; nothing was sent")
            return
        if ask:
            _confirm(f"Send this to {counts}?")
        done = await core.broadcasts.send(text, audience, author="command line")
        stdout_console().print(
            f"— broadcast {done.id} queued: {', '.join(f'{n} by {name}' for name, n in done.queued.items())}"
        )


def _confirm(question: str) -> None:
    if not typer.confirm(question):
        raise InvalidInput("nothing was sent")


def _parse_moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"--at {text!r} is no ISO time; one looks like 2026-01-24T08:00:00Z") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


class _StopOnSignals:
    """Lets SIGTERM, SIGHUP and Ctrl-C end a turn after what is in flight, as the service does."""

    def __init__(self, runner: TickRunner) -> None:
        self._runner = runner
        self._stop_requested = False

    async def __aenter__(self) -> None:
        install_stop_handlers(self._request_stop)

    async def __aexit__(self, *_: object) -> None:
        remove_stop_handlers()

    def _request_stop(self) -> None:
        self._runner.stop()
        if not self._stop_requested:
            self._stop_requested = True
            force_exit_after(STOP_TIMEOUT, exit_code=0)
