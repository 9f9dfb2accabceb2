"""The outbox in the chat: what is held, refused or waits, and what an admin does about it."""

import re
from collections.abc import Sequence
from functools import partial
from typing import assert_never

import structlog

from digest.model import Channel, DeliveryState
from digest.render.telegram.callback_data import Action
from digest.services.admin import UNREACHABLE_ALLOWED_FOR, BulkAction, DeliveryRow, DeliverySelection, parse_edition
from digest.services.schedule import local_date
from digest.telegram.confirmations import ChangeDeliveries
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.admin import (
    AllowUnreachable,
    ChangeByIds,
    ChangeMatching,
    ListDeliveries,
    UnclearCommand,
    parse_outbox,
)
from digest.telegram.input.commands import ConfirmationReply
from digest.telegram.lookups import timezone_of
from digest.telegram.request import Request, Response, html_response
from digest.telegram.routes import ButtonRoute, Command, ConfirmationRoute
from digest.telegram.texts import outbox as answers
from digest.telegram.texts.general import confirmation_expired
from digest.text.i18n import gettext_noop

_OVERVIEW_LIMITS = {DeliveryState.UNCERTAIN: 5, DeliveryState.REFUSED: 3, DeliveryState.DUE: 3}
"""What a look at the whole shows, and how many of each."""

_MAX_ROWS = 10
_NUMBER = re.compile(r"[0-9]{1,18}")
_log = structlog.get_logger(__name__)


async def outbox(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/outbox``, with a state, an edition or a channel, and its orders ``resend`` and ``cancel``."""
    match parse_outbox(request.text, local_date(deps.clock(), timezone_of(deps, request))):
        case ListDeliveries() as look:
            return await _list_deliveries(deps, request, None if look == ListDeliveries() else look)
        case ChangeByIds(action=order, ids=ids):
            return await _change_deliveries(deps, request, order, ids)
        case ChangeMatching(action=order, selection=wanted):
            return await _preview_change(deps, request, order, wanted)
        case ConfirmationReply() as decision:
            return await _resolve_confirmation(deps, request, decision)
        case AllowUnreachable(channel=channel):
            return await _allow_unreachable(deps, request, tuple(Channel) if channel is None else (channel,))
        case UnclearCommand(action=order):
            return answers.missing_ids(request.tr, order) if order else answers.outbox_usage(request.tr)
        case forgotten:
            assert_never(forgotten)


async def _allow_unreachable(deps: HandlerDependencies, request: Request, channels: Sequence[Channel]) -> Response:
    """Believe for a while that addresses are gone, though many are said to be so in a row."""
    until = deps.clock() + UNREACHABLE_ALLOWED_FOR
    for channel in channels:
        await deps.deliveries.allow_unreachable(channel, until)
        _log.info("addresses may end", channel=channel.value, until=until.isoformat(), by=request.user_id)
    return answers.unreachable_allowed(request.tr, channels)


async def _change_deliveries(
    deps: HandlerDependencies, request: Request, action: BulkAction, ids: Sequence[int]
) -> Response:
    """Make some deliveries due again, or cancel them; show how things are now."""
    do = deps.deliveries.resend if action is BulkAction.RESEND else deps.deliveries.cancel
    changed = await do(ids, deps.clock())
    left = [one for one in ids if one not in changed]
    return await _list_deliveries(deps, request, result_text=answers.change_result(request.tr, action, changed, left))


async def _preview_change(
    deps: HandlerDependencies, request: Request, action: BulkAction, selection: DeliverySelection
) -> Response:
    """Show what an order would change, and ask whether exactly that shall be done."""
    plan = await deps.deliveries.plan_bulk(action, selection)
    if selection.edition is not None and not plan.edition_exists:
        return answers.unknown_edition(request.tr, selection.edition)
    if not plan.total:
        return answers.nothing_to_change(request.tr, plan)
    matter = ChangeDeliveries(plan=plan)
    key = deps.confirmations.add(matter, user_id=request.user_id, target=request.target, now=deps.clock())
    return answers.bulk_change_prompt(request.tr, plan, key)


async def _apply_change(deps: HandlerDependencies, request: Request, action: ChangeDeliveries) -> Response:
    plan = action.plan
    done = await deps.deliveries.apply_plan(plan, deps.clock())
    _log.info("deliveries changed", order=plan.action, state=plan.selection.state, changed=done, by=request.user_id)
    return answers.bulk_change_result(request.tr, plan, done, await deps.stats.load_stats())


async def _press(
    deps: HandlerDependencies, request: Request, args: tuple[str, ...], *, action: BulkAction
) -> Response | None:
    """Decide about one delivery, or ask about all of a state."""
    match args:
        case (number,) if _NUMBER.fullmatch(number):
            return await _change_deliveries(deps, request, action, [int(number)])
        case (state,) if state in action.states:
            return await _preview_change(deps, request, action, DeliverySelection(state=DeliveryState(state)))
        case (state, name) if state in action.states and (edition := parse_edition(name)):
            return await _preview_change(
                deps, request, action, DeliverySelection(state=DeliveryState(state), edition=edition)
            )
        case _:
            return None


async def _resolve_confirmation(deps: HandlerDependencies, request: Request, reply: ConfirmationReply) -> Response:
    """Answer a question by words; one of another matter stays open."""
    key, now = reply.key, deps.clock()
    matter = deps.confirmations.peek(key, user_id=request.user_id, target=request.target, now=now)
    if not isinstance(matter, ChangeDeliveries):
        return html_response(confirmation_expired(request.tr))
    deps.confirmations.pop(key, user_id=request.user_id, target=request.target, now=now)
    return await _apply_change(deps, request, matter) if reply.yes else answers.change_cancelled(request.tr)


async def _list_deliveries(
    deps: HandlerDependencies, request: Request, query: ListDeliveries | None = None, *, result_text: str = ""
) -> Response:
    """Show the counts, and what ``query`` asks for; without it, some of all that may need a decision."""
    rows: list[DeliveryRow] = []
    offer: DeliveryState | None = DeliveryState.UNCERTAIN
    if query is None:
        for state, most in _OVERVIEW_LIMITS.items():
            rows += await deps.deliveries.list_deliveries(state, most)
    else:
        rows += await deps.deliveries.list_deliveries(
            query.state, _MAX_ROWS, edition=query.edition, channel=query.channel
        )
        offer = None if query.edition or query.channel else query.state
    numbers = await deps.stats.load_stats()
    return answers.delivery_list(
        request.tr, numbers, rows, timezone_of(deps, request), offer=offer, result_text=result_text
    )


COMMANDS = (
    Command(
        name="outbox",
        handle=outbox,
        aliases=("发件箱",),
        menu=gettext_noop("Deliveries on hold, rejected or waiting, with reasons"),
        help=(gettext_noop("/outbox – deliveries on hold, rejected or waiting, with reasons"),),
        admin_only=True,
    ),
)
BUTTONS = {
    Action.RESEND: ButtonRoute(handle=partial(_press, action=BulkAction.RESEND), edits_message=True, admin_only=True),
    Action.CANCEL_DELIVERY: ButtonRoute(
        handle=partial(_press, action=BulkAction.CANCEL), edits_message=True, admin_only=True
    ),
}
CONFIRMATIONS = {
    ChangeDeliveries: ConfirmationRoute(
        confirm=_apply_change, cancel=lambda request: answers.change_cancelled(request.tr), admin_only=True
    )
}
