"""The reasons for which mail is refused, and whose fault each is."""

from enum import StrEnum


class Blame(StrEnum):
    """Whose fault a refusal is: the reader's address, our server or message, or neither."""

    RECIPIENT = "reader"
    US = "us"
    NOBODY = "nobody"


class BounceReason(StrEnum):
    """Why mail was refused.

    ``no_mailbox`` is certain. ``not_reached`` is probable: such answers are also given while a directory or a
    zone is out of step. ``unclear`` is an answer that names no reason.
    """

    NO_MAILBOX = "no_mailbox"
    NOT_REACHED = "not_reached"
    MAILBOX_FULL = "full"
    UNCLEAR = "unclear"

    REPUTATION = "reputation"
    AUTHENTICATION = "authentication"
    CONTENT = "content"
    POLICY = "policy"
    PROTOCOL = "protocol"
    FORMAT = "format"
    TOO_LARGE = "too_big"

    ROUTING = "routing"
    TEMPORARY = "temporary"
    REMOTE_SYSTEM = "their_system"

    @property
    def blame(self) -> Blame:
        """Whose fault it is; what is unclear is left with the address that it is about."""
        if self in _RECIPIENT_REASONS:
            return Blame.RECIPIENT
        return Blame.NOBODY if self in _NOBODY_REASONS else Blame.US


_RECIPIENT_REASONS = frozenset(
    {BounceReason.NO_MAILBOX, BounceReason.NOT_REACHED, BounceReason.MAILBOX_FULL, BounceReason.UNCLEAR}
)
_NOBODY_REASONS = frozenset({BounceReason.ROUTING, BounceReason.TEMPORARY, BounceReason.REMOTE_SYSTEM})
