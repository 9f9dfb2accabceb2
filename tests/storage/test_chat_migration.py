"""Chats with a new id: moved, or one with whoever is there already, and nothing twice."""

import pytest

from digest.model import Channel, DeliveryState, EndpointState, SubscriberProfile, Target
from digest.model.clock import FixedClock
from digest.services.broadcasts import Audience
from digest.services.delivery import Settlement
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store
from tests.support.database import subscription_service

OLD_CHAT, NEW_CHAT = Target.telegram(-5), Target.telegram(-1005)
State = DeliveryState


@pytest.fixture
def subscriptions(store: Store, clock: FixedClock) -> SubscriptionService:
    """Return membership on the store."""
    return subscription_service(store, clock)


async def profile_at(subscriptions: SubscriptionService, target: Target) -> SubscriberProfile:
    """Return the reader at a target."""
    reader = await subscriptions.find_profile(target)
    assert reader is not None
    return reader


async def queue_and_settle(store: Store, clock: FixedClock, **ends: DeliveryState) -> None:
    """Queue a broadcast to both chats; let the rows of ``old`` and ``new`` end so."""
    await store.broadcasts.queue("hello", Audience(), "a test", clock())
    claimed = await store.outbox.claim(Channel.TELEGRAM, "a test", due_at=clock(), now=clock(), until=clock(), limit=10)
    states = {OLD_CHAT: ends.get("old"), NEW_CHAT: ends.get("new")}
    for row in claimed:
        if end := states[row.target]:
            await store.outbox.mark_sending(row.id, "a test")
            await store.outbox.settle(row.id, "a test", Settlement(state=end, receipts=()), clock())
    await store.outbox.release("a test")


async def address_states(store: Store) -> list[tuple[str, DeliveryState]]:
    """Return address and state of every row, in order."""
    return sorted((row.target.address, row.state) for row in await store.outbox.list_deliveries())


async def test_a_chat_moves_with_all_its_topics(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(OLD_CHAT, ("robotics",))
    topic = Target.telegram(-5, thread=7)
    await subscriptions.subscribe(topic, ("vision",))

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    assert (await profile_at(subscriptions, NEW_CHAT)).preferences.domains == ("robotics",)
    assert (await profile_at(subscriptions, Target.telegram(-1005, thread=7))).preferences.domains == ("vision",)
    assert await subscriptions.find_profile(OLD_CHAT) is None


async def test_who_is_there_already_becomes_one_with_the_older(
    subscriptions: SubscriptionService, store: Store
) -> None:
    first = await subscriptions.subscribe(OLD_CHAT, ("robotics", "vision"))
    await subscriptions.subscribe(NEW_CHAT, ("vision", "video"))

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    merged = await profile_at(subscriptions, NEW_CHAT)
    assert merged.subscriber.id == first.subscriber.id
    assert merged.preferences.domains == ("robotics", "vision", "video")
    assert {one.target: one.state for one in merged.endpoints} == {
        NEW_CHAT: EndpointState.ACTIVE,
        OLD_CHAT: EndpointState.UNREACHABLE,
    }
    assert len(await store.subscribers.list_profiles()) == 1


async def test_everything_together_with_some_is_everything(subscriptions: SubscriptionService) -> None:
    await subscriptions.subscribe(NEW_CHAT, ("robotics",))
    await subscriptions.subscribe(OLD_CHAT, None)

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    assert (await profile_at(subscriptions, NEW_CHAT)).preferences.domains is None


async def test_a_chat_that_had_chosen_nothing_gets_its_turn_by_the_other(
    subscriptions: SubscriptionService, clock: FixedClock
) -> None:
    await subscriptions.get_or_create(OLD_CHAT)
    other = await subscriptions.subscribe(NEW_CHAT, ("robotics",))

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    merged = (await profile_at(subscriptions, NEW_CHAT)).subscriber
    assert merged.next_digest_at == other.subscriber.next_digest_at
    assert merged.next_digest_at is not None
    assert merged.next_digest_at > clock()


async def test_moving_twice_changes_nothing_more(subscriptions: SubscriptionService, store: Store) -> None:
    await subscriptions.subscribe(OLD_CHAT, ("robotics",))
    await subscriptions.subscribe(NEW_CHAT, ("video",))
    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)
    before = await store.subscribers.list_profiles()

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    assert await store.subscribers.list_profiles() == before


