"""Being a subscriber, on the real store."""

import asyncio
from datetime import timedelta

import pytest

from digest.model import EndpointState, Frequency, Locale, PreferenceChanges, Preferences, SubscriberProfile, Target
from digest.model.clock import FixedClock
from digest.model.errors import InvalidInput
from digest.model.reasons import Reason, ReasonCode
from digest.services.editions import EditionService
from digest.services.preferences import validate_preferences
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store
from tests.support.database import NOW, TODAY, email_linking_service, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
OTHER = Target.telegram(43)


@pytest.fixture
def subscriptions(store: Store, clock: FixedClock) -> SubscriptionService:
    """Return membership on the store."""
    return subscription_service(store, clock)


async def load_profile(subscriptions: SubscriptionService, target: Target = CHAT) -> SubscriberProfile:
    """Return the reader behind a target, who must be there."""
    reader = await subscriptions.find_profile(target)
    assert reader is not None
    return reader


async def test_joining_makes_a_chat_known_with_nothing_chosen(subscriptions: SubscriptionService) -> None:
    reader = await subscriptions.get_or_create(CHAT, locale=Locale.ZH)

    assert reader.preferences == Preferences(locale=Locale.ZH)
    assert reader.subscriber.next_digest_at is None
    assert [endpoint.target for endpoint in reader.endpoints] == [CHAT]


async def test_joining_again_changes_nothing(subscriptions: SubscriptionService) -> None:
    first = await subscriptions.subscribe(CHAT, ["vision"])

    again = await subscriptions.get_or_create(CHAT, locale=Locale.ZH)

    assert again == first


async def test_domains_are_added_once_and_in_order(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, ["vision"])

    reader = await subscriptions.subscribe(CHAT, ["speech", "vision"])

    assert reader.preferences.domains == ("vision", "speech")
    assert reader.subscriber.next_digest_at == NOW + timedelta(hours=1)


async def test_everything_holds_every_domain(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, None)

    reader = await subscriptions.subscribe(CHAT, ["vision"])

    assert reader.preferences.domains is None


async def test_following_only_some_replaces_what_was_followed(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, None)

    reader = await subscriptions.subscribe_only(CHAT, ["speech", "vision", "speech"])

    assert reader.preferences.domains == ("speech", "vision")


async def test_leaving_one_domain_of_everything_keeps_the_others(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, None)

    reader = await subscriptions.unsubscribe(CHAT, ["speech"], all_slugs=("agents", "speech", "vision"))

    assert reader is not None
    assert reader.preferences.domains == ("agents", "vision")


async def test_leaving_every_domain_ends_the_turns(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, ["vision"])

    reader = await subscriptions.unsubscribe(CHAT, ["vision"])

    assert reader is not None
    assert reader.preferences.domains == ()
    assert reader.subscriber.next_digest_at is None


async def test_a_stranger_has_nothing_to_leave_change_or_forget(subscriptions: SubscriptionService) -> None:
    assert await subscriptions.unsubscribe(CHAT, None) is None
    assert await subscriptions.update_preferences(CHAT, send_minute=5) is None
    assert await subscriptions.pause(CHAT) is None
    assert await subscriptions.resume(CHAT) is None
    assert not await subscriptions.erase(CHAT)


async def test_another_hour_moves_the_next_turn(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, None)

    reader = await subscriptions.update_preferences(
        CHAT, send_minute=600, timezone="Europe/Berlin", frequency=Frequency.DAILY
    )

    assert reader is not None
    assert reader.subscriber.next_digest_at == NOW + timedelta(hours=2)


