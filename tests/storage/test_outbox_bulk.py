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

from digest.model import Channel, DeliveryState, Target
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode
from digest.services.admin import BulkAction, BulkPlan, DeliverySelection, EditionKey, Obstacle
from digest.services.broadcasts import Audience
from digest.services.editions import EditionService
from digest.storage import Store, open_store
from tests.support.database import NOW, TODAY, email_linking_service, make_paper, save_report, subscription_service

CHAT = Target.telegram(42)
ANN_EMAIL = Target.email("ann@example.org")
LATER = NOW + timedelta(hours=1)
UNCERTAIN = DeliverySelection(state=DeliveryState.UNCERTAIN)
State = DeliveryState


def database_path(store: Store) -> str:
    """Return the file of a store."""
    return store.database.url.database or ""


def execute_sql(store: Store, statement: str, *values: object) -> None:
    """Change the database from outside, as time and other programs do."""
    with closing(sqlite3.connect(database_path(store), isolation_level=None)) as other:
        other.execute(statement, values)


def set_state(store: Store, state: DeliveryState, *ids: int, at: datetime = NOW, reason: Reason | None = None) -> None:
    """Let rows end in a state."""
    moment = None if state in (State.DUE, State.LEASED, State.SENDING) else at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    owner = "a test" if state in (State.LEASED, State.SENDING) else None
    for number in ids:
        execute_sql(
            store,
            "UPDATE outbox SET state = ?, settled_at = ?, owner = ?, reason_code = ? WHERE id = ?",
            *(state, moment, owner, reason and reason.code, number),
        )


async def queue_broadcast(store: Store, text: str = "hello") -> int:
    """Queue a broadcast to everybody; give its number."""
    return (await store.broadcasts.queue(text, Audience(), "a test", NOW)).id


async def queue_digests(store: Store, clock: FixedClock, day: date = TODAY) -> None:
    """Take a report of a day in, and write everybody's digest."""
    await save_report(store, day, make_paper(day.day))
    clock.advance(timedelta(hours=2))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()


async def edition_deliveries(store: Store, edition: EditionKey) -> list[int]:
    """Return the numbers of an edition's deliveries."""
    return sorted(row.id for row in await store.outbox.list_deliveries(edition=edition))


async def states_by_id(store: Store) -> dict[int, DeliveryState]:
    """Return the state of every row."""
    return {row.id: row.state for row in await store.outbox.list_deliveries(limit=1000)}


@pytest.fixture
async def subscribers(store: Store, clock: FixedClock) -> None:
    """Let three readers have a chat and an address each."""
    people = subscription_service(store, clock)
    for number in range(3):
        await people.add_subscriber([Target.telegram(42 + number), Target.email(f"r{number}@example.org")], None)


@pytest.mark.usefixtures("subscribers")
async def test_a_plan_counts_by_edition_and_channel_and_carrying_it_out_makes_these_due(
    store: Store, clock: FixedClock
) -> None:
    first = await queue_broadcast(store)
    await queue_digests(store, clock)
    set_state(store, State.UNCERTAIN, *await edition_deliveries(store, first))
    set_state(store, State.UNCERTAIN, *(digests := await edition_deliveries(store, TODAY))[:4])
    set_state(store, State.SENT, *digests[4:])

    plan = await store.outbox.plan_bulk(BulkAction.RESEND, UNCERTAIN)
    done = await store.outbox.apply_plan(plan, LATER)

    assert plan.editions == {
        (TODAY, "digest"): {Channel.EMAIL: 2, Channel.TELEGRAM: 2},
        (first, "broadcast"): {Channel.EMAIL: 3, Channel.TELEGRAM: 3},
    }
    assert (plan.total, plan.channels, plan.obstacles) == (10, {Channel.EMAIL: 5, Channel.TELEGRAM: 5}, {})
    assert done == 10
    rows = await store.outbox.list_deliveries()
    assert {row.reason for row in rows if row.state is State.DUE} == {Reason(ReasonCode.RESENT_BY_ADMIN)}
    assert sum(row.state is State.DUE for row in rows) == 10


