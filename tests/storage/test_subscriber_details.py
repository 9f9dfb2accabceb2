"""One reader as the store knows them, by any of their names."""

from digest.model import Channel, EndpointState, Target
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode
from digest.services.broadcasts import Audience
from digest.storage import Store
from tests.support.database import NOW, subscription_service

ANN, ANN_EMAIL = Target.telegram(42), Target.email("ann@example.org")


async def test_a_reader_is_found_by_chat_address_and_number(store: Store, clock: FixedClock) -> None:
    reader = await subscription_service(store, clock).add_subscriber([ANN, ANN_EMAIL], ["robotics"])

    by_chat = await store.subscriber_details.find_by_address(Channel.TELEGRAM, "42")
    by_mail = await store.subscriber_details.find_by_address(Channel.EMAIL, "ann@example.org")
    by_number = await store.subscriber_details.find_by_id(reader.subscriber.id)

    assert by_chat == by_mail == [by_number]
    assert by_number is not None
    assert {place.endpoint.target for place in by_number.endpoints} == {ANN, ANN_EMAIL}
    assert await store.subscriber_details.find_by_address(Channel.TELEGRAM, "43") == []
    assert await store.subscriber_details.find_by_id(99) is None


async def test_each_thread_of_a_forum_is_a_reader_of_its_own(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    for thread in (None, 5):
        await people.subscribe(Target.telegram(-100, thread), None)

    assert len(await store.subscriber_details.find_by_address(Channel.TELEGRAM, "-100")) == 2


async def test_a_card_tells_why_an_address_does_not_receive(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)
    await people.subscribe(ANN, None)
    await people.mark_unreachable(ANN, Reason(ReasonCode.BOT_BLOCKED))

    (card,) = await store.subscriber_details.find_by_address(Channel.TELEGRAM, "42")

    (place,) = card.endpoints
    assert (place.endpoint.state, place.reason) == (EndpointState.UNREACHABLE, Reason(ReasonCode.BOT_BLOCKED))


async def test_a_card_holds_the_last_ten_deliveries_the_newest_first(store: Store, clock: FixedClock) -> None:
    await subscription_service(store, clock).subscribe(ANN, None)
    await subscription_service(store, clock).subscribe(Target.telegram(43), None)
    for at in range(12):
        await store.broadcasts.queue(f"hello {at}", Audience(), "7", NOW)

    (card,) = await store.subscriber_details.find_by_address(Channel.TELEGRAM, "42")

    ids = [row.id for row in card.deliveries]
    assert len(ids) == 10
    assert ids == sorted(ids, reverse=True)
    assert {row.target for row in card.deliveries} == {ANN}
