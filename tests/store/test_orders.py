"""Orders for many deliveries: exactly those that were counted are changed, and none with an obstacle."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.broadcast import Audience
from digest.clock import SetClock
from digest.edition import EditionDesk
from digest.model import Channel, DeliveryState, Target
from digest.overview import EditionKey, Obstacle, Order, Plan, Wanted
from digest.reasons import Reason, ReasonCode
from digest.store import Store, open_store
from tests.support.stores import NOW, TODAY, a_paper, linking_on, membership_on, take_in

CHAT = Target.telegram(42)
MAIL = Target.email("ann@example.org")
LATER = NOW + timedelta(hours=1)
UNCERTAIN = Wanted(state=DeliveryState.UNCERTAIN)
End = DeliveryState


def file_of(store: Store) -> str:
    """Give the file of a store."""
    return store.database.url.database or ""


def write_by_hand(store: Store, statement: str, *values: object) -> None:
    """Change the database from outside, as time and other programs do."""
    with closing(sqlite3.connect(file_of(store), isolation_level=None)) as other:
        other.execute(statement, values)


def let_end(
    store: Store, state: DeliveryState, *ids: int, at: datetime = NOW, reason: Reason | None = None
) -> None:
    """Let rows end in a state."""
    moment = None if state in (End.DUE, End.LEASED, End.SENDING) else at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    owner = "a test" if state in (End.LEASED, End.SENDING) else None
    for number in ids:
        write_by_hand(
            store,
            "UPDATE outbox SET state = ?, settled_at = ?, owner = ?, reason_code = ? WHERE id = ?",
            *(state, moment, owner, reason and reason.code, number),
        )


async def broadcast(store: Store, text: str = "hello") -> int:
    """Queue a broadcast to everybody; give its number."""
    return (await store.broadcasts.queue(text, Audience(), "a test", NOW)).id


async def serve(store: Store, clock: SetClock, day: date = TODAY) -> None:
    """Take a report of a day in, and write everybody's digest."""
    await take_in(store, day, a_paper(day.day))
    clock.forward(timedelta(hours=2))
    await EditionDesk(editions=store.editions, clock=clock).serve()


async def ids_of(store: Store, edition: EditionKey) -> list[int]:
    """Give the numbers of an edition's deliveries."""
    return sorted(row.id for row in await store.outbox.rows(edition=edition))


async def states(store: Store) -> dict[int, DeliveryState]:
    """Give the state of every row."""
    return {row.id: row.state for row in await store.outbox.rows(most=1000)}


@pytest.fixture
async def readers(store: Store, clock: SetClock) -> None:
    """Let three readers have a chat and an address each."""
    people = membership_on(store, clock)
    for number in range(3):
        await people.enrol([Target.telegram(42 + number), Target.email(f"r{number}@example.org")], None)


