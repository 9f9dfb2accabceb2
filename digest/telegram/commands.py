"""The commands and buttons of the chat: who answers each, who may give it where, the menu and the help."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import BadRequest, Forbidden

from digest.model import Locale
from digest.model.message import TelegramMessage
from digest.render.telegram.callback_data import Action, CallbackData
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import (
    broadcast,
    email,
    groups,
    health,
    onboarding,
    outbox,
    papers,
    privacy,
    search,
    settings,
    stats,
    subscribe,
    upload,
    user,
)
from digest.telegram.input.commands import parse_message
from digest.telegram.request import (
    Redirect,
    Reply,
    Request,
    Response,
    alert_response,
    html_response,
    join_lines,
    join_paragraphs,
)
from digest.telegram.routes import ButtonRoute, Command, ConfirmationRoute
from digest.telegram.texts import general
from digest.text.fuzzy import closest_match
from digest.text.i18n import Translator, gettext_noop, translator_for

MenuEntry = tuple[str, str]
_SUGGESTION_CUTOFF = 0.85
_MAX_REDIRECTS = 4
_log = structlog.get_logger(__name__)


async def _help(_deps: HandlerDependencies, request: Request) -> Response:
    return html_response(help_text(request.tr, admin=request.is_admin))


_HELP = Command(
    name="help", handle=_help, aliases=("帮助", "命令", "怎么用"), menu=gettext_noop("All commands and options")
)
COMMANDS: dict[str, Command] = {
    row.name: row
    for row in (
        *onboarding.COMMANDS,
        *papers.COMMANDS,
        *search.COMMANDS,
        *papers.SAVED_COMMANDS,
        *subscribe.COMMANDS,
        *settings.COMMANDS,
        *email.COMMANDS,
        *groups.COMMANDS,
        *settings.PAUSE_COMMANDS,
        *privacy.COMMANDS,
        _HELP,
        *broadcast.COMMANDS,
        *stats.COMMANDS,
        *outbox.COMMANDS,
        *health.COMMANDS,
        *user.COMMANDS,
        *upload.COMMANDS,
    )
}
"""Every command, in the order of the menu and of the help."""

COMMAND_NAMES = {word: row.name for row in COMMANDS.values() for word in (row.name, *row.aliases)}
"""The words that mean a command."""

_GROUP_COMMANDS = {row.name: row for row in (*COMMANDS.values(), groups.LEAVE) if row.manages_groups}
_GROUP_PAGE_COMMANDS = ("start", "help", "groups")
_GROUP_COMMAND_NAMES = {
    word: row.name
    for row in (*_GROUP_COMMANDS.values(), *(COMMANDS[name] for name in _GROUP_PAGE_COMMANDS))
    for word in (row.name, *row.aliases)
}
"""The words that mean something behind ``/groups 57``."""


async def dispatch_command(
    deps: HandlerDependencies, request: Request, name: str, *, may_change: bool, has_slash: bool
) -> Response:
    """Answer the command ``name``, "" if a message is none; ``may_change`` tells whether Telegram lets them."""
    if name in COMMANDS or has_slash:
        reply = await _run_command(deps, request, name, may_change=may_change)
    elif request.message.file and not request.text:
        reply = await upload.receive_file(deps, request, request.message.file)
    else:
        reply = await search.handle_text(deps, request)
    return await _follow_redirects(deps, request, reply, may_change=may_change)


async def dispatch_button(deps: HandlerDependencies, request: Request, data: CallbackData | None) -> Response:
    """Do what a button says, for this chat or for the one that it names."""
    reply = await _run_button(deps, request, data) if data else None
    if reply is None:
        return alert_response(general.stale_button(request.tr))
    return replace(reply, messages=()) if reply.alert else reply


def needs_group_admin_for(name: str, text: str) -> bool:
    """Return whether a command changes what a chat gets."""
    command = COMMANDS.get(name)
    return command is not None and command.needs_group_admin and not (command.open_without_args and not text)


def is_read_only(data: CallbackData | None) -> bool:
    """Return whether everybody in a group may press a button, because it changes nothing."""
    return data is None or BUTTONS[data.action].read_only


async def _run_command(deps: HandlerDependencies, request: Request, name: str, *, may_change: bool) -> Reply:
    command = COMMANDS.get(name)
    if command is None or (command.admin_only and not request.is_admin):
        return general.unknown_command(request.tr, _suggest_command(request, name))
    if command.private_only and not request.is_private:
        return html_response(general.private_chat_only(request.tr))
    if needs_group_admin_for(name, request.text) and not may_change:
        return html_response(general.group_admins_only(request.tr))
    return await command.handle(deps, request)


def _suggest_command(request: Request, name: str) -> str | None:
    """Return the command that somebody may have meant; one for admins alone is as unknown as any other."""
    first, *_ = request.text.split(None, 1) or [""]
    typed = name or first.lstrip("/／").partition("@")[0].casefold()
    known = [name for name, command in COMMANDS.items() if request.is_admin or not command.admin_only]
    return closest_match(typed, known, cutoff=_SUGGESTION_CUTOFF)


async def _follow_redirects(deps: HandlerDependencies, request: Request, reply: Reply, *, may_change: bool) -> Response:
    followed_by: tuple[TelegramMessage, ...] = ()
    for _ in range(_MAX_REDIRECTS):
        if isinstance(reply, Response):
            return replace(reply, messages=(*reply.messages, *followed_by))
        followed_by = (*reply.followed_by, *followed_by)
        if reply.group is not None:
            reply = await _run_group_command(deps, request, reply.group, reply.command, reply.args)
        else:
            request = replace(request, text=reply.args)
            reply = await _run_command(deps, request, reply.command, may_change=may_change)
    raise RuntimeError(f"more than {_MAX_REDIRECTS} redirects")


async def _run_group_command(deps: HandlerDependencies, request: Request, number: int, name: str, args: str) -> Reply:
    """Answer ``/groups 57 subscribe robotics`` as the chat with this number would ``/subscribe robotics``."""
    if not name and (parsed := parse_message(args, "", _GROUP_COMMAND_NAMES)):
        name, args = parsed.name, parsed.text
    if name in _GROUP_PAGE_COMMANDS:
        return Redirect(command="groups", args=str(number))
    command = _GROUP_COMMANDS.get(name)
    if command is None:
        return groups.groups_usage(request.tr, number)
    managed = await groups.authorize(
        deps, request, number, needs_posting=command.needs_posting, owner_suffices=command.owner_suffices
    )
    if isinstance(managed, Response):
        return managed
    managed = replace(managed, text=args)
    reply = await _follow_redirects(deps, managed, await command.handle(deps, managed), may_change=True)
    return groups.address_to_group(managed, reply)


async def _run_button(deps: HandlerDependencies, request: Request, data: CallbackData) -> Response | None:
    route = BUTTONS[data.action]
    if (route.private_only and not request.is_private) or (route.admin_only and not request.is_admin):
        return None
    target = request
    if data.target_id is not None:
        if not request.is_private or not route.manages_groups:
            return None
        managed = await groups.authorize(
            deps, request, data.target_id, needs_posting=route.needs_posting, owner_suffices=route.owner_suffices
        )
        if isinstance(managed, Response):
            return managed
        target = managed
    reply = await route.handle(deps, target, data.args)
    if reply is None:
        return None
    response = await _follow_redirects(deps, target, reply, may_change=True)
    if route.edits_message:
        response = replace(response, edits_message=True)
    return response if target is request else groups.address_to_group(target, response)


async def _resolve_confirmation(
    deps: HandlerDependencies, request: Request, args: tuple[str, ...], *, yes: bool
) -> Response:
    """Answer a question that was asked; it is closed by that, whatever the answer."""
    key, target, now = "".join(args[:1]), request.target, deps.clock()
    action = deps.confirmations.pop(key, user_id=request.user_id, target=target, now=now)
    if action is None and not request.is_private and request.reply_to is None:
        # An anonymous administrator was asked, as the group itself.
        action = deps.confirmations.pop(key, user_id=int(target.address), target=target, now=now)
    route = CONFIRMATIONS[type(action)] if action else None
    if route is None or (route.admin_only and not request.is_admin):
        return alert_response(general.confirmation_expired(request.tr))
    return await route.confirm(deps, request, action) if yes else route.cancel(request)


BUTTONS: dict[Action, ButtonRoute] = {
    Action.CONFIRM: ButtonRoute(
        handle=partial(_resolve_confirmation, yes=True),
        edits_message=True,
        manages_groups=True,
        needs_posting=False,
        owner_suffices=True,
    ),
    Action.CANCEL: ButtonRoute(
        handle=partial(_resolve_confirmation, yes=False),
        edits_message=True,
        manages_groups=True,
        needs_posting=False,
        owner_suffices=True,
    ),
    **papers.BUTTONS,
    **search.BUTTONS,
    **subscribe.BUTTONS,
    **settings.BUTTONS,
    **onboarding.BUTTONS,
    **groups.BUTTONS,
    **broadcast.BUTTONS,
    **outbox.BUTTONS,
}
CONFIRMATIONS: dict[type[Any], ConfirmationRoute] = {
    **privacy.CONFIRMATIONS,
    **groups.CONFIRMATIONS,
    **broadcast.CONFIRMATIONS,
    **outbox.CONFIRMATIONS,
    **upload.CONFIRMATIONS,
}


def help_text(tr: Translator, *, admin: bool) -> str:
    """List every command with an example."""
    hint = tr.gettext("The slash is optional, English and Chinese both work, and you can send any arXiv link.")
    return join_paragraphs(
        join_lines(tr.gettext("<b>What you can type</b>"), *_help_lines(tr, admin_only=False)),
        join_lines(tr.gettext("<b>For you as an admin</b>"), *_help_lines(tr, admin_only=True)) if admin else "",
        hint,
    )


def _help_lines(tr: Translator, *, admin_only: bool) -> Iterator[str]:
    for command in COMMANDS.values():
        if command.admin_only is admin_only:
            yield from map(tr.gettext, command.help)


async def set_commands(bot: Bot, admin_ids: frozenset[int]) -> None:
    """Set the menus: everybody's, and one with the admin's commands in each admin's own chat.

    An admin who has never written to the bot has no chat yet; their menu comes with the next start.
    """
    for locale in Locale:
        tr = translator_for(locale)
        language = None if locale is Locale.EN else locale.value
        await bot.set_my_commands(private_commands(tr), scope=BotCommandScopeAllPrivateChats(), language_code=language)
        await bot.set_my_commands(group_commands(tr), scope=BotCommandScopeDefault(), language_code=language)
        for admin in sorted(admin_ids):
            try:
                menu = (*private_commands(tr), *admin_commands(tr))
                await bot.set_my_commands(menu, scope=BotCommandScopeChat(admin), language_code=language)
            except (BadRequest, Forbidden) as error:
                _log.info("an admin has no chat with the bot yet", admin=admin, reason=error.message)


def group_commands(tr: Translator) -> tuple[MenuEntry, ...]:
    """Return the menu of a group."""
    rows = [row for row in COMMANDS.values() if not (row.personal or row.admin_only or row is _HELP)]
    return _menu_entries(tr, *rows, _HELP)


def private_commands(tr: Translator) -> tuple[MenuEntry, ...]:
    """Return the menu of a private chat."""
    personal = [row for row in COMMANDS.values() if row.personal]
    *most, help_entry = group_commands(tr)
    return (*most, *_menu_entries(tr, *personal), help_entry)


def admin_commands(tr: Translator) -> tuple[MenuEntry, ...]:
    """Return what only the menu of an admin has."""
    return _menu_entries(tr, *(row for row in COMMANDS.values() if row.admin_only))


def _menu_entries(tr: Translator, *rows: Command) -> tuple[MenuEntry, ...]:
    return tuple((row.name, tr.gettext(row.menu)) for row in rows if row.menu)
