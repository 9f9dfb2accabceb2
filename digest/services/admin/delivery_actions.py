"""What an admin orders for many deliveries at once: which are meant, what that would change, and what not."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from digest.model import Channel, DeliveryState

EditionKey = date | int
"""What names an edition: the date of a digest, or the number of a broadcast."""

_DATE_PATTERN = re.compile(r"(20[0-9]{2})(?:[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})|([0-9]{2})([0-9]{2}))")
_BROADCAST_PATTERN = re.compile(r"(?:broadcast)?\s*[:#]?\s*([0-9]{1,18})", re.IGNORECASE)


class BulkAction(StrEnum):
    """What shall become of deliveries."""

    RESEND = "resend"
    CANCEL = "cancel"

    @property
    def states(self) -> tuple[DeliveryState, ...]:
        """The states from which it can be given."""
        if self is BulkAction.RESEND:
            return (DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.CANCELLED)
        return (DeliveryState.DUE, DeliveryState.UNCERTAIN)


class Obstacle(StrEnum):
    """Why a delivery cannot be sent again."""

    EXPIRED = "expired"
    """It carried a code or a link to confirm an address."""
    MERGED = "folded"
    """Its papers went into a later digest."""
    REPLACED = "replaced"
    """Another delivery of the same edition went to the same chat, which has moved."""
    ADDRESS_INACTIVE = "address_ended"
    """The address does not receive now: gone, suppressed, or unsubscribed."""
    NOT_WANTED = "not_wanted"
    """It is a digest, and its reader has paused or follows nothing any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySelection:
    """Which deliveries are meant: all in a state, or of those only one edition's, or one channel's."""

    state: DeliveryState
    edition: EditionKey | None = None
    channel: Channel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanGroup:
    """How many deliveries there are of one edition on one channel with one obstacle, or none.

    ``edition`` is None for what belongs to none: codes, links and alerts, as ``kind`` says.
    """

    edition: EditionKey | None
    kind: str
    channel: Channel
    obstacle: Obstacle | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPlan:
    """What an order would change, counted at one moment.

    ``snapshot`` is the store's own note of the deliveries that were counted as changeable: carrying the plan
    out reaches these alone, and of these only what is still as it was. ``edition_exists`` is False where the
    edition that was asked for does not exist.
    """

    action: BulkAction
    selection: DeliverySelection
    groups: tuple[PlanGroup, ...] = ()
    snapshot: str = field(default="{}", repr=False)
    edition_exists: bool = True

    @property
    def total(self) -> int:
        """How many deliveries it would change."""
        return sum(group.count for group in self.groups if group.obstacle is None)

    @property
    def editions(self) -> Mapping[tuple[EditionKey | None, str], Mapping[Channel, int]]:
        """How many it would change on each channel, by edition and kind, the newest edition first."""
        found: dict[tuple[EditionKey | None, str], dict[Channel, int]] = {}
        for group in self.groups:
            if group.obstacle is None:
                found.setdefault((group.edition, group.kind), {})[group.channel] = group.count
        return found

    @property
    def obstacles(self) -> Mapping[Obstacle, int]:
        """How many it would leave as they are, by the reason."""
        left: Counter[Obstacle] = Counter()
        for group in self.groups:
            if group.obstacle is not None:
                left[group.obstacle] += group.count
        return left

    @property
    def channels(self) -> Mapping[Channel, int]:
        """How many it would change on each channel."""
        found: Counter[Channel] = Counter()
        for group in self.groups:
            if group.obstacle is None:
                found[group.channel] += group.count
        return found

    @property
    def may_duplicate(self) -> bool:
        """Return whether what is sent again may have arrived already."""
        return self.action is BulkAction.RESEND and self.selection.state is DeliveryState.UNCERTAIN


def format_edition(edition: EditionKey) -> str:
    """Return an edition's name as it is shown and typed: ``2026-01-24``, ``broadcast:12``."""
    return edition.isoformat() if isinstance(edition, date) else f"broadcast:{edition}"


def parse_edition(text: str) -> EditionKey | None:
    """Return the edition that a text names: ``2026-01-24``, ``2026/1/24``, ``broadcast:12`` or ``12``.

    None where it names none.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if day := _DATE_PATTERN.fullmatch(plain):
        try:
            return date(int(day[1]), int(day[2] or day[4]), int(day[3] or day[5]))
        except ValueError:
            return None
    number = _BROADCAST_PATTERN.fullmatch(plain)
    return int(number[1]) if number else None
