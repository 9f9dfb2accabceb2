"""Building editions, on the real store: who is due, once, and nothing is lost or comes twice."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from digest.clock import SetClock
from digest.edition import EditionDesk, Served, turn
from digest.model import (
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    EndpointState,
    Nothing,
    Reader,
    Rhythm,
    Target,
)
from digest.store import Store, open_store
from digest.store.tables import endpoints
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

CHAT = Target.telegram(42)
MONDAY = TODAY


@pytest.fixture
def desk(store: Store, clock: SetClock) -> EditionDesk:
    """Give the desk of the store."""
    return EditionDesk(editions=store.editions, clock=clock)


async def a_reader(store: Store, clock: SetClock, *domains: str, target: Target = CHAT) -> Reader:
    """Subscribe a chat to domains, or to everything."""
    return await membership_on(store, clock).subscribe(target, domains or None)


async def queued(store: Store, channel: Channel = Channel.TELEGRAM) -> Sequence[Delivery]:
    """Take what waits in the outbox."""
    far = datetime(2030, 1, 1, tzinfo=UTC)
    return await store.outbox.claim(channel, "a test", due=far, now=NOW, until=far, most=100)


async def _more_addresses(store: Store, reader: Reader, addresses: Sequence[str]) -> None:
    """Give a reader more addresses, straight into the table: one by one, thousands take minutes."""
    row = {"subscriber_id": reader.subscriber.id, "channel": Channel.EMAIL, "thread": 0, "failure_count": 0}
    rows = [
        {**row, "address": address, "state": EndpointState.ACTIVE, "created_at": NOW} for address in addresses
    ]
    await store.database.write(lambda connection: connection.execute(insert(endpoints), rows))


def papers_of(deliveries: Sequence[Delivery]) -> list[list[str]]:
    """Give the papers of each digest."""
    return [
        [pick.paper for pick in one.content.picks] for one in deliveries if isinstance(one.content, Digest)
    ]


async def the_reader(store: Store, target: Target = CHAT) -> Reader:
    """Give the reader behind a target."""
    found = await store.people.reader(target)
    assert found is not None
    return found


async def test_a_reader_is_served_at_their_hour_and_not_before(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1, "robotics"), a_paper(2, "vision"))
    await a_reader(store, clock, "robotics")

    before = await desk.serve()
    clock.forward(timedelta(hours=1))
    at_eight = await desk.serve()

    assert before == Served()
    assert at_eight == Served(subscribers=1, deliveries=1)
    assert papers_of(await queued(store)) == [["2601.00001"]]


async def test_a_turn_is_served_once(store: Store, clock: SetClock, desk: EditionDesk) -> None:
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    clock.forward(timedelta(hours=1))

    await desk.serve()
    again = await desk.serve()

    assert again == Served()
    assert (await the_reader(store)).subscriber.next_at == NOW + timedelta(hours=25)
    assert (await the_reader(store)).subscriber.served_at == NOW + timedelta(hours=1)


async def test_both_addresses_of_a_reader_get_the_same_digest(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1), a_paper(2))
    await membership_on(store, clock).enrol([CHAT, Target.email("ann@example.org")], None)
    clock.forward(timedelta(hours=1))

    served = await desk.serve()

    mail, chat = await queued(store, Channel.EMAIL), await queued(store)
    assert served.deliveries == 2
    assert mail[0].content == chat[0].content


async def test_a_turn_that_is_six_hours_late_is_sent_and_one_that_is_later_is_folded(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    early = Target.telegram(7)
    await membership_on(store, clock).subscribe(early, None)
    await membership_on(store, clock).change(early, minute=479)
    clock.at = datetime(2026, 1, 26, 14, 0, tzinfo=UTC)

    served = await desk.serve()

    assert served == Served(subscribers=2, deliveries=1, folded=1)
    assert [one.target for one in await queued(store)] == [CHAT]
    assert (await the_reader(store, early)).subscriber.served_at is None


async def test_what_was_folded_comes_with_the_next_digest(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    clock.forward(timedelta(hours=12))
    await desk.serve()
    await take_in(store, TODAY + timedelta(days=1), a_paper(2))

    clock.at = datetime(2026, 1, 27, 8, 0, tzinfo=UTC)
    served = await desk.serve()

    assert served.deliveries == 1
    assert papers_of(await queued(store)) == [["2601.00002", "2601.00001"]]


async def test_after_three_days_away_there_is_one_digest(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    clock.forward(timedelta(days=3))
    await take_in(store, TODAY + timedelta(days=1), a_paper(2))
    await take_in(store, TODAY + timedelta(days=2), a_paper(3))

    for _ in range(24):
        await desk.serve()
        clock.forward(timedelta(hours=1))

    assert papers_of(await queued(store)) == [["2601.00003", "2601.00002", "2601.00001"]]


async def test_papers_added_late_to_a_day_already_sent_come_with_the_next_edition(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    clock.forward(timedelta(hours=1))
    await desk.serve()
    first = papers_of(await queued(store))
    await take_in(store, TODAY, a_paper(1), a_paper(2))

    clock.forward(timedelta(days=1))
    same_edition = await desk.serve()
    await take_in(store, TODAY + timedelta(days=2), a_paper(3))
    clock.forward(timedelta(days=1))
    next_edition = await desk.serve()

    assert (same_edition.deliveries, next_edition.deliveries) == (0, 1)
    assert first == [["2601.00001"]]
    assert papers_of(await queued(store)) == [["2601.00003", "2601.00002"]]


async def test_the_same_papers_under_three_dates_give_one_digest(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    saturday = date(2026, 1, 24)
    clock.at = datetime(2026, 1, 24, 7, 0, tzinfo=UTC)
    listed = [a_paper(number, "vision") for number in range(27)]
    await a_reader(store, clock, "vision")

    for day in range(3):
        await take_in(store, saturday + timedelta(days=day), *listed)
        clock.forward(timedelta(hours=1))
        await desk.serve()
        clock.forward(timedelta(hours=23))

    assert papers_of(await queued(store)) == [[paper.id for paper in listed]]


async def test_a_day_without_papers_is_silent_unless_the_reader_asked_to_hear_so(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "vision"))
    await a_reader(store, clock, "speech")
    listening = Target.telegram(7)
    await a_reader(store, clock, "speech", target=listening)
    await people.change(listening, empty_days=True)
    clock.forward(timedelta(hours=1))

    served = await desk.serve()

    (line,) = await queued(store)
    assert served == Served(subscribers=2, deliveries=1)
    assert line.target == listening
    assert isinstance(line.content, Digest)
    assert line.content.nothing is Nothing.NONE_IN_DOMAINS


async def test_without_any_report_a_turn_passes_in_silence(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await a_reader(store, clock)
    await membership_on(store, clock).change(CHAT, empty_days=True)
    clock.forward(timedelta(hours=1))

    served = await desk.serve()

    assert served == Served(subscribers=1)


async def test_a_weekly_reader_gets_the_week_even_where_one_turn_was_folded(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await a_reader(store, clock)
    await membership_on(store, clock).change(CHAT, rhythm=Rhythm.WEEKLY, weekday=0)
    clock.forward(timedelta(hours=1))
    await desk.serve()
    # Each report comes after the hour, and the second Monday is slept through.
    for day in range(14):
        await take_in(store, TODAY + timedelta(days=day), a_paper(day))
    clock.at = datetime(2026, 2, 2, 20, 0, tzinfo=UTC)
    folded = await desk.serve()
    clock.at = datetime(2026, 2, 9, 8, 0, tzinfo=UTC)
    await desk.serve()

    assert folded.folded == 1
    assert [len(papers) for papers in papers_of(await queued(store))] == [14]


@pytest.mark.parametrize("leaving", ["pause", "unsubscribe"])
async def test_pausing_and_leaving_reach_what_is_queued(
    store: Store, clock: SetClock, desk: EditionDesk, leaving: str
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    clock.forward(timedelta(hours=1))
    await desk.serve()

    await (people.pause(CHAT) if leaving == "pause" else people.unsubscribe(CHAT, None))

    (row,) = await store.outbox.rows()
    assert row.state is DeliveryState.CANCELLED
    clock.forward(timedelta(days=1))
    assert await desk.serve() == Served()


@pytest.mark.parametrize("change", [{"minute": 1000}, {"zone": "Pacific/Auckland"}, {"zone": "Pacific/Niue"}])
async def test_another_hour_or_zone_after_the_digest_gives_no_second_one(
    store: Store, clock: SetClock, desk: EditionDesk, change: dict[str, object]
) -> None:
    await take_in(store, TODAY, a_paper(1))
    await a_reader(store, clock)
    clock.forward(timedelta(hours=1))
    await desk.serve()
    await take_in(store, TODAY, a_paper(2))

    await membership_on(store, clock).change(CHAT, **change)  # type: ignore[arg-type] # one choice at a time
    for _ in range(20):
        clock.forward(timedelta(hours=1))
        await desk.serve()

    assert len(await queued(store)) == 1


async def test_a_change_of_mind_between_decision_and_writing_is_heard(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "vision"), a_paper(2, "speech"))
    await a_reader(store, clock, "vision", "speech")
    clock.forward(timedelta(hours=1))
    edition = await store.editions.edition()
    due = await store.editions.due(clock(), 10, TODAY)
    assert edition is not None

    decided = [turn(one, edition, clock()) for one in due]
    await people.unsubscribe(CHAT, ["vision"])
    written = await store.editions.write(edition, decided, clock())
    await desk.serve()

    assert written == 0
    assert papers_of(await queued(store)) == [["2601.00002"]]


async def test_two_desks_at_once_write_one_row_for_each_reader(
    url: str, store: Store, clock: SetClock
) -> None:
    await take_in(store, TODAY, a_paper(1))
    for number in range(60):
        await a_reader(store, clock, target=Target.telegram(number + 1))
    clock.forward(timedelta(hours=1))
    other = await open_store(url, clock)

    try:
        served = await asyncio.gather(
            *(EditionDesk(editions=one.editions, clock=clock).serve() for one in (store, other))
        )
    finally:
        await other.close()

    assert sum(one.deliveries for one in served) == 60
    assert len(await queued(store)) == 60


async def test_many_readers_with_many_addresses_fit_into_one_batch(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, a_paper(1))
    for number in range(4):
        reader = await a_reader(store, clock, target=Target.email(f"{number}.0@example.org"))
        await _more_addresses(store, reader, [f"{number}.{n}@example.org" for n in range(1, 700)])
    clock.forward(timedelta(hours=1))

    served = await desk.serve()

    assert served == Served(subscribers=4, deliveries=2800)


async def test_today_shows_what_was_had_already_and_is_unbounded(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, *(a_paper(number, "vision") for number in range(5)))
    await a_reader(store, clock, "vision")
    reader = await membership_on(store, clock).change(CHAT, most=2)
    clock.forward(timedelta(hours=1))
    await desk.serve()
    assert reader is not None

    digest = await desk.today(reader.subscriber)
    other = await desk.today(reader.subscriber, domains=("speech",))

    assert len(digest.picks) == 5
    assert other.nothing is Nothing.NONE_IN_DOMAINS
