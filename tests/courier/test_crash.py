"""What a crash leaves, and what is done about what caused it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from digest.clock import SetClock
from digest.courier import MOST_CRASHES
from digest.model import Channel, Delivery
from digest.store import Store, open_store
from tests.courier.post import ScriptedPostbox, courier_on, queue_for, states
from tests.support.stores import NOW

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def claim(
    store: Store, owner: str, *, at: timedelta = timedelta(0), most: int = 16
) -> Sequence[Delivery]:
    """Claim at a moment, for a minute."""
    now = NOW + at
    return await store.outbox.claim(Channel.TELEGRAM, owner, due=now, now=now, until=now + MINUTE, most=most)


async def test_after_a_crash_what_was_leased_is_due_and_what_was_begun_is_in_doubt(
    url: str, store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock, 3)
    first, *_ = await claim(store, "dead")
    await store.outbox.sending(first.id, "dead")
    next_life = await open_store(url, clock)

    recovered = await next_life.outbox.recover(NOW)
    await next_life.close()

    assert (recovered.due, recovered.uncertain, recovered.poison) == (2, 1, 0)
    assert await states(store) == {"1": "uncertain", "2": "due", "3": "due"}


async def test_a_courier_that_is_cancelled_in_the_middle_settles_or_gives_back(
    store: Store, clock: SetClock
) -> None:
    begun = asyncio.Event()

    async def wait(_delivery: Delivery) -> None:
        begun.set()
        await asyncio.sleep(0.1)

    await queue_for(store, clock, 8)
    postbox = ScriptedPostbox(during=wait)
    running = asyncio.create_task(courier_on(store, postbox, clock, width=2).run())
    await begun.wait()

    running.cancel()
    await asyncio.wait([running])

    assert sorted((await states(store)).values()) == ["due"] * 6 + ["sent"] * 2


async def test_a_crash_between_two_parts_repeats_none_that_arrived(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock)
    (delivery,) = await claim(store, "dead")
    await store.outbox.sending(delivery.id, "dead")
    await store.outbox.arrived(delivery.id, "dead", ("first",))
    await store.outbox.recover(NOW)

    async def in_parts(_delivery: Delivery) -> Sequence[str]:
        return ("first", "second")

    postbox = ScriptedPostbox()
    await courier_on(store, postbox, clock, render=in_parts).drain()

    assert postbox.taken == [("1", "second")]


async def test_a_lease_that_ran_out_is_another_owners_and_the_first_writes_nothing(
    store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock)
    (frozen,) = await claim(store, "frozen")

    (taken,) = await claim(store, "other", at=2 * MINUTE)
    begins = await store.outbox.sending(frozen.id, "frozen")
    other_begins = await store.outbox.sending(taken.id, "other")

    assert (begins, other_begins) == (False, True)


async def test_a_lease_that_is_held_does_not_run_out_for_its_own_holder(
    store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock)
    (held,) = await claim(store, "one")
    later = NOW + HOUR

    again = await store.outbox.claim(
        Channel.TELEGRAM, "one", due=later, now=later, until=later + MINUTE, most=9, holding=[held.id]
    )

    assert again == []
    assert await store.outbox.sending(held.id, "one")


async def test_a_lease_that_is_renewed_lasts_and_one_that_was_forgotten_does_not(
    store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock, 2)
    kept, forgotten = await claim(store, "one")

    await store.outbox.renew("one", NOW + HOUR, [kept.id])
    taken = await claim(store, "other", at=2 * MINUTE)

    assert [one.id for one in taken] == [forgotten.id]


async def test_what_ends_the_program_three_times_is_refused_and_all_others_are_sent(
    store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock, 40)
    lives = 0

    # Each life ends as soon as it holds number 5, before anything of its batch was begun.
    while open_rows := [state for state in (await states(store)).values() if state == "due"]:
        lives += 1
        assert lives < 100, open_rows
        batch = await claim(store, f"life {lives}")
        if any(one.target.address == "5" for one in batch):
            await store.outbox.recover(NOW)
            continue
        for one in batch:
            assert await store.outbox.sending(one.id, f"life {lives}")
        await store.outbox.recover(NOW)

    ends = await states(store)
    assert ends.pop("5") == "refused"
    assert set(ends.values()) == {"uncertain"}


async def test_what_was_given_back_is_under_no_suspicion(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock, 3)

    for _ in range(2 * MOST_CRASHES):
        await claim(store, "one")
        await store.outbox.release("one")

    assert len(await claim(store, "one")) == 3


async def test_a_suspect_is_tried_alone(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock, 3)
    await claim(store, "dead")
    await store.outbox.recover(NOW)

    held = await claim(store, "one")
    meanwhile = await claim(store, "two")
    await store.outbox.release("one")

    assert (len(held), len(meanwhile)) == (1, 0)
    assert len(await claim(store, "two")) == 1


async def test_after_one_crash_everything_still_goes_in_one_drain(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock, 20)
    await claim(store, "dead")
    await store.outbox.recover(NOW)
    postbox = ScriptedPostbox()

    await courier_on(store, postbox, clock).drain()

    assert len(postbox.taken) == 20
