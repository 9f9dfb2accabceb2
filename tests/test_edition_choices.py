"""Editions for readers with keywords, and for those whose pause has an end; on the real store."""

import asyncio
from datetime import date, timedelta
from functools import partial

import pytest

from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.errors import BadRequest
from digest.membership import Choice
from digest.model import Channel, Digest, Paper, Preferences, Rhythm, Section, Subscriber, Target
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

CHAT = Target.telegram(42)
DAY = timedelta(days=1)


@pytest.fixture
def desk(store: Store, clock: SetClock) -> EditionDesk:
    """Give the desk of the store."""
    return EditionDesk(editions=store.editions, clock=clock)


async def sent(store: Store) -> list[Digest]:
    """Take the digests that wait in the outbox."""
    far = NOW + 900 * DAY
    claimed = await store.outbox.claim(Channel.TELEGRAM, "a test", due=far, now=NOW, until=far, most=100)
    return [one.content for one in claimed if isinstance(one.content, Digest)]


async def the_subscriber(store: Store) -> Subscriber:
    """Give who is behind the chat."""
    found = await store.people.reader(CHAT)
    assert found is not None
    return found.subscriber


def telling(number: int, domain: str, text: str) -> Paper:
    """Give a paper whose contribution says something."""
    plain = a_paper(number, domain)
    return Paper(
        id=plain.id,
        title=plain.title,
        url=plain.url,
        domains=plain.domains,
        sections={Section.CONTRIBUTION: text},
    )


async def test_words_of_the_newest_text_bring_a_paper_and_keep_one_away(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(
        store,
        TODAY,
        telling(1, "vision", "用**扩散模型**生成图像"),
        telling(2, "robotics", "A survey of robots"),
        telling(3, "robotics", "a new gripper"),
    )
    people = membership_on(store, clock)
    await people.subscribe(CHAT, ["robotics"])
    await people.change(CHAT, include=("扩散模型",), mute=("survey",))
    clock.forward(timedelta(hours=1))

    await desk.serve()

    (digest,) = await sent(store)
    assert [(pick.paper, pick.keywords) for pick in digest.picks] == [
        ("2601.00001", ("扩散模型",)),
        ("2601.00003", ()),
    ]


async def test_a_look_at_today_knows_keywords_and_a_domain_that_is_asked_for_does_not(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await take_in(store, TODAY, telling(1, "vision", "diffusion"), telling(2, "robotics", "a survey"))
    people = membership_on(store, clock)
    await people.join(CHAT)
    await people.change(CHAT, include=("diffusion",), mute=("survey",))

    mine = await desk.today(await the_subscriber(store))
    robotics = await desk.today(await the_subscriber(store), domains=("robotics",))

    assert [pick.paper for pick in mine.picks] == ["2601.00001"]
    assert [pick.paper for pick in robotics.picks] == ["2601.00002"]


async def test_a_keyword_is_enough_to_be_served_and_the_weeks_before_it_are_past(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY - 3 * DAY, telling(1, "vision", "diffusion of old"))
    await people.join(CHAT)
    await take_in(store, TODAY, telling(2, "vision", "diffusion of today"))
    await people.change(CHAT, include=("diffusion",))
    clock.forward(timedelta(hours=1))

    await desk.serve()

    (digest,) = await sent(store)
    assert [pick.paper for pick in digest.picks] == ["2601.00002"]


async def test_a_pause_with_an_end_ends_by_itself_with_that_days_turn(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "robotics"))
    await people.subscribe(CHAT, ["robotics"])

    paused = await people.pause(CHAT, TODAY + 3 * DAY)
    for ahead in range(1, 3):
        clock.forward(DAY)
        await take_in(store, TODAY + ahead * DAY, a_paper(1 + ahead, "robotics"))
        await desk.serve()
    during = await sent(store)
    clock.forward(DAY + timedelta(hours=1))
    await desk.serve()
    after = await sent(store)

    assert paused is not None
    assert paused.subscriber.paused
    assert paused.subscriber.next_at == NOW + 3 * DAY + timedelta(hours=1)
    assert during == []
    assert [[pick.paper for pick in digest.picks] for digest in after] == [["2601.00003"]]
    assert not (await the_subscriber(store)).paused
    assert (await the_subscriber(store)).paused_until is None


async def test_another_hour_during_a_pause_leaves_its_end(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    await people.subscribe(CHAT, None)
    await people.pause(CHAT, TODAY + 3 * DAY)

    changed = await people.change(CHAT, minute=10 * 60, zone="Asia/Shanghai")

    assert changed is not None
    assert changed.subscriber.next_at == NOW + 3 * DAY - timedelta(hours=5)
    assert changed.subscriber.paused


async def test_going_on_ends_a_pause_before_its_day(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    await people.subscribe(CHAT, None)
    await people.pause(CHAT, TODAY + 3 * DAY)

    back = await people.resume(CHAT)

    assert back is not None
    assert (back.subscriber.paused, back.subscriber.paused_until) == (False, None)
    assert back.subscriber.next_at == NOW + timedelta(hours=1)


async def test_what_was_queued_does_not_leave_during_a_pause_with_an_end(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "robotics"))
    await people.subscribe(CHAT, None)
    clock.forward(timedelta(hours=1))
    await desk.serve()

    await people.pause(CHAT, TODAY + 5 * DAY)

    assert await sent(store) == []


@pytest.mark.parametrize("days", [-1, 0, 400])
async def test_a_pause_ends_ahead_and_within_a_year(store: Store, clock: SetClock, days: int) -> None:
    people = membership_on(store, clock)
    before = await people.subscribe(CHAT, None)

    with pytest.raises(BadRequest, match="within a year"):
        await people.pause(CHAT, TODAY + days * DAY)

    assert await people.reader(CHAT) == before


async def test_layout_sound_and_keywords_travel_with_the_digest(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "robotics"))
    reader = await people.subscribe(CHAT, None)
    wants = Preferences(layout=reader.preferences.layout.FULL, silent=True, include=("agent",))
    await people.change(CHAT, layout=wants.layout, silent=wants.silent, include=wants.include)
    clock.forward(timedelta(hours=1))

    await desk.serve()

    (digest,) = await sent(store)
    assert (digest.layout, digest.silent, digest.include) == (wants.layout, True, ("agent",))
    assert isinstance(digest.date, date)


async def test_the_first_digest_holds_everything_since_the_reader_joined(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "robotics"))
    await people.subscribe(CHAT, None)
    await take_in(store, TODAY + DAY, a_paper(2, "robotics"))

    digest = await desk.first(await the_subscriber(store))
    clock.forward(2 * DAY)
    await desk.serve()

    assert {pick.paper for pick in digest.picks} == {"2601.00001", "2601.00002"}
    assert await sent(store) == []


