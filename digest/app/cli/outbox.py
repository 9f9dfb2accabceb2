"""The command ``outbox``: what became of deliveries, and resending or cancelling them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from digest.app.cli.context import get_cli_context, info, run_async, stdout_console
from digest.app.container import open_container
from digest.model import Channel, DeliveryState
from digest.model.clock import system_clock
from digest.model.errors import InvalidInput
from digest.services.admin import (
    UNREACHABLE_ALLOWED_FOR,
    BulkAction,
    BulkPlan,
    DeliverySelection,
    EditionKey,
    Obstacle,
    format_edition,
    parse_edition,
)
from digest.text.reason_texts import reason_in_english

_STATE_HELP = {
    DeliveryState.DUE: "waits for its hour or its next try",
    DeliveryState.LEASED: "about to be sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.SENT: "the other side has it",
    DeliveryState.UNCERTAIN: "may have arrived, nobody can know; `outbox resend --state uncertain` sends all "
    "again, `outbox resend ID` one, `outbox cancel` leaves them",
    DeliveryState.UNREACHABLE: "the address receives no more; its reader can revive it",
    DeliveryState.REFUSED: "did not arrive and is not tried again: mend what it says, then `outbox resend`",
    DeliveryState.CANCELLED: "not wanted any more, or part of a later digest",
}
"""What ``outbox`` says of each state, and what to do."""

_OBSTACLE_TEXTS = {
    Obstacle.EXPIRED: "what they carried has expired, a code or a link",
    Obstacle.MERGED: "their papers went into a later digest",
    Obstacle.REPLACED: "the chat has another delivery of the same edition",
    Obstacle.ADDRESS_INACTIVE: "the address does not receive now",
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
        run_async(_outbox(context, state, _parse_edition(edition), channel, limit))
    elif state or edition or channel:
        raise typer.BadParameter(f"options stand behind `{context.invoked_subcommand}`, not before it")


async def _outbox(
    context: typer.Context, state: DeliveryState | None, edition: EditionKey | None, channel: Channel | None, limit: int
) -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        rows = await core.store.outbox.list_deliveries(state, limit, edition=edition, channel=channel)
        numbers = await core.store.stats.load_stats()
    for one in DeliveryState:
        if (n := numbers.deliveries.get(one, 0)) and state in (None, one):
            _print_line(f"{one}: {n} – {_STATE_HELP[one]}")
    table = Table("id", "state", "edition", "what", "to", "since", "tries", "why")
    for row in rows:
        table.add_row(
            str(row.id),
            row.state,
            format_edition(row.edition) if row.edition else "",
            row.kind,
            escape(f"{row.target.channel}:{row.target.address}"),
            _format_moment(row.state_since),
            str(row.attempts),
            escape(reason_in_english(row.reason)),
        )
    stdout_console().print(table if rows else "nothing there")
    whole = sum(n for one, n in numbers.deliveries.items() if state in (None, one))
    if len(rows) == limit < whole and not (edition or channel):
        info(f"the newest {limit} of {whole}; --limit shows more")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangeOptions:
    """What was typed behind ``resend`` or ``cancel``."""

    action: BulkAction
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
    _change_deliveries(
        context,
        _ChangeOptions(
            action=BulkAction.RESEND,
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
    _change_deliveries(
        context,
        _ChangeOptions(
            action=BulkAction.CANCEL,
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
    run_async(_allow_gone(context, channel))


async def _allow_gone(context: typer.Context, channel: Channel) -> None:
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        until = core.clock() + UNREACHABLE_ALLOWED_FOR
        await core.store.outbox.allow_unreachable(channel, until)
    _print_line(f"{channel}: addresses that are said to be gone end again, until {_format_moment(until)} UTC")


def _change_deliveries(context: typer.Context, options: _ChangeOptions) -> None:
    wanted = _parse_selection(options)
    run_async(
        _change_selected(context, options, wanted) if wanted else _change_by_id(context, options.action, options.ids)
    )


def _parse_selection(options: _ChangeOptions) -> DeliverySelection | None:
    """Return what options choose, None where ids do.

    Raises ``BadParameter``, which ends with exit code 2, for both, for neither, and for nonsense.
    """
    if options.ids:
        if options.state or options.edition or options.channel or options.dry_run:
            raise typer.BadParameter("give either ids, or --state with what narrows it")
        return None
    states = _join_with_or(options.action.states)
    if options.state is None:
        raise typer.BadParameter(f"give ids as `outbox` shows them, or --state: {states}")
    if options.state not in options.action.states:
        raise typer.BadParameter(
            f"of {options.state} ones there is nothing to {options.action}; choose {states}", param_hint="--state"
        )
    return DeliverySelection(state=options.state, edition=_parse_edition(options.edition), channel=options.channel)


def _parse_edition(text: str | None) -> EditionKey | None:
    if text is None:
        return None
    edition = parse_edition(text)
    if edition is None:
        raise typer.BadParameter(
            f"{text!r} names no edition; one is 2026-01-24 or broadcast:12", param_hint="--edition"
        )
    return edition


def _join_with_or(states: Sequence[DeliveryState]) -> str:
    *others, last = states
    return f"{', '.join(others)} or {last}"


async def _change_by_id(context: typer.Context, action: BulkAction, ids: Sequence[int]) -> None:
    """Change deliveries by id; raises ``InvalidInput`` where some are not there or stay as they are."""
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        box = core.store.outbox
        changed = await (box.resend if action is BulkAction.RESEND else box.cancel)(ids, core.clock())
        now = await box.obstacles(ids)
    if changed:
        _print_line(f"{_done_label(action)}: {', '.join(map(str, changed))}")
    problems = []
    if unknown := [str(number) for number in ids if number not in now]:
        problems.append(f"there is no delivery {', '.join(unknown)}; `outbox` lists them")
    if left := [
        f"{number} ({_explain_unchanged(now[number], action)})" for number in sorted(now) if number not in changed
    ]:
        problems.append(f"left as they are: {', '.join(left)}")
    if problems:
        raise InvalidInput("; ".join(problems))


def _explain_unchanged(state: DeliveryState | Obstacle, action: BulkAction) -> str:
    """Say why a delivery could not be changed."""
    if isinstance(state, Obstacle):
        return _OBSTACLE_TEXTS[state] if action is BulkAction.RESEND else "it has ended"
    return state.value


async def _change_selected(context: typer.Context, options: _ChangeOptions, selection: DeliverySelection) -> None:
    """Show what an order would change, ask, and change exactly that."""
    async with open_container(get_cli_context(context).load_settings(), system_clock) as core:
        plan = await core.store.outbox.plan_bulk(options.action, selection)
        if selection.edition is not None and not plan.edition_exists:
            raise InvalidInput(f"there is no edition {format_edition(selection.edition)}; `outbox` names them")
        _print_plan(plan)
        if not plan.total or options.dry_run:
            return
        if not options.yes and not sys.stdin.isatty():
            raise InvalidInput("nobody is there to confirm; add --yes, or --dry-run to count only")
        if not options.yes and not typer.confirm(f"{plan.action.capitalize()} {plan.total}?"):
            raise InvalidInput("nothing was changed")
        done = await core.store.outbox.apply_plan(plan, core.clock())
    _print_line(f"{_done_label(plan.action)}: {done}")
    if done < plan.total:
        _print_line(f"left as they are: {plan.total - done}, for they changed since they were counted")


def _print_plan(plan: BulkPlan) -> None:
    """Say what an order would change and what not, and where something may arrive twice."""
    table = Table("edition", "channel", f"to {plan.action}")
    for (edition, kind), channels in plan.editions.items():
        for channel, n in channels.items():
            table.add_row(format_edition(edition) if edition else kind, channel, str(n))
    if plan.total:
        stdout_console().print(table)
    for obstacle, n in plan.obstacles.items():
        _print_line(f"cannot be resent: {n}, for {_OBSTACLE_TEXTS[obstacle]}")
    if not plan.total:
        _print_line(f"nothing to {plan.action}")
    elif plan.may_duplicate:
        _print_line(f"{plan.total} may have arrived already; whoever got it will get it twice")


def _done_label(action: BulkAction) -> str:
    return "due again" if action is BulkAction.RESEND else "cancelled"


def _print_line(line: str) -> None:
    stdout_console().print(line, markup=False, highlight=False)


def _format_moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
