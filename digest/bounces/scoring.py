"""How much speaks against an address: a point a day at most, and points fade."""

import math
from dataclasses import dataclass
from datetime import datetime

from digest.model import Announcement
from digest.reasons import Reason

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
