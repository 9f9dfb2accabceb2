"""For admins: how far a broadcast is, how it ended, and what steering it did."""

from collections.abc import Sequence

from digest.model import DeliveryState
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.render.telegram.callback_data import Action, encode_callback
from digest.services.broadcasts import BroadcastService, BroadcastStatus
from digest.telegram.request import Response, escape_user_text, html_message, html_response, join_lines, join_paragraphs
from digest.telegram.texts.general import format_duration
from digest.telegram.texts.outbox import count_line, delivery_state_name
from digest.text.i18n import Translator

_FINAL_STATES = (
    DeliveryState.SENT,
    DeliveryState.UNCERTAIN,
    DeliveryState.REFUSED,
    DeliveryState.UNREACHABLE,
    DeliveryState.CANCELLED,
)
_NEEDS_ATTENTION = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED)


def progress_message(
    tr: Translator,
    status: BroadcastStatus,
    broadcasts: BroadcastService,
    *,
    result_text: str = "",
    with_refresh: bool = False,
) -> TelegramMessage:
    """Return the message that says how far a broadcast is, with the buttons that steer it.

    ``with_refresh`` offers to look once more.
    """
    if status.is_finished:
        return html_message(join_paragraphs(result_text, _final_counts(tr, status)))
    told = join_lines(
        _headline(tr, status),
        tr.gettext("{sent} of {all} sent", sent=status.count(DeliveryState.SENT), all=status.total),
        *_failure_counts(tr, status),
        tr.ngettext("{n} waiting to be retried", "{n} waiting to be retried", status.retrying)
        if status.retrying
        else "",
        ""
        if status.paused_at
        else tr.gettext("Time left: {time}", time=format_duration(tr, broadcasts.estimate_duration(status.pending))),
    )
    typed = tr.gettext(
        "You can also type <code>/broadcast {what} {number}</code>, <code>/broadcast stop {number}</code>.",
        what="go" if status.paused_at else "pause",
        number=status.id,
    )
    return html_message(
        join_paragraphs(result_text, told, typed), _control_keyboard(tr, status, with_refresh=with_refresh)
    )


def final_report(tr: Translator, status: BroadcastStatus) -> TelegramMessage:
    """Return the message that says how a broadcast ended."""
    held = status.count(*_NEEDS_ATTENTION)
    advice = tr.gettext("Uncertain and rejected deliveries, with reasons: /outbox") if held else ""
    return html_message(join_paragraphs(_final_counts(tr, status), advice))


def _final_counts(tr: Translator, status: BroadcastStatus) -> str:
    took = (status.ended_at or status.started_at) - status.started_at
    return join_lines(
        tr.gettext("<b>Broadcast {number}</b> is finished.", number=status.id),
        *(count_line(tr, delivery_state_name(tr, state), status.count(state)) for state in _FINAL_STATES),
        tr.gettext("Duration: {time}.", time=format_duration(tr, took)),
    )


def _headline(tr: Translator, status: BroadcastStatus) -> str:
    if status.paused_at:
        return tr.gettext("<b>Broadcast {number}</b> is paused. Nothing is sent until you resume it.", number=status.id)
    return tr.gettext("<b>Broadcast {number}</b> is being sent.", number=status.id)


def _failure_counts(tr: Translator, status: BroadcastStatus) -> list[str]:
    return [
        count_line(tr, delivery_state_name(tr, state), status.count(state))
        for state in _FINAL_STATES
        if state is not DeliveryState.SENT and status.count(state)
    ]


def _control_keyboard(tr: Translator, status: BroadcastStatus, *, with_refresh: bool) -> Keyboard:
    number = str(status.id)
    turn = (
        Button(text=tr.gettext("Continue"), callback_data=encode_callback(Action.BROADCAST, "go", number))
        if status.paused_at
        else Button(text=tr.gettext("Pause"), callback_data=encode_callback(Action.BROADCAST, "pause", number))
    )
    stop = Button(text=tr.gettext("Cancel"), callback_data=encode_callback(Action.BROADCAST, "stop", number))
    look = Button(text=tr.gettext("Show progress"), callback_data=encode_callback(Action.BROADCAST, "look", number))
    return ((turn, stop), *(((look,),) if with_refresh else ()))


def broadcast_list(tr: Translator, newest: Sequence[BroadcastStatus]) -> Response:
    """List the newest broadcasts."""
    if not newest:
        return html_response(tr.gettext("No broadcasts yet. Send the first one: <code>/broadcast Your message</code>"))
    each = [
        join_lines(
            tr.gettext(
                "<b>{number}</b> · {state} · {sent} of {all} sent",
                number=one.id,
                state=_state_label(tr, one),
                sent=one.count(DeliveryState.SENT),
                all=one.total,
            ),
            escape_user_text(one.text),
        )
        for one in newest
    ]
    how = tr.gettext("Show one: <code>/broadcast look {number}</code>", number=newest[0].id)
    return html_response(join_paragraphs(tr.gettext("<b>Broadcasts, latest first</b>"), *each, how))


def _state_label(tr: Translator, status: BroadcastStatus) -> str:
    if status.is_finished:
        return tr.gettext("finished")
    return tr.gettext("paused") if status.paused_at else tr.gettext("being delivered")


def unknown_broadcast(tr: Translator, broadcast_id: int) -> Response:
    """Return the message that there is no such broadcast."""
    return html_response(
        tr.gettext("There is no broadcast {number}. All broadcasts: <code>/broadcast list</code>", number=broadcast_id)
    )


def pause_result(tr: Translator, *, succeeded: bool) -> str:
    """Return the text that says what pausing did."""
    if succeeded:
        return tr.gettext("Paused. Messages already on their way still arrive.")
    return tr.gettext("Nothing to pause: it is already paused or finished.")


def resume_result(tr: Translator, *, succeeded: bool) -> str:
    """Return the text that says what letting it go on did."""
    return tr.gettext("Resumed.") if succeeded else tr.gettext("It was not paused.")


def cancel_result(tr: Translator, cancelled_count: int) -> str:
    """Return the text that says what cancelling did."""
    if not cancelled_count:
        return tr.gettext("There was nothing left to cancel.")
    return tr.ngettext(
        "Cancelled: {n} message will not be sent. Messages already on their way still arrive.",
        "Cancelled: {n} messages will not be sent. Messages already on their way still arrive.",
        cancelled_count,
    )
