"""What a chat searched for last is kept for that chat, and goes when its reader goes."""

from datetime import timedelta

from digest.model import Target
from digest.model.clock import FixedClock
from digest.storage import Store
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
