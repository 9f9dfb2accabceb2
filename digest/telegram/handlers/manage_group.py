"""Steering a group, channel or topic from a private chat: the same commands and buttons, about that chat.

``/groups 57 subscribe robotics`` and a button ``1@57:…`` do what they say to the chat with number 57. The
number is input: before each effect Telegram is asked whether whoever asks administers that chat, and whether
the bot may post there.
"""

import re
from dataclasses import replace

from digest.model import SubscriberProfile
from digest.model.message import TelegramMessage
from digest.render.telegram.callback_data import Action, CallbackData
from digest.telegram import buttons, commands
from digest.telegram.confirmations import EraseData, LeaveChat
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import groups, privacy
from digest.telegram.input.commands import is_yes, parse_message
from digest.telegram.request import Request, Response, html_message
from digest.telegram.texts import broadcast as broadcast_answers
from digest.telegram.texts import general
from digest.telegram.texts import groups as answers
from digest.telegram.texts import privacy as leaving_answers

MANAGE_COMMANDS = frozenset({"subscribe", "unsubscribe", "domains", "today", "settings", "pause", "resume", "forget"})
"""Commands that mean the chat that is steered; every other one is for whoever gives it."""

MANAGE_ACTIONS = frozenset(
    {
        Action.TOGGLE_DOMAIN,
        Action.SUBSCRIBE,
        Action.UNSUBSCRIBE,
        Action.TOGGLE_ALL,
        Action.DOMAINS,
        Action.TODAY,
        Action.SET_PREFERENCE,
        Action.SETTINGS_PAGE,
        Action.CONFIRM,
        Action.CANCEL,
    }
)
"""Buttons that mean the chat that is steered."""

_NO_POSTING_NEEDED = frozenset({"unsubscribe", "pause", "forget", "leave"})
"""What only takes away: the bot need not be able to post for it."""

_LEAVE_WORDS = frozenset({"leave", "退出", "离开", "退群"})
_GROUP_COMMAND = re.compile(r"#?(\d{1,18})(?:\s+|(?=\D))(.+)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,18}")
_TYPED_COMMAND = re.compile(rf"(?<![\w/.<])(<code>)?/({'|'.join(sorted(MANAGE_COMMANDS))}|start)\b( all\b)?")


async def dispatch_command(
    deps: HandlerDependencies, request: Request, name: str, *, may_change: bool, has_slash: bool
) -> Response:
    """Answer a command, as ``table.dispatch_command`` does, or let it mean another chat."""
    steered = _GROUP_COMMAND.fullmatch(request.text.strip()) if name == "groups" and request.is_private else None
    if steered is None:
        return await commands.dispatch(deps, request, name, may_change=may_change, has_slash=has_slash)
    return await _run_typed_command(deps, request, int(steered[1]), steered[2].strip())


async def dispatch_button(
    deps: HandlerDependencies, request: Request, data: CallbackData | None, *, edit_in_place: bool
) -> Response:
    """Do what a button says, as ``button_limiter.dispatch_button`` does, or what it says about another chat."""
    if data is None or (data.target_id is None and data.action is not Action.GROUPS):
        return await buttons.dispatch(deps, request, data, edit_in_place=edit_in_place)
    if data.target_id is not None:
        reply = await _run_shared_button(deps, request, data, data.target_id)
    else:
        reply = await _run_group_button(deps, request, data) or await buttons.dispatch(
            deps, request, data, edit_in_place=edit_in_place
        )
    return replace(reply, messages=()) if reply.alert else reply


