"""The whole in numbers, and the lists that chats saw last."""

from datetime import timedelta

import pytest

from digest.clock import SetClock
from digest.courier import Settlement
from digest.edition import EditionDesk
from digest.model import Channel, DeliveryState, Target
from digest.overview import Numbers
from digest.store import Store, open_store
from digest.store.facts import own_secret
from tests.support.stores import NOW, TODAY, a_paper, linking_on, membership_on, take_in

CHAT = Target.telegram(42)
HOUR = timedelta(hours=1)


@pytest.fixture
async def digest_sent(store: Store, clock: SetClock) -> None:
    """Let a chat have its digest of two papers, sent at nine."""
    await take_in(store, TODAY, a_paper(1), a_paper(2))
    await membership_on(store, clock).subscribe(CHAT, None)
    clock.forward(HOUR)
    await EditionDesk(editions=store.editions, clock=clock).serve()
    (one,) = await store.outbox.claim(
        Channel.TELEGRAM, "one", due=clock(), now=NOW, until=NOW + 9 * HOUR, most=9
    )
    await store.outbox.sending(one.id, "one")
    clock.forward(HOUR)
    await store.outbox.settle(one.id, "one", Settlement(state=DeliveryState.SENT), clock())


async def test_an_empty_house_counts_nothing(store: Store) -> None:
    numbers = await store.overview.numbers()

    assert (numbers.subscribers, numbers.reports, numbers.papers, numbers.everything) == (0, 0, 0, 0)
    assert (numbers.newest_report, numbers.oldest_due, numbers.deliveries) == (None, None, {})


async def test_everything_is_counted_in_one_look(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1), a_paper(2))
    await take_in(store, TODAY, a_paper(1), name="again.md")
    await people.enrol([CHAT, Target.email("ann@example.org")], ["vision", "speech"])
    await people.subscribe(Target.telegram(7), None)
    await people.subscribe(Target.telegram(8), ["vision"])
    await people.pause(Target.telegram(8))
    await linking_on(store, clock).ask(CHAT, "new@example.org")

    numbers = await store.overview.numbers()

    assert numbers == Numbers(
        subscribers=3,
        paused=1,
        endpoints={Channel.EMAIL: 1, Channel.TELEGRAM: 3},
        followers={"vision": 2, "speech": 1},
        everything=1,
        reports=1,
        papers=2,
        newest_report=TODAY,
        deliveries={DeliveryState.DUE: 1},
        oldest_due=NOW,
    )


async def test_a_list_that_was_shown_is_recalled(store: Store) -> None:
    await store.listings.remember(CHAT, ("2601.00001",), NOW)
    await store.listings.remember(CHAT, ("2601.00003", "2601.00002"), NOW + HOUR)

    assert await store.listings.recall(CHAT) == ("2601.00003", "2601.00002")
    assert await store.listings.recall(Target.telegram(42, thread=7)) == ()


@pytest.mark.usefixtures("digest_sent")
async def test_the_last_digest_is_recalled_where_nothing_was_shown_since(store: Store) -> None:
    alone = await store.listings.recall(CHAT)
    await store.listings.remember(CHAT, ("2601.00009",), NOW)
    shown_before = await store.listings.recall(CHAT)
    await store.listings.remember(CHAT, ("2601.00009",), NOW + 3 * HOUR)
    shown_after = await store.listings.recall(CHAT)

    assert alone == shown_before == ("2601.00001", "2601.00002")
    assert shown_after == ("2601.00009",)


async def test_a_digest_that_waits_was_seen_by_nobody(store: Store, clock: SetClock) -> None:
    await take_in(store, TODAY, a_paper(1))
    await membership_on(store, clock).subscribe(CHAT, None)
    clock.forward(HOUR)
    await EditionDesk(editions=store.editions, clock=clock).serve()

    assert await store.listings.recall(CHAT) == ()


async def test_the_key_that_signs_is_made_once(store: Store, url: str, clock: SetClock) -> None:
    first = await own_secret(store.database)
    other = await open_store(url, clock)
    second = await own_secret(other.database)
    await other.close()

    assert first == second
    assert len(first) >= 32
