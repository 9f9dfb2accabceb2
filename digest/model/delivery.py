"""One message to one endpoint: what it carries, and its state."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from digest.model.digest import Digest
from digest.model.endpoint import Target
from digest.model.language import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An admin's broadcast: plain text, sent as written.

    ``notice`` True: the program's own words to one person, an alarm or a line about an address; they belong
    to no list.
    """

    text: str
    locale: Locale = Locale.EN
    notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressCode:
    """The six-digit code that proves an email address; ``minutes`` is how long it is good for."""

    code: str
    minutes: int
    locale: Locale = Locale.EN


@dataclass(frozen=True, slots=True, kw_only=True)
class OptIn:
    """The question whether an address that was typed into the sign-up page wants the digest.

    The link that says yes is made of ``nonce`` (``digest.links``) and good for ``hours``.
    """

    nonce: str
    hours: int
    locale: Locale = Locale.EN


Content = Digest | Announcement | AddressCode | OptIn
"""What a delivery carries."""


class DeliveryState(StrEnum):
    """States of an outbox row; the arrows between them stand in ``docs/delivery.md``."""

    DUE = "due"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    GONE = "gone"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint, claimed from the outbox.

    ``key`` is stable for a delivery over restarts and repeats (Message-IDs derive from it).
    ``receipts`` holds one entry for each part that surely arrived; sending goes on at part
    ``len(receipts)``. ``attempts`` counts earlier tries that ended with "later"; ``points`` counts tries to
    this endpoint, of whatever, that ended with a wait of days and no success since.
    ``shorter``: it was too big once, and says less now.
    """

    id: int
    key: str
    endpoint: int
    subscriber: int
    target: Target
    content: Content
    created_at: dt.datetime
    attempts: int = 0
    points: int = 0
    shorter: bool = False
    receipts: tuple[str, ...] = ()
