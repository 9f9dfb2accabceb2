"""Being a subscriber, on the real store."""

import asyncio
from datetime import timedelta

import pytest

from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.errors import BadRequest
from digest.membership import Choice, Membership, check_choice
from digest.model import EndpointState, Locale, Preferences, Reader, Rhythm, Target
from digest.reasons import Reason, ReasonCode
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, linking_on, membership_on, take_in

CHAT = Target.telegram(42)
OTHER = Target.telegram(43)


@pytest.fixture
def people(store: Store, clock: SetClock) -> Membership:
    """Give membership on the store."""
    return membership_on(store, clock)


async def known(people: Membership, target: Target = CHAT) -> Reader:
    """Give the reader behind a target, who must be there."""
    reader = await people.reader(target)
    assert reader is not None
    return reader


async def test_joining_makes_a_chat_known_with_nothing_chosen(people: Membership) -> None:
    reader = await people.join(CHAT, locale=Locale.ZH)

    assert reader.preferences == Preferences(locale=Locale.ZH)
    assert reader.subscriber.next_at is None
    assert [endpoint.target for endpoint in reader.endpoints] == [CHAT]


async def test_joining_again_changes_nothing(people: Membership) -> None:
    first = await people.subscribe(CHAT, ["vision"])

    again = await people.join(CHAT, locale=Locale.ZH)

    assert again == first


async def test_domains_are_added_once_and_in_order(people: Membership) -> None:
    await people.subscribe(CHAT, ["vision"])

    reader = await people.subscribe(CHAT, ["speech", "vision"])

    assert reader.preferences.domains == ("vision", "speech")
    assert reader.subscriber.next_at == NOW + timedelta(hours=1)


async def test_everything_holds_every_domain(people: Membership) -> None:
    await people.subscribe(CHAT, None)

    reader = await people.subscribe(CHAT, ["vision"])

    assert reader.preferences.domains is None


async def test_following_only_some_replaces_what_was_followed(people: Membership) -> None:
    await people.subscribe(CHAT, None)

    reader = await people.subscribe_only(CHAT, ["speech", "vision", "speech"])

    assert reader.preferences.domains == ("speech", "vision")


async def test_leaving_one_domain_of_everything_keeps_the_others(people: Membership) -> None:
    await people.subscribe(CHAT, None)

    reader = await people.unsubscribe(CHAT, ["speech"], known=("agents", "speech", "vision"))

    assert reader is not None
    assert reader.preferences.domains == ("agents", "vision")


async def test_leaving_every_domain_ends_the_turns(people: Membership) -> None:
    await people.subscribe(CHAT, ["vision"])

    reader = await people.unsubscribe(CHAT, ["vision"])

    assert reader is not None
    assert reader.preferences.domains == ()
    assert reader.subscriber.next_at is None


async def test_a_stranger_has_nothing_to_leave_change_or_forget(people: Membership) -> None:
    assert await people.unsubscribe(CHAT, None) is None
    assert await people.change(CHAT, minute=5) is None
    assert await people.pause(CHAT) is None
    assert await people.resume(CHAT) is None
    assert not await people.forget(CHAT)


async def test_another_hour_moves_the_next_turn(people: Membership) -> None:
    await people.subscribe(CHAT, None)

    reader = await people.change(CHAT, minute=600, zone="Europe/Berlin", rhythm=Rhythm.DAILY)

    assert reader is not None
    assert reader.subscriber.next_at == NOW + timedelta(hours=2)


async def test_a_turn_that_is_due_stays_due_whatever_changes(people: Membership, clock: SetClock) -> None:
    await people.subscribe(CHAT, None)
    clock.forward(timedelta(hours=2))

    reader = await people.change(CHAT, minute=1200)

    assert reader is not None
    assert reader.subscriber.next_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(zone="Mars/Olympus_Mons"),
        Choice(zone="../../etc/passwd"),
        Choice(minute=1440),
        Choice(minute=-1),
        Choice(weekday=7),
        Choice(most=0),
        Choice(most=10**30),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_in_one_line(choice: Choice) -> None:
    with pytest.raises(BadRequest) as caught:
        check_choice(choice)

    assert "\n" not in str(caught.value)


async def test_a_paused_reader_stays_paused_until_they_resume(people: Membership, clock: SetClock) -> None:
    await people.subscribe(CHAT, ["vision"])
    await people.pause(CHAT)

    await people.subscribe(CHAT, ["speech"])
    paused = await known(people)
    clock.forward(timedelta(days=2))
    resumed = await people.resume(CHAT)

    assert (paused.subscriber.paused, paused.subscriber.next_at) == (True, None)
    assert resumed is not None
    assert resumed.subscriber.next_at == NOW + timedelta(days=2, hours=1)


