"""Commands about what goes out: tick, broadcast, outbox."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from digest.app.core import opened
from digest.app.stopping import off_stop_signals, on_stop_signals
from digest.app.turn import Wheel, wheel
from digest.broadcast import Audience
from digest.cli.frame import chosen_domains, note, out, run, start_of, take_folder
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

_MEANS = {
    DeliveryState.DUE: "waits for its hour or its next try",
    DeliveryState.LEASED: "about to be sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.SENT: "the other side has it",
    DeliveryState.UNCERTAIN: "may have arrived, nobody can know: `outbox resend ID`, or `outbox cancel ID`",
    DeliveryState.GONE: "the address receives no more; its reader can revive it",
    DeliveryState.REFUSED: "did not arrive and is not tried again: mend what it says, `outbox resend ID`",
    DeliveryState.CANCELLED: "not wanted any more, or part of a later digest",
}
"""What ``outbox`` says of each state that it shows, and what to do."""


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    cli.command()(tick)
    cli.command()(broadcast)
    box = typer.Typer(help="What is due, sent, uncertain, refused, and why.", invoke_without_command=True)
    box.callback()(outbox)
    box.command()(resend)
    box.command()(cancel)
    cli.add_typer(box, name="outbox")


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


def outbox(
    context: typer.Context,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest.")] = 50,
) -> None:
    """List deliveries, the newest first."""
    if context.invoked_subcommand is None:
        run(_outbox(context, state, limit))


async def _outbox(context: typer.Context, state: DeliveryState | None, limit: int) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        rows = await core.store.outbox.rows(state, limit)
        numbers = await core.store.overview.numbers()
    table = Table("id", "state", "what", "to", "since", "tries", "why")
    for row in rows:
        table.add_row(
            str(row.id),
            row.state,
            row.kind,
            f"{row.target.channel}:{row.target.address}",
            _short(row.since),
            str(row.attempts),
            row.reason or "",
        )
    out().print(table if rows else "nothing there")
    counts = ", ".join(f"{n} {name}" for name, n in sorted(numbers.deliveries.items()))
    note(f"in all: {counts or 'nothing'}")
    for shown in sorted({row.state for row in rows}):
        note(f"{shown}: {_MEANS[shown]}")


def resend(context: typer.Context, ids: Annotated[list[int], typer.Argument(metavar="ID")]) -> None:
    """Make uncertain, refused or cancelled deliveries due again."""
    run(_change(context, ids, again=True))


def cancel(context: typer.Context, ids: Annotated[list[int], typer.Argument(metavar="ID")]) -> None:
    """Cancel deliveries that were not sent."""
    run(_change(context, ids, again=False))


async def _change(context: typer.Context, ids: Sequence[int], *, again: bool) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        box = core.store.outbox
        changed = await (box.resend if again else box.cancel)(ids, core.clock())
    left = [str(number) for number in ids if number not in changed]
    if changed:
        out().print(f"{'due again' if again else 'cancelled'}: {', '.join(map(str, changed))}")
    if left:
        states = "uncertain, refused or cancelled" if again else "waiting or uncertain"
        why = f"they are not {states}" + (", or their papers went into a later digest" if again else "")
        raise BadRequest(f"left as they are, for {why}: {', '.join(left)}")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRequest(f"--at {text!r} is no ISO time; one looks like 2026-01-24T08:00:00Z") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _short(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


class _stopped_by_signals:  # noqa: N801 - reads as a phrase where it stands
    """Lets SIGTERM and Ctrl-C end a turn after what is in flight."""

    def __init__(self, turning: Wheel) -> None:
        self._stop = turning.stop

    async def __aenter__(self) -> None:
        on_stop_signals(self._stop)

    async def __aexit__(self, *_: object) -> None:
        off_stop_signals()
