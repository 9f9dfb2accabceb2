"""Chats with a new id: moved, or one with whoever is there already, and nothing twice."""

import pytest

from digest.broadcast import Audience
from digest.clock import SetClock
from digest.courier import Settlement
from digest.membership import Membership
from digest.model import Channel, DeliveryState, EndpointState, Reader, Target
from digest.store import Store
from tests.support.stores import membership_on

OLD, NEW = Target.telegram(-5), Target.telegram(-1005)
End = DeliveryState


@pytest.fixture
def people(store: Store, clock: SetClock) -> Membership:
    """Give membership on the store."""
    return membership_on(store, clock)


async def at(people: Membership, target: Target) -> Reader:
    """Give the reader at a target."""
    reader = await people.reader(target)
    assert reader is not None
    return reader


async def ended(store: Store, clock: SetClock, **ends: DeliveryState) -> None:
    """Queue a broadcast to both chats; let the rows of ``old`` and ``new`` end so."""
    await store.broadcasts.queue("hello", Audience(), "a test", clock())
    claimed = await store.outbox.claim(
        Channel.TELEGRAM, "a test", due=clock(), now=clock(), until=clock(), most=10
    )
    states = {OLD: ends.get("old"), NEW: ends.get("new")}
    for row in claimed:
        if end := states[row.target]:
            await store.outbox.sending(row.id, "a test")
            await store.outbox.settle(row.id, "a test", Settlement(state=end, receipts=()), clock())
    await store.outbox.release("a test")


async def rows(store: Store) -> list[tuple[str, DeliveryState]]:
    """Give address and state of every row, in order."""
    return sorted((row.target.address, row.state) for row in await store.outbox.rows())


async def test_a_chat_moves_with_all_its_topics(people: Membership) -> None:
    await people.subscribe(OLD, ("robotics",))
    topic = Target.telegram(-5, thread=7)
    await people.subscribe(topic, ("vision",))

    await people.moved(OLD, NEW)

    assert (await at(people, NEW)).preferences.domains == ("robotics",)
    assert (await at(people, Target.telegram(-1005, thread=7))).preferences.domains == ("vision",)
    assert await people.reader(OLD) is None


async def test_who_is_there_already_becomes_one_with_the_older(people: Membership, store: Store) -> None:
    first = await people.subscribe(OLD, ("robotics", "vision"))
    await people.subscribe(NEW, ("vision", "video"))

    await people.moved(OLD, NEW)

    merged = await at(people, NEW)
    assert merged.subscriber.id == first.subscriber.id
    assert merged.preferences.domains == ("robotics", "vision", "video")
    assert {one.target: one.state for one in merged.endpoints} == {
        NEW: EndpointState.ACTIVE,
        OLD: EndpointState.GONE,
    }
    assert len(await store.people.readers()) == 1


async def test_everything_together_with_some_is_everything(people: Membership) -> None:
    await people.subscribe(NEW, ("robotics",))
    await people.subscribe(OLD, None)

    await people.moved(OLD, NEW)

    assert (await at(people, NEW)).preferences.domains is None


async def test_a_chat_that_had_chosen_nothing_gets_its_turn_by_the_other(
    people: Membership, clock: SetClock
) -> None:
    await people.join(OLD)
    other = await people.subscribe(NEW, ("robotics",))

    await people.moved(OLD, NEW)

    merged = (await at(people, NEW)).subscriber
    assert merged.next_at == other.subscriber.next_at
    assert merged.next_at is not None
    assert merged.next_at > clock()


async def test_moving_twice_changes_nothing_more(people: Membership, store: Store) -> None:
    await people.subscribe(OLD, ("robotics",))
    await people.subscribe(NEW, ("video",))
    await people.moved(OLD, NEW)
    before = await store.people.readers()

    await people.moved(OLD, NEW)

    assert await store.people.readers() == before


async def test_a_readers_other_address_stays_theirs(people: Membership) -> None:
    await people.enrol([OLD, Target.email("ann@example.org")], ("robotics",))
    await people.enrol([NEW, Target.email("bob@example.org")], ("video",))

    await people.moved(OLD, NEW)

    merged, bob = await at(people, NEW), await at(people, Target.email("bob@example.org"))
    assert merged.addresses(Channel.EMAIL) == ("ann@example.org",)
    assert bob.preferences.domains == ("video",)
    assert bob.addresses(Channel.TELEGRAM) == ()


@pytest.mark.parametrize(
    ("old", "new", "left"),
    [
        (None, None, [("-1005", End.DUE), ("-5", End.CANCELLED)]),
        (None, End.SENT, [("-1005", End.CANCELLED), ("-5", End.SENT)]),
        (None, End.UNCERTAIN, [("-1005", End.CANCELLED), ("-5", End.UNCERTAIN)]),
        (End.SENT, None, [("-1005", End.SENT), ("-5", End.CANCELLED)]),
        (End.UNCERTAIN, None, [("-1005", End.UNCERTAIN), ("-5", End.CANCELLED)]),
        (End.SENT, End.SENT, [("-1005", End.SENT), ("-5", End.SENT)]),
        (End.REFUSED, None, [("-1005", End.DUE), ("-1005", End.REFUSED)]),
        (None, End.REFUSED, [("-1005", End.DUE), ("-5", End.REFUSED)]),
    ],
)
async def test_of_one_edition_at_most_one_message_arrives(
    people: Membership,
    store: Store,
    clock: SetClock,
    old: DeliveryState | None,
    new: DeliveryState | None,
    left: list[tuple[str, DeliveryState]],
) -> None:
    await people.subscribe(OLD, ("robotics",))
    await people.subscribe(NEW, ("video",))
    ends = {name: end for name, end in (("old", old), ("new", new)) if end}
    await ended(store, clock, **ends)

    await people.moved(OLD, NEW)

    assert await rows(store) == left


async def test_deliveries_of_different_editions_all_stay(
    people: Membership, store: Store, clock: SetClock
) -> None:
    await people.subscribe(OLD, ("robotics",))
    await store.broadcasts.queue("one", Audience(), "a test", clock())
    await people.subscribe(NEW, ("video",))
    await store.broadcasts.queue("two", Audience(domains=("video",)), "a test", clock())

    await people.moved(OLD, NEW)

    assert await rows(store) == [("-1005", End.DUE), ("-1005", End.DUE)]


async def test_owner_and_names_of_a_chat_move_with_all_its_topics(people: Membership, store: Store) -> None:
    topic = Target.telegram(-5, thread=7)
    for target, title in ((OLD, "Lab"), (topic, "Lab › Robots")):
        await people.subscribe(target, ("robotics",))
        await store.groups.note(target, title=title, owner=42, instead_of=None)

    await people.moved(OLD, NEW)

    moved = [(await at(people, one)).endpoints[0] for one in (NEW, Target.telegram(-1005, thread=7))]
    assert [(one.owner, one.title) for one in moved] == [(42, "Lab"), (42, "Lab › Robots")]


@pytest.mark.parametrize("owned", [(OLD,), (NEW,), (OLD, NEW)])
async def test_two_that_become_one_keep_an_owner_and_the_newer_name(
    people: Membership, store: Store, owned: tuple[Target, ...]
) -> None:
    for target in (OLD, NEW):
        await people.subscribe(target, ("robotics",))
        owner = 42 if target in owned else None
        await store.groups.note(target, title=f"Lab {target.address}", owner=owner, instead_of=None)

    await people.moved(OLD, NEW)

    one = (await at(people, NEW)).endpoints[0]
    assert (one.owner, one.title) == (42, "Lab -1005")
