"""One reader as an admin sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.model import Channel, Endpoint, SubscriberProfile
from digest.model.reasons import Reason
from digest.services.admin.deliveries import DeliveryRow


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDetails:
    """One address of a reader, since when it is there, and why it does not receive where it does not."""

    endpoint: Endpoint
    since: datetime
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberDetails:
    """A reader, where they are reached, their newest deliveries, and how many papers they saved."""

    profile: SubscriberProfile
    endpoints: Sequence[EndpointDetails]
    deliveries: Sequence[DeliveryRow]
    saved_count: int = 0


class SubscriberDetailsStore(Protocol):
    """Readers one by one; implemented by the store."""

    async def find_by_address(self, channel: Channel, address: str) -> Sequence[SubscriberDetails]:
        """Return the readers at an address: one for each thread of a forum, and who waits for a yes there."""
        ...

    async def find_by_id(self, number: int) -> SubscriberDetails | None:
        """Return the reader of a subscriber's number."""
        ...
