"""What could not be delivered comes with the endpoint's next digest: once, and there alone."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.model import Channel, DeliveryState, Digest, Target
from digest.model.clock import FixedClock
from digest.model.reasons import Reason, ReasonCode, server_reply
from digest.services.admin import DeliveryRow
from digest.services.delivery import Settlement
from digest.services.editions import EditionService, plan_digest
from digest.storage import Store
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service

CHAT, ANN_EMAIL = Target.telegram(42), Target.email("ann@example.org")
DAY = timedelta(days=1)
GREYLISTED_END = Settlement(
    state=DeliveryState.DUE,
    reason=server_reply("greylisted"),
    not_before=NOW + timedelta(hours=2),
    counts_as_attempt=True,
)
GIVEN_UP_END = Settlement(state=DeliveryState.REFUSED, reason=server_reply("given up: greylisted"), given_up=True)
SENT_END = Settlement(state=DeliveryState.SENT, receipts=("1",))
MERGED_REASON = Reason(ReasonCode.MERGED_INTO_LATER, str(TODAY + DAY))


@pytest.fixture
def editions(store: Store, clock: FixedClock) -> EditionService:
    """Return the desk of the store."""
    return EditionService(store=store.editions, clock=clock)


async def queue_first_day(store: Store, clock: FixedClock, editions: EditionService, *ends: Settlement | None) -> None:
    """Serve a reader of robotics by mail, and in a chat where two ends are given; let each end so."""
    targets = [ANN_EMAIL, CHAT][: len(ends)]
    await save_report(store, TODAY, make_paper(1, "robotics"), make_paper(2, "robotics"))
    await subscription_service(store, clock).add_subscriber(targets, ("robotics",))
    clock.now = NOW + timedelta(hours=1)
    await editions.queue_due_digests()
    for target, end in zip(targets, ends, strict=True):
        await settle_pending(store, clock, target.channel, end)


async def settle_pending(store: Store, clock: FixedClock, channel: Channel, end: Settlement | None) -> None:
    """Let what waits on a channel end so, or be given back for None."""
    rows = await store.outbox.claim(channel, "a test", due_at=clock(), now=clock(), until=clock() + DAY, limit=10)
    for row in rows:
        if end:
            await store.outbox.mark_sending(row.id, "a test")
            await store.outbox.settle(row.id, "a test", end, clock())
    await store.outbox.release("a test")


async def queue_next_day(store: Store, clock: FixedClock, editions: EditionService, *domains: str) -> int:
    """Take a report with one paper of these domains in, and serve; count the deliveries."""
    await save_report(store, TODAY + DAY, make_paper(3, *domains))
    clock.now = NOW + DAY + timedelta(hours=1)
    return (await editions.queue_due_digests()).deliveries


async def rows_of_target(store: Store, target: Target) -> list[DeliveryRow]:
    """Return the rows of a target, the oldest first."""
    return [row for row in reversed(await store.outbox.list_deliveries()) if row.target == target]


async def pending_digests(store: Store, clock: FixedClock, channel: Channel) -> list[Sequence[str]]:
    """Return the papers of each digest that waits on a channel."""
    far = clock() + 9 * DAY
    claimed = await store.outbox.claim(channel, "a look", due_at=far, now=clock(), until=far, limit=10)
    await store.outbox.release("a look")
    return [[pick.paper_id for pick in one.content.papers] for one in claimed if isinstance(one.content, Digest)]


@pytest.mark.parametrize("end", [GREYLISTED_END, GIVEN_UP_END], ids=["waits", "given up"])
async def test_what_did_not_arrive_comes_with_the_next_digest_of_that_endpoint_alone(
    store: Store, clock: FixedClock, editions: EditionService, end: Settlement
) -> None:
    await queue_first_day(store, clock, editions, end, SENT_END)

    written = await queue_next_day(store, clock, editions, "robotics")

    (before, after) = await rows_of_target(store, ANN_EMAIL)
    assert written == 2
    assert (before.state, before.reason) == (DeliveryState.CANCELLED, MERGED_REASON)
    assert after.state is DeliveryState.DUE
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]
    assert await pending_digests(store, clock, Channel.TELEGRAM) == [["2601.00003"]]


async def test_what_is_owed_comes_where_nothing_is_new(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END, SENT_END)

    written = await queue_next_day(store, clock, editions, "vision")

    assert written == 1
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00001", "2601.00002"]]
    assert await pending_digests(store, clock, Channel.TELEGRAM) == []


@pytest.mark.parametrize(
    "end",
    [
        SENT_END,
        Settlement(state=DeliveryState.UNCERTAIN, reason=server_reply("cut after the dot")),
        Settlement(state=DeliveryState.REFUSED, reason=server_reply("550 spam")),
        Settlement(
            state=DeliveryState.DUE,
            reason=server_reply("flood"),
            not_before=NOW,
            counts_as_attempt=True,
            receipts=("the first part",),
        ),
    ],
    ids=["sent", "uncertain", "refused", "in parts"],
)
async def test_nothing_else_is_owed(
    store: Store, clock: FixedClock, editions: EditionService, end: Settlement | None
) -> None:
    await queue_first_day(store, clock, editions, end)

    await queue_next_day(store, clock, editions, "robotics")

    (before, _) = await rows_of_target(store, ANN_EMAIL)
    assert before.state is not DeliveryState.CANCELLED
    assert (await pending_digests(store, clock, Channel.EMAIL))[-1] == ["2601.00003"]


@pytest.mark.parametrize(
    "end",
    [None, Settlement(state=DeliveryState.DUE, reason=server_reply("server away"), not_before=NOW)],
    ids=["not tried", "not its try"],
)
async def test_after_days_without_a_server_there_is_one_digest(
    store: Store, clock: FixedClock, editions: EditionService, end: Settlement | None
) -> None:
    await queue_first_day(store, clock, editions, end)

    await queue_next_day(store, clock, editions, "robotics")

    (before, _) = await rows_of_target(store, ANN_EMAIL)
    assert (before.state, before.reason) == (DeliveryState.CANCELLED, MERGED_REASON)
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]


async def test_what_is_being_sent_at_that_moment_is_not_owed(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GREYLISTED_END)
    clock.now = NOW + DAY
    await store.outbox.claim(Channel.EMAIL, "another", due_at=clock(), now=clock(), until=clock() + 2 * DAY, limit=10)

    await queue_next_day(store, clock, editions, "robotics")

    (before, _) = await rows_of_target(store, ANN_EMAIL)
    assert before.state is DeliveryState.LEASED
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_what_leaves_between_decision_and_writing_makes_the_turn_void(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GREYLISTED_END)
    await save_report(store, TODAY + DAY, make_paper(3, "robotics"))
    clock.now = NOW + DAY + timedelta(hours=1)
    edition = await store.editions.current_edition()
    assert edition is not None
    turns = [plan_digest(one, edition, clock()) for one in await store.editions.find_due(clock(), 10, edition.date)]
    await settle_pending(store, clock, Channel.EMAIL, SENT_END)

    written = await store.editions.queue_digests(edition, turns, clock())
    again = await editions.queue_due_digests()

    assert written == 0
    assert again.deliveries == 1
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_two_processes_at_once_repay_once(store: Store, clock: FixedClock, editions: EditionService) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END, SENT_END)
    await save_report(store, TODAY + DAY, make_paper(3, "robotics"))
    clock.now = NOW + DAY + timedelta(hours=1)

    served = await asyncio.gather(editions.queue_due_digests(), editions.queue_due_digests())

    assert sum(one.deliveries for one in served) == 2
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]


async def test_what_was_folded_is_never_sent_again_not_even_by_an_admin(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END)
    await queue_next_day(store, clock, editions, "robotics")
    (before, _) = await rows_of_target(store, ANN_EMAIL)

    changed = await store.outbox.resend([before.id], clock())

    assert changed == []


async def test_an_admin_who_sends_again_what_was_given_up_ends_the_debt(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END)
    (before,) = await rows_of_target(store, ANN_EMAIL)
    await store.outbox.resend([before.id], clock())

    await queue_next_day(store, clock, editions, "robotics")

    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00001", "2601.00002"], ["2601.00003"]]


async def test_a_reader_who_no_longer_wants_it_is_spared(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END)
    await subscription_service(store, clock).update_preferences(ANN_EMAIL, domains=("vision",))

    await queue_next_day(store, clock, editions, "vision")

    (before, _) = await rows_of_target(store, ANN_EMAIL)
    assert before.state is DeliveryState.REFUSED
    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_a_break_forgives_what_was_owed_before_it(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END)
    people = subscription_service(store, clock)
    await people.pause(ANN_EMAIL)
    await save_report(store, TODAY + DAY, make_paper(3, "robotics"))
    clock.now = NOW + DAY
    await people.resume(ANN_EMAIL)

    clock.advance(timedelta(hours=1))
    await editions.queue_due_digests()

    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_a_turn_that_is_folded_itself_leaves_the_debt_for_the_next(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END)
    await save_report(store, TODAY + DAY, make_paper(3, "robotics"))
    clock.now = NOW + DAY + timedelta(hours=9)
    await editions.queue_due_digests()

    clock.now = NOW + 2 * DAY + timedelta(hours=1)
    await editions.queue_due_digests()

    assert await pending_digests(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]


async def test_debts_of_two_days_come_together_and_without_doubles(
    store: Store, clock: FixedClock, editions: EditionService
) -> None:
    await queue_first_day(store, clock, editions, GIVEN_UP_END)
    await queue_next_day(store, clock, editions, "robotics")
    await settle_pending(store, clock, Channel.EMAIL, GIVEN_UP_END)
    await save_report(store, TODAY + 2 * DAY, make_paper(4, "robotics"))

    clock.now = NOW + 2 * DAY + timedelta(hours=1)
    await editions.queue_due_digests()

    assert await pending_digests(store, clock, Channel.EMAIL) == [
        ["2601.00004", "2601.00003", "2601.00001", "2601.00002"]
    ]
