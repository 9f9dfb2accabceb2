"""Every command, who answers it, and who may give it where."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.handlers import (
    broadcast,
    email,
    fallback,
    groups,
    health,
    outbox,
    papers,
    privacy,
    saved,
    search,
    settings,
    stats,
    subscribe,
    upload,
    user,
)
from digest.telegram.handlers import privacy as own_data
from digest.telegram.request import Request, Response
from digest.telegram.texts import general
from digest.text.fuzzy import closest_match

_SUGGESTION_CUTOFF = 0.85

CommandFunction = Callable[[HandlerDependencies, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    ``needs_group_admin``: in a group only its administrators may give it; ``open_without_args``: without
    words behind it everybody may. ``private_only``: it is personal, and not for groups. ``admin_only``: for
    admins of the whole bot, in private; to everybody else it does not exist.
    """

    handle: CommandFunction
    needs_group_admin: bool = False
    open_without_args: bool = False
    private_only: bool = False
    admin_only: bool = False


async def _help(_deps: HandlerDependencies, request: Request) -> Response:
    return general.help_text(request.tr, admin=request.is_admin)


COMMANDS = {
    "start": Command(handle=subscribe.start, needs_group_admin=True),
    "help": Command(handle=_help),
    "subscribe": Command(handle=subscribe.subscribe, needs_group_admin=True),
    "unsubscribe": Command(handle=subscribe.unsubscribe, needs_group_admin=True),
    "domains": Command(handle=subscribe.domains),
    "today": Command(handle=papers.today),
    "paper": Command(handle=papers.paper),
    "search": Command(handle=search.search),
    "saved": Command(handle=saved.saved, private_only=True),
    "settings": Command(handle=settings.settings, needs_group_admin=True, open_without_args=True),
    "pause": Command(handle=settings.pause, needs_group_admin=True),
    "resume": Command(handle=settings.resume, needs_group_admin=True),
    "email": Command(handle=email.email, private_only=True),
    "groups": Command(handle=groups.groups, private_only=True),
    "mydata": Command(handle=own_data.mydata, private_only=True),
    "forget": Command(handle=privacy.forget, needs_group_admin=True),
    "broadcast": Command(handle=broadcast.broadcast, admin_only=True),
    "stats": Command(handle=stats.stats, admin_only=True),
    "outbox": Command(handle=outbox.outbox, admin_only=True),
    "health": Command(handle=health.health, admin_only=True),
    "user": Command(handle=user.user, admin_only=True),
    "upload": Command(handle=upload.upload, admin_only=True),
}


def needs_group_admin_for(name: str, text: str) -> bool:
    """Return whether a command changes what a chat gets."""
    command = COMMANDS.get(name)
    return command is not None and command.needs_group_admin and not (command.open_without_args and not text)


def _suggest(request: Request, name: str) -> str | None:
    """Return the command that somebody may have meant; one for admins alone is as unknown as any other."""
    first, *_ = request.text.split(None, 1) or [""]
    typed = name or first.lstrip("/／").partition("@")[0].casefold()
    known = [name for name, command in COMMANDS.items() if request.is_admin or not command.admin_only]
    return closest_match(typed, known, cutoff=_SUGGESTION_CUTOFF)


async def dispatch(
    deps: HandlerDependencies, request: Request, name: str, *, may_change: bool, has_slash: bool
) -> Response:
    """Answer the command ``name``, "" where a message is none; ``may_change`` as Telegram says."""
    command = COMMANDS.get(name)
    if command is None and request.file and not request.text:
        return await upload.receive_file(deps, request, request.file)
    if command is None and not has_slash:
        return await fallback.handle_text(deps, request)
    if command is None or (command.admin_only and not request.is_admin):
        return general.unknown_command(request.tr, _suggest(request, name))
    if command.private_only and not request.is_private:
        return general.sentence_response(general.private_chat_only(request.tr))
    if needs_group_admin_for(name, request.text) and not may_change:
        return general.sentence_response(general.group_admins_only(request.tr))
    return await command.handle(deps, request)
