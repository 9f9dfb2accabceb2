"""Editions for readers with keywords, and for those whose pause has an end; on the real store."""

import asyncio
from datetime import date, timedelta
from functools import partial

import pytest

from digest.model import Channel, Digest, Frequency, Paper, PreferenceChanges, Preferences, Section, Subscriber, Target
from digest.model.clock import FixedClock
from digest.model.errors import InvalidInput
from digest.services.editions import EditionService
from digest.storage import Store
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
DAY = timedelta(days=1)


@pytest.fixture
def editions(store: Store, clock: FixedClock) -> EditionService:
    """Return the desk of the store."""
    return EditionService(store=store.editions, clock=clock)


async def queued_digests(store: Store) -> list[Digest]:
    """Take the digests that wait in the outbox."""
    far = NOW + 900 * DAY
    claimed = await store.outbox.claim(Channel.TELEGRAM, "a test", due_at=far, now=NOW, until=far, limit=100)
    return [one.content for one in claimed if isinstance(one.content, Digest)]


async def load_subscriber(store: Store) -> Subscriber:
    """Return who is behind the chat."""
    found = await store.subscribers.find_profile(CHAT)
    assert found is not None
    return found.subscriber


def make_paper_saying(number: int, domain: str, text: str) -> Paper:
    """Return a paper whose contribution says something."""
    plain = make_paper(number, domain)
    return Paper(
        id=plain.id, title=plain.title, url=plain.url, domains=plain.domains, sections={Section.CONTRIBUTION: text}
    )


async def test_words_of_the_newest_text_bring_a_paper_and_keep_one_away(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(
        store,
        TODAY,
        make_paper_saying(1, "vision", "用**扩散模型**生成图像"),
        make_paper_saying(2, "robotics", "A survey of robots"),
        make_paper_saying(3, "robotics", "a new gripper"),
    )
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, ["robotics"])
    await people.update_preferences(CHAT, include_keywords=("扩散模型",), mute_keywords=("survey",))
    clock.advance(timedelta(hours=1))

    await editions.queue_due_digests()

    (digest,) = await queued_digests(store)
    assert [(pick.paper_id, pick.matched_keywords) for pick in digest.papers] == [
        ("2601.00001", ("扩散模型",)),
        ("2601.00003", ()),
    ]


async def test_a_look_at_today_knows_keywords_and_a_domain_that_is_asked_for_does_not(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await save_report(
        store, TODAY, make_paper_saying(1, "vision", "diffusion"), make_paper_saying(2, "robotics", "a survey")
    )
    people = subscription_service(store, clock)
    await people.get_or_create(CHAT)
    await people.update_preferences(CHAT, include_keywords=("diffusion",), mute_keywords=("survey",))

    mine = await editions.daily_digest(await load_subscriber(store))
    robotics = await editions.daily_digest(await load_subscriber(store), domains=("robotics",))

    assert [pick.paper_id for pick in mine.papers] == ["2601.00001"]
    assert [pick.paper_id for pick in robotics.papers] == ["2601.00002"]


async def test_a_keyword_is_enough_to_be_served_and_the_weeks_before_it_are_past(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY - 3 * DAY, make_paper_saying(1, "vision", "diffusion of old"))
    await people.get_or_create(CHAT)
    await save_report(store, TODAY, make_paper_saying(2, "vision", "diffusion of today"))
    await people.update_preferences(CHAT, include_keywords=("diffusion",))
    clock.advance(timedelta(hours=1))

    await editions.queue_due_digests()

    (digest,) = await queued_digests(store)
    assert [pick.paper_id for pick in digest.papers] == ["2601.00002"]


async def test_a_pause_with_an_end_ends_by_itself_with_that_days_turn(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "robotics"))
    await people.subscribe(CHAT, ["robotics"])

    paused = await people.pause(CHAT, TODAY + 3 * DAY)
    for ahead in range(1, 3):
        clock.advance(DAY)
        await save_report(store, TODAY + ahead * DAY, make_paper(1 + ahead, "robotics"))
        await editions.queue_due_digests()
    during = await queued_digests(store)
    clock.advance(DAY + timedelta(hours=1))
    await editions.queue_due_digests()
    after = await queued_digests(store)

    assert paused is not None
    assert paused.subscriber.paused
    assert paused.subscriber.next_digest_at == NOW + 3 * DAY + timedelta(hours=1)
    assert during == []
    assert [[pick.paper_id for pick in digest.papers] for digest in after] == [["2601.00003"]]
    assert not (await load_subscriber(store)).paused
    assert (await load_subscriber(store)).paused_until is None


