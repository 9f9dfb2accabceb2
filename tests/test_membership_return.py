"""Which channel receives again, and by what: joining brings it back, a mere change does not."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import update

from digest.clock import SetClock
from digest.membership import Membership
from digest.model import EndpointState, Reader, Target
from digest.store import Store
from digest.store.tables import endpoints
from tests.support.stores import membership_on

CHAT = Target.telegram(42)
MAIL = Target.email("ann@example.org")
ENDED = (EndpointState.GONE, EndpointState.UNSUBSCRIBED, EndpointState.SUPPRESSED)


@pytest.fixture
def people(store: Store, clock: SetClock) -> Membership:
    """Give membership on the store."""
    return membership_on(store, clock)


async def ended(people: Membership, store: Store, target: Target, state: EndpointState) -> None:
    """Let somebody have read at a target that receives no more."""
    await people.enrol([target], ["robotics"])
    await store.database.write(lambda db: db.execute(update(endpoints).values(state=state)))


async def state_of(people: Membership, target: Target) -> EndpointState:
    """Give the state of a target."""
    reader = await people.reader(target)
    assert reader is not None
    return reader.endpoints[0].state


@pytest.mark.parametrize("target", [CHAT, MAIL], ids=["chat", "mail"])
async def test_who_asks_to_join_receives_again(people: Membership, store: Store, target: Target) -> None:
    words: tuple[Callable[[Target], Awaitable[Reader]], ...] = (
        people.join,
        lambda who: people.subscribe(who, ["agents"]),
        lambda who: people.subscribe_only(who, ["agents"]),
    )
    for state in ENDED:
        for word in words:
            await ended(people, store, target, state)

            reader = await word(target)

            assert reader.endpoints[0].state is EndpointState.ACTIVE
            assert reader.subscriber.next_at is not None


@pytest.mark.parametrize(
    ("target", "state", "after"),
    [
        (CHAT, EndpointState.GONE, EndpointState.ACTIVE),
        (CHAT, EndpointState.UNSUBSCRIBED, EndpointState.UNSUBSCRIBED),
        (CHAT, EndpointState.SUPPRESSED, EndpointState.SUPPRESSED),
        *[(MAIL, state, state) for state in ENDED],
    ],
)
async def test_a_change_brings_back_only_a_chat_that_could_not_be_reached(
    people: Membership, store: Store, target: Target, state: EndpointState, after: EndpointState
) -> None:
    await ended(people, store, target, state)

    await people.change(target, minute=60)

    assert await state_of(people, target) is after


@pytest.mark.parametrize("target", [CHAT, MAIL], ids=["chat", "mail"])
async def test_what_rests_has_no_turn_whatever_is_changed(
    people: Membership, store: Store, target: Target
) -> None:
    await ended(people, store, target, EndpointState.UNSUBSCRIBED)

    for reader in (
        await people.change(target, domains=("agents",)),
        await people.pause(target),
        await people.resume(target),
        await people.unsubscribe(target, ["agents"]),
    ):
        assert reader is not None
        assert reader.subscriber.next_at is None
    assert await state_of(people, target) is EndpointState.UNSUBSCRIBED


async def test_a_chat_that_joins_brings_no_other_channel_back(people: Membership, store: Store) -> None:
    await people.enrol([CHAT, MAIL], None)
    await store.database.write(
        lambda db: db.execute(update(endpoints).values(state=EndpointState.UNSUBSCRIBED))
    )

    reader = await people.join(CHAT)

    assert {one.target: one.state for one in reader.endpoints} == {
        CHAT: EndpointState.ACTIVE,
        MAIL: EndpointState.UNSUBSCRIBED,
    }
