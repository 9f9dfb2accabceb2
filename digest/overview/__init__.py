"""What admins look at: the whole in numbers and over time, deliveries, a reader, the service itself."""

from digest.overview.cards import EndpointDetails, SubscriberDetails, SubscriberDetailsStore
from digest.overview.counts import LastReport, QueueStatus, Stats, StatsStore, UpcomingDigests
from digest.overview.deliveries import UNREACHABLE_ALLOWED_FOR, DeliveryAdmin, DeliveryRow, LastListStore
from digest.overview.history import HistoryStore, StatsHistory
from digest.overview.orders import (
    BulkAction,
    BulkPlan,
    DeliverySelection,
    EditionKey,
    Obstacle,
    PlanGroup,
    format_edition,
    parse_edition,
)
from digest.overview.signs import ServiceStatus, UpdateSource

__all__ = [
    "UNREACHABLE_ALLOWED_FOR",
    "BulkAction",
    "BulkPlan",
    "DeliveryAdmin",
    "DeliveryRow",
    "DeliverySelection",
    "EditionKey",
    "EndpointDetails",
    "HistoryStore",
    "LastListStore",
    "LastReport",
    "Obstacle",
    "PlanGroup",
    "QueueStatus",
    "ServiceStatus",
    "Stats",
    "StatsHistory",
    "StatsStore",
    "SubscriberDetails",
    "SubscriberDetailsStore",
    "UpcomingDigests",
    "UpdateSource",
    "format_edition",
    "parse_edition",
]