async def test_who_resumes_begins_with_the_newest_report(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.subscribe(CHAT, None)
    await people.pause(CHAT)
    await take_in(store, TODAY, a_paper(1))
    await take_in(store, TODAY + timedelta(days=1), a_paper(2))
    clock.forward(timedelta(days=1))

    await people.resume(CHAT)
    clock.forward(timedelta(hours=1))
    await EditionDesk(editions=store.editions, clock=clock).serve()

    (row,) = await store.outbox.rows()
    assert row.papers == 1


async def test_resuming_without_a_pause_skips_nothing(people: Membership, store: Store) -> None:
    await people.subscribe(CHAT, None)
    before = await known(people)
    await take_in(store, TODAY, a_paper(1))
    await take_in(store, TODAY + timedelta(days=1), a_paper(2))

    assert await people.resume(CHAT) == before


async def test_a_new_reader_begins_with_the_newest_report(people: Membership, store: Store) -> None:
    await take_in(store, TODAY - timedelta(days=1), a_paper(1), a_paper(2))
    await take_in(store, TODAY, a_paper(2), a_paper(3))

    reader = await people.subscribe(CHAT, None)

    assert (reader.subscriber.watermark, reader.subscriber.since) == (2, TODAY)


async def test_who_chooses_weeks_after_the_first_word_begins_with_the_newest_report(
    people: Membership, store: Store
) -> None:
    await people.join(CHAT)
    for day in range(20):
        await take_in(store, TODAY + timedelta(days=day), a_paper(day))

    one = await people.subscribe(CHAT, ["vision"])
    more = await people.subscribe(CHAT, ["speech"])

    newest = TODAY + timedelta(days=19)
    assert (one.subscriber.watermark, one.subscriber.since) == (19, newest)
    assert (more.subscriber.watermark, more.subscriber.since) == (19, newest)


async def test_a_reader_who_comes_on_a_day_of_repeats_begins_with_what_is_repeated(
    people: Membership, store: Store, clock: SetClock
) -> None:
    saturday = TODAY - timedelta(days=2)
    for day in range(3):
        await take_in(store, saturday + timedelta(days=day), a_paper(1), a_paper(2))

    await people.subscribe(CHAT, None)
    clock.forward(timedelta(hours=1))
    await EditionDesk(editions=store.editions, clock=clock).serve()

    (row,) = await store.outbox.rows()
    assert row.papers == 2


async def test_forgetting_leaves_nothing_that_names_the_reader(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.enrol([CHAT, Target.email("ann@example.org")], ["vision"])
    await linking_on(store, clock).ask(CHAT, "second@example.org")
    await store.listings.remember(CHAT, ("2601.00001",), NOW)

    forgotten = await people.forget(CHAT)

    assert forgotten
    assert await people.reader(CHAT) is None
    assert await people.reader(Target.email("ann@example.org")) is None
    assert await store.outbox.rows() == []
    assert await store.listings.recall(CHAT) == ()
    assert (await store.overview.numbers()).subscribers == 0


async def test_a_chat_that_left_rests_until_it_speaks_again(people: Membership) -> None:
    await people.subscribe(CHAT, ["vision"])

    await people.left(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    gone = await known(people)
    back = await people.change(CHAT, locale=Locale.ZH)

    assert gone.endpoints[0].state is EndpointState.GONE
    assert gone.subscriber.next_at is None
    assert back is not None
    assert back.endpoints[0].state is EndpointState.ACTIVE
    assert back.subscriber.next_at == NOW + timedelta(hours=1)


async def test_a_reader_with_mail_goes_on_when_the_chat_leaves(people: Membership) -> None:
    await people.enrol([CHAT, Target.email("ann@example.org")], None)

    await people.left(CHAT, Reason(ReasonCode.BOT_BLOCKED))

    assert (await known(people)).subscriber.next_at == NOW + timedelta(hours=1)


async def test_an_operator_enrols_one_reader_on_both_channels(people: Membership) -> None:
    mail = Target.email("ann@example.org")

    reader = await people.enrol([CHAT, mail], ["vision"], minute=600, locale=Locale.ZH)

    assert reader.preferences == Preferences(domains=("vision",), minute=600, locale=Locale.ZH)
    assert await known(people, mail) == await known(people) == reader
    assert {endpoint.state for endpoint in reader.endpoints} == {EndpointState.ACTIVE}


async def test_enrolling_with_a_bad_hour_enrols_nobody(people: Membership) -> None:
    with pytest.raises(BadRequest):
        await people.enrol([CHAT], None, minute=5000)

    assert await people.reader(CHAT) is None


async def test_fifty_first_words_at_once_make_one_subscriber(people: Membership, store: Store) -> None:
    slugs = [f"domain-{number}" for number in range(50)]

    await asyncio.gather(*(people.subscribe(CHAT, [slug]) for slug in slugs))

    assert (await store.overview.numbers()).subscribers == 1
    assert set((await known(people)).preferences.domains or ()) == set(slugs)


async def test_two_threads_of_a_group_are_two_readers(people: Membership, store: Store) -> None:
    await people.subscribe(Target.telegram(-100, thread=1), ["vision"])
    await people.subscribe(Target.telegram(-100, thread=2), ["speech"])

    assert (await store.overview.numbers()).subscribers == 2
