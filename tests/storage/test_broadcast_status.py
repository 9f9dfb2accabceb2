"""How far broadcasts are, and that nothing of a paused one is claimed."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.model import Announcement, Channel, Delivery, DeliveryState, Digest, Locale, Target
from digest.model.clock import FixedClock
from digest.model.reasons import server_reply
from digest.services.broadcasts import Audience, BroadcastStatus, StatusMessage
from digest.services.delivery import Settlement
from digest.services.editions import EditionService
from digest.storage import Store
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

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


@pytest.mark.parametrize("number", [99, 0])
async def test_what_is_no_broadcast_is_neither_shown_nor_steered(store: Store, number: int) -> None:
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