async def _run_group_button(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    """Do what a button below an opened chat says; None where it is one of the list's own."""
    does, number = data.first_arg, "".join(data.args[1:2])
    if not request.is_private or does not in (*MANAGE_COMMANDS, "leave") or not _NUMBER.fullmatch(number):
        return None
    return await _run_command(deps, request, int(number), does, "")


async def _run_shared_button(deps: HandlerDependencies, request: Request, data: CallbackData, number: int) -> Response:
    if not request.is_private or data.action not in MANAGE_ACTIONS:
        return Response(notice=general.stale_button(request.tr), alert=True)
    confirms = data.action in (Action.CONFIRM, Action.CANCEL)
    admitted = await groups.authorize(deps, request, number, needs_posting=not confirms, owner_suffices=confirms)
    if isinstance(admitted, Response):
        return admitted
    reader, place = admitted
    steered = replace(
        request, target=place.target, profile=reader, is_private=False, is_admin=False, reply_to=request.target
    )
    if confirms:
        return await _resolve_confirmation(deps, steered, data, reader)
    reply = await buttons.dispatch(deps, steered, replace(data, target_id=None), edit_in_place=False)
    return _address_to_group(steered, reply, reader, shows_papers=data.action is Action.TODAY)


async def _run_typed_command(deps: HandlerDependencies, request: Request, number: int, text: str) -> Response:
    """Answer ``/groups 57 WORDS``."""
    first, _, rest = text.partition(" ")
    if first.casefold().lstrip("/／") in _LEAVE_WORDS:
        return await _run_command(deps, request, number, "leave", rest.strip())
    spoken = parse_message(text, "")
    if spoken is not None and spoken.name in ("start", "help", "groups"):
        return await groups.show_group(deps, request, number)
    if spoken is None or spoken.name not in MANAGE_COMMANDS:
        return answers.groups_usage(request.tr, number)
    return await _run_command(deps, request, number, spoken.name, spoken.text)


async def _run_command(deps: HandlerDependencies, request: Request, number: int, command: str, text: str) -> Response:
    """Return a command for a chat."""
    admitted = await groups.authorize(
        deps, request, number, needs_posting=command not in _NO_POSTING_NEEDED, owner_suffices=command == "forget"
    )
    if isinstance(admitted, Response):
        return admitted
    reader, place = admitted
    steered = replace(
        request,
        target=place.target,
        profile=reader,
        is_private=False,
        is_admin=False,
        text=text,
        quoted_text="",
        reply_to=request.target,
    )
    if command == "leave":
        reply = await _ask_or_leave(deps, steered, reader)
    else:
        reply = await commands.COMMANDS[command].handle(deps, steered)
    return _address_to_group(steered, reply, reader, shows_papers=command == "today")


async def _ask_or_leave(deps: HandlerDependencies, request: Request, profile: SubscriberProfile) -> Response:
    if is_yes(request.text):
        return await _leave_now(deps, request)
    key = deps.confirmations.add(LeaveChat(), user_id=request.user_id, target=request.target, now=deps.clock())
    return answers.leave_prompt(request.tr, key, profile)


async def _leave_now(deps: HandlerDependencies, request: Request) -> Response:
    await deps.groups.bot_left(request.target)
    await deps.permissions.leave(int(request.target.address))
    return answers.left_chat(request.tr)


async def _resolve_confirmation(
    deps: HandlerDependencies, request: Request, data: CallbackData, profile: SubscriberProfile
) -> Response:
    """Answer a question about the chat that was asked; it is closed by that, whatever the answer."""
    matter = deps.confirmations.pop(data.first_arg, user_id=request.user_id, target=request.target, now=deps.clock())
    yes = data.action is Action.CONFIRM
    match matter:
        case LeaveChat():
            done = await _leave_now(deps, request) if yes else answers.leave_cancelled(request.tr)
        case EraseData():
            forgets = privacy.erase_data
            done = await forgets(deps, request) if yes else leaving_answers.erase_cancelled(request.tr)
        case _:
            return Response(notice=broadcast_answers.confirmation_expired(request.tr), alert=True)
    return _address_to_group(request, replace(done, edits_message=True), profile, shows_papers=False)


def _address_to_group(
    request: Request, response: Response, profile: SubscriberProfile, *, shows_papers: bool
) -> Response:
    """Let an answer name its chat, and its buttons and commands mean it."""
    number = profile.subscriber.id
    parts = tuple(
        replace(part, keyboard=answers.keyboard_for_group(part.keyboard, number, MANAGE_ACTIONS))
        for part in response.messages
    )
    if not parts:
        return response
    if shows_papers:
        return replace(response, messages=(answers.group_papers_heading(request.tr, profile), *parts))
    first = _label_message(parts[0], answers.group_heading(request.tr, profile), number)
    return replace(response, messages=(first, *parts[1:]))


def _label_message(part: TelegramMessage, heading: str, number: int) -> TelegramMessage:
    def rewrite_command(found: re.Match[str]) -> str:
        command = "" if found[2] == "start" else f" {found[2]}"
        text = f"/groups {number}{command}{found[3] or ''}"
        return f"<code>{text}" if found[1] else f"<code>{text}</code>"

    html = f"{heading}\n{_TYPED_COMMAND.sub(rewrite_command, part.html)}"
    return replace(html_message(html, part.keyboard), silent=part.silent)