@pytest.mark.usefixtures("readers")
async def test_a_plan_counts_by_edition_and_channel_and_carrying_it_out_makes_these_due(
    store: Store, clock: SetClock
) -> None:
    first = await broadcast(store)
    await serve(store, clock)
    let_end(store, End.UNCERTAIN, *await ids_of(store, first))
    let_end(store, End.UNCERTAIN, *(digests := await ids_of(store, TODAY))[:4])
    let_end(store, End.SENT, *digests[4:])

    plan = await store.outbox.plan(Order.RESEND, UNCERTAIN)
    done = await store.outbox.carry_out(plan, LATER)

    assert plan.editions == {
        (TODAY, "digest"): {Channel.EMAIL: 2, Channel.TELEGRAM: 2},
        (first, "broadcast"): {Channel.EMAIL: 3, Channel.TELEGRAM: 3},
    }
    assert (plan.total, plan.channels, plan.obstacles) == (10, {Channel.EMAIL: 5, Channel.TELEGRAM: 5}, {})
    assert done == 10
    rows = await store.outbox.rows()
    assert {row.reason for row in rows if row.state is End.DUE} == {Reason(ReasonCode.RESENT_BY_ADMIN)}
    assert sum(row.state is End.DUE for row in rows) == 10


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize("order", Order)
async def test_an_order_for_one_edition_or_channel_leaves_the_others(
    store: Store, clock: SetClock, order: Order
) -> None:
    first, second = await broadcast(store, "a"), await broadcast(store, "b")
    await serve(store, clock)
    let_end(store, End.UNCERTAIN, *await states(store))
    chosen: dict[tuple[EditionKey | None, Channel | None], int] = {
        (first, None): 6,
        (second, Channel.EMAIL): 3,
        (TODAY, None): 6,
        (TODAY, Channel.TELEGRAM): 3,
        (None, Channel.EMAIL): 9,
        (None, None): 18,
    }

    counted = {
        (edition, channel): (
            await store.outbox.plan(order, Wanted(state=End.UNCERTAIN, edition=edition, channel=channel))
        ).total
        for edition, channel in chosen
    }
    one = await store.outbox.plan(order, Wanted(state=End.UNCERTAIN, edition=first, channel=Channel.EMAIL))
    done = await store.outbox.carry_out(one, LATER)

    assert counted == chosen
    assert done == 3
    left = await store.outbox.rows(End.UNCERTAIN)
    assert len(left) == 15
    assert all(row.edition != first for row in left if row.target.channel is Channel.EMAIL)


@pytest.mark.usefixtures("readers")
async def test_an_edition_that_does_not_exist_is_told_from_one_with_nothing_to_do(
    store: Store, clock: SetClock
) -> None:
    number = await broadcast(store)
    await serve(store, clock)
    names: list[EditionKey] = [number, TODAY, 77, date(2020, 1, 1)]

    plans = [await store.outbox.plan(Order.RESEND, Wanted(state=End.REFUSED, edition=one)) for one in names]

    assert [plan.total for plan in plans] == [0, 0, 0, 0]
    assert [plan.known for plan in plans] == [True, True, False, False]


@pytest.mark.usefixtures("readers")
async def test_what_becomes_uncertain_after_the_count_is_not_resent(store: Store) -> None:
    counted, new = (await ids_of(store, await broadcast(store)))[:2]
    let_end(store, End.UNCERTAIN, counted)

    plan = await store.outbox.plan(Order.RESEND, UNCERTAIN)
    let_end(store, End.UNCERTAIN, new)
    done = await store.outbox.carry_out(plan, LATER)

    now = await states(store)
    assert (plan.total, done) == (1, 1)
    assert (now[counted], now[new]) == (End.DUE, End.UNCERTAIN)


@pytest.mark.usefixtures("readers")
async def test_what_was_resent_meanwhile_and_is_uncertain_again_is_not_resent_once_more(store: Store) -> None:
    number, *_ = await ids_of(store, await broadcast(store))
    let_end(store, End.UNCERTAIN, number)

    plan = await store.outbox.plan(Order.RESEND, UNCERTAIN)
    await store.outbox.resend([number], LATER)
    let_end(store, End.UNCERTAIN, number, at=NOW - timedelta(hours=1))  # on a clock that was set back
    done = await store.outbox.carry_out(plan, LATER)

    assert done == 0
    assert (await states(store))[number] is End.UNCERTAIN


@pytest.mark.usefixtures("readers")
async def test_a_plan_is_carried_out_once(store: Store) -> None:
    let_end(store, End.UNCERTAIN, *await ids_of(store, await broadcast(store)))
    plan = await store.outbox.plan(Order.RESEND, UNCERTAIN)

    done = [await store.outbox.carry_out(plan, LATER) for _ in range(2)]

    assert done == [6, 0]


