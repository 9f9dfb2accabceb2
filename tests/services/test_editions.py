"""Building editions, on the real store: who is due, once, and nothing is lost or comes twice."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from digest.model import (
    Channel,
    Delivery,
    DeliveryState,
    Digest,
    EmptyReason,
    EndpointState,
    Frequency,
    SubscriberProfile,
    Target,
)
from digest.model.clock import FixedClock
from digest.services.editions import EditionService, QueueResult, plan_digest
from digest.storage import Store, open_store
from digest.storage.tables import endpoints
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
MONDAY = TODAY


@pytest.fixture
def editions(store: Store, clock: FixedClock) -> EditionService:
    """Return the desk of the store."""
    return EditionService(store=store.editions, clock=clock)


async def add_subscriber(store: Store, clock: FixedClock, *domains: str, target: Target = CHAT) -> SubscriberProfile:
    """Subscribe a chat to domains, or to everything."""
    return await subscription_service(store, clock).subscribe(target, domains or None)


async def claim_all(store: Store, channel: Channel = Channel.TELEGRAM) -> Sequence[Delivery]:
    """Take what waits in the outbox."""
    far = datetime(2030, 1, 1, tzinfo=UTC)
    return await store.outbox.claim(channel, "a test", due_at=far, now=NOW, until=far, limit=100)


async def _more_addresses(store: Store, reader: SubscriberProfile, addresses: Sequence[str]) -> None:
    """Return a reader more addresses, straight into the table: one by one, thousands take minutes."""
    row = {"subscriber_id": reader.subscriber.id, "channel": Channel.EMAIL, "thread": 0, "failure_count": 0}
    rows = [{**row, "address": address, "state": EndpointState.ACTIVE, "created_at": NOW} for address in addresses]
    await store.database.write(lambda connection: connection.execute(insert(endpoints), rows))


def paper_lists(deliveries: Sequence[Delivery]) -> list[list[str]]:
    """Return the papers of each digest."""
    return [[pick.paper_id for pick in one.content.papers] for one in deliveries if isinstance(one.content, Digest)]


async def load_profile(store: Store, target: Target = CHAT) -> SubscriberProfile:
    """Return the reader behind a target."""
    found = await store.subscribers.find_profile(target)
    assert found is not None
    return found


async def test_a_reader_is_served_at_their_hour_and_not_before(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1, "robotics"), make_paper(2, "vision"))
    await add_subscriber(store, clock, "robotics")

    before = await editions.queue_due_digests()
    clock.advance(timedelta(hours=1))
    at_eight = await editions.queue_due_digests()

    assert before == QueueResult()
    assert at_eight == QueueResult(subscribers=1, deliveries=1)
    assert paper_lists(await claim_all(store)) == [["2601.00001"]]


async def test_a_turn_is_served_once(store: Store, clock: FixedClock, editions: EditionService) -> None:
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    clock.advance(timedelta(hours=1))

    await editions.queue_due_digests()
    again = await editions.queue_due_digests()

    assert again == QueueResult()
    assert (await load_profile(store)).subscriber.next_digest_at == NOW + timedelta(hours=25)
    assert (await load_profile(store)).subscriber.last_digest_at == NOW + timedelta(hours=1)


async def test_both_addresses_of_a_reader_get_the_same_digest(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1), make_paper(2))
    await subscription_service(store, clock).add_subscriber([CHAT, Target.email("ann@example.org")], None)
    clock.advance(timedelta(hours=1))

    served = await editions.queue_due_digests()

    mail, chat = await claim_all(store, Channel.EMAIL), await claim_all(store)
    assert served.deliveries == 2
    assert mail[0].content == chat[0].content


async def test_a_turn_that_is_six_hours_late_is_sent_and_one_that_is_later_is_folded(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    early = Target.telegram(7)
    await subscription_service(store, clock).subscribe(early, None)
    await subscription_service(store, clock).update_preferences(early, send_minute=479)
    clock.now = datetime(2026, 1, 26, 14, 0, tzinfo=UTC)

    served = await editions.queue_due_digests()

    assert served == QueueResult(subscribers=2, deliveries=1, merged=1)
    assert [one.target for one in await claim_all(store)] == [CHAT]
    assert (await load_profile(store, early)).subscriber.last_digest_at is None


async def test_what_was_folded_comes_with_the_next_digest(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    clock.advance(timedelta(hours=12))
    await editions.queue_due_digests()
    await save_report(store, TODAY + timedelta(days=1), make_paper(2))

    clock.now = datetime(2026, 1, 27, 8, 0, tzinfo=UTC)
    served = await editions.queue_due_digests()

    assert served.deliveries == 1
    assert paper_lists(await claim_all(store)) == [["2601.00002", "2601.00001"]]


async def test_after_three_days_away_there_is_one_digest(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    clock.advance(timedelta(days=3))
    await save_report(store, TODAY + timedelta(days=1), make_paper(2))
    await save_report(store, TODAY + timedelta(days=2), make_paper(3))

    for _ in range(24):
        await editions.queue_due_digests()
        clock.advance(timedelta(hours=1))

    assert paper_lists(await claim_all(store)) == [["2601.00003", "2601.00002", "2601.00001"]]


async def test_papers_added_late_to_a_day_already_sent_come_with_the_next_edition(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()
    first = paper_lists(await claim_all(store))
    await save_report(store, TODAY, make_paper(1), make_paper(2))

    clock.advance(timedelta(days=1))
    same_edition = await editions.queue_due_digests()
    await save_report(store, TODAY + timedelta(days=2), make_paper(3))
    clock.advance(timedelta(days=1))
    next_edition = await editions.queue_due_digests()

    assert (same_edition.deliveries, next_edition.deliveries) == (0, 1)
    assert first == [["2601.00001"]]
    assert paper_lists(await claim_all(store)) == [["2601.00003", "2601.00002"]]


async def test_the_same_papers_under_three_dates_give_one_digest(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    saturday = date(2026, 1, 24)
    clock.now = datetime(2026, 1, 24, 7, 0, tzinfo=UTC)
    listed = [make_paper(number, "vision") for number in range(27)]
    await add_subscriber(store, clock, "vision")

    for day in range(3):
        await save_report(store, saturday + timedelta(days=day), *listed)
        clock.advance(timedelta(hours=1))
        await editions.queue_due_digests()
        clock.advance(timedelta(hours=23))

    assert paper_lists(await claim_all(store)) == [[paper.id for paper in listed]]


async def test_a_day_without_papers_is_silent_unless_the_reader_asked_to_hear_so(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "vision"))
    await add_subscriber(store, clock, "speech")
    listening = Target.telegram(7)
    await add_subscriber(store, clock, "speech", target=listening)
    await people.update_preferences(listening, notify_when_empty=True)
    clock.advance(timedelta(hours=1))

    served = await editions.queue_due_digests()

    (line,) = await claim_all(store)
    assert served == QueueResult(subscribers=2, deliveries=1)
    assert line.target == listening
    assert isinstance(line.content, Digest)
    assert line.content.empty_reason is EmptyReason.NONE_IN_DOMAINS


async def test_without_any_report_a_turn_passes_in_silence(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await add_subscriber(store, clock)
    await subscription_service(store, clock).update_preferences(CHAT, notify_when_empty=True)
    clock.advance(timedelta(hours=1))

    served = await editions.queue_due_digests()

    assert served == QueueResult(subscribers=1)


async def test_a_weekly_reader_gets_the_week_even_where_one_turn_was_folded(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await add_subscriber(store, clock)
    await subscription_service(store, clock).update_preferences(CHAT, frequency=Frequency.WEEKLY, weekday=0)
    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()
    # Each report comes after the hour, and the second Monday is slept through.
    for day in range(14):
        await save_report(store, TODAY + timedelta(days=day), make_paper(day))
    clock.now = datetime(2026, 2, 2, 20, 0, tzinfo=UTC)
    folded = await editions.queue_due_digests()
    clock.now = datetime(2026, 2, 9, 8, 0, tzinfo=UTC)
    await editions.queue_due_digests()

    assert folded.merged == 1
    assert [len(papers) for papers in paper_lists(await claim_all(store))] == [14]


@pytest.mark.parametrize("leaving", ["pause", "unsubscribe"])
async def test_pausing_and_leaving_reach_what_is_queued(
    store: Store, clock: FixedClock, editions: EditionService, leaving: str
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()

    await (people.pause(CHAT) if leaving == "pause" else people.unsubscribe(CHAT, None))

    (row,) = await store.outbox.list_deliveries()
    assert row.state is DeliveryState.CANCELLED
    clock.advance(timedelta(days=1))
    assert await editions.queue_due_digests() == QueueResult()


@pytest.mark.parametrize(
    "change", [{"send_minute": 1000}, {"timezone": "Pacific/Auckland"}, {"timezone": "Pacific/Niue"}]
)
async def test_another_hour_or_zone_after_the_digest_gives_no_second_one(
    store: Store, clock: FixedClock, editions: EditionService, change: dict[str, object]
) -> None:
    await save_report(store, TODAY, make_paper(1))
    await add_subscriber(store, clock)
    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()
    await save_report(store, TODAY, make_paper(2))

    await subscription_service(store, clock).update_preferences(CHAT, **change)  # type: ignore[arg-type] # one choice at a time
    for _ in range(20):
        clock.advance(timedelta(hours=1))
        await editions.queue_due_digests()

    assert len(await claim_all(store)) == 1


async def test_a_change_of_mind_between_decision_and_writing_is_heard(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "vision"), make_paper(2, "speech"))
    await add_subscriber(store, clock, "vision", "speech")
    clock.advance(timedelta(hours=1))
    edition = await store.editions.current_edition()
    due = await store.editions.find_due(clock(), 10, TODAY)
    assert edition is not None

    decided = [plan_digest(one, edition, clock()) for one in due]
    await people.unsubscribe(CHAT, ["vision"])
    written = await store.editions.queue_digests(edition, decided, clock())
    await editions.queue_due_digests()

    assert written == 0
    assert paper_lists(await claim_all(store)) == [["2601.00002"]]


async def test_two_desks_at_once_write_one_row_for_each_reader(url: str, store: Store, clock: FixedClock) -> None:
    await save_report(store, TODAY, make_paper(1))
    for number in range(60):
        await add_subscriber(store, clock, target=Target.telegram(number + 1))
    clock.advance(timedelta(hours=1))
    other = await open_store(url, clock)

    try:
        served = await asyncio.gather(
            *(EditionService(store=one.editions, clock=clock).queue_due_digests() for one in (store, other))
        )
    finally:
        await other.close()

    assert sum(one.deliveries for one in served) == 60
    assert len(await claim_all(store)) == 60


async def test_many_readers_with_many_addresses_fit_into_one_batch(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, make_paper(1))
    for number in range(4):
        reader = await add_subscriber(store, clock, target=Target.email(f"{number}.0@example.org"))
        await _more_addresses(store, reader, [f"{number}.{n}@example.org" for n in range(1, 700)])
    clock.advance(timedelta(hours=1))

    served = await editions.queue_due_digests()

    assert served == QueueResult(subscribers=4, deliveries=2800)


async def test_today_shows_what_was_had_already_and_is_unbounded(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(store, TODAY, *(make_paper(number, "vision") for number in range(5)))
    await add_subscriber(store, clock, "vision")
    reader = await subscription_service(store, clock).update_preferences(CHAT, max_papers=2)
    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()
    assert reader is not None

    digest = await editions.daily_digest(reader.subscriber)
    other = await editions.daily_digest(reader.subscriber, domains=("speech",))

    assert len(digest.papers) == 5
    assert other.empty_reason is EmptyReason.NONE_IN_DOMAINS
