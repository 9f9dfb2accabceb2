"""What a courier holds: a lease that has run out by its own clock is lost."""

from digest.clock import SetClock, monotonic
from digest.courier.leases import LEASE, Leases
from digest.model import Channel
from digest.store import Store
from tests.courier.post import queue_for
from tests.support.stores import NOW

SECONDS = LEASE.total_seconds()


def test_a_lease_lasts_from_the_moment_it_was_asked_for() -> None:
    leases = Leases()

    leases.take([1], monotonic() - SECONDS / 2, LEASE)
    leases.take([2], monotonic() - SECONDS, LEASE)

    assert [leases.last(one) for one in (1, 2, 3)] == [True, False, False]


def test_what_ended_is_held_no_more() -> None:
    leases = Leases()
    leases.take([1, 2, 3], monotonic(), LEASE)

    leases.end(2)
    some = leases.held
    leases.clear()

    assert some == (1, 3)
    assert leases.held == ()


async def test_a_renewed_lease_lasts_again(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock)
    (delivery,) = await store.outbox.claim(
        Channel.TELEGRAM, "one", due=NOW, now=NOW, until=NOW + LEASE, most=9
    )
    leases = Leases()
    leases.take([delivery.id], monotonic() - SECONDS, LEASE)

    before = leases.last(delivery.id)
    await leases.renew(store.outbox, "one", LEASE)

    assert (before, leases.last(delivery.id)) == (False, True)