@pytest.mark.usefixtures("readers")
async def test_what_waits_is_cancelled_also_where_a_courier_has_leased_it_but_not_what_is_being_sent(
    store: Store,
) -> None:
    waiting, leased, sending, sent, *_ = await ids_of(store, await broadcast(store))
    plan = await store.outbox.plan(Order.CANCEL, Wanted(state=End.DUE))
    for number, state in ((leased, End.LEASED), (sending, End.SENDING), (sent, End.SENT)):
        let_end(store, state, number)

    done = await store.outbox.carry_out(plan, LATER)

    now = await states(store)
    assert (plan.total, done) == (6, 4)
    assert [now[one] for one in (waiting, leased, sending, sent)] == [
        *(End.CANCELLED, End.CANCELLED, End.SENDING, End.SENT)
    ]
    assert {row.reason for row in await store.outbox.rows(End.CANCELLED)} == {
        Reason(ReasonCode.CANCELLED_BY_ADMIN)
    }


async def with_a_code(store: Store, clock: SetClock) -> None:
    """Let a code to an address be in doubt."""
    await membership_on(store, clock).subscribe(CHAT, None)
    await linking_on(store, clock).ask(CHAT, "new@example.org")


async def with_a_broadcast(store: Store, clock: SetClock) -> None:
    """Let a broadcast to one chat be in doubt."""
    await membership_on(store, clock).subscribe(CHAT, None)
    await broadcast(store)


async def with_a_digest(store: Store, clock: SetClock) -> None:
    """Let a digest to one chat be in doubt."""
    await membership_on(store, clock).subscribe(CHAT, None)
    await serve(store, clock)


async def with_a_folded_digest(store: Store, clock: SetClock) -> None:
    """Let a digest have gone into a later one."""
    await with_a_digest(store, clock)
    write_by_hand(store, "UPDATE outbox SET reason_code = ?", ReasonCode.MERGED_INTO_LATER)


async def with_an_edition_that_the_chat_has(store: Store, clock: SetClock) -> None:
    """Let the chat have moved, and have this edition by another delivery."""
    await with_a_digest(store, clock)
    write_by_hand(store, "UPDATE outbox SET reason_code = ?", ReasonCode.ALREADY_DELIVERED)


async def with_a_digest_that_lost_its_place(store: Store, clock: SetClock) -> None:
    """Let the chat have moved, where another delivery took this one's place in its edition."""
    await with_a_digest(store, clock)
    write_by_hand(store, "UPDATE outbox SET edition_id = NULL")


async def with_a_chat_that_left(store: Store, clock: SetClock) -> None:
    """Let the chat not receive any more."""
    await with_a_broadcast(store, clock)
    await membership_on(store, clock).left(CHAT, Reason(ReasonCode.BOT_BLOCKED))


async def with_an_address_that_unsubscribed(store: Store, clock: SetClock) -> None:
    """Let the address want nothing any more."""
    await with_a_broadcast(store, clock)
    write_by_hand(store, "UPDATE endpoints SET state = 'unsubscribed'")


async def with_a_reader_who_paused(store: Store, clock: SetClock) -> None:
    """Let the digest's reader pause."""
    await with_a_digest(store, clock)
    await membership_on(store, clock).pause(CHAT)


async def with_a_reader_who_follows_nothing(store: Store, clock: SetClock) -> None:
    """Let the digest's reader unsubscribe from everything."""
    await with_a_digest(store, clock)
    await membership_on(store, clock).unsubscribe(CHAT, None)


async def with_a_broadcast_to_a_reader_who_paused(store: Store, clock: SetClock) -> None:
    """Let a broadcast's reader pause: who paused digests still hears the admin."""
    await with_a_broadcast(store, clock)
    await membership_on(store, clock).pause(CHAT)


