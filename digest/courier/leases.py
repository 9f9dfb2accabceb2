"""What a courier holds, and how long each lease lasts by this machine's own clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from digest.clock import monotonic, system_clock
from digest.courier.outbox import Outbox

LEASE = timedelta(seconds=60)
RENEWALS_A_LEASE = 4


@dataclass(slots=True)
class Leases:
    """The leases of one courier: one that has run out by our own clock is lost, whatever the store says."""

    _ends: dict[int, float] = field(default_factory=dict)

    @property
    def held(self) -> tuple[int, ...]:
        """The deliveries that are held."""
        return tuple(self._ends)

    def take(self, deliveries: Iterable[int], started: float, lease: timedelta) -> None:
        """Note leases that were asked for at ``started``, in seconds of the clock that never goes back."""
        self._ends |= dict.fromkeys(deliveries, started + lease.total_seconds())

    def last(self, delivery: int) -> bool:
        """Tell whether the lease of a delivery is held and has not run out."""
        return self._ends.get(delivery, 0.0) > monotonic()

    def end(self, delivery: int) -> None:
        """Hold a delivery no more."""
        self._ends.pop(delivery, None)

    def clear(self) -> None:
        """Hold nothing any more."""
        self._ends.clear()

    async def renew(self, outbox: Outbox, owner: str, lease: timedelta) -> None:
        """Lengthen what is held and does not end meanwhile; raises ``StoreError`` as the outbox does."""
        holding, started = self.held, monotonic()
        if holding:
            await outbox.renew(owner, system_clock() + lease, holding)
            self.take([delivery for delivery in holding if delivery in self._ends], started, lease)
