"""Numbers for admins, now and by day, and the lists that chats saw last."""

from datetime import date, timedelta

import pytest

from digest.model import Channel, DeliveryState, Target
from digest.model.clock import FixedClock
from digest.services.admin import Stats
from digest.services.broadcasts import Audience
from digest.services.delivery import Settlement
from digest.services.editions import EditionService
from digest.storage import Store, open_store
from digest.storage.app_state import installation_secret
from tests.support.database import NOW, TODAY, email_linking_service, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
HOUR = timedelta(hours=1)


@pytest.fixture
async def digest_sent(store: Store, clock: FixedClock) -> None:
    """Let a chat have its digest of two papers, sent at nine."""
    await save_report(store, TODAY, make_paper(1), make_paper(2))
    await subscription_service(store, clock).subscribe(CHAT, None)
    clock.advance(HOUR)
    await EditionService(store=store.editions, clock=clock).queue_due_digests()
    (one,) = await store.outbox.claim(Channel.TELEGRAM, "one", due_at=clock(), now=NOW, until=NOW + 9 * HOUR, limit=9)
    await store.outbox.mark_sending(one.id, "one")
    clock.advance(HOUR)
    await store.outbox.settle(one.id, "one", Settlement(state=DeliveryState.SENT), clock())


async def test_an_empty_house_counts_nothing(store: Store) -> None:
    numbers = await store.stats.load_stats()

    assert (numbers.subscribers, numbers.reports, numbers.papers, numbers.all_domains) == (0, 0, 0, 0)
    assert (numbers.newest_report, numbers.oldest_due, numbers.deliveries) == (None, None, {})


async def test_everything_is_counted_in_one_look(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1), make_paper(2))
    await save_report(store, TODAY, make_paper(1), name="again.md")
    await people.add_subscriber([CHAT, Target.email("ann@example.org")], ["vision", "speech"])
    await people.subscribe(Target.telegram(7), None)
    await people.subscribe(Target.telegram(8), ["vision"])
    await people.pause(Target.telegram(8))
    await email_linking_service(store, clock).send_code(CHAT, "new@example.org")

    numbers = await store.stats.load_stats()

    assert numbers == Stats(
        subscribers=3,
        paused=1,
        endpoints={Channel.EMAIL: 1, Channel.TELEGRAM: 3},
        domain_followers={"vision": 2, "speech": 1},
        all_domains=1,
        reports=1,
        papers=2,
        newest_report=TODAY,
        deliveries={DeliveryState.DUE: 1},
        oldest_due=NOW,
    )


async def test_a_list_that_was_shown_is_recalled(store: Store) -> None:
    await store.last_lists.save(CHAT, ("2601.00001",), NOW)
    await store.last_lists.save(CHAT, ("2601.00003", "2601.00002"), NOW + HOUR)

    assert await store.last_lists.load(CHAT) == ("2601.00003", "2601.00002")
    assert await store.last_lists.load(Target.telegram(42, thread=7)) == ()


@pytest.mark.usefixtures("digest_sent")
async def test_the_last_digest_is_recalled_where_nothing_was_shown_since(store: Store) -> None:
    alone = await store.last_lists.load(CHAT)
    await store.last_lists.save(CHAT, ("2601.00009",), NOW)
    shown_before = await store.last_lists.load(CHAT)
    await store.last_lists.save(CHAT, ("2601.00009",), NOW + 3 * HOUR)
    shown_after = await store.last_lists.load(CHAT)

    assert alone == shown_before == ("2601.00001", "2601.00002")
    assert shown_after == ("2601.00009",)


async def test_a_digest_that_waits_was_seen_by_nobody(store: Store, clock: FixedClock) -> None:
    await save_report(store, TODAY, make_paper(1))
    await subscription_service(store, clock).subscribe(CHAT, None)
    clock.advance(HOUR)
    await EditionService(store=store.editions, clock=clock).queue_due_digests()

    assert await store.last_lists.load(CHAT) == ()


async def test_the_key_that_signs_is_made_once(store: Store, url: str, clock: FixedClock) -> None:
    first = await installation_secret(store.database)
    other = await open_store(url, clock)
    second = await installation_secret(other.database)
    await other.close()

    assert first == second
    assert len(first) >= 32


YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


async def test_before_the_first_tally_readers_are_counted_by_when_they_came(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.add_subscriber([Target.telegram(1), Target.email("ann@example.org")], None)
    clock.advance(timedelta(days=1))
    await people.subscribe(Target.telegram(2), None)

    history = await store.stats_history.load_history(YESTERDAY, TOMORROW)

    assert history.subscribers[None] == {YESTERDAY: 0, TODAY: 1, TOMORROW: 2}
    assert history.subscribers[Channel.EMAIL] == {YESTERDAY: 0, TODAY: 1, TOMORROW: 1}
    assert history.subscribers[Channel.TELEGRAM] == {YESTERDAY: 0, TODAY: 1, TOMORROW: 2}


async def test_a_tally_remembers_readers_who_left_since(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    for number in (1, 2, 3):
        await people.subscribe(Target.telegram(number), ["robotics"])

    first, again = [await store.stats_history.record_daily_counts(clock()) for _ in range(2)]
    await people.erase(Target.telegram(3))
    clock.advance(timedelta(days=1))
    next_day = await store.stats_history.record_daily_counts(clock())

    history = await store.stats_history.load_history(TODAY, TOMORROW)
    assert (first, again, next_day) == (True, False, True)
    assert history.subscribers[None] == {TODAY: 3, TOMORROW: 2}
    assert history.subscribers[Channel.TELEGRAM] == {TODAY: 3, TOMORROW: 2}


async def test_deliveries_are_counted_on_the_day_they_ended(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    for number in (1, 2, 3):
        await people.subscribe(Target.telegram(number), None)
    await store.broadcasts.queue("hello", Audience(), "7", NOW)
    claimed = await store.outbox.claim(Channel.TELEGRAM, "one", due_at=NOW, now=NOW, until=NOW, limit=9)
    ends = [(DeliveryState.SENT, NOW), (DeliveryState.REFUSED, NOW), (DeliveryState.SENT, NOW + timedelta(1))]

    for one, (state, at) in zip(claimed, ends, strict=True):
        await store.outbox.settle(one.id, "one", Settlement(state=state), at)

    outcomes = (await store.stats_history.load_history(TODAY, TOMORROW)).outcomes
    assert outcomes == {DeliveryState.SENT: {TODAY: 1, TOMORROW: 1}, DeliveryState.REFUSED: {TODAY: 1}}


async def test_papers_are_counted_by_domain_on_their_reports_day(store: Store) -> None:
    await save_report(store, YESTERDAY, make_paper(1, "vision"), make_paper(2, "vision", "robotics"))
    await save_report(store, TODAY, make_paper(3, "robotics"))
    await save_report(store, date(2025, 1, 1), make_paper(4, "robotics"))

    papers = (await store.stats_history.load_history(YESTERDAY, TODAY)).papers

    assert papers == {"vision": {YESTERDAY: 2}, "robotics": {YESTERDAY: 1, TODAY: 1}}
