"""What admins look at: the whole in numbers and over time, deliveries, a reader, the service itself."""

from digest.overview.cards import Card, Cards, Reached
from digest.overview.counts import LastReport, Numbers, Overview, Queues, Turns
from digest.overview.deliveries import Deliveries, Listed, Listings
from digest.overview.history import Histories, History
from digest.overview.signs import Hearing, Signs

__all__ = [
    "Card",
    "Cards",
    "Deliveries",
    "Hearing",
    "Histories",
    "History",
    "LastReport",
    "Listed",
    "Listings",
    "Numbers",
    "Overview",
    "Queues",
    "Reached",
    "Signs",
    "Turns",
]
