"""The last search of each chat, and the updates that were handled."""

import asyncio
from datetime import timedelta

from digest.model import Target
from digest.model.clock import FixedClock
from digest.storage import Store, open_store
from tests.support.database import NOW, subscription_service

CHAT = Target.telegram(42)
TOPIC = Target.telegram(42, thread=7)


async def test_the_newest_search_of_each_chat_is_recalled(store: Store) -> None:
    await store.last_searches.save(CHAT, "robots", NOW)
    await store.last_searches.save(TOPIC, "agents", NOW)
    await store.last_searches.save(CHAT, "机器人", NOW + timedelta(minutes=1))

    assert await store.last_searches.load(CHAT) == "机器人"
    assert await store.last_searches.load(TOPIC) == "agents"
    assert await store.last_searches.load(Target.telegram(43)) is None


async def test_a_search_is_told_to_its_reader_and_erased_with_them(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, None)
    await store.last_searches.save(CHAT, "a secret wish", NOW)
    reader = await people.find_profile(CHAT)
    assert reader is not None

    record = await store.link_tokens.export_data(reader.subscriber.id)
    await people.erase(CHAT)

    assert "a secret wish" in str(record)
    assert await store.last_searches.load(CHAT) is None


async def test_somebody_who_never_joined_is_forgotten_too(store: Store, clock: FixedClock) -> None:
    await store.last_searches.save(CHAT, "a secret wish", NOW)

    await subscription_service(store, clock).erase(CHAT)

    assert await store.last_searches.load(CHAT) is None


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
