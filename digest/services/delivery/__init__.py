"""Couriers: one per channel takes what is due from the outbox, sends it, and settles how that ended.

The order is the promise: *sending* is committed before the first byte that could deliver leaves, the end is
committed after; what stands in *sending* after a crash is uncertain and is never repeated by itself.
"""

from digest.services.delivery.circuit_breaker import FailureStreak
from digest.services.delivery.outbox import MAX_CRASHES, ChannelPause, Outbox, Settlement
from digest.services.delivery.settlement import build_settlement
from digest.services.delivery.worker import CANCEL_GRACE_SECONDS, GRACE_SECONDS, DeliveryWorker

__all__ = [
    "CANCEL_GRACE_SECONDS",
    "GRACE_SECONDS",
    "MAX_CRASHES",
    "ChannelPause",
    "DeliveryWorker",
    "FailureStreak",
    "Outbox",
    "Settlement",
    "build_settlement",
]