@pytest.mark.usefixtures("subscribers")
@pytest.mark.parametrize("order", BulkAction)
async def test_an_order_for_one_edition_or_channel_leaves_the_others(
    store: Store, clock: FixedClock, order: BulkAction
) -> None:
    first, second = await queue_broadcast(store, "a"), await queue_broadcast(store, "b")
    await queue_digests(store, clock)
    set_state(store, State.UNCERTAIN, *await states_by_id(store))
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
            await store.outbox.plan_bulk(
                order, DeliverySelection(state=State.UNCERTAIN, edition=edition, channel=channel)
            )
        ).total
        for edition, channel in chosen
    }
    one = await store.outbox.plan_bulk(
        order, DeliverySelection(state=State.UNCERTAIN, edition=first, channel=Channel.EMAIL)
    )
    done = await store.outbox.apply_plan(one, LATER)

    assert counted == chosen
    assert done == 3
    left = await store.outbox.list_deliveries(State.UNCERTAIN)
    assert len(left) == 15
    assert all(row.edition != first for row in left if row.target.channel is Channel.EMAIL)


@pytest.mark.usefixtures("subscribers")
async def test_an_edition_that_does_not_exist_is_told_from_one_with_nothing_to_do(
    store: Store, clock: FixedClock
) -> None:
    number = await queue_broadcast(store)
    await queue_digests(store, clock)
    names: list[EditionKey] = [number, TODAY, 77, date(2020, 1, 1)]

    plans = [
        await store.outbox.plan_bulk(BulkAction.RESEND, DeliverySelection(state=State.REFUSED, edition=one))
        for one in names
    ]

    assert [plan.total for plan in plans] == [0, 0, 0, 0]
    assert [plan.edition_exists for plan in plans] == [True, True, False, False]


@pytest.mark.usefixtures("subscribers")
async def test_what_becomes_uncertain_after_the_count_is_not_resent(store: Store) -> None:
    counted, new = (await edition_deliveries(store, await queue_broadcast(store)))[:2]
    set_state(store, State.UNCERTAIN, counted)

    plan = await store.outbox.plan_bulk(BulkAction.RESEND, UNCERTAIN)
    set_state(store, State.UNCERTAIN, new)
    done = await store.outbox.apply_plan(plan, LATER)

    now = await states_by_id(store)
    assert (plan.total, done) == (1, 1)
    assert (now[counted], now[new]) == (State.DUE, State.UNCERTAIN)


@pytest.mark.usefixtures("subscribers")
async def test_what_was_resent_meanwhile_and_is_uncertain_again_is_not_resent_once_more(store: Store) -> None:
    number, *_ = await edition_deliveries(store, await queue_broadcast(store))
    set_state(store, State.UNCERTAIN, number)

    plan = await store.outbox.plan_bulk(BulkAction.RESEND, UNCERTAIN)
    await store.outbox.resend([number], LATER)
    set_state(store, State.UNCERTAIN, number, at=NOW - timedelta(hours=1))  # on a clock that was set back
    done = await store.outbox.apply_plan(plan, LATER)

    assert done == 0
    assert (await states_by_id(store))[number] is State.UNCERTAIN


@pytest.mark.usefixtures("subscribers")
async def test_a_plan_is_carried_out_once(store: Store) -> None:
    set_state(store, State.UNCERTAIN, *await edition_deliveries(store, await queue_broadcast(store)))
    plan = await store.outbox.plan_bulk(BulkAction.RESEND, UNCERTAIN)

    done = [await store.outbox.apply_plan(plan, LATER) for _ in range(2)]

    assert done == [6, 0]