async def test_a_readers_other_address_stays_theirs(subscriptions: SubscriptionService) -> None:
    await subscriptions.add_subscriber([OLD_CHAT, Target.email("ann@example.org")], ("robotics",))
    await subscriptions.add_subscriber([NEW_CHAT, Target.email("bob@example.org")], ("video",))

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    merged, bob = (
        await profile_at(subscriptions, NEW_CHAT),
        await profile_at(subscriptions, Target.email("bob@example.org")),
    )
    assert merged.active_addresses(Channel.EMAIL) == ("ann@example.org",)
    assert bob.preferences.domains == ("video",)
    assert bob.active_addresses(Channel.TELEGRAM) == ()


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (None, None, [("-1005", State.DUE), ("-5", State.CANCELLED)]),
        (None, State.SENT, [("-1005", State.CANCELLED), ("-5", State.SENT)]),
        (None, State.UNCERTAIN, [("-1005", State.CANCELLED), ("-5", State.UNCERTAIN)]),
        (State.SENT, None, [("-1005", State.SENT), ("-5", State.CANCELLED)]),
        (State.UNCERTAIN, None, [("-1005", State.UNCERTAIN), ("-5", State.CANCELLED)]),
        (State.SENT, State.SENT, [("-1005", State.SENT), ("-5", State.SENT)]),
        (State.REFUSED, None, [("-1005", State.DUE), ("-1005", State.REFUSED)]),
        (None, State.REFUSED, [("-1005", State.DUE), ("-5", State.REFUSED)]),
    ],
)
async def test_of_one_edition_at_most_one_message_arrives(
    subscriptions: SubscriptionService,
    store: Store,
    clock: FixedClock,
    old: DeliveryState | None,
    new: DeliveryState | None,
    left: list[tuple[str, DeliveryState]],
) -> None:
    await subscriptions.subscribe(OLD_CHAT, ("robotics",))
    await subscriptions.subscribe(NEW_CHAT, ("video",))
    ends = {name: end for name, end in (("old", old), ("new", new)) if end}
    await queue_and_settle(store, clock, **ends)

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    assert await address_states(store) == left


async def test_deliveries_of_different_editions_all_stay(
    subscriptions: SubscriptionService, store: Store, clock: FixedClock
) -> None:
    await subscriptions.subscribe(OLD_CHAT, ("robotics",))
    await store.broadcasts.queue("one", Audience(), "a test", clock())
    await subscriptions.subscribe(NEW_CHAT, ("video",))
    await store.broadcasts.queue("two", Audience(domains=("video",)), "a test", clock())

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    assert await address_states(store) == [("-1005", State.DUE), ("-1005", State.DUE)]


async def test_owner_and_names_of_a_chat_move_with_all_its_topics(
    subscriptions: SubscriptionService, store: Store
) -> None:
    topic = Target.telegram(-5, thread=7)
    for target, title in ((OLD_CHAT, "Lab"), (topic, "Lab › Robots")):
        await subscriptions.subscribe(target, ("robotics",))
        await store.groups.remember(target, title=title, owner=42, previous_owner=None)

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    moved = [
        (await profile_at(subscriptions, one)).endpoints[0] for one in (NEW_CHAT, Target.telegram(-1005, thread=7))
    ]
    assert [(one.owner_id, one.title) for one in moved] == [(42, "Lab"), (42, "Lab › Robots")]


@pytest.mark.parametrize("owned", [(OLD_CHAT,), (NEW_CHAT,), (OLD_CHAT, NEW_CHAT)])
async def test_two_that_become_one_keep_an_owner_and_the_newer_name(
    subscriptions: SubscriptionService, store: Store, owned: tuple[Target, ...]
) -> None:
    for target in (OLD_CHAT, NEW_CHAT):
        await subscriptions.subscribe(target, ("robotics",))
        owner = 42 if target in owned else None
        await store.groups.remember(target, title=f"Lab {target.address}", owner=owner, previous_owner=None)

    await subscriptions.migrate_chat(OLD_CHAT, NEW_CHAT)

    one = (await profile_at(subscriptions, NEW_CHAT)).endpoints[0]
    assert (one.owner_id, one.title) == (42, "Lab -1005")
