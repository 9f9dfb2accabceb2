"""What admins look at: the whole in numbers and over time, deliveries, a reader, the service itself."""

from digest.overview.cards import Card, Cards, Reached
from digest.overview.counts import LastReport, Numbers, Overview, Queues, Turns
from digest.overview.deliveries import GONE_ALLOWED, Deliveries, Listed, Listings
from digest.overview.history import Histories, History
from digest.overview.orders import (
    EditionKey,
    Group,
    Obstacle,
    Order,
    Plan,
    Wanted,
    edition_text,
    read_edition,
)
from digest.overview.signs import Hearing, Signs

__all__ = [
    "GONE_ALLOWED",
    "Card",
    "Cards",
    "Deliveries",
    "EditionKey",
    "Group",
    "Hearing",
    "Histories",
    "History",
    "LastReport",
    "Listed",
    "Listings",
    "Numbers",
    "Obstacle",
    "Order",
    "Overview",
    "Plan",
    "Queues",
    "Reached",
    "Signs",
    "Turns",
    "Wanted",
    "edition_text",
    "read_edition",
]
