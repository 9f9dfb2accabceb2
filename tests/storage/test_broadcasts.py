"""Broadcasts: their audience, how far they are, and that nothing of a paused one is claimed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import Announcement, Channel, Delivery, DeliveryState, Digest, Locale, Target
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.services.broadcasts import Audience, BroadcastStatus, StatusMessage
from digest.services.delivery import Settlement
from digest.services.editions import EditionService
from digest.storage import Store
from tests.support.database import NOW, TODAY, email_linking_service, make_paper, save_report, subscription_service

ANN, BOB, CAT = (Target.telegram(number) for number in (1, 2, 3))
ANN_EMAIL = Target.email("ann@example.org")
EMAIL, TELEGRAM = Channel.EMAIL, Channel.TELEGRAM


@pytest.fixture
async def subscribers(store: Store, clock: FixedClock) -> None:
    """Let three people read: Ann robotics in both places, Bob everything in Chinese, Cat nothing yet."""
    people = subscription_service(store, clock)
    await people.add_subscriber([ANN, ANN_EMAIL], ["robotics", "vision"])
    await people.add_subscriber([BOB], None, locale=Locale.ZH)
    await people.get_or_create(CAT)


AUDIENCES: tuple[tuple[Audience, dict[Channel, int]], ...] = (
    (Audience(), {EMAIL: 1, TELEGRAM: 3}),
    (Audience(channel=EMAIL), {EMAIL: 1}),
    (Audience(domains=("robotics",)), {EMAIL: 1, TELEGRAM: 2}),
    (Audience(domains=("robotics", "vision"), channel=TELEGRAM), {TELEGRAM: 2}),
    (Audience(domains=("speech",)), {EMAIL: 0, TELEGRAM: 1}),
    (Audience(domains=()), {EMAIL: 0, TELEGRAM: 1}),
    (Audience(locale=Locale.ZH), {EMAIL: 0, TELEGRAM: 1}),
    (Audience(locale=Locale.EN, channel=TELEGRAM), {TELEGRAM: 2}),
    (Audience(locale=Locale.EN, domains=("robotics",)), {EMAIL: 1, TELEGRAM: 1}),
)


@pytest.mark.usefixtures("subscribers")
async def test_an_audience_is_counted_as_it_is_queued(store: Store) -> None:
    for audience, reached in AUDIENCES:
        counted = await store.broadcasts.count_recipients(audience)
        queued = await store.broadcasts.queue("hello", audience, "an admin", NOW)

        assert counted == queued.queued == reached, audience
        assert len(await store.outbox.list_deliveries(edition=queued.id)) == sum(reached.values()), audience


@pytest.mark.usefixtures("subscribers")
async def test_an_audience_is_frozen_when_it_is_queued(store: Store, clock: FixedClock) -> None:
    await store.broadcasts.queue("hello", Audience(channel=TELEGRAM), "an admin", NOW)

    await subscription_service(store, clock).subscribe(Target.telegram(4), None)

    assert {row.target for row in await store.outbox.list_deliveries()} == {ANN, BOB, CAT}


@pytest.mark.usefixtures("subscribers")
async def test_who_paused_hears_the_admin_and_who_left_does_not(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.pause(ANN)
    await people.mark_unreachable(BOB, Reason(ReasonCode.BOT_BLOCKED))
    await email_linking_service(store, clock).unlink(ANN)

    reached = await store.broadcasts.count_recipients(Audience())

    assert reached == {EMAIL: 0, TELEGRAM: 2}


@pytest.mark.usefixtures("subscribers")
async def test_everybody_is_told_in_their_language(store: Store) -> None:
    await store.broadcasts.queue("*as* <written>", Audience(channel=TELEGRAM), "an admin", NOW)

    claimed = await store.outbox.claim(TELEGRAM, "one", due_at=NOW, now=NOW, until=NOW, limit=9)

    assert {one.target: one.content for one in claimed} == {
        ANN: Announcement(text="*as* <written>"),
        BOB: Announcement(text="*as* <written>", locale=Locale.ZH),
        CAT: Announcement(text="*as* <written>"),
    }


@pytest.mark.usefixtures("subscribers")
async def test_the_same_words_twice_are_two_broadcasts(store: Store) -> None:
    one, two = [await store.broadcasts.queue("hello", Audience(), "an admin", NOW) for _ in range(2)]

    assert one.id != two.id
    assert len(await store.outbox.list_deliveries()) == 8


SLUGS = ("robotics", "vision", "speech")


@pytest.fixture
async def five_subscribers(store: Store, clock: FixedClock) -> None:
    """Let five people read: in both languages, on both channels, of some domains and of all."""
    people = subscription_service(store, clock)
    await people.add_subscriber([Target.telegram(1), Target.email("ann@example.org")], ["robotics", "vision"])
    await people.add_subscriber([Target.telegram(2)], None, locale=Locale.ZH)
    await people.add_subscriber([Target.email("cat@example.org")], ["vision"], locale=Locale.ZH)
    await people.add_subscriber([Target.telegram(4)], ["speech"])
    await people.get_or_create(Target.telegram(5))


CHOICES = (
    Audience(),
    Audience(channel=Channel.EMAIL),
    Audience(locale=Locale.ZH),
    Audience(domains=("vision",)),
    Audience(domains=("vision", "speech"), locale=Locale.EN, channel=Channel.TELEGRAM),
)


@pytest.mark.usefixtures("five_subscribers")
async def test_every_choice_counts_what_it_would_reach(store: Store) -> None:
    for audience in CHOICES:
        await check_counts(store, audience)


async def check_counts(store: Store, audience: Audience) -> None:
    """Check that each choice beside an audience counts what it would reach."""

    async def reached(changed: Audience) -> int:
        return sum((await store.broadcasts.count_recipients(changed)).values())

    offered = await store.broadcasts.audience_counts(audience)

    for channel, n in offered.channels.items():
        assert n == await reached(replace(audience, channel=channel))
    for locale, n in offered.locales.items():
        assert n == await reached(replace(audience, locale=locale))
    for slug in SLUGS:
        assert offered.for_domain(slug) == await reached(replace(audience, domains=(slug,)))
    assert offered.for_domain(None) == await reached(replace(audience, domains=None))
    assert set(offered.channels) == {None, *Channel}
    assert set(offered.locales) == {None, *Locale}


async def test_an_empty_store_offers_choices_of_nobody(store: Store) -> None:
    offered = await store.broadcasts.audience_counts(Audience())

    assert {*offered.channels.values(), *offered.locales.values(), offered.for_domain("robotics")} == {0}


SENT_END = Settlement(state=DeliveryState.SENT, receipts=("1",))


async def queue_to_three_chats(store: Store, clock: FixedClock) -> int:
    """Let three chats wait for a broadcast; give its number."""
    people = subscription_service(store, clock)
    for number in (1, 2, 3):
        await people.subscribe(Target.telegram(number), None)
    return (await store.broadcasts.queue("hello", Audience(), "7", NOW)).id


async def claim_due(store: Store, limit: int = 9, owner: str = "one") -> Sequence[Delivery]:
    """Claim what may be claimed in Telegram."""
    later = NOW + timedelta(hours=6)
    until = later + timedelta(minutes=1)
    return await store.outbox.claim(Channel.TELEGRAM, owner, due_at=later, now=later, until=until, limit=limit)


async def settle_sent(store: Store, delivery: Delivery, settlement: Settlement = SENT_END) -> None:
    """Bring one claimed delivery to its end."""
    await store.outbox.mark_sending(delivery.id, "one")
    await store.outbox.settle(delivery.id, "one", settlement, NOW + timedelta(minutes=2))


async def load_status(store: Store, number: int) -> BroadcastStatus:
    """Return how far a broadcast is that is there."""
    known = await store.broadcasts.find_status(number)
    assert known is not None
    return known


async def test_a_standing_counts_what_was_sent_and_what_is_left(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)
    one, two = await claim_due(store, limit=2)
    await settle_sent(store, one)
    later = Settlement(
        state=DeliveryState.DUE,
        reason=server_reply("busy"),
        not_before=NOW + timedelta(hours=1),
        counts_as_attempt=True,
    )
    await settle_sent(store, two, later)

    known = await load_status(store, number)

    assert (known.total, known.count(DeliveryState.SENT), known.retrying) == (3, 1, 1)
    assert known.pending == {Channel.TELEGRAM: 2, Channel.EMAIL: 0}
    assert (known.is_finished, known.ended_at, known.text, known.author) == (False, None, "hello", "7")


async def test_a_broadcast_is_over_when_its_last_message_ended(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)
    for one in await claim_due(store):
        await settle_sent(store, one)

    known = await load_status(store, number)

    assert known.is_finished
    assert known.ended_at == NOW + timedelta(minutes=2)


async def test_nothing_of_a_paused_broadcast_is_claimed_until_it_goes_on(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)

    paused = await store.broadcasts.pause(number, NOW)
    nothing = await claim_due(store)
    went = await store.broadcasts.resume(number)
    all_of_it = await claim_due(store)

    assert (paused, went) == (True, True)
    assert (len(nothing), len(all_of_it)) == (0, 3)


async def test_what_was_claimed_before_a_pause_is_finished(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)
    (one,) = await claim_due(store, limit=1)

    await store.broadcasts.pause(number, NOW)
    await settle_sent(store, one)

    known = await load_status(store, number)
    assert known.count(DeliveryState.SENT) == 1
    assert await claim_due(store) == []


async def test_a_paused_broadcast_does_not_hold_up_another_or_a_digest(store: Store, clock: FixedClock) -> None:
    await save_report(store, TODAY, make_paper(1, "vision"))
    number = await queue_to_three_chats(store, clock)
    await store.broadcasts.pause(number, NOW)
    await store.broadcasts.queue("another", Audience(), "7", NOW)
    clock.advance(timedelta(hours=2))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()

    claimed = [one.content for one in await claim_due(store, limit=20)]

    assert sum(isinstance(one, Digest) for one in claimed) == 3
    assert sum(one == Announcement(text="another") for one in claimed) == 3
    assert len(claimed) == 6


async def test_a_row_that_a_crash_gave_back_is_not_claimed_while_its_broadcast_rests(
    store: Store, clock: FixedClock
) -> None:
    number = await queue_to_three_chats(store, clock)
    await claim_due(store)
    await store.outbox.recover(NOW)
    await store.broadcasts.pause(number, NOW)

    assert await claim_due(store, owner="two") == []


async def test_stopping_cancels_what_has_not_begun_and_leaves_the_rest(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)
    one, two = await claim_due(store, limit=2)
    await store.outbox.mark_sending(one.id, "one")

    cancelled = await store.broadcasts.cancel(number, NOW)
    still_mine = await store.outbox.mark_sending(two.id, "one")
    await store.outbox.settle(one.id, "one", SENT_END, NOW)

    known = await load_status(store, number)
    assert (cancelled, still_mine) == (2, False)
    assert known.is_finished
    assert (known.count(DeliveryState.SENT), known.count(DeliveryState.CANCELLED)) == (1, 2)


async def test_a_paused_broadcast_can_be_stopped(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)
    await store.broadcasts.pause(number, NOW)

    assert await store.broadcasts.cancel(number, NOW) == 3
    assert (await load_status(store, number)).paused_at is None


async def test_what_is_no_broadcast_is_neither_shown_nor_steered(store: Store) -> None:
    for number in (99, 0):
        assert await store.broadcasts.find_status(number) is None
        assert not await store.broadcasts.pause(number, NOW)
        assert not await store.broadcasts.resume(number)
        assert await store.broadcasts.cancel(number, NOW) == 0


async def test_a_digests_edition_cannot_be_stopped_as_a_broadcast(store: Store, clock: FixedClock) -> None:
    await save_report(store, TODAY, make_paper(1, "vision"))
    await subscription_service(store, clock).subscribe(Target.telegram(1), None)
    clock.advance(timedelta(hours=2))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()

    stopped = [await store.broadcasts.cancel(number, NOW) for number in range(5)]
    paused = [await store.broadcasts.pause(number, NOW) for number in range(5)]

    assert (sum(stopped), any(paused)) == (0, False)
    assert len(await claim_due(store)) == 1


async def test_what_is_over_cannot_be_paused_and_pausing_twice_does_nothing(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)

    first, second = [await store.broadcasts.pause(number, NOW) for _ in range(2)]
    await store.broadcasts.cancel(number, NOW)
    third = await store.broadcasts.pause(number, NOW)

    assert (first, second, third) == (True, False, False)


async def test_a_place_is_kept_until_the_end_was_told(store: Store, clock: FixedClock) -> None:
    number = await queue_to_three_chats(store, clock)
    place = StatusMessage(chat_id=7, message_id=12, locale=Locale.ZH)

    await store.broadcasts.save_status_message(number, place)
    open_ones = await store.broadcasts.unreported()
    await store.broadcasts.save_status_message(number, place, reported=True)

    assert open_ones == [number]
    assert await store.broadcasts.unreported() == []
    assert (await load_status(store, number)).status_message == place


async def test_a_broadcast_to_nobody_is_over_at_once(store: Store) -> None:
    queued = await store.broadcasts.queue("hello", Audience(), "7", NOW)

    known = await load_status(store, queued.id)

    assert (known.is_finished, known.total, known.ended_at) == (True, 0, NOW)


async def test_the_newest_broadcasts_come_first(store: Store, clock: FixedClock) -> None:
    first = await queue_to_three_chats(store, clock)
    second = (await store.broadcasts.queue("again", Audience(), "7", NOW)).id

    assert [one.id for one in await store.broadcasts.list_newest(5)] == [second, first]
    assert [one.id for one in await store.broadcasts.list_newest(1)] == [second]