async def test_another_hour_during_a_pause_leaves_its_end(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, None)
    await people.pause(CHAT, TODAY + 3 * DAY)

    changed = await people.update_preferences(CHAT, send_minute=10 * 60, timezone="Asia/Shanghai")

    assert changed is not None
    assert changed.subscriber.next_digest_at == NOW + 3 * DAY - timedelta(hours=5)
    assert changed.subscriber.paused


async def test_going_on_ends_a_pause_before_its_day(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, None)
    await people.pause(CHAT, TODAY + 3 * DAY)

    back = await people.resume(CHAT)

    assert back is not None
    assert (back.subscriber.paused, back.subscriber.paused_until) == (False, None)
    assert back.subscriber.next_digest_at == NOW + timedelta(hours=1)


async def test_what_was_queued_does_not_leave_during_a_pause_with_an_end(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "robotics"))
    await people.subscribe(CHAT, None)
    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()

    await people.pause(CHAT, TODAY + 5 * DAY)

    assert await queued_digests(store) == []


@pytest.mark.parametrize("days", [-1, 0, 400])
async def test_a_pause_ends_ahead_and_within_a_year(store: Store, clock: FixedClock, days: int) -> None:
    people = subscription_service(store, clock)
    before = await people.subscribe(CHAT, None)

    with pytest.raises(InvalidInput, match="within a year"):
        await people.pause(CHAT, TODAY + days * DAY)

    assert await people.find_profile(CHAT) == before


async def test_layout_sound_and_keywords_travel_with_the_digest(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "robotics"))
    reader = await people.subscribe(CHAT, None)
    wants = Preferences(detail_level=reader.preferences.detail_level.FULL, silent=True, include_keywords=("agent",))
    await people.update_preferences(
        CHAT, detail_level=wants.detail_level, silent=wants.silent, include_keywords=wants.include_keywords
    )
    clock.advance(timedelta(hours=1))

    await editions.queue_due_digests()

    (digest,) = await queued_digests(store)
    assert (digest.detail_level, digest.silent, digest.include_keywords) == (wants.detail_level, True, ("agent",))
    assert isinstance(digest.date, date)


async def test_the_first_digest_holds_everything_since_the_reader_joined(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "robotics"))
    await people.subscribe(CHAT, None)
    await save_report(store, TODAY + DAY, make_paper(2, "robotics"))

    digest = await editions.first_digest(await load_subscriber(store))
    clock.advance(2 * DAY)
    await editions.queue_due_digests()

    assert {pick.paper_id for pick in digest.papers} == {"2601.00001", "2601.00002"}
    assert await queued_digests(store) == []


async def test_an_old_button_of_the_first_minute_takes_nothing_from_the_next_digest(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await save_report(store, TODAY, make_paper(1, "robotics"))
    await people.subscribe(CHAT, None)
    await editions.first_digest(await load_subscriber(store))
    await save_report(store, TODAY + DAY, make_paper(2, "robotics"))

    await editions.first_digest(await load_subscriber(store))
    again = await editions.first_digest(await load_subscriber(store))
    clock.advance(2 * DAY)
    await editions.queue_due_digests()

    assert [pick.paper_id for pick in again.papers] == ["2601.00002"]
    assert [[pick.paper_id for pick in digest.papers] for digest in await queued_digests(store)] in (
        [],
        [["2601.00002"]],
    )


async def test_who_is_back_before_their_turn_gets_everything_since_the_pause_ended(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, None)
    await people.update_preferences(CHAT, frequency=Frequency.WEEKLY, weekday=(TODAY.weekday() + 6) % 7)
    await people.pause(CHAT, TODAY + 2 * DAY)
    for ahead in range(6):
        await save_report(store, TODAY + ahead * DAY, make_paper(1 + ahead, "robotics"))
        clock.advance(DAY)
    clock.advance(timedelta(hours=2))

    await editions.queue_due_digests()

    (digest,) = await queued_digests(store)
    assert {pick.paper_id for pick in digest.papers} == {f"2601.{n:05}" for n in (3, 4, 5, 6)}


async def test_unsubscribing_from_all_ends_keywords_too(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, ["robotics"])
    await people.update_preferences(CHAT, include_keywords=("diffusion",))

    after = await people.unsubscribe(CHAT, None)

    assert after is not None
    assert after.preferences.is_empty
    assert after.subscriber.next_digest_at is None


async def test_two_who_add_a_keyword_at_once_both_do(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(CHAT, None)

    def one_more(number: int, had: Preferences) -> PreferenceChanges:
        return {"include_keywords": (*had.include_keywords, f"word{number}")}

    await asyncio.gather(*(people.update_with(CHAT, partial(one_more, n)) for n in range(10)))

    assert set((await load_subscriber(store)).preferences.include_keywords) == {f"word{n}" for n in range(10)}
