"""Audiences, counted and frozen."""

import pytest

from digest.model import Announcement, Channel, Locale, Target
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode
from digest.services.broadcasts import Audience
from digest.storage import Store
from tests.support.database import NOW, email_linking_service, subscription_service

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


@pytest.mark.usefixtures("subscribers")
@pytest.mark.parametrize(
    ("audience", "reached"),
    [
        (Audience(), {EMAIL: 1, TELEGRAM: 3}),
        (Audience(channel=EMAIL), {EMAIL: 1}),
        (Audience(domains=("robotics",)), {EMAIL: 1, TELEGRAM: 2}),
        (Audience(domains=("robotics", "vision"), channel=TELEGRAM), {TELEGRAM: 2}),
        (Audience(domains=("speech",)), {EMAIL: 0, TELEGRAM: 1}),
        (Audience(domains=()), {EMAIL: 0, TELEGRAM: 1}),
        (Audience(locale=Locale.ZH), {EMAIL: 0, TELEGRAM: 1}),
        (Audience(locale=Locale.EN, channel=TELEGRAM), {TELEGRAM: 2}),
        (Audience(locale=Locale.EN, domains=("robotics",)), {EMAIL: 1, TELEGRAM: 1}),
    ],
)
async def test_an_audience_is_counted_as_it_is_queued(
    store: Store, audience: Audience, reached: dict[Channel, int]
) -> None:
    counted = await store.broadcasts.count_recipients(audience)
    queued = await store.broadcasts.queue("hello", audience, "an admin", NOW)

    assert counted == queued.queued == reached
    assert len(await store.outbox.list_deliveries()) == sum(reached.values())


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
