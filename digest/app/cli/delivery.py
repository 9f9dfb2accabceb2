"""Commands about deliveries: outbox with resend and cancel, tick, broadcast."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from digest.app.cli.archive import ingest_folder
from digest.app.cli.context import (
    async_command,
    confirm,
    get_cli_context,
    info,
    open_use_cases,
    parse_domain_options,
    print_line,
    stdout_console,
)
from digest.app.container import Container, open_container
from digest.app.scheduler import STOP_TIMEOUT, force_exit_after, install_stop_handlers, remove_stop_handlers
from digest.app.tick import TickRunner, tick_runner
from digest.model import Channel, DeliveryState, Locale
from digest.model.clock import FixedClock, system_clock
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
from digest.services.broadcasts import Audience
from digest.text.reason_texts import reason_in_english

_STATE_HELP = {
    DeliveryState.DUE: "waiting for its time or for a retry",
    DeliveryState.LEASED: "about to be sent",
    DeliveryState.SENDING: "being sent",
    DeliveryState.SENT: "accepted by the server",
    DeliveryState.UNCERTAIN: "may have arrived; `outbox resend --state uncertain` sends all again, `outbox resend ID` "
    "one of them, `outbox cancel` gives them up",
    DeliveryState.UNREACHABLE: "the address is deactivated; its subscriber can reactivate it",
    DeliveryState.REFUSED: "rejected and not retried: fix the reason, then `outbox resend`",
    DeliveryState.CANCELLED: "no longer wanted, or merged into a later digest",
}
"""What each state means, and what to do."""

_OBSTACLE_TEXTS = {
    Obstacle.EXPIRED: "the code or link in them has expired",
    Obstacle.MERGED: "their papers were merged into a later digest",
    Obstacle.REPLACED: "the chat already has another delivery of the same edition",
    Obstacle.ADDRESS_INACTIVE: "the endpoint is not active",
    Obstacle.NOT_WANTED: "the subscriber paused or follows nothing",
}

_Ids = Annotated[list[int] | None, typer.Argument(metavar="ID", show_default=False)]
_State = Annotated[DeliveryState | None, typer.Option(help="All in this state, instead of ids.")]
_Edition = Annotated[
    str | None, typer.Option(metavar="DATE|broadcast:N", help="Only this edition, as `outbox` lists it.")
]
_Channel = Annotated[Channel | None, typer.Option(help="Only this channel.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def add_commands(cli: typer.Typer) -> None:
    """Add these commands to the command line."""
    box = typer.Typer(help="List deliveries with their states; resend or cancel them.", invoke_without_command=True)
    box.callback()(outbox)
    box.command()(resend)
    box.command()(cancel)
    box.command("allow-gone")(allow_gone)
    cli.add_typer(box, name="outbox")
    cli.command()(tick)
    cli.command()(broadcast)


@async_command
async def outbox(
    context: typer.Context,
    state: Annotated[DeliveryState | None, typer.Option(help="Only this state.")] = None,
    edition: _Edition = None,
    channel: _Channel = None,
    limit: Annotated[int, typer.Option(min=1, help="The maximum number, latest first.")] = 50,
) -> None:
    """Count deliveries by state, and list the latest."""
    if context.invoked_subcommand:
        if state or edition or channel:
            raise typer.BadParameter(f"write the options after `{context.invoked_subcommand}`, not before it")
        return
    selected = _parse_edition(edition)
    async with open_use_cases(context) as container:
        rows = await container.store.outbox.list_deliveries(state, limit, edition=selected, channel=channel)
        stats = await container.store.stats.load_stats()
    for one in DeliveryState:
        if (n := stats.deliveries.get(one, 0)) and state in (None, one):
            print_line(f"{one}: {n} – {_STATE_HELP[one]}")
    table = Table("id", "state", "edition", "kind", "to", "since", "attempts", "reason")
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
    total = sum(n for one, n in stats.deliveries.items() if state in (None, one))
    if len(rows) == limit < total and not (edition or channel):
        info(f"the latest {limit} of {total}; --limit shows more")


@async_command
async def resend(
    context: typer.Context,
    ids: _Ids = None,
    state: _State = None,
    edition: _Edition = None,
    channel: _Channel = None,
    dry_run: _DryRun = False,  # noqa: FBT002 - Typer's form of a flag
    yes: _Yes = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Make uncertain, rejected or cancelled deliveries due again: some by id, or all in a state."""
    options = _Options(ids=ids or (), state=state, edition=edition, channel=channel, dry_run=dry_run, yes=yes)
    await _change_deliveries(context, BulkAction.RESEND, options)


