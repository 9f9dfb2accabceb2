"""What an inline button says when it is pressed: versioned, allow-listed, at most 64 bytes (Bot API).

The form is ``1:<action>:<argument>…``; ``1@<number>:…`` is the same about a group or channel that is steered
from a private chat, by its subscriber's number. Whatever comes back from Telegram is input: what does not fit
the form is None, never an error.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

REPLACES_PAPER = "r"
"""Second argument of a ``PAPER`` button that stands below a paper, whose place the next one takes."""

_VERSION = "1"
_MAX_BYTES = 64
_PREFIX = re.compile(rf"{_VERSION}(?:@([0-9]{{1,18}}))?")


class Action(StrEnum):
    """What a button does."""

    PAPER = "p"
    """Show a paper; arguments: its arXiv id, and ``REPLACES_PAPER`` below another paper."""
    TOGGLE_DOMAIN = "t"
    """Follow a domain or stop following it; argument: its slug."""
    SUBSCRIBE = "s"
    """Follow a domain (a suggestion); argument: its slug."""
    UNSUBSCRIBE = "u"
    """Stop following a domain; argument: its slug."""
    TOGGLE_ALL = "a"
    """Follow everything."""
    DOMAINS = "k"
    """Show the domain keyboard."""
    TODAY = "d"
    """Show the newest digest, or with a slug as argument what it has of that domain."""
    SET_PREFERENCE = "o"
    """Change a setting; arguments: its name and value."""
    CONFIRM = "y"
    """Confirm what an admin was shown; argument: the one-use key."""
    CANCEL = "n"
    """Withdraw what an admin was shown; argument: the one-use key."""
    RESEND = "r"
    """Send a delivery again that is held; argument: its number. Or ask whether all of a state shall be sent
    again; arguments: the state, and an edition's date or number. For admins."""
    CANCEL_DELIVERY = "g"
    """Cancel what is held; arguments as for ``RESEND``. For admins."""
    SAVE = "f"
    """Keep a paper, or keep it no more; arguments: its arXiv id, ``on`` or ``off``."""
    VOTE = "v"
    """Like a paper or not; arguments: its arXiv id, ``up``, ``down`` or ``none``."""
    SAVED = "b"
    """Show saved papers; argument: the place of the first, from 0."""
    SEARCH = "q"
    """Show more of the newest search; argument: the place of the first, from 0."""
    SETTINGS_PAGE = "m"
    """Show a page of the settings; argument: its name, none for the first page."""
    ONBOARDING = "h"
    """A step of the first minute; argument: its name."""
    GROUPS = "x"
    """Show the groups and channels of whoever asks, or leave one; arguments: what, and its number."""
    BROADCAST = "c"
    """Steer a broadcast; arguments: ``pause``, ``go``, ``stop`` or ``look``, and its number. For admins."""


@dataclass(frozen=True, slots=True)
class CallbackData:
    """A button that was pressed; ``target_id`` numbers the subscriber it steers, None for the chat itself."""

    action: Action
    args: tuple[str, ...] = ()
    target_id: int | None = None

    @property
    def first_arg(self) -> str:
        """The first argument, or nothing."""
        return self.args[0] if self.args else ""

    @property
    def second_arg(self) -> str:
        """The second argument, or nothing."""
        return self.args[1] if len(self.args) > 1 else ""


def encode_callback(action: Action, *args: str, target_id: int | None = None) -> str:
    """Return the callback data of a button; ``ValueError`` over 64 bytes or with ``:`` in an argument.

    ``target_id`` numbers the subscriber that it acts on, None for the chat in which it stands.
    """
    if any(":" in argument for argument in args):
        raise ValueError("an argument of callback data holds a colon")
    version = _VERSION if target_id is None else f"{_VERSION}@{target_id}"
    data = ":".join((version, action.value, *args))
    if len(data.encode()) > _MAX_BYTES:
        raise ValueError(f"callback data of {len(data.encode())} bytes; Telegram takes {_MAX_BYTES}")
    return data


def decode_callback(data: str) -> CallbackData | None:
    """Return what a button says, or None where it is not ours or of another version."""
    beginning, _, rest = data.partition(":")
    name, *arguments = rest.split(":")
    ours = _PREFIX.fullmatch(beginning)
    if ours is None or name not in set(Action):
        return None
    return CallbackData(Action(name), tuple(arguments), int(ours[1]) if ours[1] else None)
