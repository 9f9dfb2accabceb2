"""The states of a delivery in people's words.

Why something ended, in a reader's language.

For admins: deliveries one by one and in numbers, what their states mean, and what can be done.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import assert_never

from digest.model import Channel, DeliveryState, Target
from digest.model.message import Button, Keyboard
from digest.model.reasons import Reason
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.admin import BulkAction, BulkPlan, DeliveryRow, EditionKey, Obstacle, Stats, format_edition
from digest.services.channels import CHANNELS
from digest.telegram.confirmations import CONFIRMATION_TTL_MINUTES
from digest.telegram.input.commands import strip_invisible
from digest.telegram.request import Response, html_response, join_lines, join_paragraphs
from digest.telegram.texts.general import format_channel_counts
from digest.text.i18n import Translator
from digest.text.reason_texts import reason_text


def count_line(tr: Translator, name: str, count: int | str) -> str:
    """Return a line that counts something."""
    return tr.gettext("{name}: {n}", name=name, n=count)


def delivery_state_name(tr: Translator, state: DeliveryState) -> str:  # noqa: PLR0911 - one return for each state
    """Name a state."""
    match state:
        case DeliveryState.DUE:
            return tr.gettext("waiting")
        case DeliveryState.LEASED | DeliveryState.SENDING:
            return tr.gettext("being sent")
        case DeliveryState.SENT:
            return tr.gettext("sent")
        case DeliveryState.UNCERTAIN:
            return tr.gettext("uncertain, on hold")
        case DeliveryState.UNREACHABLE:
            return tr.gettext("address does not exist")
        case DeliveryState.REFUSED:
            return tr.gettext("rejected")
        case DeliveryState.CANCELLED:
            return tr.gettext("cancelled")


_MAX_LENGTH = 120


def format_reason(tr: Translator, reason: Reason | None) -> str:
    """Return a reason on one short line, "" where there is none."""
    told = " ".join(strip_invisible(reason_text(tr, reason) if reason else "").split())
    return told if len(told) <= _MAX_LENGTH else f"{told[:_MAX_LENGTH].rstrip()}…"


_BUTTON_ACTIONS = {BulkAction.RESEND: Action.RESEND, BulkAction.CANCEL: Action.CANCEL_DELIVERY}
_MAX_EDITIONS = 8
_MAX_EDITION_BUTTONS = 4


def outbox_usage(tr: Translator) -> Response:
    """Return the text that says how the command goes."""
    return html_response(
        tr.gettext(
            "Usage: <code>/outbox</code>, <code>/outbox uncertain</code> (or due, refused, sent, gone, "
            "cancelled), <code>/outbox resend 12 13</code>, <code>/outbox cancel 12</code>, and for many at "
            "once <code>/outbox resend uncertain</code> or <code>/outbox resend uncertain 2026-01-24</code>."
        )
    )


def missing_ids(tr: Translator, action: BulkAction) -> Response:
    """Return the message that an order lacks the deliveries that it is for."""
    return html_response(
        tr.gettext(
            "Which deliveries? Use the numbers shown by /outbox: <code>/outbox {command} 12 13</code>. Or a "
            "state, with an edition or a channel if you like: <code>/outbox {command} uncertain</code>, "
            "<code>/outbox {command} uncertain 2026-01-24 email</code>, <code>/outbox {command} uncertain "
            "broadcast 12</code>.",
            command=tr.gettext("resend") if action is BulkAction.RESEND else tr.gettext("cancel"),
        )
    )


def unreachable_allowed(tr: Translator, channels: Sequence[Channel]) -> Response:
    """Return the message that addresses end again."""
    names = tr.format_list([escape(channel.value) for channel in channels])
    return html_response(
        tr.gettext(
            "For the next hour, addresses reported as nonexistent are deactivated again on {channels}. A "
            "subscriber whose address was deactivated by mistake can sign up again or send /start.",
            channels=names,
        )
    )


def unknown_edition(tr: Translator, edition: EditionKey) -> Response:
    """Return the message that no edition has this name."""
    return html_response(
        tr.gettext("There is no edition {edition}. /outbox lists them.", edition=format_edition(edition))
    )


def change_result(tr: Translator, action: BulkAction, changed_ids: Sequence[int], unchanged_ids: Sequence[int]) -> str:
    """Return the message that says which deliveries were changed, and which could not be."""
    numbers = tr.format_list([f"#{one}" for one in changed_ids])
    told = ""
    if changed_ids:
        told = (
            tr.gettext("Queued again: {numbers}.", numbers=numbers)
            if action is BulkAction.RESEND
            else tr.gettext("Cancelled: {numbers}.", numbers=numbers)
        )
    stays = tr.format_list([f"#{one}" for one in unchanged_ids])
    return join_lines(told, tr.gettext("Unchanged: {numbers}.", numbers=stays) if unchanged_ids else "")


def bulk_change_prompt(tr: Translator, plan: BulkPlan, key: str) -> Response:
    """Ask whether all that was counted shall be changed."""
    typed = tr.gettext(
        "Tap within {minutes} minutes, or type <code>/outbox yes {key}</code>. This applies only to these "
        "deliveries, not to later ones.",
        minutes=CONFIRMATION_TTL_MINUTES,
        key=key,
    )
    told = join_paragraphs(
        join_lines(_change_question(tr, plan), *_edition_counts(tr, plan)),
        join_lines(*_obstacle_lines(tr, plan)),
        _consequence_text(tr, plan),
        typed,
    )
    return html_response(told, _decision_keyboard(tr, plan, key))


def nothing_to_change(tr: Translator, plan: BulkPlan) -> Response:
    """Return the message that an order would change nothing, and why."""
    nothing = (
        tr.gettext("Nothing to resend: {state}.", state=_filter_text(tr, plan))
        if plan.action is BulkAction.RESEND
        else tr.gettext("Nothing to cancel: {state}.", state=_filter_text(tr, plan))
    )
    return html_response(join_lines(nothing, *_obstacle_lines(tr, plan)))


def bulk_change_result(tr: Translator, plan: BulkPlan, changed_count: int, stats: Stats) -> Response:
    """Return the message that says how many deliveries changed, how many did not, and the state now."""
    told = (
        tr.ngettext("Queued again: {n} delivery.", "Queued again: {n} deliveries.", changed_count)
        if plan.action is BulkAction.RESEND
        else tr.ngettext("Cancelled: {n} delivery.", "Cancelled: {n} deliveries.", changed_count)
    )
    stay = plan.total - changed_count
    left = tr.ngettext(
        "Unchanged: {n}, whose state changed in the meantime.",
        "Unchanged: {n}, whose state changed in the meantime.",
        stay,
    )
    one_by_one = tr.gettext("One at a time: /outbox")
    return html_response(join_paragraphs(join_lines(told, left if stay else ""), _state_counts(tr, stats), one_by_one))


def change_cancelled(tr: Translator) -> Response:
    """Return the message that nothing was changed."""
    return html_response(tr.gettext("Nothing was changed. Show again: /outbox"))


def delivery_list(
    tr: Translator,
    stats: Stats,
    rows: Sequence[DeliveryRow],
    timezone: str,
    *,
    offer: DeliveryState | None,
    result_text: str,
) -> Response:
    """Show the counts and some deliveries, with buttons for those that wait for a decision.

    ``offer`` is the state of which all can be decided about at once, None where nothing is offered.
    """
    doubtful = [row for row in rows if row.state is DeliveryState.UNCERTAIN]
    advice = (
        tr.gettext(
            "It is unknown whether “uncertain” messages arrived. <code>/outbox resend {id}</code> sends one "
            "again, possibly a second time; <code>/outbox cancel {id}</code> gives it up. All at once: "
            "<code>/outbox resend uncertain</code>",
            id=doubtful[0].id,
        )
        if doubtful
        else ""
    )
    shown = [_delivery_line(tr, row, timezone) for row in rows]
    keys = (*_bulk_keyboard(tr, stats.deliveries, offer), *_delivery_keyboard(tr, doubtful))
    return html_response(
        join_paragraphs(result_text, _state_counts(tr, stats), *(shown or [tr.gettext("Nothing to show.")]), advice),
        keys,
    )


def _state_counts(tr: Translator, stats: Stats) -> str:
    return join_lines(
        tr.gettext("<b>Outbox</b>"),
        *(count_line(tr, delivery_state_name(tr, state), n) for state, n in stats.deliveries.items() if n),
    )


def _change_question(tr: Translator, plan: BulkPlan) -> str:
    which = _filter_text(tr, plan)
    if plan.action is BulkAction.RESEND:
        return tr.ngettext(
            "<b>Resend {n} delivery?</b> ({which})", "<b>Resend {n} deliveries?</b> ({which})", plan.total, which=which
        )
    return tr.ngettext(
        "<b>Cancel {n} delivery?</b> ({which})", "<b>Cancel {n} deliveries?</b> ({which})", plan.total, which=which
    )


def _filter_text(tr: Translator, plan: BulkPlan) -> str:
    """Return the text that says which deliveries an order is for: the state, the edition, the channel."""
    wanted = plan.selection
    parts = [delivery_state_name(tr, wanted.state)]
    if wanted.edition is not None:
        parts.append(_edition_name(tr, wanted.edition))
    if wanted.channel:
        parts.append(tr.gettext(CHANNELS[wanted.channel].label))
    return " · ".join(parts)


def _edition_counts(tr: Translator, plan: BulkPlan) -> list[str]:
    """Count by edition and channel, the newest editions alone where there are many."""
    editions = list(plan.editions.items())
    told = [
        count_line(tr, _edition_label(tr, edition, kind), format_channel_counts(tr, channels))
        for (edition, kind), channels in editions[:_MAX_EDITIONS]
    ]
    rest = sum(sum(channels.values()) for _, channels in editions[_MAX_EDITIONS:])
    return [*told, tr.gettext("… and {n} more, of earlier editions", n=rest)] if rest else told


def _edition_label(tr: Translator, edition: EditionKey | None, kind: str) -> str:
    """Name an edition, or what belongs to none."""
    if edition is None:
        return tr.gettext("code") if kind == "code" else tr.gettext("notice")
    return _edition_name(tr, edition)


def _edition_name(tr: Translator, edition: EditionKey) -> str:
    """Name an edition as it can be typed behind ``/outbox``."""
    if isinstance(edition, date):
        return edition.isoformat()
    return tr.gettext("broadcast {number}", number=edition)


def _obstacle_lines(tr: Translator, plan: BulkPlan) -> list[str]:
    return [_obstacle_line(tr, obstacle, n) for obstacle, n in plan.obstacles.items()]


def _obstacle_line(tr: Translator, obstacle: Obstacle, count: int) -> str:
    match obstacle:
        case Obstacle.EXPIRED:
            return tr.gettext("{n} cannot be resent: the code or link in them has expired.", n=count)
        case Obstacle.MERGED:
            return tr.gettext("{n} cannot be resent: their papers were merged into a later digest.", n=count)
        case Obstacle.REPLACED:
            return tr.gettext(
                "{n} cannot be resent: the chat already has another delivery of the same edition.", n=count
            )
        case Obstacle.ADDRESS_INACTIVE:
            return tr.gettext("{n} cannot be resent: the endpoint is not active.", n=count)
        case Obstacle.NOT_WANTED:
            return tr.gettext("{n} cannot be resent: the subscriber paused or follows nothing.", n=count)
        case forgotten:
            assert_never(forgotten)


def _consequence_text(tr: Translator, plan: BulkPlan) -> str:
    """Return the text that says what a yes means for the readers."""
    if plan.action is BulkAction.CANCEL:
        return tr.gettext("Subscribers who have not received it yet will not receive it.")
    if not plan.may_duplicate:
        return ""
    return tr.ngettext(
        "It may have arrived already; in that case the recipient gets it twice.",
        "{n} may have arrived already; their recipients would get them twice.",
        plan.total,
    )


def _decision_keyboard(tr: Translator, plan: BulkPlan, key: str) -> Keyboard:
    do = (
        tr.gettext("Resend {n}", n=plan.total)
        if plan.action is BulkAction.RESEND
        else tr.gettext("Cancel {n}", n=plan.total)
    )
    decide = (
        Button(text=do, callback_data=encode_callback(Action.CONFIRM, key)),
        Button(text=tr.gettext("Keep as they are"), callback_data=encode_callback(Action.CANCEL, key)),
    )
    return (decide, *_edition_keyboard(tr, plan))


def _edition_keyboard(tr: Translator, plan: BulkPlan) -> Keyboard:
    """Offer each of the newest editions alone; where one is chosen, all of them again."""
    action, state = _BUTTON_ACTIONS[plan.action], plan.selection.state
    if plan.selection.channel:
        return ()  # a button would forget the channel; it was typed, and so can be the edition
    if plan.selection.edition is not None:
        return ((Button(text=tr.gettext("All editions"), callback_data=encode_callback(action, state)),),)
    named = [(edition, sum(on.values())) for (edition, _), on in plan.editions.items() if edition is not None]
    if len(plan.editions) == 1:
        return ()
    return tuple(
        (
            Button(
                text=tr.gettext("Only {edition} · {n}", edition=_edition_name(tr, edition), n=n),
                callback_data=encode_callback(action, state, format_edition(edition).rpartition(":")[2]),
            ),
        )
        for edition, n in named[:_MAX_EDITION_BUTTONS]
    )


def _delivery_line(tr: Translator, row: DeliveryRow, timezone: str) -> str:
    told = tr.gettext(
        "#{id} · {what} · {where} · {state} since {since}",
        id=row.id,
        what=format_delivery(tr, row),
        where=escape(format_target(row.target), quote=False),
        state=delivery_state_name(tr, row.state),
        since=tr.format_datetime(row.state_since, timezone),
    )
    waits = ""
    if row.state is DeliveryState.DUE and row.attempts:
        at = tr.format_datetime(row.not_before, timezone)
        waits = tr.ngettext("{n} attempt, the next at {at}", "{n} attempts, the next at {at}", row.attempts, at=at)
    return join_lines(told, waits, escape(format_reason(tr, row.reason), quote=False))


def format_delivery(tr: Translator, row: DeliveryRow) -> str:
    """Name what a delivery carries, with its edition as it is typed."""
    edition = "–" if row.edition is None else format_edition(row.edition)
    match row.kind:
        case "digest":
            return tr.ngettext(
                "digest {edition} with {n} paper", "digest {edition} with {n} papers", row.papers, edition=edition
            )
        case "broadcast":
            return tr.gettext("broadcast {number}", number=row.edition or "–")
        case "code":
            return tr.gettext("code")
        case _:
            return tr.gettext("notice")


def format_target(target: Target) -> str:
    """Name a target as admins know it: a chat's number, with its thread in a forum, or an address."""
    thread = f"/{target.thread}" if target.thread else ""
    return f"{CHANNELS[target.channel].address_prefix}{target.address}{thread}"


