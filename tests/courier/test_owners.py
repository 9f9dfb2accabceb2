"""What whoever set a group or channel up hears when sending there fails, and that they hear it once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.channel import Gone, Later, Outcome
from digest.clock import SetClock
from digest.courier import Courier
from digest.deliver.telegram import TelegramPostbox
from digest.deliver.telegram_request import build_bot
from digest.edition import EditionDesk
from digest.groups import Groups
from digest.message import ChatPart
from digest.model import Announcement, Channel, Delivery, DeliveryState, EndpointState, Target
from digest.reasons import server_reply
from digest.store import Store
from tests.courier.post import ScriptedPostbox, courier_on
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in
from tests.support.telegram_server import TelegramServer

BOSS, FORUM = 42, -100600
DAY = timedelta(days=1)
NOT_LET = Later(reason=server_reply("TOPIC_CLOSED"), after=DAY, points=7)


async def one_part(delivery: Delivery) -> Sequence[str]:
    """Render what is told as its text, a digest as its key."""
    return (delivery.content.text if isinstance(delivery.content, Announcement) else "a digest",)


async def two_topics(store: Store, clock: SetClock) -> None:
    """Let a forum with two topics, which somebody set up, have a digest due in each."""
    people = membership_on(store, clock)
    groups = Groups(book=store.groups, membership=people)
    await people.join(Target.telegram(BOSS))
    for thread, name in ((5, "Robots"), (6, "Video")):
        target = Target.telegram(FORUM, thread)
        await groups.set_up(target, title=f"Lab › {name}", person=BOSS)
        await people.subscribe(target, None)
    await due(store, clock, 0)


async def due(store: Store, clock: SetClock, day: int) -> None:
    """Let every reader's hour of a day come, with a new paper."""
    await take_in(store, TODAY + day * DAY, a_paper(day + 1))
    clock.at = NOW + day * DAY + timedelta(hours=1)
    await EditionDesk(editions=store.editions, clock=clock).serve()


async def sent(store: Store, clock: SetClock, *ends: Outcome) -> list[str]:
    """Send what is due, the sends to the forum ending so; give what its owner got."""
    postbox = ScriptedPostbox(script={str(FORUM): list(ends)})
    courier = courier_on(store, postbox, clock, render=one_part, width=1)
    async with asyncio.timeout(120):
        await courier.drain()
    return [text for address, text in postbox.taken if address == str(BOSS)]


async def states(store: Store, clock: SetClock) -> list[EndpointState]:
    """Give the states of both topics."""
    readers = [await membership_on(store, clock).reader(Target.telegram(FORUM, one)) for one in (5, 6)]
    return [reader.endpoints[0].state for reader in readers if reader]


async def test_a_bot_that_was_kicked_leaves_every_topic_and_its_owner_hears_it_once(
    store: Store, clock: SetClock
) -> None:
    await two_topics(store, clock)
    kicked = Gone(reason=server_reply("Forbidden: bot was kicked from the supergroup chat"))

    told = await sent(store, clock, kicked, kicked)

    assert len(told) == 1
    assert told[0].startswith("I am no longer in “Lab”")
    assert await states(store, clock) == [EndpointState.GONE, EndpointState.GONE]


async def test_a_deleted_topic_ends_alone(store: Store, clock: SetClock) -> None:
    await two_topics(store, clock)

    told = await sent(store, clock, Gone(reason=server_reply("message thread not found"), topic=True))

    assert [text.partition(" is no more")[0] for text in told] == ["The topic “Lab › Robots”"]
    assert await states(store, clock) == [EndpointState.GONE, EndpointState.ACTIVE]


async def test_a_chat_that_lets_us_not_write_is_told_when_it_begins_and_when_it_ends(
    store: Store, clock: SetClock
) -> None:
    await two_topics(store, clock)
    people = membership_on(store, clock)
    await people.pause(Target.telegram(FORUM, 6))
    told = []

    for _ in range(9):
        told.append(await sent(store, clock, NOT_LET))
        clock.forward(DAY)

    assert [len(texts) for texts in told] == [1, 0, 0, 0, 0, 0, 1, 0, 0]
    assert "did not let me write just now" in told[0][0]
    assert "I stop trying" in told[6][0]
    assert (await states(store, clock))[0] is EndpointState.GONE


async def test_what_waited_is_sent_as_soon_as_the_bot_may_write_again(store: Store, clock: SetClock) -> None:
    await two_topics(store, clock)
    await sent(store, clock, NOT_LET, NOT_LET)

    await store.groups.revive(Target.telegram(FORUM), None, every=False)
    await sent(store, clock)

    digests = [row for row in await store.outbox.rows() if row.kind == "digest"]
    assert [row.state for row in digests] == [DeliveryState.SENT, DeliveryState.SENT]


@pytest.mark.parametrize("owner", [None, 43])
async def test_nobody_is_told_where_the_owner_is_unknown_or_never_started_the_bot(
    store: Store, clock: SetClock, owner: int | None
) -> None:
    await two_topics(store, clock)
    for thread in (5, 6):
        target = Target.telegram(FORUM, thread)
        await store.groups.note(target, title="Lab", owner=owner, instead_of=BOSS)
    kicked = Gone(reason=server_reply("bot was kicked"))
    if owner is None:
        await membership_on(store, clock).forget(Target.telegram(BOSS))

    told = await sent(store, clock, kicked, kicked)

    assert told == []
    assert await states(store, clock) == [EndpointState.GONE, EndpointState.GONE]


async def test_a_channel_and_the_topics_of_a_forum_get_their_digests_where_they_belong(
    telegram: TelegramServer, store: Store, clock: SetClock
) -> None:
    channel, forum = telegram.channel(-100500), telegram.group(FORUM, forum=True)
    forum.add_topic(5)
    forum.add_topic(6)
    await two_topics(store, clock)
    await membership_on(store, clock).subscribe(Target.telegram(-100500), None)
    await membership_on(store, clock).subscribe(Target.telegram(FORUM), None)
    await due(store, clock, 1)

    async with build_bot(telegram.token, telegram.url) as bot:
        await through(store, clock, TelegramPostbox(bot))

    assert len(channel.messages) == 1
    assert sorted(str(one.thread) for one in forum.messages) == ["5", "6", "None"]


async def through(store: Store, clock: SetClock, postbox: TelegramPostbox) -> None:
    """Send what is due over HTTP."""

    async def as_chat(delivery: Delivery) -> Sequence[ChatPart]:
        return (ChatPart(html=delivery.key, plain=delivery.key),)

    courier = Courier(
        channel=Channel.TELEGRAM,
        owner="one",
        outbox=store.outbox,
        postbox=postbox,
        render=as_chat,
        clock=clock,
        width=1,
    )
    async with asyncio.timeout(120):
        await courier.drain()
