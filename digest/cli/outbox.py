"""The command ``outbox``: what became of deliveries, and resending or cancelling them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from digest.app.core import opened
from digest.cli.frame import note, out, run, start_of
from digest.clock import system_clock
from digest.errors import BadRequest
from digest.model import Channel, DeliveryState
from digest.overview import (
    GONE_ALLOWED,
    EditionKey,
    Obstacle,
    Order,
    Plan,
    Wanted,
    edition_text,
    read_edition,
)
from digest.reason_texts import reason_in_english

_MEANS = {
    DeliveryState.DUE: "waits for its hour or its next try",
    DeliveryState.LEASED: "about to be sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.SENT: "the other side has it",
    DeliveryState.UNCERTAIN: "may have arrived, nobody can know; `outbox resend --state uncertain` sends all "
    "again, `outbox resend ID` one, `outbox cancel` leaves them",
    DeliveryState.GONE: "the address receives no more; its reader can revive it",
    DeliveryState.REFUSED: "did not arrive and is not tried again: mend what it says, then `outbox resend`",
    DeliveryState.CANCELLED: "not wanted any more, or part of a later digest",
}
"""What ``outbox`` says of each state, and what to do."""

_OBSTACLES = {
    Obstacle.EXPIRED: "what they carried has expired, a code or a link",
    Obstacle.FOLDED: "their papers went into a later digest",
    Obstacle.REPLACED: "the chat has another delivery of the same edition",
    Obstacle.ADDRESS_ENDED: "the address does not receive now",
    Obstacle.NOT_WANTED: "the reader paused or follows nothing",
}

_Ids = Annotated[list[int] | None, typer.Argument(metavar="ID", show_default=False)]
_State = Annotated[DeliveryState | None, typer.Option(help="All in this state, in place of ids.")]
_Edition = Annotated[
    str | None, typer.Option(metavar="DATE|broadcast:N", help="Only this edition, as `outbox` names it.")
]
_Channel = Annotated[Channel | None, typer.Option(help="Only there.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Ask nothing.")]


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    box = typer.Typer(help="What is due, sent, uncertain, refused, and why.", invoke_without_command=True)
    box.callback()(outbox)
    box.command()(resend)
    box.command()(cancel)
    box.command("allow-gone")(allow_gone)
    cli.add_typer(box, name="outbox")


def outbox(
    context: typer.Context,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in this state.")] = None,
    edition: _Edition = None,
    channel: _Channel = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
) -> None:
    """Count deliveries by state, and list the newest."""
    if context.invoked_subcommand is None:
        run(_outbox(context, state, _edition_of(edition), channel, limit))
    elif state or edition or channel:
        raise typer.BadParameter(f"options stand behind `{context.invoked_subcommand}`, not before it")


async def _outbox(
    context: typer.Context,
    state: DeliveryState | None,
    edition: EditionKey | None,
    channel: Channel | None,
    limit: int,
) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        rows = await core.store.outbox.rows(state, limit, edition=edition, channel=channel)
        numbers = await core.store.overview.numbers()
    for one in DeliveryState:
        if (n := numbers.deliveries.get(one, 0)) and state in (None, one):
            _say(f"{one}: {n} – {_MEANS[one]}")
    table = Table("id", "state", "edition", "what", "to", "since", "tries", "why")
    for row in rows:
        table.add_row(
            str(row.id),
            row.state,
            edition_text(row.edition) if row.edition else "",
            row.kind,
            escape(f"{row.target.channel}:{row.target.address}"),
            _short(row.since),
            str(row.attempts),
            escape(reason_in_english(row.reason)),
        )
    out().print(table if rows else "nothing there")
    whole = sum(n for one, n in numbers.deliveries.items() if state in (None, one))
    if len(rows) == limit < whole and not (edition or channel):
        note(f"the newest {limit} of {whole}; --limit shows more")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    """What was typed behind ``resend`` or ``cancel``."""

    order: Order
    ids: Sequence[int]
    state: DeliveryState | None
    edition: str | None
    channel: Channel | None
    dry_run: bool
    yes: bool


def resend(
    context: typer.Context,
    ids: _Ids = None,
    state: _State = None,
    edition: _Edition = None,
    channel: _Channel = None,
    dry_run: _DryRun = False,  # noqa: FBT002 - Typer's form of a flag
    yes: _Yes = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Make uncertain, refused or cancelled deliveries due again: some by id, or all in a state."""
    _obey(
        context,
        _Typed(
            order=Order.RESEND,
            ids=ids or (),
            state=state,
            edition=edition,
            channel=channel,
            dry_run=dry_run,
            yes=yes,
        ),
    )


