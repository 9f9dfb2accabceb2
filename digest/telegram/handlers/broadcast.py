"""Broadcasts: what an admin says to whom, the question before it is sent, and steering it after."""

import re
from dataclasses import replace

from digest.model.message import TelegramMessage
from digest.services.broadcasts import MAX_TEXT_LENGTH, BroadcastStatus, StatusMessage
from digest.telegram.confirmations import SendBroadcast
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.admin import parse_audience, update_audience
from digest.telegram.input.commands import parse_confirmation
from digest.telegram.request import Request, Response, html_response
from digest.telegram.texts import broadcast as answers
from digest.telegram.texts import broadcast_progress as standings

_LIST = re.compile(r"list|列表", re.IGNORECASE)
_CONTROLS = {
    "pause": "pause",
    "暂停": "pause",
    "go": "go",
    "resume": "go",
    "继续": "go",
    "stop": "stop",
    "cancel": "stop",
    "取消": "stop",
    "停止": "stop",
    "look": "look",
    "查看": "look",
}
_CONTROL_COMMAND = re.compile(rf"({'|'.join(_CONTROLS)})\s*[#＃]?([0-9]{{1,18}})", re.IGNORECASE)
_CONTROL_PREFIXES = "|".join((*_CONTROLS, "list", "yes", "列表", "确认"))
_INCOMPLETE_CONTROL = re.compile(rf"(?:{_CONTROL_PREFIXES})(?:\s+(?:[#＃]?\w*\d\w*|\w)){{0,2}}", re.IGNORECASE)
"""What begins like steering and is none; it would be an odd word to everybody."""

_NUMBER = re.compile(r"[0-9]{1,18}")
_MAX_LISTED = 5