async def test_an_old_button_of_the_first_minute_takes_nothing_from_the_next_digest(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await take_in(store, TODAY, a_paper(1, "robotics"))
    await people.subscribe(CHAT, None)
    await desk.first(await the_subscriber(store))
    await take_in(store, TODAY + DAY, a_paper(2, "robotics"))

    await desk.first(await the_subscriber(store))
    again = await desk.first(await the_subscriber(store))
    clock.forward(2 * DAY)
    await desk.serve()

    assert [pick.paper for pick in again.picks] == ["2601.00002"]
    assert [[pick.paper for pick in digest.picks] for digest in await sent(store)] in ([], [["2601.00002"]])


async def test_who_is_back_before_their_turn_gets_everything_since_the_pause_ended(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    people = membership_on(store, clock)
    await people.subscribe(CHAT, None)
    await people.change(CHAT, rhythm=Rhythm.WEEKLY, weekday=(TODAY.weekday() + 6) % 7)
    await people.pause(CHAT, TODAY + 2 * DAY)
    for ahead in range(6):
        await take_in(store, TODAY + ahead * DAY, a_paper(1 + ahead, "robotics"))
        clock.forward(DAY)
    clock.forward(timedelta(hours=2))

    await desk.serve()

    (digest,) = await sent(store)
    assert {pick.paper for pick in digest.picks} == {f"2601.{n:05}" for n in (3, 4, 5, 6)}


async def test_unsubscribing_from_all_ends_keywords_too(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    await people.subscribe(CHAT, ["robotics"])
    await people.change(CHAT, include=("diffusion",))

    after = await people.unsubscribe(CHAT, None)

    assert after is not None
    assert after.preferences.nothing
    assert after.subscriber.next_at is None


async def test_two_who_add_a_keyword_at_once_both_do(store: Store, clock: SetClock) -> None:
    people = membership_on(store, clock)
    await people.subscribe(CHAT, None)

    def one_more(number: int, had: Preferences) -> Choice:
        return {"include": (*had.include, f"word{number}")}

    await asyncio.gather(*(people.revise(CHAT, partial(one_more, n)) for n in range(10)))

    assert set((await the_subscriber(store)).preferences.include) == {f"word{n}" for n in range(10)}
