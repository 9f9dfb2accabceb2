"""Which channel receives again, and by what: joining brings it back, a mere change does not."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import update

from digest.model import EndpointState, SubscriberProfile, Target
from digest.model.clock import FixedClock
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store
from digest.storage.tables import endpoints
from tests.support.database import subscription_service

CHAT = Target.telegram(42)
ANN_EMAIL = Target.email("ann@example.org")
INACTIVE_STATES = (EndpointState.UNREACHABLE, EndpointState.UNSUBSCRIBED, EndpointState.SUPPRESSED)


@pytest.fixture
def subscriptions(store: Store, clock: FixedClock) -> SubscriptionService:
    """Return membership on the store."""
    return subscription_service(store, clock)


async def add_inactive(subscriptions: SubscriptionService, store: Store, target: Target, state: EndpointState) -> None:
    """Let somebody have read at a target that receives no more."""
    await subscriptions.add_subscriber([target], ["robotics"])
    await store.database.write(lambda db: db.execute(update(endpoints).values(state=state)))


async def load_state(subscriptions: SubscriptionService, target: Target) -> EndpointState:
    """Return the state of a target."""
    reader = await subscriptions.find_profile(target)
    assert reader is not None
    return reader.endpoints[0].state


@pytest.mark.parametrize("target", [CHAT, ANN_EMAIL], ids=["chat", "mail"])
async def test_who_asks_to_join_receives_again(
    subscriptions: SubscriptionService, store: Store, target: Target
) -> None:
    words: tuple[Callable[[Target], Awaitable[SubscriberProfile]], ...] = (
        subscriptions.get_or_create,
        lambda who: subscriptions.subscribe(who, ["agents"]),
        lambda who: subscriptions.subscribe_only(who, ["agents"]),
    )
    for state in INACTIVE_STATES:
        for word in words:
            await add_inactive(subscriptions, store, target, state)

            reader = await word(target)

            assert reader.endpoints[0].state is EndpointState.ACTIVE
            assert reader.subscriber.next_digest_at is not None


@pytest.mark.parametrize(
    ("target", "state", "after"),
    [
        (CHAT, EndpointState.UNREACHABLE, EndpointState.ACTIVE),
        (CHAT, EndpointState.UNSUBSCRIBED, EndpointState.UNSUBSCRIBED),
        (CHAT, EndpointState.SUPPRESSED, EndpointState.SUPPRESSED),
        *[(ANN_EMAIL, state, state) for state in INACTIVE_STATES],
    ],
)
async def test_a_change_brings_back_only_a_chat_that_could_not_be_reached(
    subscriptions: SubscriptionService, store: Store, target: Target, state: EndpointState, after: EndpointState
) -> None:
    await add_inactive(subscriptions, store, target, state)

    await subscriptions.update_preferences(target, send_minute=60)

    assert await load_state(subscriptions, target) is after


@pytest.mark.parametrize("target", [CHAT, ANN_EMAIL], ids=["chat", "mail"])
async def test_what_rests_has_no_turn_whatever_is_changed(
    subscriptions: SubscriptionService, store: Store, target: Target
) -> None:
    await add_inactive(subscriptions, store, target, EndpointState.UNSUBSCRIBED)

    for reader in (
        await subscriptions.update_preferences(target, domains=("agents",)),
        await subscriptions.pause(target),
        await subscriptions.resume(target),
        await subscriptions.unsubscribe(target, ["agents"]),
    ):
        assert reader is not None
        assert reader.subscriber.next_digest_at is None
    assert await load_state(subscriptions, target) is EndpointState.UNSUBSCRIBED


async def test_a_chat_that_joins_brings_no_other_channel_back(subscriptions: SubscriptionService, store: Store) -> None:
    await subscriptions.add_subscriber([CHAT, ANN_EMAIL], None)
    await store.database.write(lambda db: db.execute(update(endpoints).values(state=EndpointState.UNSUBSCRIBED)))

    reader = await subscriptions.get_or_create(CHAT)

    assert {one.target: one.state for one in reader.endpoints} == {
        CHAT: EndpointState.ACTIVE,
        ANN_EMAIL: EndpointState.UNSUBSCRIBED,
    }
