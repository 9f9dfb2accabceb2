"""What could not be delivered comes with the endpoint's next digest: once, and there alone."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from digest.clock import SetClock
from digest.courier import Settlement
from digest.edition import EditionDesk, turn
from digest.model import Channel, DeliveryState, Digest, Target
from digest.overview import Listed
from digest.reasons import Reason, ReasonCode, server_reply
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

CHAT, MAIL = Target.telegram(42), Target.email("ann@example.org")
DAY = timedelta(days=1)
GREYLISTED = Settlement(
    state=DeliveryState.DUE,
    reason=server_reply("greylisted"),
    not_before=NOW + timedelta(hours=2),
    counts=True,
)
GIVEN_UP = Settlement(state=DeliveryState.REFUSED, reason=server_reply("given up: greylisted"), given_up=True)
SENT = Settlement(state=DeliveryState.SENT, receipts=("1",))
FOLDED = Reason(ReasonCode.MERGED_INTO_LATER, str(TODAY + DAY))


@pytest.fixture
def desk(store: Store, clock: SetClock) -> EditionDesk:
    """Give the desk of the store."""
    return EditionDesk(editions=store.editions, clock=clock)


async def first_day(store: Store, clock: SetClock, desk: EditionDesk, *ends: Settlement | None) -> None:
    """Serve a reader of robotics by mail, and in a chat where two ends are given; let each end so."""
    targets = [MAIL, CHAT][: len(ends)]
    await take_in(store, TODAY, a_paper(1, "robotics"), a_paper(2, "robotics"))
    await membership_on(store, clock).enrol(targets, ("robotics",))
    clock.at = NOW + timedelta(hours=1)
    await desk.serve()
    for target, end in zip(targets, ends, strict=True):
        await ends_so(store, clock, target.channel, end)


async def ends_so(store: Store, clock: SetClock, channel: Channel, end: Settlement | None) -> None:
    """Let what waits on a channel end so, or be given back for None."""
    rows = await store.outbox.claim(channel, "a test", due=clock(), now=clock(), until=clock() + DAY, most=10)
    for row in rows:
        if end:
            await store.outbox.sending(row.id, "a test")
            await store.outbox.settle(row.id, "a test", end, clock())
    await store.outbox.release("a test")


async def next_day(store: Store, clock: SetClock, desk: EditionDesk, *domains: str) -> int:
    """Take a report with one paper of these domains in, and serve; count the deliveries."""
    await take_in(store, TODAY + DAY, a_paper(3, *domains))
    clock.at = NOW + DAY + timedelta(hours=1)
    return (await desk.serve()).deliveries


async def rows(store: Store, target: Target) -> list[Listed]:
    """Give the rows of a target, the oldest first."""
    return [row for row in reversed(await store.outbox.rows()) if row.target == target]


async def waiting(store: Store, clock: SetClock, channel: Channel) -> list[Sequence[str]]:
    """Give the papers of each digest that waits on a channel."""
    far = clock() + 9 * DAY
    claimed = await store.outbox.claim(channel, "a look", due=far, now=clock(), until=far, most=10)
    await store.outbox.release("a look")
    return [[pick.paper for pick in one.content.picks] for one in claimed if isinstance(one.content, Digest)]


@pytest.mark.parametrize("end", [GREYLISTED, GIVEN_UP], ids=["waits", "given up"])
async def test_what_did_not_arrive_comes_with_the_next_digest_of_that_endpoint_alone(
    store: Store, clock: SetClock, desk: EditionDesk, end: Settlement
) -> None:
    await first_day(store, clock, desk, end, SENT)

    written = await next_day(store, clock, desk, "robotics")

    (before, after) = await rows(store, MAIL)
    assert written == 2
    assert (before.state, before.reason) == (DeliveryState.CANCELLED, FOLDED)
    assert after.state is DeliveryState.DUE
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]
    assert await waiting(store, clock, Channel.TELEGRAM) == [["2601.00003"]]


async def test_what_is_owed_comes_where_nothing_is_new(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP, SENT)

    written = await next_day(store, clock, desk, "vision")

    assert written == 1
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00001", "2601.00002"]]
    assert await waiting(store, clock, Channel.TELEGRAM) == []


@pytest.mark.parametrize(
    "end",
    [
        SENT,
        Settlement(state=DeliveryState.UNCERTAIN, reason=server_reply("cut after the dot")),
        Settlement(state=DeliveryState.REFUSED, reason=server_reply("550 spam")),
        Settlement(
            state=DeliveryState.DUE,
            reason=server_reply("flood"),
            not_before=NOW,
            counts=True,
            receipts=("the first part",),
        ),
    ],
    ids=["sent", "uncertain", "refused", "in parts"],
)
async def test_nothing_else_is_owed(
    store: Store, clock: SetClock, desk: EditionDesk, end: Settlement | None
) -> None:
    await first_day(store, clock, desk, end)

    await next_day(store, clock, desk, "robotics")

    (before, _) = await rows(store, MAIL)
    assert before.state is not DeliveryState.CANCELLED
    assert (await waiting(store, clock, Channel.EMAIL))[-1] == ["2601.00003"]


@pytest.mark.parametrize(
    "end",
    [None, Settlement(state=DeliveryState.DUE, reason=server_reply("server away"), not_before=NOW)],
    ids=["not tried", "not its try"],
)
async def test_after_days_without_a_server_there_is_one_digest(
    store: Store, clock: SetClock, desk: EditionDesk, end: Settlement | None
) -> None:
    await first_day(store, clock, desk, end)

    await next_day(store, clock, desk, "robotics")

    (before, _) = await rows(store, MAIL)
    assert (before.state, before.reason) == (DeliveryState.CANCELLED, FOLDED)
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]


async def test_what_is_being_sent_at_that_moment_is_not_owed(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GREYLISTED)
    clock.at = NOW + DAY
    await store.outbox.claim(
        Channel.EMAIL, "another", due=clock(), now=clock(), until=clock() + 2 * DAY, most=10
    )

    await next_day(store, clock, desk, "robotics")

    (before, _) = await rows(store, MAIL)
    assert before.state is DeliveryState.LEASED
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_what_leaves_between_decision_and_writing_makes_the_turn_void(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GREYLISTED)
    await take_in(store, TODAY + DAY, a_paper(3, "robotics"))
    clock.at = NOW + DAY + timedelta(hours=1)
    edition = await store.editions.edition()
    assert edition is not None
    turns = [turn(one, edition, clock()) for one in await store.editions.due(clock(), 10, edition.date)]
    await ends_so(store, clock, Channel.EMAIL, SENT)

    written = await store.editions.write(edition, turns, clock())
    again = await desk.serve()

    assert written == 0
    assert again.deliveries == 1
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_two_processes_at_once_repay_once(store: Store, clock: SetClock, desk: EditionDesk) -> None:
    await first_day(store, clock, desk, GIVEN_UP, SENT)
    await take_in(store, TODAY + DAY, a_paper(3, "robotics"))
    clock.at = NOW + DAY + timedelta(hours=1)

    served = await asyncio.gather(desk.serve(), desk.serve())

    assert sum(one.deliveries for one in served) == 2
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]


async def test_what_was_folded_is_never_sent_again_not_even_by_an_admin(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP)
    await next_day(store, clock, desk, "robotics")
    (before, _) = await rows(store, MAIL)

    changed = await store.outbox.resend([before.id], clock())

    assert changed == []


async def test_an_admin_who_sends_again_what_was_given_up_ends_the_debt(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP)
    (before,) = await rows(store, MAIL)
    await store.outbox.resend([before.id], clock())

    await next_day(store, clock, desk, "robotics")

    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00001", "2601.00002"], ["2601.00003"]]


async def test_a_reader_who_no_longer_wants_it_is_spared(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP)
    await membership_on(store, clock).change(MAIL, domains=("vision",))

    await next_day(store, clock, desk, "vision")

    (before, _) = await rows(store, MAIL)
    assert before.state is DeliveryState.REFUSED
    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_a_break_forgives_what_was_owed_before_it(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP)
    people = membership_on(store, clock)
    await people.pause(MAIL)
    await take_in(store, TODAY + DAY, a_paper(3, "robotics"))
    clock.at = NOW + DAY
    await people.resume(MAIL)

    clock.forward(timedelta(hours=1))
    await desk.serve()

    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003"]]


async def test_a_turn_that_is_folded_itself_leaves_the_debt_for_the_next(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP)
    await take_in(store, TODAY + DAY, a_paper(3, "robotics"))
    clock.at = NOW + DAY + timedelta(hours=9)
    await desk.serve()

    clock.at = NOW + 2 * DAY + timedelta(hours=1)
    await desk.serve()

    assert await waiting(store, clock, Channel.EMAIL) == [["2601.00003", "2601.00001", "2601.00002"]]


async def test_debts_of_two_days_come_together_and_without_doubles(
    store: Store, clock: SetClock, desk: EditionDesk
) -> None:
    await first_day(store, clock, desk, GIVEN_UP)
    await next_day(store, clock, desk, "robotics")
    await ends_so(store, clock, Channel.EMAIL, GIVEN_UP)
    await take_in(store, TODAY + 2 * DAY, a_paper(4, "robotics"))

    clock.at = NOW + 2 * DAY + timedelta(hours=1)
    await desk.serve()

    assert await waiting(store, clock, Channel.EMAIL) == [
        ["2601.00004", "2601.00003", "2601.00001", "2601.00002"]
    ]
