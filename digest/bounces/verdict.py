"""What a mail that came back says: the values that leave this room."""

from dataclasses import dataclass
from enum import StrEnum


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
