"""What a courier holds, and how long each lease lasts by this machine's own clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from digest.model.clock import monotonic, system_clock
from digest.services.delivery.outbox import Outbox

LEASE_DURATION = timedelta(seconds=60)
RENEWALS_PER_LEASE = 4


@dataclass(slots=True)
class Leases:
    """The leases of one courier: one that has run out by our own clock is lost, whatever the store says."""

    _expiries: dict[int, float] = field(default_factory=dict)

    @property
    def held_ids(self) -> tuple[int, ...]:
        """The deliveries that are held."""
        return tuple(self._expiries)

    def add(self, deliveries: Iterable[int], started: float, lease: timedelta) -> None:
        """Note leases that were asked for at ``started``, in seconds of the clock that never goes back."""
        self._expiries |= dict.fromkeys(deliveries, started + lease.total_seconds())

    def is_valid(self, delivery: int) -> bool:
        """Return whether the lease of a delivery is held and has not run out."""
        return self._expiries.get(delivery, 0.0) > monotonic()

    def remove(self, delivery: int) -> None:
        """Hold a delivery no more."""
        self._expiries.pop(delivery, None)

    def clear(self) -> None:
        """Hold nothing any more."""
        self._expiries.clear()

    async def renew(self, outbox: Outbox, owner: str, lease: timedelta) -> None:
        """Lengthen what is held and does not end meanwhile; raises ``StoreError`` as the outbox does."""
        holding, started = self.held_ids, monotonic()
        if holding:
            await outbox.renew(owner, system_clock() + lease, holding)
            self.add([delivery for delivery in holding if delivery in self._expiries], started, lease)