def _bulk_keyboard(tr: Translator, counts: Mapping[DeliveryState, int], state: DeliveryState | None) -> Keyboard:
    """Offer what can be done with all of a state at once, where there is more than one."""
    n = counts.get(state, 0) if state else 0
    if n <= 1:
        return ()
    match state:
        case DeliveryState.UNCERTAIN:
            again = _bulk_button(tr.gettext("Resend the {n} uncertain", n=n), BulkAction.RESEND, state)
            never = _bulk_button(tr.gettext("Cancel the {n} uncertain", n=n), BulkAction.CANCEL, state)
            return ((again,), (never,))
        case DeliveryState.REFUSED:
            return ((_bulk_button(tr.gettext("Resend the {n} rejected", n=n), BulkAction.RESEND, state),),)
        case _:
            return ()


def _bulk_button(text: str, action: BulkAction, state: DeliveryState) -> Button:
    return Button(text=text, callback_data=encode_callback(_BUTTON_ACTIONS[action], state))


def _delivery_keyboard(tr: Translator, doubtful: Sequence[DeliveryRow]) -> Keyboard:
    return tuple(
        (
            Button(
                text=tr.gettext("Resend {id}", id=row.id), callback_data=encode_callback(Action.RESEND, str(row.id))
            ),
            Button(
                text=tr.gettext("Cancel {id}", id=row.id),
                callback_data=encode_callback(Action.CANCEL_DELIVERY, str(row.id)),
            ),
        )
        for row in doubtful
    )