async def test_a_turn_that_is_due_stays_due_whatever_changes(
    subscriptions: SubscriptionService, clock: FixedClock
) -> None:
    await subscriptions.subscribe(CHAT, None)
    clock.advance(timedelta(hours=2))

    reader = await subscriptions.update_preferences(CHAT, send_minute=1200)

    assert reader is not None
    assert reader.subscriber.next_digest_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "choice",
    [
        PreferenceChanges(timezone="Mars/Olympus_Mons"),
        PreferenceChanges(timezone="../../etc/passwd"),
        PreferenceChanges(send_minute=1440),
        PreferenceChanges(send_minute=-1),
        PreferenceChanges(weekday=7),
        PreferenceChanges(max_papers=0),
        PreferenceChanges(max_papers=10**30),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_in_one_line(choice: PreferenceChanges) -> None:
    with pytest.raises(InvalidInput) as caught:
        validate_preferences(choice)

    assert "\n" not in str(caught.value)


async def test_a_paused_reader_stays_paused_until_they_resume(
    subscriptions: SubscriptionService, clock: FixedClock
) -> None:
    await subscriptions.subscribe(CHAT, ["vision"])
    await subscriptions.pause(CHAT)

    await subscriptions.subscribe(CHAT, ["speech"])
    paused = await load_profile(subscriptions)
    clock.advance(timedelta(days=2))
    resumed = await subscriptions.resume(CHAT)

    assert (paused.subscriber.paused, paused.subscriber.next_digest_at) == (True, None)
    assert resumed is not None
    assert resumed.subscriber.next_digest_at == NOW + timedelta(days=2, hours=1)


async def test_who_resumes_begins_with_the_newest_report(
    subscriptions: SubscriptionService, store: Store, clock: FixedClock
) -> None:
    await subscriptions.subscribe(CHAT, None)
    await subscriptions.pause(CHAT)
    await save_report(store, TODAY, make_paper(1))
    await save_report(store, TODAY + timedelta(days=1), make_paper(2))
    clock.advance(timedelta(days=1))

    await subscriptions.resume(CHAT)
    clock.advance(timedelta(hours=1))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()

    (row,) = await store.outbox.list_deliveries()
    assert row.papers == 1


async def test_resuming_without_a_pause_skips_nothing(subscriptions: SubscriptionService, store: Store) -> None:
    await subscriptions.subscribe(CHAT, None)
    before = await load_profile(subscriptions)
    await save_report(store, TODAY, make_paper(1))
    await save_report(store, TODAY + timedelta(days=1), make_paper(2))

    assert await subscriptions.resume(CHAT) == before


async def test_a_new_reader_begins_with_the_newest_report(subscriptions: SubscriptionService, store: Store) -> None:
    await save_report(store, TODAY - timedelta(days=1), make_paper(1), make_paper(2))
    await save_report(store, TODAY, make_paper(2), make_paper(3))

    reader = await subscriptions.subscribe(CHAT, None)

    assert (reader.subscriber.last_paper_seq, reader.subscriber.papers_since) == (2, TODAY)


async def test_who_chooses_weeks_after_the_first_word_begins_with_the_newest_report(
    subscriptions: SubscriptionService, store: Store
) -> None:
    await subscriptions.get_or_create(CHAT)
    for day in range(20):
        await save_report(store, TODAY + timedelta(days=day), make_paper(day))

    one = await subscriptions.subscribe(CHAT, ["vision"])
    more = await subscriptions.subscribe(CHAT, ["speech"])

    newest = TODAY + timedelta(days=19)
    assert (one.subscriber.last_paper_seq, one.subscriber.papers_since) == (19, newest)
    assert (more.subscriber.last_paper_seq, more.subscriber.papers_since) == (19, newest)


async def test_a_reader_who_comes_on_a_day_of_repeats_begins_with_what_is_repeated(
    subscriptions: SubscriptionService, store: Store, clock: FixedClock
) -> None:
    saturday = TODAY - timedelta(days=2)
    for day in range(3):
        await save_report(store, saturday + timedelta(days=day), make_paper(1), make_paper(2))

    await subscriptions.subscribe(CHAT, None)
    clock.advance(timedelta(hours=1))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()

    (row,) = await store.outbox.list_deliveries()
    assert row.papers == 2


async def test_forgetting_leaves_nothing_that_names_the_reader(
    subscriptions: SubscriptionService, store: Store, clock: FixedClock
) -> None:
    await subscriptions.add_subscriber([CHAT, Target.email("ann@example.org")], ["vision"])
    await email_linking_service(store, clock).send_code(CHAT, "second@example.org")
    await store.last_lists.save(CHAT, ("2601.00001",), NOW)

    forgotten = await subscriptions.erase(CHAT)

    assert forgotten
    assert await subscriptions.find_profile(CHAT) is None
    assert await subscriptions.find_profile(Target.email("ann@example.org")) is None
    assert await store.outbox.list_deliveries() == []
    assert await store.last_lists.load(CHAT) == ()
    assert (await store.stats.load_stats()).subscribers == 0


async def test_a_chat_that_left_rests_until_it_speaks_again(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(CHAT, ["vision"])

    await subscriptions.mark_unreachable(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    gone = await load_profile(subscriptions)
    back = await subscriptions.update_preferences(CHAT, locale=Locale.ZH)

    assert gone.endpoints[0].state is EndpointState.UNREACHABLE
    assert gone.subscriber.next_digest_at is None
    assert back is not None
    assert back.endpoints[0].state is EndpointState.ACTIVE
    assert back.subscriber.next_digest_at == NOW + timedelta(hours=1)


async def test_a_reader_with_mail_goes_on_when_the_chat_leaves(subscriptions: SubscriptionService) -> None:
    await subscriptions.add_subscriber([CHAT, Target.email("ann@example.org")], None)

    await subscriptions.mark_unreachable(CHAT, Reason(ReasonCode.BOT_BLOCKED))

    assert (await load_profile(subscriptions)).subscriber.next_digest_at == NOW + timedelta(hours=1)


async def test_an_operator_enrols_one_reader_on_both_channels(subscriptions: SubscriptionService) -> None:
    mail = Target.email("ann@example.org")

    reader = await subscriptions.add_subscriber([CHAT, mail], ["vision"], send_minute=600, locale=Locale.ZH)

    assert reader.preferences == Preferences(domains=("vision",), send_minute=600, locale=Locale.ZH)
    assert await load_profile(subscriptions, mail) == await load_profile(subscriptions) == reader
    assert {endpoint.state for endpoint in reader.endpoints} == {EndpointState.ACTIVE}


async def test_enrolling_with_a_bad_hour_enrols_nobody(subscriptions: SubscriptionService) -> None:
    with pytest.raises(InvalidInput):
        await subscriptions.add_subscriber([CHAT], None, send_minute=5000)

    assert await subscriptions.find_profile(CHAT) is None


async def test_fifty_first_words_at_once_make_one_subscriber(subscriptions: SubscriptionService, store: Store) -> None:
    slugs = [f"domain-{number}" for number in range(50)]

    await asyncio.gather(*(subscriptions.subscribe(CHAT, [slug]) for slug in slugs))

    assert (await store.stats.load_stats()).subscribers == 1
    assert set((await load_profile(subscriptions)).preferences.domains or ()) == set(slugs)


async def test_two_threads_of_a_group_are_two_readers(subscriptions: SubscriptionService, store: Store) -> None:
    await subscriptions.subscribe(Target.telegram(-100, thread=1), ["vision"])
    await subscriptions.subscribe(Target.telegram(-100, thread=2), ["speech"])

    assert (await store.stats.load_stats()).subscribers == 2
