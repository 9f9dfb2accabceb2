"""Broadcasts: what an admin says to whom, the question before it is sent, and steering it after."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from digest.model import Channel, Locale
from digest.model.message import Button, Keyboard, TelegramMessage
from digest.papers.domains import Taxonomy
from digest.render.telegram.callback_data import Action, encode_callback
from digest.render.telegram.keyboards import short_domain_name
from digest.services.broadcasts import MAX_TEXT_LENGTH, Audience, AudienceCounts, BroadcastStatus, StatusMessage
from digest.services.channels import CHANNELS, preview_note
from digest.telegram.confirmations import CONFIRMATION_TTL_MINUTES, SendBroadcast
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.input.admin import parse_audience, update_audience
from digest.telegram.input.commands import parse_confirmation
from digest.telegram.request import (
    Request,
    Response,
    alert_response,
    escape_user_text,
    html_message,
    html_response,
    join_paragraphs,
)
from digest.telegram.routes import ButtonRoute, Command, ConfirmationRoute
from digest.telegram.texts import broadcast_progress as standings
from digest.telegram.texts.general import confirmation_expired, format_channel_counts, format_duration
from digest.text.i18n import Translator, gettext_noop, translator_for

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
_COLUMNS = 2
_CHECK_MARK = " ✓"
_ALL_VALUE = "all"


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
        return _control_usage(request.tr)
    return await _preview_broadcast(deps, request)


async def _preview_broadcast(deps: HandlerDependencies, request: Request) -> Response:
    audience, text = parse_audience(deps.taxonomy, request.text)
    if isinstance(audience, str):
        return _unknown_audience(request.tr, audience)
    text = text.strip() or request.message.quoted_text.strip()
    if not text:
        return broadcast_usage(request.tr)
    if (length := len(text.encode("utf-16-le")) // 2) > MAX_TEXT_LENGTH:
        return _text_too_long(request.tr, length)
    announcement, _ = await deps.broadcasts.preview(text, audience)
    matter = SendBroadcast(text=announcement.text, audience=audience)
    return Response(
        messages=(*deps.renderer.render_announcement(announcement), await _ask_confirmation(deps, request, matter))
    )


async def _send_broadcast(deps: HandlerDependencies, request: Request, action: SendBroadcast) -> Response:
    """Queue what was confirmed; the message that asked becomes the one that tells how far it is."""
    queued = await deps.broadcasts.send(action.text, action.audience, author=str(request.user_id))
    place = StatusMessage(chat_id=int(request.target.address), message_id=request.message.id, locale=request.locale)
    await deps.broadcasts.store.save_status_message(queued.id, place)
    followed = deps.progress_messages.follow(queued.id, already_shown=request.message.id is not None)
    if followed and request.message.id is None:
        return Response()
    known = await deps.broadcasts.store.find_status(queued.id)
    return Response(messages=(standings.progress_message(request.tr, known, deps.broadcasts),)) if known else Response()


async def _press(deps: HandlerDependencies, request: Request, args: tuple[str, ...]) -> Response | None:
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
    question = _BroadcastPrompt(
        audience=audience,
        counts=counts,
        audience_counts=await broadcaster.store.audience_counts(audience),
        duration=broadcaster.estimate_duration(counts),
        rates=broadcaster.rates,
        key=key,
        show_domains=show_domains,
    )
    return _confirmation_prompt(request.tr, deps.taxonomy, question)


async def _change_audience(
    deps: HandlerDependencies, request: Request, key: str, option: str, value: str
) -> Response | None:
    """Show the question with another audience under a new key, or its other page under the same one."""
    matter = _pending_broadcast(deps, request, key)
    if matter is None:
        return alert_response(confirmation_expired(request.tr))
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
        return html_response(confirmation_expired(request.tr))
    deps.confirmations.pop(key, user_id=request.user_id, target=request.target, now=deps.clock())
    return await _send_broadcast(deps, request, matter)


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
    if followed and status.status_message and status.status_message.message_id == request.message.id:
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


def broadcast_usage(tr: Translator) -> Response:
    """Answer ``/broadcast`` without a text."""
    return html_response(
        tr.gettext(
            "What do you want to send to everybody? <code>/broadcast Your message</code>, or reply to a "
            "message with /broadcast. For a part of your subscribers: <code>/broadcast domain:robotics "
            "language:zh channel:email Your message</code>, or choose afterwards. You see a preview before "
            "anything is sent. All broadcasts: <code>/broadcast list</code>"
        )
    )


def _control_usage(tr: Translator) -> Response:
    return html_response(
        tr.gettext(
            "A broadcast is controlled by its number: <code>/broadcast pause 12</code>, <code>/broadcast go "
            "12</code>, <code>/broadcast stop 12</code>, <code>/broadcast look 12</code>. The numbers: "
            "<code>/broadcast list</code>. To send one, its full key is needed. Nothing was sent."
        )
    )


def _text_too_long(tr: Translator, length: int) -> Response:
    return html_response(
        tr.gettext(
            "A broadcast can have at most {most} characters; this one has {length}. Please shorten it.",
            most=MAX_TEXT_LENGTH,
            length=length,
        )
    )


def _unknown_audience(tr: Translator, option: str) -> Response:
    return html_response(
        tr.gettext(
            "Unknown audience “{option}”. Use <code>domain:</code> with a name from /domains, "
            "<code>language:en</code> or <code>language:zh</code>, and <code>channel:telegram</code> or "
            "<code>channel:email</code>.",
            option=escape_user_text(option),
        )
    )


def _broadcast_cancelled(request: Request) -> Response:
    return html_response(request.tr.gettext("Cancelled. Nothing was sent. To try again: /broadcast"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _BroadcastPrompt:
    """What an admin is asked: whether this shall go to this audience; ``key`` answers it once.

    ``duration`` is the estimated time, ``rates`` the messages a second it is estimated from. ``show_domains``
    shows the domains to choose from, else channels and languages.
    """

    audience: Audience
    counts: Mapping[Channel, int]
    audience_counts: AudienceCounts
    duration: timedelta
    rates: Mapping[Channel, float]
    key: str
    show_domains: bool = False


def _confirmation_prompt(tr: Translator, taxonomy: Taxonomy, prompt: _BroadcastPrompt) -> TelegramMessage:
    total, key = sum(prompt.counts.values()), prompt.key
    told = join_paragraphs(
        preview_note(tr, prompt.counts),
        tr.gettext(
            "Audience: {audience} ({counts}).",
            audience=_format_audience(tr, taxonomy, prompt.audience),
            counts=format_channel_counts(tr, prompt.counts),
        ),
        _duration_estimate(tr, prompt) if total else "",
        tr.gettext(
            "Tap within {minutes} minutes, or type <code>/broadcast yes {key}</code>. Use the other buttons "
            "to choose the audience.",
            minutes=CONFIRMATION_TTL_MINUTES,
            key=key,
        )
        if total
        else tr.gettext("This audience has no members at the moment. Choose another one below."),
    )
    send = tr.ngettext("Send to one", "Send to {n}", total)
    decide = (
        *((Button(text=send, callback_data=encode_callback(Action.CONFIRM, key)),) if total else ()),
        Button(text=tr.gettext("Cancel"), callback_data=encode_callback(Action.CANCEL, key)),
    )
    page = _domain_keyboard(tr, taxonomy, prompt) if prompt.show_domains else _channel_keyboard(tr, prompt)
    return html_message(told, (decide, *page))


def _duration_estimate(tr: Translator, prompt: _BroadcastPrompt) -> str:
    paces = [
        tr.gettext(one.rate_text, n=f"{prompt.rates[one.channel]:g}")
        for one in CHANNELS.values()
        if prompt.counts.get(one.channel)
    ]
    return tr.gettext(
        "This takes {time}, at {paces}. Subscribers' digests are sent first.",
        time=format_duration(tr, prompt.duration),
        paces=tr.format_list(paces),
    )


def _format_audience(tr: Translator, taxonomy: Taxonomy, audience: Audience) -> str:
    who = tr.gettext("all subscribers")
    if audience.domains is not None:
        who = tr.gettext("everybody following {domains}", domains=_format_either_domain(tr, taxonomy, audience.domains))
    if audience.locale:
        language = translator_for(audience.locale).native_name
        who = tr.gettext("{who}, {language} only", who=who, language=language)
    return tr.gettext(CHANNELS[audience.channel].audience_text, who=who) if audience.channel else who


def _format_either_domain(tr: Translator, taxonomy: Taxonomy, slugs: tuple[str, ...]) -> str:
    names = [tr.gettext("“{name}”", name=escape_user_text(taxonomy.name(slug, tr.locale))) for slug in slugs]
    return tr.format_or_list(names)


def _channel_keyboard(tr: Translator, prompt: _BroadcastPrompt) -> Keyboard:
    audience, choices, key = prompt.audience, prompt.audience_counts, prompt.key
    channels: dict[Channel | None, str] = {None: tr.gettext("All channels")}
    channels |= {one.channel: tr.gettext(one.label) for one in CHANNELS.values()}
    languages: dict[Locale | None, str] = {None: tr.gettext("All languages")}
    languages |= {locale: translator_for(locale).native_name for locale in Locale}
    domains = (
        tr.gettext("All domains")
        if audience.domains is None
        else tr.ngettext("{n} domain", "{n} domains", len(audience.domains))
    )
    return (
        tuple(
            _option_button(key, "channel", one, name, choices.channels[one], selected=audience.channel is one)
            for one, name in channels.items()
        ),
        tuple(
            _option_button(key, "language", one, name, choices.locales[one], selected=audience.locale is one)
            for one, name in languages.items()
        ),
        (_page_button(key, "domains", tr.gettext("{chosen}: choose…", chosen=domains)),),
    )


def _domain_keyboard(tr: Translator, taxonomy: Taxonomy, prompt: _BroadcastPrompt) -> Keyboard:
    chosen, choices, key = prompt.audience.domains, prompt.audience_counts, prompt.key
    every = _option_button(
        key, "domain", None, tr.gettext("All domains"), choices.for_domain(None), selected=chosen is None
    )
    each = [
        _option_button(
            key,
            "domain",
            slug,
            short_domain_name(taxonomy.name(slug, tr.locale)),
            choices.for_domain(slug),
            selected=slug in (chosen or ()),
        )
        for slug in taxonomy.slugs
    ]
    rows = [tuple(each[at : at + _COLUMNS]) for at in range(0, len(each), _COLUMNS)]
    return ((every,), *rows, (_page_button(key, "first", tr.gettext("Back to channels and languages")),))


def _option_button(key: str, option: str, value: str | None, name: str, count: int, *, selected: bool) -> Button:
    text = f"{name}{_CHECK_MARK if selected else ''} · {count}"
    return Button(text=text, callback_data=encode_callback(Action.BROADCAST, "who", key, option, value or _ALL_VALUE))


def _page_button(key: str, page: str, text: str) -> Button:
    return Button(text=text, callback_data=encode_callback(Action.BROADCAST, "who", key, "page", page))


COMMANDS = (
    Command(
        name="broadcast",
        handle=broadcast,
        aliases=("广播", "群发"),
        menu=gettext_noop("Message all subscribers, with a preview first"),
        help=(gettext_noop("/broadcast – a message to all subscribers, with a preview first"),),
        admin_only=True,
    ),
)
BUTTONS = {Action.BROADCAST: ButtonRoute(handle=_press, admin_only=True)}
CONFIRMATIONS = {
    SendBroadcast: ConfirmationRoute(confirm=_send_broadcast, cancel=_broadcast_cancelled, admin_only=True)
}
