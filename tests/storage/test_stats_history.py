"""Days that have passed: what was tallied, and what the tables tell of the days before."""

from datetime import date, timedelta

from digest.model import Channel, DeliveryState, Target
from digest.model.clock import FixedClock
from digest.services.broadcasts import Audience
from digest.services.delivery import Settlement
from digest.storage import Store
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

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
