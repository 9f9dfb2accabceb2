"""How much speaks against an address: a point a day at most, and points fade."""

import math
from dataclasses import dataclass
from datetime import datetime

from digest.model import Announcement
from digest.reasons import Reason

HALF_LIFE_DAYS = 30
THRESHOLD = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A bounce to be counted: at ``threshold`` points its address stops.

    ``tell`` goes to the reader's chats then. ``reason`` names no address.
    """

    reason: Reason
    threshold: float
    tell: Announcement | None = None


def scored(score: float, last: datetime | None, now: datetime) -> float:
    """Give the score after a bounce at ``now``, where it was ``score`` after the one at ``last``.

    A bounce is a point, once for each day of UTC. Each day between two days with bounces fades what was
    there, to a half in 30 of them: so three days in a row are three points.
    """
    if last is None:
        return score + 1
    days = (now.date() - last.date()).days
    if days <= 0:
        return score
    return score * math.exp2(-(days - 1) / HALF_LIFE_DAYS) + 1
