"""What a crash leaves, and what is done about what caused it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from digest.model import Channel, Delivery
from digest.model.clock import FixedClock
from digest.services.delivery import MAX_CRASHES
from digest.storage import Store, open_store
from tests.services.delivery.scripted_sender import ScriptedSender, build_worker, queue_broadcast, states_by_address
from tests.support.database import NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def claim_at(store: Store, owner: str, *, at: timedelta = timedelta(0), most: int = 16) -> Sequence[Delivery]:
    """Claim at a moment, for a minute."""
    now = NOW + at
    return await store.outbox.claim(Channel.TELEGRAM, owner, due_at=now, now=now, until=now + MINUTE, limit=most)


async def test_after_a_crash_what_was_leased_is_due_and_what_was_begun_is_in_doubt(
    url: str, store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock, 3)
    first, *_ = await claim_at(store, "dead")
    await store.outbox.mark_sending(first.id, "dead")
    next_life = await open_store(url, clock)

    recovered = await next_life.outbox.recover(NOW)
    await next_life.close()

    assert (recovered.due, recovered.uncertain, recovered.poison) == (2, 1, 0)
    assert await states_by_address(store) == {"1": "uncertain", "2": "due", "3": "due"}


async def test_a_courier_that_is_cancelled_in_the_middle_settles_or_gives_back(store: Store, clock: FixedClock) -> None:
    begun = asyncio.Event()

    async def wait(_delivery: Delivery) -> None:
        begun.set()
        await asyncio.sleep(0.1)

    await queue_broadcast(store, clock, 8)
    postbox = ScriptedSender(on_send=wait)
    running = asyncio.create_task(build_worker(store, postbox, clock, concurrency=2).run())
    await begun.wait()

    running.cancel()
    await asyncio.wait([running])

    assert sorted((await states_by_address(store)).values()) == ["due"] * 6 + ["sent"] * 2


async def test_a_crash_between_two_parts_repeats_none_that_arrived(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    (delivery,) = await claim_at(store, "dead")
    await store.outbox.mark_sending(delivery.id, "dead")
    await store.outbox.record_parts(delivery.id, "dead", ("first",))
    await store.outbox.recover(NOW)

    async def in_parts(_delivery: Delivery) -> Sequence[str]:
        return ("first", "second")

    postbox = ScriptedSender()
    await build_worker(store, postbox, clock, render=in_parts).drain()

    assert postbox.sent == [("1", "second")]


async def test_a_lease_that_ran_out_is_another_owners_and_the_first_writes_nothing(
    store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock)
    (frozen,) = await claim_at(store, "frozen")

    (taken,) = await claim_at(store, "other", at=2 * MINUTE)
    begins = await store.outbox.mark_sending(frozen.id, "frozen")
    other_begins = await store.outbox.mark_sending(taken.id, "other")

    assert (begins, other_begins) == (False, True)


async def test_a_lease_that_is_held_does_not_run_out_for_its_own_holder(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    (held,) = await claim_at(store, "one")
    later = NOW + HOUR

    again = await store.outbox.claim(
        Channel.TELEGRAM, "one", due_at=later, now=later, until=later + MINUTE, limit=9, holding=[held.id]
    )

    assert again == []
    assert await store.outbox.mark_sending(held.id, "one")


async def test_a_lease_that_is_renewed_lasts_and_one_that_was_forgotten_does_not(
    store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock, 2)
    kept, forgotten = await claim_at(store, "one")

    await store.outbox.renew("one", NOW + HOUR, [kept.id])
    taken = await claim_at(store, "other", at=2 * MINUTE)

    assert [one.id for one in taken] == [forgotten.id]


async def test_what_ends_the_program_three_times_is_refused_and_all_others_are_sent(
    store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock, 40)
    lives = 0

    # Each life ends as soon as it holds number 5, before anything of its batch was begun.
    while open_rows := [state for state in (await states_by_address(store)).values() if state == "due"]:
        lives += 1
        assert lives < 100, open_rows
        batch = await claim_at(store, f"life {lives}")
        if any(one.target.address == "5" for one in batch):
            await store.outbox.recover(NOW)
            continue
        for one in batch:
            assert await store.outbox.mark_sending(one.id, f"life {lives}")
        await store.outbox.recover(NOW)

    ends = await states_by_address(store)
    assert ends.pop("5") == "refused"
    assert set(ends.values()) == {"uncertain"}


async def test_what_was_given_back_is_under_no_suspicion(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 3)

    for _ in range(2 * MAX_CRASHES):
        await claim_at(store, "one")
        await store.outbox.release("one")

    assert len(await claim_at(store, "one")) == 3


async def test_a_suspect_is_tried_alone(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 3)
    await claim_at(store, "dead")
    await store.outbox.recover(NOW)

    held = await claim_at(store, "one")
    meanwhile = await claim_at(store, "two")
    await store.outbox.release("one")

    assert (len(held), len(meanwhile)) == (1, 0)
    assert len(await claim_at(store, "two")) == 1


async def test_after_one_crash_everything_still_goes_in_one_drain(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 20)
    await claim_at(store, "dead")
    await store.outbox.recover(NOW)
    postbox = ScriptedSender()

    await build_worker(store, postbox, clock).drain()

    assert len(postbox.sent) == 20
