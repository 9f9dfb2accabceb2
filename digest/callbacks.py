"""What an inline button says when it is pressed: versioned, allow-listed, at most 64 bytes (Bot API).

The form is ``1:<action>:<argument>…``. Whatever comes back from Telegram is input: what does not fit the
form is None, never an error.
"""

from dataclasses import dataclass
from enum import StrEnum

_VERSION = "1"
_LONGEST = 64


class Action(StrEnum):
    """What a button does."""

    PAPER = "p"
    """Show a paper; argument: its arXiv id."""
    TOGGLE = "t"
    """Follow a domain or stop following it; argument: its slug."""
    SUBSCRIBE = "s"
    """Follow a domain (a suggestion); argument: its slug."""
    UNSUBSCRIBE = "u"
    """Stop following a domain; argument: its slug."""
    EVERYTHING = "a"
    """Follow everything."""
    DOMAINS = "k"
    """Show the domain keyboard."""
    TODAY = "d"
    """Show the newest digest, or with a slug as argument what it has of that domain."""
    SET = "o"
    """Change a setting; arguments: its name and value."""
    CONFIRM = "y"
    """Confirm what an admin was shown; argument: the one-use key."""
    CANCEL = "n"
    """Withdraw what an admin was shown; argument: the one-use key."""
    RESEND = "r"
    """Send a delivery again that is held; argument: its number. For admins."""
    GIVE_UP = "g"
    """Cancel a delivery that is held; argument: its number. For admins."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed."""

    action: Action
    arguments: tuple[str, ...] = ()

    @property
    def argument(self) -> str:
        """The first argument, or nothing."""
        return self.arguments[0] if self.arguments else ""


def callback(action: Action, *arguments: str) -> str:
    """Give the callback data of a button; ``ValueError`` over 64 bytes or with ``:`` in an argument."""
    if any(":" in argument for argument in arguments):
        raise ValueError("an argument of callback data holds a colon")
    data = ":".join((_VERSION, action.value, *arguments))
    if len(data.encode()) > _LONGEST:
        raise ValueError(f"callback data of {len(data.encode())} bytes; Telegram takes {_LONGEST}")
    return data


def read_callback(data: str) -> Press | None:
    """Give what a button says, or None where it is not ours or of another version."""
    version, _, rest = data.partition(":")
    name, *arguments = rest.split(":")
    if version != _VERSION or name not in set(Action):
        return None
    return Press(Action(name), tuple(arguments))
