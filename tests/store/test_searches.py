"""What a chat searched for last is kept for that chat, and goes when its reader goes."""

from datetime import timedelta

from digest.clock import SetClock
from digest.model import Target
from digest.store import Store
from tests.support.stores import NOW, membership_on

CHAT = Target.telegram(42)
TOPIC = Target.telegram(42, thread=7)


async def test_the_newest_search_of_each_chat_is_recalled(store: Store) -> None:
    await store.searches.remember(CHAT, "robots", NOW)
    await store.searches.remember(TOPIC, "agents", NOW)
    await store.searches.remember(CHAT, "机器人", NOW + timedelta(minutes=1))

    assert await store.searches.recall(CHAT) == "机器人"
    assert await store.searches.recall(TOPIC) == "agents"
    assert await store.searches.recall(Target.telegram(43)) is None


async def test_a_search_is_told_to_its_reader_and_erased_with_them(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    await people.subscribe(CHAT, None)
    await store.searches.remember(CHAT, "a secret wish", NOW)
    reader = await people.reader(CHAT)
    assert reader is not None

    record = await store.keys.record(reader.subscriber.id)
    await people.forget(CHAT)

    assert "a secret wish" in str(record)
    assert await store.searches.recall(CHAT) is None


async def test_somebody_who_never_joined_is_forgotten_too(store: Store, clock: SetClock) -> None:
    await store.searches.remember(CHAT, "a secret wish", NOW)

    await membership_on(store, clock).forget(CHAT)

    assert await store.searches.recall(CHAT) is None