async def broadcast(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/broadcast TEXT`` with a preview, ``/broadcast yes KEY`` by sending it, and what steers it."""
    words = request.text.strip()
    if (answer := parse_confirmation(words)) and answer.yes:
        return await _confirm_by_text(deps, request, answer.key)
    if _LIST.fullmatch(words):
        return standings.broadcast_list(request.tr, await deps.broadcasts.store.list_newest(_MAX_LISTED))
    if steering := _CONTROL_COMMAND.fullmatch(words):
        return await _control_by_text(deps, request, _CONTROLS[steering[1].lower()], int(steering[2]))
    if _INCOMPLETE_CONTROL.fullmatch(words):
        return answers.control_usage(request.tr)
    return await _preview_broadcast(deps, request)


async def _preview_broadcast(deps: HandlerDependencies, request: Request) -> Response:
    audience, text = parse_audience(deps.taxonomy, request.text)
    if isinstance(audience, str):
        return answers.unknown_audience(request.tr, audience)
    text = text.strip() or request.quoted_text.strip()
    if not text:
        return answers.broadcast_usage(request.tr)
    if (length := len(text.encode("utf-16-le")) // 2) > MAX_TEXT_LENGTH:
        return answers.text_too_long(request.tr, length)
    announcement, _ = await deps.broadcasts.preview(text, audience)
    matter = SendBroadcast(text=announcement.text, audience=audience)
    return Response(
        messages=(*deps.renderer.render_announcement(announcement), await _ask_confirmation(deps, request, matter))
    )


async def send_broadcast(deps: HandlerDependencies, request: Request, action: SendBroadcast) -> Response:
    """Queue what was confirmed; the message that asked becomes the one that tells how far it is."""
    queued = await deps.broadcasts.send(action.text, action.audience, author=str(request.user_id))
    place = StatusMessage(chat_id=int(request.target.address), message_id=request.message_id, locale=request.locale)
    await deps.broadcasts.store.save_status_message(queued.id, place)
    followed = deps.progress_messages.follow(queued.id, already_shown=request.message_id is not None)
    if followed and request.message_id is None:
        return Response()
    known = await deps.broadcasts.store.find_status(queued.id)
    return Response(messages=(standings.progress_message(request.tr, known, deps.broadcasts),)) if known else Response()


async def handle_button(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
    """Do what a button of a broadcast says; None where that makes no sense."""
    match args:
        case ("who", key, what, value):
            return await _change_audience(deps, request, key, what, value)
        case ("pause" | "go" | "stop" | "look" as what, number) if _NUMBER.fullmatch(number):
            known = await deps.broadcasts.store.find_status(int(number))
            return await _control_by_button(deps, request, what, known) if known else None
        case _:
            return None


async def _ask_confirmation(
    deps: HandlerDependencies, request: Request, action: SendBroadcast, *, show_domains: bool = False
) -> TelegramMessage:
    """Open the question whether this shall be sent; it closes the one before."""
    key = deps.confirmations.add(action, user_id=request.user_id, target=request.target, now=deps.clock())
    return await _build_prompt(deps, request, action, key, show_domains=show_domains)


async def _build_prompt(
    deps: HandlerDependencies, request: Request, action: SendBroadcast, key: str, *, show_domains: bool
) -> TelegramMessage:
    broadcaster, audience = deps.broadcasts, action.audience
    counts = await broadcaster.store.count_recipients(audience)
    question = answers.BroadcastPrompt(
        audience=audience,
        counts=counts,
        audience_counts=await broadcaster.store.audience_counts(audience),
        duration=broadcaster.estimate_duration(counts),
        rates=broadcaster.rates,
        key=key,
        show_domains=show_domains,
    )
    return answers.confirmation_prompt(request.tr, deps.taxonomy, question)


async def _change_audience(
    deps: HandlerDependencies, request: Request, key: str, option: str, value: str
) -> Response | None:
    """Show the question with another audience under a new key, or its other page under the same one."""
    matter = _pending_broadcast(deps, request, key)
    if matter is None:
        return Response(notice=answers.confirmation_expired(request.tr), alert=True)
    if option == "page":
        part = await _build_prompt(deps, request, matter, key, show_domains=value == "domains")
        return Response(messages=(part,), edits_message=True)
    audience = update_audience(deps.taxonomy, matter.audience, option, value)
    if audience is None:
        return None
    part = await _ask_confirmation(deps, request, replace(matter, audience=audience), show_domains=option == "domain")
    return Response(messages=(part,), edits_message=True)


def _pending_broadcast(deps: HandlerDependencies, request: Request, key: str) -> SendBroadcast | None:
    matter = deps.confirmations.peek(key, user_id=request.user_id, target=request.target, now=deps.clock())
    return matter if isinstance(matter, SendBroadcast) else None


async def _confirm_by_text(deps: HandlerDependencies, request: Request, key: str) -> Response:
    matter = _pending_broadcast(deps, request, key)
    if matter is None:
        return html_response(answers.confirmation_expired(request.tr))
    deps.confirmations.pop(key, user_id=request.user_id, target=request.target, now=deps.clock())
    return await send_broadcast(deps, request, matter)


async def _control_by_text(deps: HandlerDependencies, request: Request, control: str, broadcast_id: int) -> Response:
    """Steer, and show in a new message how far the broadcast is."""
    known = await deps.broadcasts.store.find_status(broadcast_id)
    if known is None:
        return standings.unknown_broadcast(request.tr, broadcast_id)
    done = await _apply_control(deps, request, control, known)
    now = await deps.broadcasts.store.find_status(broadcast_id) or known
    deps.progress_messages.refresh_now(broadcast_id)
    return Response(
        messages=(standings.progress_message(request.tr, now, deps.broadcasts, result_text=done, with_refresh=True),)
    )


async def _control_by_button(
    deps: HandlerDependencies, request: Request, control: str, status: BroadcastStatus
) -> Response:
    """Steer; the message whose button it was is changed by its own editor where it has one."""
    done = await _apply_control(deps, request, control, status)
    followed = deps.progress_messages.refresh_now(status.id)
    if followed and status.status_message and status.status_message.message_id == request.message_id:
        return Response(notice=done)
    now = await deps.broadcasts.store.find_status(status.id) or status
    part = standings.progress_message(request.tr, now, deps.broadcasts, with_refresh=True)
    return Response(messages=(part,), notice=done, edits_message=True)


async def _apply_control(deps: HandlerDependencies, request: Request, control: str, status: BroadcastStatus) -> str:
    """Pause a broadcast, let it go on, stop it, or just look at it; say in plain words what that did."""
    match control:
        case "pause":
            return standings.pause_result(request.tr, succeeded=await deps.broadcasts.pause(status.id))
        case "go":
            return standings.resume_result(request.tr, succeeded=await deps.broadcasts.store.resume(status.id))
        case "stop":
            return standings.cancel_result(request.tr, await deps.broadcasts.cancel(status.id))
        case _:
            return ""
