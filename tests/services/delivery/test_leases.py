"""What a courier holds: a lease that has run out by its own clock is lost."""

from digest.model import Channel
from digest.model.clock import FixedClock, monotonic
from digest.services.delivery.leases import LEASE_DURATION, Leases
from digest.storage import Store
from tests.services.delivery.scripted_sender import queue_broadcast
from tests.support.database import NOW

LEASE_SECONDS = LEASE_DURATION.total_seconds()


def test_a_lease_lasts_from_the_moment_it_was_asked_for() -> None:
    leases = Leases()

    leases.add([1], monotonic() - LEASE_SECONDS / 2, LEASE_DURATION)
    leases.add([2], monotonic() - LEASE_SECONDS, LEASE_DURATION)

    assert [leases.is_valid(one) for one in (1, 2, 3)] == [True, False, False]


def test_what_ended_is_held_no_more() -> None:
    leases = Leases()
    leases.add([1, 2, 3], monotonic(), LEASE_DURATION)

    leases.remove(2)
    some = leases.held_ids
    leases.clear()

    assert some == (1, 3)
    assert leases.held_ids == ()


async def test_a_renewed_lease_lasts_again(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    (delivery,) = await store.outbox.claim(
        Channel.TELEGRAM, "one", due_at=NOW, now=NOW, until=NOW + LEASE_DURATION, limit=9
    )
    leases = Leases()
    leases.add([delivery.id], monotonic() - LEASE_SECONDS, LEASE_DURATION)

    before = leases.is_valid(delivery.id)
    await leases.renew(store.outbox, "one", LEASE_DURATION)

    assert (before, leases.is_valid(delivery.id)) == (False, True)