@pytest.mark.parametrize(
    ("happened", "obstacle"),
    [
        (with_a_broadcast, None),
        (with_a_digest, None),
        (with_a_broadcast_to_a_reader_who_paused, None),
        (with_a_code, Obstacle.EXPIRED),
        (with_a_folded_digest, Obstacle.FOLDED),
        (with_an_edition_that_the_chat_has, Obstacle.REPLACED),
        (with_a_digest_that_lost_its_place, Obstacle.REPLACED),
        (with_a_chat_that_left, Obstacle.ADDRESS_ENDED),
        (with_an_address_that_unsubscribed, Obstacle.ADDRESS_ENDED),
        (with_a_reader_who_paused, Obstacle.NOT_WANTED),
        (with_a_reader_who_follows_nothing, Obstacle.NOT_WANTED),
    ],
)
@pytest.mark.parametrize("state", Order.RESEND.states)
async def test_what_keeps_a_delivery_from_being_resent_keeps_it_by_number_too(
    store: Store,
    clock: SetClock,
    happened: Callable[[Store, SetClock], Awaitable[None]],
    obstacle: Obstacle | None,
    state: DeliveryState,
) -> None:
    await happened(store, clock)
    (row,) = await store.outbox.rows()
    let_end(store, state, row.id, reason=row.reason)

    plan = await store.outbox.plan(Order.RESEND, Wanted(state=state))
    known = await store.outbox.obstacles([row.id, 999])
    by_number = await store.outbox.resend([row.id], LATER)
    let_end(store, state, row.id, reason=row.reason)
    in_all = await store.outbox.carry_out(plan, LATER)

    assert [(group.obstacle, group.n) for group in plan.groups] == [(obstacle, 1)]
    assert plan.obstacles == ({obstacle: 1} if obstacle else {})
    assert known == {row.id: obstacle or state}
    assert by_number == ([] if obstacle else [row.id])
    assert in_all == (0 if obstacle else 1)


async def test_an_obstacle_that_comes_after_the_count_counts_too(store: Store, clock: SetClock) -> None:
    await with_a_broadcast(store, clock)
    let_end(store, End.UNCERTAIN, 1)
    plan = await store.outbox.plan(Order.RESEND, UNCERTAIN)

    await membership_on(store, clock).left(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    done = await store.outbox.carry_out(plan, LATER)

    assert (plan.total, done) == (1, 0)


async def test_a_code_is_forgotten_where_it_is_cancelled_with_all_that_wait(
    store: Store, clock: SetClock
) -> None:
    await with_a_code(store, clock)

    plan = await store.outbox.plan(Order.CANCEL, Wanted(state=End.DUE))
    done = await store.outbox.carry_out(plan, LATER)

    with closing(sqlite3.connect(file_of(store))) as other:
        kept = other.execute("SELECT content FROM outbox").fetchall()
    assert plan.editions == {(None, "code"): {Channel.EMAIL: 1}}
    assert (done, kept) == (1, [("{}",)])


async def test_a_hundred_thousand_deliveries_are_resent_at_once_and_nothing_else(
    store: Store, clock: SetClock
) -> None:
    await with_a_broadcast(store, clock)
    let_end(store, End.UNCERTAIN, 1)
    with closing(sqlite3.connect(file_of(store))) as other:
        every = [
            name
            for _, name, *_ in other.execute("PRAGMA table_info(outbox)")
            if name not in ("id", "key", "edition_id")
        ]
        rows = f"SELECT 'k' || i, {', '.join(every)} FROM outbox, n"  # noqa: S608 - our own names
        other.execute("UPDATE outbox SET kind = 'alert', edition_id = NULL")
        other.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "  # noqa: S608 - our own names
            f"INSERT INTO outbox (key, {', '.join(every)}) {rows}"
        )
        other.commit()

    plan = await store.outbox.plan(Order.RESEND, UNCERTAIN)
    let_end(store, End.SENT, 1)
    done = await store.outbox.carry_out(plan, LATER)

    numbers = await store.overview.numbers()
    assert (plan.total, done) == (100_001, 100_000)
    assert numbers.deliveries == {End.DUE: 100_000, End.SENT: 1}


