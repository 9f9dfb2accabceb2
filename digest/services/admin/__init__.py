"""What admins look at: the whole in numbers and over time, deliveries, a reader, the service itself."""

from digest.services.admin.deliveries import UNREACHABLE_ALLOWED_FOR, DeliveryAdmin, DeliveryRow, LastListStore
from digest.services.admin.delivery_actions import (
    BulkAction,
    BulkPlan,
    DeliverySelection,
    EditionKey,
    Obstacle,
    PlanGroup,
    format_edition,
    parse_edition,
)
from digest.services.admin.stats import (
    HistoryStore,
    LastReport,
    QueueStatus,
    Stats,
    StatsHistory,
    StatsStore,
    UpcomingDigests,
)
from digest.services.admin.status import ServiceStatus, UpdateSource
from digest.services.admin.subscriber_details import EndpointDetails, SubscriberDetails, SubscriberDetailsStore

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