@pytest.mark.usefixtures("subscribers")
async def test_what_waits_is_cancelled_also_where_a_courier_has_leased_it_but_not_what_is_being_sent(
    store: Store,
) -> None:
    waiting, leased, sending, sent, *_ = await edition_deliveries(store, await queue_broadcast(store))
    plan = await store.outbox.plan_bulk(BulkAction.CANCEL, DeliverySelection(state=State.DUE))
    for number, state in ((leased, State.LEASED), (sending, State.SENDING), (sent, State.SENT)):
        set_state(store, state, number)

    done = await store.outbox.apply_plan(plan, LATER)

    now = await states_by_id(store)
    assert (plan.total, done) == (6, 4)
    assert [now[one] for one in (waiting, leased, sending, sent)] == [
        *(State.CANCELLED, State.CANCELLED, State.SENDING, State.SENT)
    ]
    assert {row.reason for row in await store.outbox.list_deliveries(State.CANCELLED)} == {
        Reason(ReasonCode.CANCELLED_BY_ADMIN)
    }


async def add_uncertain_code(store: Store, clock: FixedClock) -> None:
    """Let a code to an address be in doubt."""
    await subscription_service(store, clock).subscribe(CHAT, None)
    await email_linking_service(store, clock).send_code(CHAT, "new@example.org")


async def add_uncertain_broadcast(store: Store, clock: FixedClock) -> None:
    """Let a broadcast to one chat be in doubt."""
    await subscription_service(store, clock).subscribe(CHAT, None)
    await queue_broadcast(store)


async def add_uncertain_digest(store: Store, clock: FixedClock) -> None:
    """Let a digest to one chat be in doubt."""
    await subscription_service(store, clock).subscribe(CHAT, None)
    await queue_digests(store, clock)


async def add_merged_digest(store: Store, clock: FixedClock) -> None:
    """Let a digest have gone into a later one."""
    await add_uncertain_digest(store, clock)
    execute_sql(store, "UPDATE outbox SET reason_code = ?", ReasonCode.MERGED_INTO_LATER)


async def add_already_delivered(store: Store, clock: FixedClock) -> None:
    """Let the chat have moved, and have this edition by another delivery."""
    await add_uncertain_digest(store, clock)
    execute_sql(store, "UPDATE outbox SET reason_code = ?", ReasonCode.ALREADY_DELIVERED)


async def add_displaced_digest(store: Store, clock: FixedClock) -> None:
    """Let the chat have moved, where another delivery took this one's place in its edition."""
    await add_uncertain_digest(store, clock)
    execute_sql(store, "UPDATE outbox SET edition_id = NULL")


async def add_unreachable_chat(store: Store, clock: FixedClock) -> None:
    """Let the chat not receive any more."""
    await add_uncertain_broadcast(store, clock)
    await subscription_service(store, clock).mark_unreachable(CHAT, Reason(ReasonCode.BOT_BLOCKED))


async def add_unsubscribed_address(store: Store, clock: FixedClock) -> None:
    """Let the address want nothing any more."""
    await add_uncertain_broadcast(store, clock)
    execute_sql(store, "UPDATE endpoints SET state = 'unsubscribed'")


async def add_paused_subscriber(store: Store, clock: FixedClock) -> None:
    """Let the digest's reader pause."""
    await add_uncertain_digest(store, clock)
    await subscription_service(store, clock).pause(CHAT)


async def add_empty_subscriber(store: Store, clock: FixedClock) -> None:
    """Let the digest's reader unsubscribe from everything."""
    await add_uncertain_digest(store, clock)
    await subscription_service(store, clock).unsubscribe(CHAT, None)


async def add_broadcast_to_paused(store: Store, clock: FixedClock) -> None:
    """Let a broadcast's reader pause: who paused digests still hears the admin."""
    await add_uncertain_broadcast(store, clock)
    await subscription_service(store, clock).pause(CHAT)


