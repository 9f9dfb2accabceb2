"""What whoever set a group or channel up hears when sending there fails, and that they hear it once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.model import Announcement, Channel, Delivery, DeliveryState, EndpointState, Target
from digest.model.clock import FixedClock
from digest.model.message import TelegramMessage
from digest.model.outcome import Outcome, RetryLater, Unreachable
from digest.model.reasons import server_reply
from digest.services.delivery import DeliveryWorker
from digest.services.editions import EditionService
from digest.services.groups import GroupService
from digest.storage import Store
from digest.telegram.client import build_bot
from digest.telegram.sender import TelegramSender
from tests.services.delivery.scripted_sender import ScriptedSender, build_worker
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service
from tests.support.telegram_server import TelegramServer

OWNER_ID, FORUM_ID = 42, -100600
DAY = timedelta(days=1)
TOPIC_CLOSED = RetryLater(reason=server_reply("TOPIC_CLOSED"), retry_after=DAY, max_failures=7)


async def render_notice_or_key(delivery: Delivery) -> Sequence[str]:
    """Render what is told as its text, a digest as its key."""
    return (delivery.content.text if isinstance(delivery.content, Announcement) else "a digest",)


async def add_forum_topics(store: Store, clock: FixedClock) -> None:
    """Let a forum with two topics, which somebody set up, have a digest due in each."""
    people = subscription_service(store, clock)
    groups = GroupService(store=store.groups, subscriptions=people)
    await people.get_or_create(Target.telegram(OWNER_ID))
    for thread, name in ((5, "Robots"), (6, "Video")):
        target = Target.telegram(FORUM_ID, thread)
        await groups.set_up(target, title=f"Lab › {name}", user_id=OWNER_ID)
        await people.subscribe(target, None)
    await make_all_due(store, clock, 0)


async def make_all_due(store: Store, clock: FixedClock, day: int) -> None:
    """Let every reader's hour of a day come, with a new paper."""
    await save_report(store, TODAY + day * DAY, make_paper(day + 1))
    clock.now = NOW + day * DAY + timedelta(hours=1)
    await EditionService(store=store.editions, clock=clock).queue_due_digests()


async def send_to_owner(store: Store, clock: FixedClock, *ends: Outcome) -> list[str]:
    """Send what is due, the sends to the forum ending so; give what its owner got."""
    postbox = ScriptedSender(outcomes={str(FORUM_ID): list(ends)})
    courier = build_worker(store, postbox, clock, render=render_notice_or_key, concurrency=1)
    async with asyncio.timeout(120):
        await courier.drain()
    return [text for address, text in postbox.sent if address == str(OWNER_ID)]


async def topic_states(store: Store, clock: FixedClock) -> list[EndpointState]:
    """Return the states of both topics."""
    readers = [await subscription_service(store, clock).find_profile(Target.telegram(FORUM_ID, one)) for one in (5, 6)]
    return [reader.endpoints[0].state for reader in readers if reader]


async def test_a_bot_that_was_kicked_leaves_every_topic_and_its_owner_hears_it_once(
    store: Store, clock: FixedClock
) -> None:
    await add_forum_topics(store, clock)
    kicked = Unreachable(reason=server_reply("Forbidden: bot was kicked from the supergroup chat"))

    told = await send_to_owner(store, clock, kicked, kicked)

    assert len(told) == 1
    assert told[0].startswith("I was removed from “Lab”")
    assert await topic_states(store, clock) == [EndpointState.UNREACHABLE, EndpointState.UNREACHABLE]


async def test_a_deleted_topic_ends_alone(store: Store, clock: FixedClock) -> None:
    await add_forum_topics(store, clock)

    told = await send_to_owner(
        store, clock, Unreachable(reason=server_reply("message thread not found"), thread_only=True)
    )

    assert [text.partition(" no longer exists")[0] for text in told] == ["The topic “Lab › Robots”"]
    assert await topic_states(store, clock) == [EndpointState.UNREACHABLE, EndpointState.ACTIVE]


async def test_a_chat_that_lets_us_not_write_is_told_when_it_begins_and_when_it_ends(
    store: Store, clock: FixedClock
) -> None:
    await add_forum_topics(store, clock)
    people = subscription_service(store, clock)
    await people.pause(Target.telegram(FORUM_ID, 6))
    told = []

    for _ in range(9):
        told.append(await send_to_owner(store, clock, TOPIC_CLOSED))
        clock.advance(DAY)

    assert [len(texts) for texts in told] == [1, 0, 0, 0, 0, 0, 1, 0, 0]
    assert "I could not post in" in told[0][0]
    assert "I stopped trying" in told[6][0]
    assert (await topic_states(store, clock))[0] is EndpointState.UNREACHABLE


async def test_what_waited_is_sent_as_soon_as_the_bot_may_write_again(store: Store, clock: FixedClock) -> None:
    await add_forum_topics(store, clock)
    await send_to_owner(store, clock, TOPIC_CLOSED, TOPIC_CLOSED)

    await store.groups.reactivate(Target.telegram(FORUM_ID), None, all_targets=False)
    await send_to_owner(store, clock)

    digests = [row for row in await store.outbox.list_deliveries() if row.kind == "digest"]
    assert [row.state for row in digests] == [DeliveryState.SENT, DeliveryState.SENT]


@pytest.mark.parametrize("owner", [None, 43])
async def test_nobody_is_told_where_the_owner_is_unknown_or_never_started_the_bot(
    store: Store, clock: FixedClock, owner: int | None
) -> None:
    await add_forum_topics(store, clock)
    for thread in (5, 6):
        target = Target.telegram(FORUM_ID, thread)
        await store.groups.remember(target, title="Lab", owner=owner, previous_owner=OWNER_ID)
    kicked = Unreachable(reason=server_reply("bot was kicked"))
    if owner is None:
        await subscription_service(store, clock).erase(Target.telegram(OWNER_ID))

    told = await send_to_owner(store, clock, kicked, kicked)

    assert told == []
    assert await topic_states(store, clock) == [EndpointState.UNREACHABLE, EndpointState.UNREACHABLE]


async def test_a_channel_and_the_topics_of_a_forum_get_their_digests_where_they_belong(
    telegram: TelegramServer, store: Store, clock: FixedClock
) -> None:
    channel, forum = telegram.channel(-100500), telegram.group(FORUM_ID, forum=True)
    forum.add_topic(5)
    forum.add_topic(6)
    await add_forum_topics(store, clock)
    await subscription_service(store, clock).subscribe(Target.telegram(-100500), None)
    await subscription_service(store, clock).subscribe(Target.telegram(FORUM_ID), None)
    await make_all_due(store, clock, 1)

    async with build_bot(telegram.token, telegram.url) as bot:
        await send_over_http(store, clock, TelegramSender(bot))

    assert len(channel.messages) == 1
    assert sorted(str(one.thread_id) for one in forum.messages) == ["5", "6", "None"]


async def send_over_http(store: Store, clock: FixedClock, sender: TelegramSender) -> None:
    """Send what is due over HTTP."""

    async def as_chat(delivery: Delivery) -> Sequence[TelegramMessage]:
        return (TelegramMessage(html=delivery.key, plain=delivery.key),)

    courier = DeliveryWorker(
        channel=Channel.TELEGRAM,
        owner="one",
        outbox=store.outbox,
        sender=sender,
        render=as_chat,
        clock=clock,
        concurrency=1,
    )
    async with asyncio.timeout(120):
        await courier.drain()
