"""Days that have passed: what was tallied, and what the tables tell of the days before."""

from datetime import date, timedelta

from digest.broadcast import Audience
from digest.clock import SetClock
from digest.courier import Settlement
from digest.model import Channel, DeliveryState, Target
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


async def test_before_the_first_tally_readers_are_counted_by_when_they_came(
    store: Store, clock: SetClock
) -> None:
    people = membership_on(store, clock)
    await people.enrol([Target.telegram(1), Target.email("ann@example.org")], None)
    clock.forward(timedelta(days=1))
    await people.subscribe(Target.telegram(2), None)

    history = await store.history.history(YESTERDAY, TOMORROW)

    assert history.readers[None] == {YESTERDAY: 0, TODAY: 1, TOMORROW: 2}
    assert history.readers[Channel.EMAIL] == {YESTERDAY: 0, TODAY: 1, TOMORROW: 1}
    assert history.readers[Channel.TELEGRAM] == {YESTERDAY: 0, TODAY: 1, TOMORROW: 2}


async def test_a_tally_remembers_readers_who_left_since(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    for number in (1, 2, 3):
        await people.subscribe(Target.telegram(number), ["robotics"])

    first, again = [await store.history.tally(clock()) for _ in range(2)]
    await people.forget(Target.telegram(3))
    clock.forward(timedelta(days=1))
    next_day = await store.history.tally(clock())

    history = await store.history.history(TODAY, TOMORROW)
    assert (first, again, next_day) == (True, False, True)
    assert history.readers[None] == {TODAY: 3, TOMORROW: 2}
    assert history.readers[Channel.TELEGRAM] == {TODAY: 3, TOMORROW: 2}


async def test_deliveries_are_counted_on_the_day_they_ended(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    for number in (1, 2, 3):
        await people.subscribe(Target.telegram(number), None)
    await store.broadcasts.queue("hello", Audience(), "7", NOW)
    claimed = await store.outbox.claim(Channel.TELEGRAM, "one", due=NOW, now=NOW, until=NOW, most=9)
    ends = [(DeliveryState.SENT, NOW), (DeliveryState.REFUSED, NOW), (DeliveryState.SENT, NOW + timedelta(1))]

    for one, (state, at) in zip(claimed, ends, strict=True):
        await store.outbox.settle(one.id, "one", Settlement(state=state), at)

    outcomes = (await store.history.history(TODAY, TOMORROW)).outcomes
    assert outcomes == {DeliveryState.SENT: {TODAY: 1, TOMORROW: 1}, DeliveryState.REFUSED: {TODAY: 1}}


async def test_papers_are_counted_by_domain_on_their_reports_day(store: Store) -> None:
    await take_in(store, YESTERDAY, a_paper(1, "vision"), a_paper(2, "vision", "robotics"))
    await take_in(store, TODAY, a_paper(3, "robotics"))
    await take_in(store, date(2025, 1, 1), a_paper(4, "robotics"))

    papers = (await store.history.history(YESTERDAY, TODAY)).papers

    assert papers == {"vision": {YESTERDAY: 2}, "robotics": {YESTERDAY: 1, TODAY: 1}}
