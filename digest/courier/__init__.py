"""Couriers: one per channel takes what is due from the outbox, sends it, and settles how that ended.

The order is the promise: *sending* is committed before the first byte that could deliver leaves, the end is
committed after; what stands in *sending* after a crash is uncertain and is never repeated by itself.
"""

from digest.courier.ends import settlement
from digest.courier.gate import Streak
from digest.courier.outbox import MOST_CRASHES, Hold, Outbox, Settlement
from digest.courier.sending import GRACE_SECONDS, LAST_WORDS_SECONDS, Courier

__all__ = [
    "GRACE_SECONDS",
    "LAST_WORDS_SECONDS",
    "MOST_CRASHES",
    "Courier",
    "Hold",
    "Outbox",
    "Settlement",
    "Streak",
    "settlement",
]