def cancel(
    context: typer.Context,
    ids: _Ids = None,
    state: _State = None,
    edition: _Edition = None,
    channel: _Channel = None,
    dry_run: _DryRun = False,  # noqa: FBT002 - Typer's form of a flag
    yes: _Yes = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Cancel deliveries that wait or are uncertain: some by id, or all in a state."""
    _obey(
        context,
        _Typed(
            order=Order.CANCEL,
            ids=ids or (),
            state=state,
            edition=edition,
            channel=channel,
            dry_run=dry_run,
            yes=yes,
        ),
    )


def allow_gone(
    context: typer.Context,
    channel: Annotated[Channel, typer.Argument(help="The channel that waits.", show_default=False)],
) -> None:
    """Believe for an hour that addresses are gone.

    After five in a row a channel gives up no more of them by itself: somebody else may have answered.
    """
    run(_allow_gone(context, channel))


async def _allow_gone(context: typer.Context, channel: Channel) -> None:
    async with opened(start_of(context).settings(), system_clock) as core:
        until = core.clock() + GONE_ALLOWED
        await core.store.outbox.allow_gone(channel, until)
    _say(f"{channel}: addresses that are said to be gone end again, until {_short(until)} UTC")


def _obey(context: typer.Context, typed: _Typed) -> None:
    wanted = _wanted(typed)
    run(_change_all(context, typed, wanted) if wanted else _change_some(context, typed.order, typed.ids))


def _wanted(typed: _Typed) -> Wanted | None:
    """Give what options choose, None where ids do.

    Raises ``BadParameter``, which ends with exit code 2, for both, for neither, and for nonsense.
    """
    if typed.ids:
        if typed.state or typed.edition or typed.channel or typed.dry_run:
            raise typer.BadParameter("give either ids, or --state with what narrows it")
        return None
    states = _either(typed.order.states)
    if typed.state is None:
        raise typer.BadParameter(f"give ids as `outbox` shows them, or --state: {states}")
    if typed.state not in typed.order.states:
        raise typer.BadParameter(
            f"of {typed.state} ones there is nothing to {typed.order}; choose {states}", param_hint="--state"
        )
    return Wanted(state=typed.state, edition=_edition_of(typed.edition), channel=typed.channel)


def _edition_of(text: str | None) -> EditionKey | None:
    if text is None:
        return None
    edition = read_edition(text)
    if edition is None:
        raise typer.BadParameter(
            f"{text!r} names no edition; one is 2026-01-24 or broadcast:12", param_hint="--edition"
        )
    return edition


def _either(states: Sequence[DeliveryState]) -> str:
    *others, last = states
    return f"{', '.join(others)} or {last}"


async def _change_some(context: typer.Context, order: Order, ids: Sequence[int]) -> None:
    """Change deliveries by id; raises ``BadRequest`` where some are not there or stay as they are."""
    async with opened(start_of(context).settings(), system_clock) as core:
        box = core.store.outbox
        changed = await (box.resend if order is Order.RESEND else box.cancel)(ids, core.clock())
        now = await box.obstacles(ids)
    if changed:
        _say(f"{_done(order)}: {', '.join(map(str, changed))}")
    problems = []
    if unknown := [str(number) for number in ids if number not in now]:
        problems.append(f"there is no delivery {', '.join(unknown)}; `outbox` lists them")
    if left := [f"{number} ({_why(now[number], order)})" for number in sorted(now) if number not in changed]:
        problems.append(f"left as they are: {', '.join(left)}")
    if problems:
        raise BadRequest("; ".join(problems))


def _why(found: DeliveryState | Obstacle, order: Order) -> str:
    """Say why a delivery could not be changed."""
    if isinstance(found, Obstacle):
        return _OBSTACLES[found] if order is Order.RESEND else "it has ended"
    return found.value


async def _change_all(context: typer.Context, typed: _Typed, wanted: Wanted) -> None:
    """Show what an order would change, ask, and change exactly that."""
    async with opened(start_of(context).settings(), system_clock) as core:
        plan = await core.store.outbox.plan(typed.order, wanted)
        if wanted.edition is not None and not plan.known:
            raise BadRequest(f"there is no edition {edition_text(wanted.edition)}; `outbox` names them")
        _tell(plan)
        if not plan.total or typed.dry_run:
            return
        if not typed.yes and not sys.stdin.isatty():
            raise BadRequest("nobody is there to confirm; add --yes, or --dry-run to count only")
        if not typed.yes and not typer.confirm(f"{plan.order.capitalize()} {plan.total}?"):
            raise BadRequest("nothing was changed")
        done = await core.store.outbox.carry_out(plan, core.clock())
    _say(f"{_done(plan.order)}: {done}")
    if done < plan.total:
        _say(f"left as they are: {plan.total - done}, for they changed since they were counted")


def _tell(plan: Plan) -> None:
    """Say what an order would change and what not, and where something may arrive twice."""
    table = Table("edition", "channel", f"to {plan.order}")
    for (edition, kind), channels in plan.editions.items():
        for channel, n in channels.items():
            table.add_row(edition_text(edition) if edition else kind, channel, str(n))
    if plan.total:
        out().print(table)
    for obstacle, n in plan.obstacles.items():
        _say(f"cannot be resent: {n}, for {_OBSTACLES[obstacle]}")
    if not plan.total:
        _say(f"nothing to {plan.order}")
    elif plan.doubtful:
        _say(f"{plan.total} may have arrived already; whoever got it will get it twice")


def _done(order: Order) -> str:
    return "due again" if order is Order.RESEND else "cancelled"


def _say(line: str) -> None:
    out().print(line, markup=False, highlight=False)


def _short(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
