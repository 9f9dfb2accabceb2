"""One message to one endpoint: what it carries, and its state."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from digest.model.digest import Digest
from digest.model.endpoint import Target
from digest.model.locale import Locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An admin's broadcast: plain text, sent as written.

    ``is_system`` True: the program's own words to one person, an alarm or a line about an address; they
    belong to no list.
    """

    text: str
    locale: Locale = Locale.EN
    is_system: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationCode:
    """The six-digit code that proves an email address; ``valid_minutes`` is how long it is good for."""

    code: str
    valid_minutes: int
    locale: Locale = Locale.EN


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupConfirmation:
    """The question whether an address that was typed into the sign-up page wants the digest.

    The link that says yes is made of ``nonce`` (``digest.model.links``) and good for ``valid_hours``.
    """

    nonce: str
    valid_hours: int
    locale: Locale = Locale.EN


DeliveryContent = Digest | Announcement | VerificationCode | SignupConfirmation
"""What a delivery carries."""


class DeliveryState(StrEnum):
    """States of an outbox row; the arrows between them stand in ``docs/delivery.md``."""

    DUE = "due"
    LEASED = "leased"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    UNREACHABLE = "gone"
    REFUSED = "refused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint, claimed from the outbox.

    ``key`` is stable for a delivery over restarts and repeats (Message-IDs derive from it). ``receipts``
    holds one entry for each part that surely arrived; sending goes on at part ``len(receipts)``. ``attempts``
    counts earlier tries that ended with "later"; ``failure_count`` counts tries to this endpoint, of
    whatever, that ended with a wait of days and no success since. ``shortened``: it was too big once, and
    says less now.
    """

    id: int
    key: str
    endpoint_id: int
    subscriber_id: int
    target: Target
    content: DeliveryContent
    created_at: dt.datetime
    attempts: int = 0
    failure_count: int = 0
    shortened: bool = False
    receipts: tuple[str, ...] = ()
