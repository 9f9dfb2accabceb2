"""Who may be enrolled, and new readers by the hundred."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from digest.clock import SetClock
from digest.model import EndpointState, Preferences, Subscriber, Target
from digest.store import Store
from digest.store.roster import Bar, Newcomer, StoredRoster
from digest.store.tables import endpoints, subscribers
from tests.support.stores import NOW, linking_on, membership_on

ANN, BOB, EVE = (Target.email(f"{name}@example.org") for name in ("ann", "bob", "eve"))
FRESH = Subscriber(id=0, preferences=Preferences(domains=None), created_at=NOW, next_at=NOW)


@pytest.fixture
def roster(store: Store) -> StoredRoster:
    return StoredRoster(store.database)


async def put(store: Store, target: Target, state: EndpointState) -> None:
    """Give an endpoint a state."""
    await store.database.write(
        lambda connection: connection.execute(
            update(endpoints).where(endpoints.c.address == target.address).values(state=state)
        )
    )


def newcomer(*targets: Target, domains: tuple[str, ...] | None = None) -> Newcomer:
    return Newcomer(targets=targets, subscriber=replace(FRESH, preferences=Preferences(domains=domains)))


@pytest.mark.parametrize(
    ("state", "bar"),
    [
        (EndpointState.ACTIVE, Bar.KNOWN),
        (EndpointState.GONE, Bar.KNOWN),
        (EndpointState.UNSUBSCRIBED, Bar.UNSUBSCRIBED),
        (EndpointState.SUPPRESSED, Bar.SUPPRESSED),
    ],
)
async def test_who_is_there_is_barred_and_stays_as_they_are(
    store: Store, clock: SetClock, roster: StoredRoster, state: EndpointState, bar: Bar
) -> None:
    await membership_on(store, clock).subscribe(ANN, None)
    await put(store, ANN, state)

    asked = await roster.barred([ANN, BOB])
    enrolled = await roster.enrol([newcomer(ANN), newcomer(BOB)], NOW)

    assert asked == enrolled == {ANN: bar}
    reader = await store.people.reader(ANN)
    assert reader is not None
    assert [one.state for one in reader.endpoints] == [state]
    assert await store.people.reader(BOB) is not None


async def test_who_was_erased_is_not_brought_back(
    store: Store, clock: SetClock, roster: StoredRoster
) -> None:
    await membership_on(store, clock).subscribe(ANN, None)
    await store.people.forget(ANN)

    assert await roster.enrol([newcomer(ANN)], NOW) == {ANN: Bar.ERASED}
    assert await store.people.reader(ANN) is None


async def test_an_address_that_waits_for_its_proof_is_nobodys(
    store: Store, clock: SetClock, roster: StoredRoster
) -> None:
    await linking_on(store, clock).ask(Target.telegram(42), ANN.address)

    assert await roster.enrol([newcomer(ANN)], NOW) == {}
    assert await store.people.reader(ANN) is not None


async def test_many_choose_each_for_themselves(store: Store, roster: StoredRoster) -> None:
    crowd = [
        newcomer(Target.email(f"r{n}@example.org"), domains=("nlp", "rl") if n % 2 else ("vision",))
        for n in range(300)
    ]

    await roster.enrol([*crowd, newcomer(EVE, Target.telegram(-5, 7))], NOW)

    readers = {one.endpoints[0].target.address: one for one in await store.people.readers()}
    assert len(readers) == 301
    assert {readers[f"r{n}@example.org"].preferences.domains for n in range(1, 300, 2)} == {("nlp", "rl")}
    assert {readers[f"r{n}@example.org"].preferences.domains for n in range(0, 300, 2)} == {("vision",)}
    assert [one.target for one in readers["eve@example.org"].endpoints] == [EVE, Target.telegram(-5, 7)]


async def test_the_same_file_twice_at_once_adds_nobody_twice(store: Store, roster: StoredRoster) -> None:
    crowd = [newcomer(Target.email(f"r{n}@example.org")) for n in range(100)]

    ends = await asyncio.gather(*(roster.enrol(crowd, NOW) for _ in range(3)))

    assert sorted(len(end) for end in ends) == [0, 100, 100]
    async with store.database.reading() as connection:
        assert len((await connection.execute(select(subscribers.c.id))).all()) == 100


async def test_nobody_to_add_is_nothing_to_do(roster: StoredRoster) -> None:
    assert await roster.enrol([], NOW) == {}