@async_command
async def cancel(
    context: typer.Context,
    ids: _Ids = None,
    state: _State = None,
    edition: _Edition = None,
    channel: _Channel = None,
    dry_run: _DryRun = False,  # noqa: FBT002 - Typer's form of a flag
    yes: _Yes = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Cancel deliveries that are waiting or uncertain: some by id, or all in a state."""
    options = _Options(ids=ids or (), state=state, edition=edition, channel=channel, dry_run=dry_run, yes=yes)
    await _change_deliveries(context, BulkAction.CANCEL, options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The arguments of ``resend`` and ``cancel``."""

    ids: Sequence[int]
    state: DeliveryState | None
    edition: str | None
    channel: Channel | None
    dry_run: bool
    yes: bool


@async_command
async def allow_gone(
    context: typer.Context,
    channel: Annotated[Channel, typer.Argument(help="The channel that is waiting.", show_default=False)],
) -> None:
    """For an hour, deactivate addresses that are reported as nonexistent.

    After five such reports in a row a channel stops deactivating: the response may not come from the real server.
    """
    async with open_use_cases(context) as container:
        until = container.clock() + UNREACHABLE_ALLOWED_FOR
        await container.store.outbox.allow_unreachable(channel, until)
    print_line(f"{channel}: nonexistent addresses are deactivated again, until {_format_moment(until)} UTC")


async def _change_deliveries(context: typer.Context, action: BulkAction, options: _Options) -> None:
    selection = _parse_selection(action, options)
    async with open_use_cases(context) as container:
        if selection:
            await _change_selected(container, action, options, selection)
        else:
            await _change_by_id(container, action, options.ids)


def _parse_selection(action: BulkAction, options: _Options) -> DeliverySelection | None:
    """Return the selection by state, None for a selection by ids.

    Raises ``BadParameter`` (exit code 2) for both, for neither, and for options that make no sense.
    """
    if options.ids:
        if options.state or options.edition or options.channel or options.dry_run:
            raise typer.BadParameter("give either ids, or --state with --edition and --channel")
        return None
    states = _join_with_or(action.states)
    if options.state is None:
        raise typer.BadParameter(f"give ids as `outbox` shows them, or --state: {states}")
    if options.state not in action.states:
        raise typer.BadParameter(
            f"{options.state} deliveries cannot be used with {action}; choose {states}", param_hint="--state"
        )
    return DeliverySelection(state=options.state, edition=_parse_edition(options.edition), channel=options.channel)


def _parse_edition(text: str | None) -> EditionKey | None:
    if text is None:
        return None
    edition = parse_edition(text)
    if edition is None:
        raise typer.BadParameter(
            f"{text!r} is not an edition such as 2026-01-24 or broadcast:12", param_hint="--edition"
        )
    return edition


def _join_with_or(states: Sequence[DeliveryState]) -> str:
    *others, last = states
    return f"{', '.join(others)} or {last}"


async def _change_by_id(container: Container, action: BulkAction, ids: Sequence[int]) -> None:
    """Change deliveries by id; raise ``InvalidInput`` if some do not exist or cannot be changed."""
    outbox = container.store.outbox
    changed = await (outbox.resend if action is BulkAction.RESEND else outbox.cancel)(ids, container.clock())
    states = await outbox.obstacles(ids)
    if changed:
        print_line(f"{_done_label(action)}: {', '.join(map(str, changed))}")
    problems = []
    if unknown := [str(number) for number in ids if number not in states]:
        problems.append(f"there is no delivery {', '.join(unknown)}; `outbox` lists them")
    if unchanged := [
        f"{number} ({_explain_unchanged(states[number], action)})" for number in sorted(states) if number not in changed
    ]:
        problems.append(f"unchanged: {', '.join(unchanged)}")
    if problems:
        raise InvalidInput("; ".join(problems))


def _explain_unchanged(state: DeliveryState | Obstacle, action: BulkAction) -> str:
    """Return why a delivery could not be changed."""
    if isinstance(state, Obstacle):
        return _OBSTACLE_TEXTS[state] if action is BulkAction.RESEND else "it has ended"
    return state.value


async def _change_selected(
    container: Container, action: BulkAction, options: _Options, selection: DeliverySelection
) -> None:
    """Show what would be changed, ask, and change exactly that."""
    plan = await container.store.outbox.plan_bulk(action, selection)
    if selection.edition is not None and not plan.edition_exists:
        raise InvalidInput(f"there is no edition {format_edition(selection.edition)}; `outbox` lists them")
    _print_plan(plan)
    if not plan.total or options.dry_run:
        return
    if not options.yes:
        confirm(f"{plan.action.capitalize()} {plan.total}?", otherwise="nothing was changed")
    done = await container.store.outbox.apply_plan(plan, container.clock())
    print_line(f"{_done_label(plan.action)}: {done}")
    if done < plan.total:
        print_line(f"unchanged: {plan.total - done}, whose state changed in the meantime")


def _print_plan(plan: BulkPlan) -> None:
    """Print what would be changed and what not, and what may arrive twice."""
    table = Table("edition", "channel", f"to {plan.action}")
    for (edition, kind), channels in plan.editions.items():
        for channel, n in channels.items():
            table.add_row(format_edition(edition) if edition else kind, channel, str(n))
    if plan.total:
        stdout_console().print(table)
    for obstacle, n in plan.obstacles.items():
        print_line(f"cannot be resent: {n}, because {_OBSTACLE_TEXTS[obstacle]}")
    if not plan.total:
        print_line(f"nothing to {plan.action}")
    elif plan.may_duplicate:
        print_line(f"{plan.total} may have arrived already; their recipients would get them twice")


def _done_label(action: BulkAction) -> str:
    return "queued again" if action is BulkAction.RESEND else "cancelled"


def _format_moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")


_STATE_LABELS = {
    DeliveryState.SENT: "sent",
    DeliveryState.DUE: "waiting",
    DeliveryState.UNCERTAIN: "uncertain",
    DeliveryState.REFUSED: "refused",
}
"""The states that ``tick`` reports."""


@async_command
async def tick(
    context: typer.Context,
    at: Annotated[str | None, typer.Option(help="The time to assume, such as 2026-01-24T08:00:00+08:00.")] = None,
) -> None:
    """Do what is due now, then exit: for cron and for tests."""
    clock = FixedClock(_parse_moment(at)) if at else system_clock
    async with open_container(get_cli_context(context).load_settings(), clock) as container:
        async with tick_runner(container) as runner, _StopOnSignals(runner):
            reports = await ingest_folder(container)
            result = await runner.run_once()
        stats = await container.store.stats.load_stats()
    new = sum(one.ingested is not None and not one.ingested.already_ingested for one in reports)
    states = [f"{stats.deliveries.get(state, 0)} {name}" for state, name in _STATE_LABELS.items()]
    stdout_console().print(
        f"reports: {new} new · due subscribers: {result.subscribers}, {result.merged} of them over six hours late and "
        f"merged into the next digest · messages: {result.deliveries} queued; in total {', '.join(states)}"
    )


@async_command
async def broadcast(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The text, sent as it is.")],
    domain: Annotated[list[str] | None, typer.Option(help="Only followers of this domain; repeat for more.")] = None,
    channel: Annotated[Channel | None, typer.Option(help="Only this channel.")] = None,
    language: Annotated[Locale | None, typer.Option(help="Only subscribers with this language.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and send nothing.")] = False,  # noqa: FBT002 - Typer's form of a flag
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,  # noqa: FBT002 - Typer's form of a flag
) -> None:
    """Send a message to all subscribers, or to some.

    It is queued; the service or the next tick sends it.
    """
    async with open_use_cases(context) as container:
        domains = parse_domain_options(container.taxonomy, domain or [])
        audience = Audience(channel=channel, locale=language, domains=domains)
        announcement, counted = await container.broadcasts.preview(text, audience)
        counts = ", ".join(f"{n} by {name}" for name, n in counted.items())
        if not yes and not dry_run and not sys.stdin.isatty():
            raise InvalidInput("nobody is there to confirm; add --yes, or --dry-run to count only")
        print_line(announcement.text)
        if dry_run:
            print_line(f"— would go to {counts}; nothing was sent")
            return
        if not yes:
            confirm(f"Send this to {counts}?", otherwise="nothing was sent")
        done = await container.broadcasts.send(text, audience, author="command line")
        print_line(f"— broadcast {done.id} queued: {', '.join(f'{n} by {name}' for name, n in done.queued.items())}")


def _parse_moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(f"--at {text!r} is not an ISO 8601 time such as 2026-01-24T08:00:00Z") from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


class _StopOnSignals:
    """Lets SIGTERM, SIGHUP and Ctrl-C stop a tick after what is in flight, as the service does."""

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
