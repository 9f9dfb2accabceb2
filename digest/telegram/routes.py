"""What a handler module offers: rows of commands, buttons and confirmations, beside the functions that answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.request import Reply, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: its ``name``, the other words for it, with a slash and without, and who may give it where.

    ``menu`` describes it in Telegram's list of commands, ``help`` are its lines of ``/help``; both are marked
    with ``gettext_noop``. ``personal``: listed in private chats alone; ``private_only``: it works there alone.
    ``needs_group_admin``: in a group only its administrators may give it; ``open_without_args``: everybody may
    if nothing follows it. ``admin_only``: for admins of the bot, in private; for others it does not exist.

    ``manages_groups``: ``/groups 57 NAME`` gives it to another chat. The bot must be able to post there unless
    ``needs_posting`` is False. ``owner_suffices``: if the bot is out of the chat, its owner may give it though
    nobody can be asked who administers the chat.
    """

    name: str
    handle: Callable[[HandlerDependencies, Request], Awaitable[Reply]]
    aliases: tuple[str, ...] = ()
    menu: str = ""
    help: tuple[str, ...] = ()
    personal: bool = False
    private_only: bool = False
    needs_group_admin: bool = False
    open_without_args: bool = False
    admin_only: bool = False
    manages_groups: bool = False
    needs_posting: bool = True
    owner_suffices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRoute:
    """What the buttons of an action do; ``handle`` gets their arguments and returns None for unknown ones.

    ``edits_message``: the answer takes the place of the message. ``read_only``: everybody in a group may press
    them. The other fields are those of ``Command``.
    """

    handle: Callable[[HandlerDependencies, Request, tuple[str, ...]], Awaitable[Reply | None]]
    edits_message: bool = False
    read_only: bool = False
    private_only: bool = False
    admin_only: bool = False
    manages_groups: bool = False
    needs_posting: bool = True
    owner_suffices: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationRoute:
    """What follows a yes or a no to the question about an action; ``admin_only``: to an admin alone."""

    confirm: Callable[[HandlerDependencies, Request, Any], Awaitable[Response]]
    cancel: Callable[[Request], Response]
    admin_only: bool = False
