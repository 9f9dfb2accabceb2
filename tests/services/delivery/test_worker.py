"""A courier's rounds, on the real store."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import pytest

from digest.model import Delivery, DeliveryState, EndpointState, Target
from digest.model.clock import FixedClock
from digest.model.errors import ChannelMisconfigured, StoreError
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, SendCancelled, Sent, Uncertain, Unreachable
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.services.broadcasts import Audience
from digest.services.delivery import worker
from digest.storage import Store
from tests.services.delivery.scripted_sender import (
    ScriptedSender,
    build_worker,
    queue_broadcast,
    rows_by_address,
    states_by_address,
)
from tests.support.database import NOW, database_path, subscription_service

SHORT_WAIT = timedelta(seconds=5)


async def wait_for(seconds: float, condition: asyncio.Event) -> None:
    """Wait for something that a test has arranged."""
    async with asyncio.timeout(seconds):
        await condition.wait()


@pytest.mark.parametrize(
    ("outcome", "state", "attempts"),
    [
        (Sent(receipt="17"), DeliveryState.SENT, 0),
        (RetryLater(reason=server_reply("greylisted")), DeliveryState.DUE, 1),
        (RetryLater(reason=server_reply("server away"), counts_as_attempt=False), DeliveryState.DUE, 0),
        (Uncertain(reason=server_reply("cut after the dot")), DeliveryState.UNCERTAIN, 0),
        (Unreachable(reason=server_reply("blocked")), DeliveryState.UNREACHABLE, 0),
        (Migrated(new_target=Target.telegram(-100), reason=server_reply("supergroup")), DeliveryState.DUE, 1),
        (Refused(reason=server_reply("no")), DeliveryState.REFUSED, 0),
    ],
)
async def test_every_end_is_written_as_its_state(
    store: Store, clock: FixedClock, outcome: Outcome, state: DeliveryState, attempts: int
) -> None:
    await queue_broadcast(store, clock)
    # A second word after a move or a wait stays out of the picture: nothing else is sent in this test.
    postbox = ScriptedSender(outcomes={"1": [outcome], "-100": [RetryLater(reason=server_reply("greylisted"))] * 9})

    await build_worker(store, postbox, clock).drain()

    (row,) = await store.outbox.list_deliveries()
    assert row.state is state
    assert row.attempts == attempts + (state is DeliveryState.DUE and row.target.address == "-100")
    assert row.reason == (None if isinstance(outcome, Sent) else row.reason)


async def test_a_wait_that_was_asked_for_is_kept_and_our_own_grows(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 2)
    asked = RetryLater(reason=server_reply("later"), retry_after=timedelta(hours=3))
    postbox = ScriptedSender(outcomes={"1": [asked], "2": [RetryLater(reason=server_reply("busy"))] * 2})
    courier = build_worker(store, postbox, clock)

    await courier.drain()
    first = await rows_by_address(store)
    clock.advance(timedelta(minutes=10))
    await courier.drain()
    second = await rows_by_address(store)

    assert first["1"].not_before == NOW + timedelta(hours=3)
    assert timedelta(minutes=4) <= first["2"].not_before - NOW <= timedelta(minutes=6)
    assert timedelta(minutes=12) <= second["2"].not_before - clock() <= timedelta(minutes=18)
    assert postbox.sent == []


async def test_sending_is_committed_before_a_byte_leaves(store: Store, clock: FixedClock, url: str) -> None:
    seen: list[str] = []

    async def look(_delivery: Delivery) -> None:
        with closing(sqlite3.connect(database_path(url))) as other:
            seen.extend(state for (state,) in other.execute("SELECT state FROM outbox"))

    await queue_broadcast(store, clock)

    await build_worker(store, ScriptedSender(on_send=look), clock).drain()

    assert seen == ["sending"]
    assert await states_by_address(store) == {"1": "sent"}


async def test_a_message_of_parts_goes_on_where_it_stopped(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    flood = RetryLater(reason=server_reply("flood"), retry_after=timedelta(minutes=1), counts_as_attempt=False)
    postbox = ScriptedSender(outcomes={"1": [Sent(receipt="a"), flood]})

    async def in_parts(_delivery: Delivery) -> Sequence[str]:
        return ("first", "second", "third")

    courier = build_worker(store, postbox, clock, render=in_parts)
    await courier.drain()
    stopped = (await rows_by_address(store))["1"]
    clock.advance(timedelta(minutes=1))
    await courier.drain()

    assert (stopped.state, stopped.receipts) == (DeliveryState.DUE, ("a",))
    assert [part for _, part in postbox.sent] == ["first", "second", "third"]
    (row,) = await store.outbox.list_deliveries()
    assert row.receipts == ("a", "1:second", "1:third")


async def test_what_cannot_be_rendered_is_refused_and_the_others_go(store: Store, clock: FixedClock) -> None:
    async def render(delivery: Delivery) -> Sequence[str]:
        if delivery.target.address == "2":
            raise ZeroDivisionError("a template that divides by nothing")
        return ("text",)

    await queue_broadcast(store, clock, 3)

    await build_worker(store, ScriptedSender(), clock, render=render).drain()

    assert await states_by_address(store) == {"1": "sent", "2": "refused", "3": "sent"}


async def test_a_message_without_parts_is_not_called_sent(store: Store, clock: FixedClock) -> None:
    async def render(_delivery: Delivery) -> Sequence[str]:
        return ()

    await queue_broadcast(store, clock)

    await build_worker(store, ScriptedSender(), clock, render=render).drain()

    assert await states_by_address(store) == {"1": "refused"}


async def test_a_store_that_is_away_while_rendering_refuses_nobody(store: Store, clock: FixedClock) -> None:
    away = [StoreError("database is locked")]

    async def render(_delivery: Delivery) -> Sequence[str]:
        if away:
            raise away.pop()
        return ("text",)

    await queue_broadcast(store, clock)
    postbox = ScriptedSender()
    courier = build_worker(store, postbox, clock, render=render)

    await courier.drain()
    put_off = await rows_by_address(store)
    clock.advance(timedelta(minutes=1))
    await courier.drain()

    assert (put_off["1"].state, put_off["1"].attempts) == (DeliveryState.DUE, 0)
    assert await states_by_address(store) == {"1": "sent"}


async def test_who_leaves_between_claim_and_send_gets_nothing(store: Store, clock: FixedClock) -> None:
    people = subscription_service(store, clock)

    async def render(delivery: Delivery) -> Sequence[str]:
        if delivery.target.address == "1":
            await people.mark_unreachable(delivery.target, Reason(ReasonCode.BOT_BLOCKED))
        if delivery.target.address == "2":
            await people.erase(delivery.target)
        return ("text",)

    await queue_broadcast(store, clock, 3)
    postbox = ScriptedSender()

    await build_worker(store, postbox, clock, render=render).drain()

    assert postbox.addresses == ["3"]
    assert await states_by_address(store) == {"1": "cancelled", "3": "sent"}


async def test_a_lease_that_another_took_over_sends_nothing(store: Store, clock: FixedClock) -> None:
    async def render(_delivery: Delivery) -> Sequence[str]:
        await store.outbox.recover(NOW)
        return ("text",)

    await queue_broadcast(store, clock)
    postbox = ScriptedSender()
    courier = build_worker(store, postbox, clock, render=render)

    async with asyncio.timeout(120):
        await courier.drain()

    assert postbox.sent == []
    assert await states_by_address(store) == {"1": "refused"}


async def test_a_stop_settles_what_is_in_flight_and_gives_back_the_rest(store: Store, clock: FixedClock) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait(_delivery: Delivery) -> None:
        begun.set()
        await go_on.wait()

    await queue_broadcast(store, clock, 10)
    postbox = ScriptedSender(on_send=wait)
    courier = build_worker(store, postbox, clock, concurrency=2)
    running = asyncio.create_task(courier.run())
    await wait_for(5, begun)

    courier.stop()
    await asyncio.sleep(0.05)
    still_running = not running.done()
    go_on.set()
    await running

    assert still_running
    assert sorted((await states_by_address(store)).values()) == ["due"] * 8 + ["sent"] * 2
    assert len(postbox.sent) == 2


async def test_a_stop_loses_no_claims(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 9)

    for _ in range(5):
        blocked = ScriptedSender(on_send=lambda _delivery: asyncio.sleep(0.01))
        courier = build_worker(store, blocked, clock, concurrency=1)
        running = asyncio.create_task(courier.run())
        while not blocked.in_flight:  # noqa: ASYNC110 - the postbox is the test's own
            await asyncio.sleep(0.001)
        courier.stop()
        await running
    await build_worker(store, ScriptedSender(), clock).drain()

    assert set((await states_by_address(store)).values()) == {"sent"}


async def test_one_slow_recipient_does_not_hold_up_the_others(store: Store, clock: FixedClock) -> None:
    others = asyncio.Event()
    postbox = ScriptedSender()

    async def wait(delivery: Delivery) -> None:
        if delivery.target.address == "1":
            await wait_for(20, others)
        elif len(postbox.sent) == 48:
            others.set()

    postbox.on_send = wait
    await queue_broadcast(store, clock, 50)

    await build_worker(store, postbox, clock, concurrency=2).drain()

    assert postbox.addresses[-1] == "1"
    assert set((await states_by_address(store)).values()) == {"sent"}


async def test_no_more_than_its_width_is_in_flight(store: Store, clock: FixedClock) -> None:
    postbox = ScriptedSender(on_send=lambda _delivery: asyncio.sleep(0.002))
    await queue_broadcast(store, clock, 30)

    await build_worker(store, postbox, clock, concurrency=3).drain()

    assert postbox.max_in_flight == 3


async def test_trouble_of_the_whole_channel_lets_everybody_wait(store: Store, clock: FixedClock) -> None:
    trouble = RetryLater(reason=server_reply("421 come back later"), counts_as_attempt=False, pause_channel=True)
    await queue_broadcast(store, clock, 20)
    postbox = ScriptedSender(outcomes={str(number): [trouble] for number in range(1, 21)})

    await build_worker(store, postbox, clock, concurrency=2).drain()

    left = [told for told in postbox.outcomes.values() if told]
    assert len(left) >= 18
    assert set((await states_by_address(store)).values()) == {"due"}
    assert {row.attempts for row in (await rows_by_address(store)).values()} == {0}


async def test_a_channel_that_is_stopped_says_so_and_loses_nothing(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 5)
    postbox = ScriptedSender(outcomes={"1": [ChannelMisconfigured("the token is refused")]})

    with pytest.raises(ChannelMisconfigured, match="token"):
        await build_worker(store, postbox, clock, concurrency=1).drain()

    assert set((await states_by_address(store)).values()) == {"due"}


async def test_a_channel_that_is_stopped_waits_and_a_single_delivery_tries_again(
    store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock, 5)
    postbox = ScriptedSender(outcomes={"1": [ChannelMisconfigured("the token is refused")]})
    courier = build_worker(store, postbox, clock, concurrency=1)
    running = asyncio.create_task(courier.run())
    await courier.wait_until_idle(30)
    stopped, waits = courier.misconfigured_reason, courier.pause_reason
    courier.stop()
    await running
    clock.advance(timedelta(minutes=1))

    await build_worker(store, postbox, clock).drain()

    assert stopped == waits == Reason(ReasonCode.CHANNEL_MISCONFIGURED, "the token is refused")
    assert set((await states_by_address(store)).values()) == {"sent"}


async def test_a_send_that_is_cut_before_anything_left_is_due_again(
    store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.05)
    await queue_broadcast(store, clock, 2)
    begun = asyncio.Event()

    async def hang(delivery: Delivery) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if delivery.target.address == "1":
                raise SendCancelled from None
            raise

    courier = build_worker(store, ScriptedSender(on_send=hang), clock, concurrency=2)
    running = asyncio.create_task(courier.run())
    await begun.wait()

    courier.stop()
    await running

    assert await states_by_address(store) == {"1": "due", "2": "sending"}


async def test_who_is_gone_gets_nothing_more(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 2)
    await store.broadcasts.queue("and another", Audience(), "a test", NOW)
    postbox = ScriptedSender(outcomes={"1": [Unreachable(reason=server_reply("blocked"))]})

    await build_worker(store, postbox, clock, concurrency=1).drain()

    reader = await subscription_service(store, clock).find_profile(Target.telegram(1))
    assert reader is not None
    assert (reader.endpoints[0].state, reader.subscriber.next_digest_at) == (EndpointState.UNREACHABLE, None)
    assert sorted(row.state for row in await store.outbox.list_deliveries()) == ["cancelled", "gone", "sent", "sent"]


async def test_a_group_that_moved_is_reached_at_its_new_number(store: Store, clock: FixedClock) -> None:
    topic = Target.telegram(-1, thread=7)
    await subscription_service(store, clock).subscribe(topic, None)
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    postbox = ScriptedSender(
        outcomes={"-1": [Migrated(new_target=Target.telegram(-100), reason=server_reply("supergroup"))]}
    )

    await build_worker(store, postbox, clock).drain()

    (row,) = await store.outbox.list_deliveries()
    assert row.target == Target.telegram(-100, thread=7)
    assert row.state is DeliveryState.SENT


async def test_a_group_whose_new_number_is_taken_is_gone_and_not_tried_for_ever(
    store: Store, clock: FixedClock
) -> None:
    for chat in (-1, -100):
        await subscription_service(store, clock).subscribe(Target.telegram(chat), None)
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    moved = Migrated(new_target=Target.telegram(-100), reason=server_reply("supergroup"))
    postbox = ScriptedSender(outcomes={"-1": [moved] * 50})

    await build_worker(store, postbox, clock).drain()

    assert postbox.addresses == ["-100"]
    assert sorted((await states_by_address(store)).values()) == ["cancelled", "sent"]


async def test_a_postbox_that_breaks_its_word_leaves_a_doubt_and_the_others_go(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 3)
    postbox = ScriptedSender(outcomes={"2": [ZeroDivisionError("a bug")]})

    await build_worker(store, postbox, clock).drain()
    await store.outbox.recover(NOW)

    assert await states_by_address(store) == {"1": "sent", "2": "uncertain", "3": "sent"}


async def test_a_running_courier_hears_that_something_came(store: Store, clock: FixedClock) -> None:
    sent = asyncio.Event()

    async def note(_delivery: Delivery) -> None:
        sent.set()

    courier = build_worker(store, ScriptedSender(on_send=note), clock)
    running = asyncio.create_task(courier.run())
    await courier.wait_until_idle(5)

    await queue_broadcast(store, clock)
    courier.wake()
    await wait_for(1.5, sent)
    await courier.wait_until_idle(5)
    courier.stop()
    await running

    assert await states_by_address(store) == {"1": "sent"}


async def test_two_couriers_share_the_work_and_nobody_gets_it_twice(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 60)
    postbox = ScriptedSender(on_send=lambda _delivery: asyncio.sleep(0.001))
    one, two = build_worker(store, postbox, clock), build_worker(store, postbox, clock)
    two.owner = "two"

    await asyncio.gather(one.drain(), two.drain())

    assert sorted(postbox.addresses, key=int) == [str(number) for number in range(1, 61)]