async def test_numbers_of_any_size_and_any_number_of_them_are_taken(store: Store, clock: SetClock) -> None:
    await with_a_broadcast(store, clock)
    many = range(1, 100_000)
    odd = [10**30, 2**63, -1, 0]

    cancelled = await store.outbox.cancel([*many, *odd], NOW)
    known = await store.outbox.obstacles([*many, *odd])
    resent = await store.outbox.resend([*odd, *many], NOW)

    assert (cancelled, list(known), resent) == ([1], [1], [1])


OPEN = (End.DUE, End.LEASED, End.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What was seen of six rows: their numbers, who was changed, and what the plan said."""

    plan: Plan
    done: int
    changed: AbstractSet[int]


@pytest.fixture(scope="module")
def six_rows(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with a broadcast to three chats, the odd numbers, and three addresses; made once."""
    file = tmp_path_factory.mktemp("six") / "digest.db"
    shutil.copyfile(blank, file)

    async def make() -> None:
        clock = SetClock(NOW)
        store = await open_store(f"sqlite+aiosqlite:///{file}", clock)
        people = membership_on(store, clock)
        for number in range(3):
            await people.enrol([Target.telegram(42 + number), Target.email(f"r{number}@a.org")], None)
        await broadcast(store)
        await store.close()

    asyncio.run(make())
    return file


async def live(
    file: Path, order: Order, wanted: Wanted, before: Sequence[End], meanwhile: Sequence[tuple[int, End]]
) -> Lived:
    """Let rows be as ``before``, count, let things happen, and carry the plan out."""
    store = await open_store(f"sqlite+aiosqlite:///{file}", SetClock(NOW))
    try:
        for number, end in enumerate(before, start=1):
            let_end(store, end, number)
        plan = await store.outbox.plan(order, wanted)
        for minute, (number, end) in enumerate(meanwhile, start=1):
            let_end(store, end, number, at=NOW + timedelta(minutes=minute))
        done = await store.outbox.carry_out(plan, LATER)
        resend = order is Order.RESEND
        reason = Reason(ReasonCode.RESENT_BY_ADMIN if resend else ReasonCode.CANCELLED_BY_ADMIN)
        rows = await store.outbox.rows(End.DUE if order is Order.RESEND else End.CANCELLED)
        return Lived(plan=plan, done=done, changed={row.id for row in rows if row.reason == reason})
    finally:
        await store.close()


@settings(max_examples=25)
@given(
    order_and_state=st.sampled_from([(order, state) for order in Order for state in order.states]),
    before=st.lists(st.sampled_from([*End, *Order.RESEND.states, End.DUE]), min_size=6, max_size=6),
    drawn=st.lists(st.tuples(st.integers(1, 6), st.sampled_from([*End, None, None, None])), max_size=8),
    channel=st.sampled_from([None, *Channel]),
)
def test_whatever_happens_between_count_and_yes_only_what_is_as_it_was_changes(
    six_rows: Path,
    order_and_state: tuple[Order, End],
    before: Sequence[End],
    drawn: Sequence[tuple[int, End | None]],
    channel: Channel | None,
) -> None:
    order, state = order_and_state
    meanwhile = [(number, end or state) for number, end in drawn]  # None: what was counted, once more
    at_count = {number: (end, None if end in OPEN else 0) for number, end in enumerate(before, start=1)}
    at_yes = at_count | {
        number: (end, None if end in OPEN else minute)
        for minute, (number, end) in enumerate(meanwhile, start=1)
    }
    on = {number: Channel.TELEGRAM if number % 2 else Channel.EMAIL for number in at_count}
    counted = {one for one, (end, _) in at_count.items() if end is state and channel in (None, on[one])}
    same = {
        one
        for one in counted
        if at_yes[one] == at_count[one] or (state is End.DUE and at_yes[one][0] is End.LEASED)
    }

    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(six_rows, f"{folder}/digest.db")
        wanted = Wanted(state=state, channel=channel)
        lived = asyncio.run(live(Path(folder, "digest.db"), order, wanted, before, meanwhile))

    assert lived.plan.total == len(counted)
    assert lived.changed == same
    assert lived.done == len(same)