@pytest.mark.parametrize(
    ("happened", "obstacle"),
    [
        (add_uncertain_broadcast, None),
        (add_uncertain_digest, None),
        (add_broadcast_to_paused, None),
        (add_uncertain_code, Obstacle.EXPIRED),
        (add_merged_digest, Obstacle.MERGED),
        (add_already_delivered, Obstacle.REPLACED),
        (add_displaced_digest, Obstacle.REPLACED),
        (add_unreachable_chat, Obstacle.ADDRESS_INACTIVE),
        (add_unsubscribed_address, Obstacle.ADDRESS_INACTIVE),
        (add_paused_subscriber, Obstacle.NOT_WANTED),
        (add_empty_subscriber, Obstacle.NOT_WANTED),
    ],
)
async def test_what_keeps_a_delivery_from_being_resent_keeps_it_by_number_too(
    store: Store, clock: FixedClock, happened: Callable[[Store, FixedClock], Awaitable[None]], obstacle: Obstacle | None
) -> None:
    await happened(store, clock)
    (row,) = await store.outbox.list_deliveries()
    for state in BulkAction.RESEND.states:
        set_state(store, state, row.id, reason=row.reason)

        plan = await store.outbox.plan_bulk(BulkAction.RESEND, DeliverySelection(state=state))
        known = await store.outbox.obstacles([row.id, 999])
        by_number = await store.outbox.resend([row.id], LATER)
        set_state(store, state, row.id, reason=row.reason)
        in_all = await store.outbox.apply_plan(plan, LATER)

        assert [(group.obstacle, group.count) for group in plan.groups] == [(obstacle, 1)], state
        assert plan.obstacles == ({obstacle: 1} if obstacle else {}), state
        assert known == {row.id: obstacle or state}
        assert by_number == ([] if obstacle else [row.id]), state
        assert in_all == (0 if obstacle else 1), state


async def test_an_obstacle_that_comes_after_the_count_counts_too(store: Store, clock: FixedClock) -> None:
    await add_uncertain_broadcast(store, clock)
    set_state(store, State.UNCERTAIN, 1)
    plan = await store.outbox.plan_bulk(BulkAction.RESEND, UNCERTAIN)

    await subscription_service(store, clock).mark_unreachable(CHAT, Reason(ReasonCode.BOT_BLOCKED))
    done = await store.outbox.apply_plan(plan, LATER)

    assert (plan.total, done) == (1, 0)


async def test_a_code_is_forgotten_where_it_is_cancelled_with_all_that_wait(store: Store, clock: FixedClock) -> None:
    await add_uncertain_code(store, clock)

    plan = await store.outbox.plan_bulk(BulkAction.CANCEL, DeliverySelection(state=State.DUE))
    done = await store.outbox.apply_plan(plan, LATER)

    with closing(sqlite3.connect(database_path(store))) as other:
        kept = other.execute("SELECT content FROM outbox").fetchall()
    assert plan.editions == {(None, "code"): {Channel.EMAIL: 1}}
    assert (done, kept) == (1, [("{}",)])


async def test_a_hundred_thousand_deliveries_are_resent_at_once_and_nothing_else(
    store: Store, clock: FixedClock
) -> None:
    await add_uncertain_broadcast(store, clock)
    set_state(store, State.UNCERTAIN, 1)
    with closing(sqlite3.connect(database_path(store))) as other:
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

    plan = await store.outbox.plan_bulk(BulkAction.RESEND, UNCERTAIN)
    set_state(store, State.SENT, 1)
    done = await store.outbox.apply_plan(plan, LATER)

    numbers = await store.stats.load_stats()
    assert (plan.total, done) == (100_001, 100_000)
    assert numbers.deliveries == {State.DUE: 100_000, State.SENT: 1}


async def test_numbers_of_any_size_and_any_number_of_them_are_taken(store: Store, clock: FixedClock) -> None:
    await add_uncertain_broadcast(store, clock)
    many = range(1, 100_000)
    odd = [10**30, 2**63, -1, 0]

    cancelled = await store.outbox.cancel([*many, *odd], NOW)
    known = await store.outbox.obstacles([*many, *odd])
    resent = await store.outbox.resend([*odd, *many], NOW)

    assert (cancelled, list(known), resent) == ([1], [1], [1])


