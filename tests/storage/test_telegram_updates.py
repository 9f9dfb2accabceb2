"""An update is noted once, over restarts too, and forgotten after a while."""

import asyncio
from datetime import timedelta

from digest.model.clock import FixedClock
from digest.storage import Store, open_store
from tests.support.database import NOW

MAX_UPDATE_ID = 2**63 - 1


async def test_an_update_is_new_once(store: Store) -> None:
    told = [await store.telegram_updates.record(number, NOW) for number in (7, 7, 8, MAX_UPDATE_ID, MAX_UPDATE_ID, 7)]

    assert told == [True, False, True, True, False, False]


async def test_of_many_at_the_same_time_one_is_new(store: Store) -> None:
    told = await asyncio.gather(*(store.telegram_updates.record(7, NOW) for _ in range(50)))

    assert sorted(told) == [False] * 49 + [True]


async def test_another_start_knows_what_was_noted(store: Store, url: str, clock: FixedClock) -> None:
    await store.telegram_updates.record(7, NOW)
    await store.close()

    again = await open_store(url, clock)
    told = await again.telegram_updates.record(7, NOW)
    await again.close()

    assert told is False


async def test_what_is_older_than_a_moment_is_forgotten_and_the_rest_stays(store: Store) -> None:
    for number in range(3):
        await store.telegram_updates.record(number, NOW - timedelta(days=number))

    gone = await store.telegram_updates.delete_before(NOW - timedelta(days=1))

    assert gone == 1
    assert [await store.telegram_updates.record(number, NOW) for number in range(3)] == [False, False, True]
