"""The reasons for which mail is refused, and whose fault each is.

What a mail that came back says: the values that leave this room.

How much speaks against an address: a point a day at most, and points fade.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.model import Announcement
from digest.model.reasons import Reason


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


class BounceKind(StrEnum):
    """What a mail says, as a whole or of one recipient.

    ``failed`` and ``complaint`` have consequences, ``unsubscribe`` where it shows its key. ``blameless`` has
    failed through no fault of its reader: admins hear of it. ``delayed``, ``delivered`` (also relayed and
    expanded) and ``auto_reply`` have no consequence. ``unknown`` was not understood.
    """

    FAILED = "failed"
    BLAMELESS = "blameless"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    UNSUBSCRIBE = "unsubscribe"
    AUTO_REPLY = "auto_reply"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRecipient:
    """One recipient of a report.

    ``address`` is as the sender knew it where the report says so, else as the last server did; that one is
    ``final_address``. ``status`` is an enhanced code (RFC 3463), ``diagnostic`` the server's words in one
    line.
    """

    address: str
    kind: BounceKind
    final_address: str = ""
    status: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BounceReport:
    """One mail that came to the address of returns.

    ``detail`` is one line of why. ``delivered_to`` are the addresses that its headers say it was brought to;
    ``original_senders`` are those by which what came back could be known again: its envelope sender and its
    address for unsubscribing. ``original_message_ids`` are the ids of what came back, with their angle
    brackets.
    """

    kind: BounceKind
    recipients: tuple[ReportedRecipient, ...] = ()
    detail: str = ""
    subject: str = ""
    delivered_to: tuple[str, ...] = ()
    original_senders: tuple[str, ...] = ()
    original_message_ids: tuple[str, ...] = ()

    def kind_for(self, address: str) -> BounceKind:
        """Return what it says of an address; of one that it does not name, what it says as a whole."""
        wanted = address.lower()
        for one in self.recipients:
            if wanted in (one.address.lower(), one.final_address.lower()):
                return one.kind
        return self.kind


HALF_LIFE_DAYS = 30
BOUNCE_THRESHOLD = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncePenalty:
    """A bounce to be counted: at ``threshold`` points its address stops.

    ``notice`` goes to the reader's chats then. ``reason`` names no address.
    """

    reason: Reason
    threshold: float
    notice: Announcement | None = None


def decayed_score(score: float, last_bounce_at: datetime | None, now: datetime) -> float:
    """Return the score after a bounce at ``now``, where it was ``score`` after the one at ``last_bounce_at``.

    A bounce is a point, once for each day of UTC. Each day between two days with bounces fades what was
    there, to a half in 30 of them: so three days in a row are three points.
    """
    if last_bounce_at is None:
        return score + 1
    days = (now.date() - last_bounce_at.date()).days
    if days <= 0:
        return score
    return score * math.exp2(-(days - 1) / HALF_LIFE_DAYS) + 1
