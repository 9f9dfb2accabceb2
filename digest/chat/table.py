"""Every command, who answers it, and who may give it where."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from difflib import get_close_matches

from digest.chat import (
    address,
    broadcasting,
    following,
    groups,
    health,
    leaving,
    no_command,
    numbers,
    outbox,
    own_data,
    preferences,
    readers,
    reading,
    searching,
    shelf,
    uploads,
)
from digest.chat.answers import general
from digest.chat.ask import Ask, Reply
from digest.chat.house import House

_LIKENESS = 0.85

Handler = Callable[[House, Ask], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command.

    ``changes``: in a group only its administrators may give it; ``reads_alone``: without words behind it
    everybody may. ``private``: it is personal, and not for groups. ``admin``: for admins of the whole bot,
    in private; to everybody else it does not exist.
    """

    handle: Handler
    changes: bool = False
    reads_alone: bool = False
    private: bool = False
    admin: bool = False


async def _help(_house: House, ask: Ask) -> Reply:
    return general.help_text(ask.words, admin=ask.admin)


COMMANDS = {
    "start": Command(handle=following.start, changes=True),
    "help": Command(handle=_help),
    "subscribe": Command(handle=following.subscribe, changes=True),
    "unsubscribe": Command(handle=following.unsubscribe, changes=True),
    "domains": Command(handle=following.domains),
    "today": Command(handle=reading.today),
    "paper": Command(handle=reading.paper),
    "search": Command(handle=searching.search),
    "saved": Command(handle=shelf.saved, private=True),
    "settings": Command(handle=preferences.settings, changes=True, reads_alone=True),
    "pause": Command(handle=preferences.pause, changes=True),
    "resume": Command(handle=preferences.resume, changes=True),
    "email": Command(handle=address.email, private=True),
    "groups": Command(handle=groups.groups, private=True),
    "mydata": Command(handle=own_data.mydata, private=True),
    "forget": Command(handle=leaving.forget, changes=True),
    "broadcast": Command(handle=broadcasting.broadcast, admin=True),
    "stats": Command(handle=numbers.stats, admin=True),
    "outbox": Command(handle=outbox.outbox, admin=True),
    "health": Command(handle=health.health, admin=True),
    "user": Command(handle=readers.user, admin=True),
    "upload": Command(handle=uploads.upload, admin=True),
}


def may_need_rights(name: str, text: str) -> bool:
    """Tell whether a command changes what a chat gets."""
    command = COMMANDS.get(name)
    return command is not None and command.changes and not (command.reads_alone and not text)


def _nearest(ask: Ask, name: str) -> str | None:
    """Give the command that somebody may have meant; one for admins alone is as unknown as any other."""
    first, *_ = ask.text.split(None, 1) or [""]
    typed = name or first.lstrip("/／").partition("@")[0].casefold()
    known = [name for name, command in COMMANDS.items() if ask.admin or not command.admin]
    return next(iter(get_close_matches(typed, known, n=1, cutoff=_LIKENESS)), None)


async def answer(house: House, ask: Ask, name: str, *, may_change: bool, slash: bool) -> Reply:
    """Answer the command ``name``, "" where a message is none; ``may_change`` as Telegram says."""
    command = COMMANDS.get(name)
    if command is None and ask.file and not ask.text:
        return await uploads.receive(house, ask, ask.file)
    if command is None and not slash:
        return await no_command.answer(house, ask)
    if command is None or (command.admin and not ask.admin):
        return general.unknown_command(ask.words, _nearest(ask, name))
    if command.private and not ask.private:
        return general.one_line(general.in_private_only(ask.words))
    if may_need_rights(name, ask.text) and not may_change:
        return general.one_line(general.administrators_only(ask.words))
    return await command.handle(house, ask)
