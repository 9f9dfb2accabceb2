"""Commands that let something go out: tick, broadcast."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer

from digest.app.core import opened
from digest.app.stopping import STOP_SECONDS, cut_off, off_stop_signals, on_stop_signals
from digest.app.turn import Wheel, wheel
from digest.broadcast import Audience
from digest.cli.frame import chosen_domains, out, run, start_of, take_folder
from digest.clock import SetClock, system_clock
from digest.errors import BadRequest
from digest.model import Channel, DeliveryState, Locale

_TOLD = {
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
    at: Annotated[
        str | None, typer.Option(help="The moment to stand at, like 2026-01-24T08:00:00+08:00.")
    ] = None,
) -> None:
    """Do what is due now, and exit: for cron and for tests."""
    run(_tick(context, at))


async def _tick(context: typer.Context, at: str | None) -> None:
    clock = SetClock(_moment(at)) if at else system_clock
    async with opened(start_of(context).settings(), clock) as core:
        async with wheel(core) as turning, _stopped_by_signals(turning):
            taken = await take_folder(core)
            served = await turning.turn()
        numbers = await core.store.overview.numbers()
    came = sum(one.ingested is not None and not one.ingested.known for one in taken)
    states = [f"{numbers.deliveries.get(state, 0)} {name}" for state, name in _TOLD.items()]
    out().print(
        f"reports: {came} new · turns: {served.subscribers}, of them {served.folded} over six hours late and "
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
    run(_broadcast(context, text, domain or [], reached, ask=not yes, send=not dry_run))


async def _broadcast(
    context: typer.Context, text: str, domain: Sequence[str], reached: Audience, *, ask: bool, send: bool
) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        audience = replace(reached, domains=chosen_domains(core.taxonomy, domain))
        announcement, counted = await core.broadcaster.preview(text, audience)
        counts = ", ".join(f"{n} by {name}" for name, n in counted.items())
        if ask and send and not sys.stdin.isatty():
            raise BadRequest("nobody is there to confirm; add --yes, or --dry-run to count only")
        out().print(announcement.text, markup=False, highlight=False)
        if not send:
            out().print(f"— would go to {counts}; nothing was sent")
            return
        if ask:
            _ask(f"Send this to {counts}?")
        done = await core.broadcaster.send(text, audience, by="command line")
        out().print(
            f"— broadcast {done.id} queued: {', '.join(f'{n} by {name}' for name, n in done.queued.items())}"
        )


def _ask(question: str) -> None:
    if not typer.confirm(question):
        raise BadRequest("nothing was sent")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"--at {text!r} is no ISO time; one looks like 2026-01-24T08:00:00Z") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


class _stopped_by_signals:  # noqa: N801 - reads as a phrase where it stands
    """Lets SIGTERM, SIGHUP and Ctrl-C end a turn after what is in flight, as the service does."""

    def __init__(self, turning: Wheel) -> None:
        self._turning = turning
        self._asked = False

    async def __aenter__(self) -> None:
        on_stop_signals(self._stop)

    async def __aexit__(self, *_: object) -> None:
        off_stop_signals()

    def _stop(self) -> None:
        self._turning.stop()
        if not self._asked:
            self._asked = True
            cut_off(STOP_SECONDS, code=0)
