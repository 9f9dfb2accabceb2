"""Who may be enrolled, and new readers by the hundred."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from digest.model import EndpointState, Preferences, Subscriber, Target
from digest.model.clock import FixedClock
from digest.storage import Store
from digest.storage.subscriber_import import ImportBlock, NewSubscriber, SqlSubscriberImport
from digest.storage.tables import endpoints, subscribers
from tests.support.database import NOW, email_linking_service, subscription_service

ANN, BOB, EVE = (Target.email(f"{name}@example.org") for name in ("ann", "bob", "eve"))
NEW_SUBSCRIBER = Subscriber(id=0, preferences=Preferences(domains=None), created_at=NOW, next_digest_at=NOW)


@pytest.fixture
def subscriber_import(store: Store) -> SqlSubscriberImport:
    return SqlSubscriberImport(store.database)


async def set_state(store: Store, target: Target, state: EndpointState) -> None:
    """Set the state of an endpoint."""
    await store.database.write(
        lambda connection: connection.execute(
            update(endpoints).where(endpoints.c.address == target.address).values(state=state)
        )
    )


def make_new_subscriber(*targets: Target, domains: tuple[str, ...] | None = None) -> NewSubscriber:
    return NewSubscriber(targets=targets, subscriber=replace(NEW_SUBSCRIBER, preferences=Preferences(domains=domains)))


@pytest.mark.parametrize(
    ("state", "bar"),
    [
        (EndpointState.ACTIVE, ImportBlock.KNOWN),
        (EndpointState.UNREACHABLE, ImportBlock.KNOWN),
        (EndpointState.UNSUBSCRIBED, ImportBlock.UNSUBSCRIBED),
        (EndpointState.SUPPRESSED, ImportBlock.SUPPRESSED),
    ],
)
async def test_who_is_there_is_barred_and_stays_as_they_are(
    store: Store, clock: FixedClock, subscriber_import: SqlSubscriberImport, state: EndpointState, bar: ImportBlock
) -> None:
    await subscription_service(store, clock).subscribe(ANN, None)
    await set_state(store, ANN, state)

    asked = await subscriber_import.find_blocked([ANN, BOB])
    enrolled = await subscriber_import.add_subscribers([make_new_subscriber(ANN), make_new_subscriber(BOB)], NOW)

    assert asked == enrolled == {ANN: bar}
    reader = await store.subscribers.find_profile(ANN)
    assert reader is not None
    assert [one.state for one in reader.endpoints] == [state]
    assert await store.subscribers.find_profile(BOB) is not None


async def test_who_was_erased_is_not_brought_back(
    store: Store, clock: FixedClock, subscriber_import: SqlSubscriberImport
) -> None:
    await subscription_service(store, clock).subscribe(ANN, None)
    await store.subscribers.erase(ANN)

    assert await subscriber_import.add_subscribers([make_new_subscriber(ANN)], NOW) == {ANN: ImportBlock.ERASED}
    assert await store.subscribers.find_profile(ANN) is None


async def test_an_address_that_waits_for_its_proof_is_nobodys(
    store: Store, clock: FixedClock, subscriber_import: SqlSubscriberImport
) -> None:
    await email_linking_service(store, clock).send_code(Target.telegram(42), ANN.address)

    assert await subscriber_import.add_subscribers([make_new_subscriber(ANN)], NOW) == {}
    assert await store.subscribers.find_profile(ANN) is not None


async def test_many_choose_each_for_themselves(store: Store, subscriber_import: SqlSubscriberImport) -> None:
    crowd = [
        make_new_subscriber(Target.email(f"r{n}@example.org"), domains=("nlp", "rl") if n % 2 else ("vision",))
        for n in range(300)
    ]

    await subscriber_import.add_subscribers([*crowd, make_new_subscriber(EVE, Target.telegram(-5, 7))], NOW)

    readers = {one.endpoints[0].target.address: one for one in await store.subscribers.list_profiles()}
    assert len(readers) == 301
    assert {readers[f"r{n}@example.org"].preferences.domains for n in range(1, 300, 2)} == {("nlp", "rl")}
    assert {readers[f"r{n}@example.org"].preferences.domains for n in range(0, 300, 2)} == {("vision",)}
    assert [one.target for one in readers["eve@example.org"].endpoints] == [EVE, Target.telegram(-5, 7)]


async def test_the_same_file_twice_at_once_adds_nobody_twice(
    store: Store, subscriber_import: SqlSubscriberImport
) -> None:
    crowd = [make_new_subscriber(Target.email(f"r{n}@example.org")) for n in range(100)]

    ends = await asyncio.gather(*(subscriber_import.add_subscribers(crowd, NOW) for _ in range(3)))

    assert sorted(len(end) for end in ends) == [0, 100, 100]
    async with store.database.read_only() as connection:
        assert len((await connection.execute(select(subscribers.c.id))).all()) == 100


async def test_nobody_to_add_is_nothing_to_do(subscriber_import: SqlSubscriberImport) -> None:
    assert await subscriber_import.add_subscribers([], NOW) == {}