OPEN_STATES = (State.DUE, State.LEASED, State.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResult:
    """What was seen of six rows: their numbers, who was changed, and what the plan said."""

    plan: BulkPlan
    changed_count: int
    changed: AbstractSet[int]


@pytest.fixture(scope="module")
def six_rows(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database with a broadcast to three chats, the odd numbers, and three addresses; made once."""
    file = tmp_path_factory.mktemp("six") / "digest.db"
    shutil.copyfile(empty_database, file)

    async def make() -> None:
        clock = FixedClock(NOW)
        store = await open_store(f"sqlite+aiosqlite:///{file}", clock)
        people = subscription_service(store, clock)
        for number in range(3):
            await people.add_subscriber([Target.telegram(42 + number), Target.email(f"r{number}@a.org")], None)
        await queue_broadcast(store)
        await store.close()

    asyncio.run(make())
    return file


async def run_order(
    file: Path,
    order: BulkAction,
    wanted: DeliverySelection,
    before: Sequence[State],
    meanwhile: Sequence[tuple[int, State]],
) -> OrderResult:
    """Let rows be as ``before``, count, let things happen, and carry the plan out."""
    store = await open_store(f"sqlite+aiosqlite:///{file}", FixedClock(NOW))
    try:
        for number, end in enumerate(before, start=1):
            set_state(store, end, number)
        plan = await store.outbox.plan_bulk(order, wanted)
        for minute, (number, end) in enumerate(meanwhile, start=1):
            set_state(store, end, number, at=NOW + timedelta(minutes=minute))
        done = await store.outbox.apply_plan(plan, LATER)
        resend = order is BulkAction.RESEND
        reason = Reason(ReasonCode.RESENT_BY_ADMIN if resend else ReasonCode.CANCELLED_BY_ADMIN)
        rows = await store.outbox.list_deliveries(State.DUE if order is BulkAction.RESEND else State.CANCELLED)
        return OrderResult(plan=plan, changed_count=done, changed={row.id for row in rows if row.reason == reason})
    finally:
        await store.close()


@settings(max_examples=25)
@given(
    order_and_state=st.sampled_from([(order, state) for order in BulkAction for state in order.states]),
    before=st.lists(st.sampled_from([*State, *BulkAction.RESEND.states, State.DUE]), min_size=6, max_size=6),
    drawn=st.lists(st.tuples(st.integers(1, 6), st.sampled_from([*State, None, None, None])), max_size=8),
    channel=st.sampled_from([None, *Channel]),
)
def test_whatever_happens_between_count_and_yes_only_what_is_as_it_was_changes(
    six_rows: Path,
    order_and_state: tuple[BulkAction, State],
    before: Sequence[State],
    drawn: Sequence[tuple[int, State | None]],
    channel: Channel | None,
) -> None:
    order, state = order_and_state
    meanwhile = [(number, end or state) for number, end in drawn]  # None: what was counted, once more
    at_count = {number: (end, None if end in OPEN_STATES else 0) for number, end in enumerate(before, start=1)}
    at_yes = at_count | {
        number: (end, None if end in OPEN_STATES else minute) for minute, (number, end) in enumerate(meanwhile, start=1)
    }
    on = {number: Channel.TELEGRAM if number % 2 else Channel.EMAIL for number in at_count}
    counted = {one for one, (end, _) in at_count.items() if end is state and channel in (None, on[one])}
    same = {
        one
        for one in counted
        if at_yes[one] == at_count[one] or (state is State.DUE and at_yes[one][0] is State.LEASED)
    }

    with tempfile.TemporaryDirectory() as folder:
        shutil.copyfile(six_rows, f"{folder}/digest.db")
        wanted = DeliverySelection(state=state, channel=channel)
        lived = asyncio.run(run_order(Path(folder, "digest.db"), order, wanted, before, meanwhile))

    assert lived.plan.total == len(counted)
    assert lived.changed == same
    assert lived.changed_count == len(same)
