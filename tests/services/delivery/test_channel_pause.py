"""The gate of a channel: who makes everybody wait, and for how long."""

from datetime import timedelta

import pytest

from digest.model import Channel, DeliveryState
from digest.model.clock import FixedClock
from digest.model.outcome import Outcome, Refused, RetryLater, Sent, Uncertain, Unreachable
from digest.model.reasons import server_reply
from digest.services.delivery.circuit_breaker import CircuitBreaker
from digest.storage import Store
from tests.services.delivery.scripted_sender import ScriptedSender, build_worker, queue_broadcast, states_by_address

OUR_FAULT = Refused(reason=server_reply("535 who are you"), is_our_fault=True)
SENT_OUTCOME = Sent(receipt="1")


def breaker_after(*outcomes: Outcome) -> tuple[CircuitBreaker, Outcome]:
    """Return a gate that has judged these, and its judgement of the last."""
    gate = CircuitBreaker()
    for one in outcomes[:-1]:
        gate.record(one)
    return gate, gate.record(outcomes[-1])


def test_the_third_fault_of_ours_in_a_row_shuts_the_gate_and_is_not_refused() -> None:
    gate, judged = breaker_after(OUR_FAULT, OUR_FAULT, OUR_FAULT)

    assert gate.open_reason == server_reply("535 who are you")
    assert judged == RetryLater(reason=server_reply("535 who are you"), counts_as_attempt=False, pause_channel=True)


@pytest.mark.parametrize(
    "between",
    [Unreachable(reason=server_reply("x")), Uncertain(reason=server_reply("x")), RetryLater(reason=server_reply("x"))],
)
def test_other_ends_between_them_prove_nothing(between: Outcome) -> None:
    gate, _ = breaker_after(OUR_FAULT, between, OUR_FAULT, between, OUR_FAULT)

    assert gate.is_open


@pytest.mark.parametrize(
    "outcomes",
    [
        (OUR_FAULT, OUR_FAULT),
        (OUR_FAULT, OUR_FAULT, SENT_OUTCOME, OUR_FAULT),
        (Refused(reason=server_reply("spam")),) * 5,
        (Refused(reason=server_reply("too big"), is_our_fault=True, is_too_large=True),) * 5,
    ],
)
def test_fewer_a_success_and_other_refusals_leave_it_open(outcomes: tuple[Outcome, ...]) -> None:
    gate, judged = breaker_after(*outcomes)

    assert not gate.is_open
    assert judged == outcomes[-1]


UNCERTAIN_OUTCOME, UNREACHABLE_OUTCOME = (
    Uncertain(reason=server_reply("no answer")),
    Unreachable(reason=server_reply("550 5.1.1 no such user")),
)


def test_the_third_doubt_in_a_row_makes_everybody_wait_and_stays_a_doubt() -> None:
    gate, judged = breaker_after(
        UNCERTAIN_OUTCOME,
        RetryLater(reason=server_reply("busy")),
        UNCERTAIN_OUTCOME,
        UNREACHABLE_OUTCOME,
        UNCERTAIN_OUTCOME,
    )

    assert gate.is_open
    assert judged == UNCERTAIN_OUTCOME


def test_after_a_wait_one_delivery_tries_until_one_has_got_through() -> None:
    gate, _ = breaker_after(UNCERTAIN_OUTCOME, UNCERTAIN_OUTCOME, UNCERTAIN_OUTCOME)
    trying = gate.concurrency(8)
    gate.record(Refused(reason=server_reply("spam")))
    still = gate.concurrency(8)

    gate.record(SENT_OUTCOME)

    assert (trying, still, gate.concurrency(8)) == (1, 1, 8)


def test_a_server_that_answers_after_a_wait_gets_everybody_again() -> None:
    gate, _ = breaker_after(RetryLater(reason=server_reply("away"), counts_as_attempt=False, pause_channel=True))
    trying = gate.concurrency(8)

    gate.record(Refused(reason=server_reply("spam")))

    assert (trying, gate.concurrency(8)) == (1, 8)


def test_the_sixth_gone_address_in_a_row_is_not_believed() -> None:
    gate, fifth = breaker_after(*(UNREACHABLE_OUTCOME,) * 5)
    asked = gate.has_many_unreachable

    judged = gate.record(UNREACHABLE_OUTCOME)

    assert (fifth, asked, gate.is_open) == (UNREACHABLE_OUTCOME, True, True)
    assert isinstance(judged, RetryLater)
    assert (judged.counts_as_attempt, judged.pause_channel) == (False, True)


def test_a_success_between_gone_addresses_begins_the_count_again() -> None:
    gate, judged = breaker_after(
        UNREACHABLE_OUTCOME,
        UNREACHABLE_OUTCOME,
        UNREACHABLE_OUTCOME,
        UNREACHABLE_OUTCOME,
        UNREACHABLE_OUTCOME,
        SENT_OUTCOME,
        UNREACHABLE_OUTCOME,
    )

    assert (judged, gate.has_many_unreachable, gate.is_open) == (UNREACHABLE_OUTCOME, False, False)


def test_an_admin_lets_addresses_end_for_a_while() -> None:
    gate, _ = breaker_after(*(UNREACHABLE_OUTCOME,) * 6)

    gate.allow_unreachable(timedelta(hours=1))
    judged = [gate.record(UNREACHABLE_OUTCOME) for _ in range(20)]

    assert judged == [UNREACHABLE_OUTCOME] * 20
    assert not gate.is_open


async def test_an_outage_costs_few_doubts_and_no_address_also_for_cron(store: Store, clock: FixedClock) -> None:
    """Each tick is a new program; what the one before met is not forgotten."""
    await queue_broadcast(store, clock, 60)
    for _ in range(8):
        silent = ScriptedSender(outcomes={str(number): [UNCERTAIN_OUTCOME] for number in range(1, 61)})
        await build_worker(store, silent, clock, concurrency=4).drain()
        clock.advance(timedelta(minutes=1))
    doubts = list((await states_by_address(store)).values()).count("uncertain")

    await build_worker(store, ScriptedSender(), clock).drain()

    assert doubts <= 12
    assert sorted(set((await states_by_address(store)).values())) == ["sent", "uncertain"]


async def test_a_foreign_answer_ends_a_handful_of_readers_at_most_until_an_admin_says_so(
    store: Store, clock: FixedClock
) -> None:
    await queue_broadcast(store, clock, 30)
    everybody: dict[str, list[Outcome | Exception]] = {
        str(number): [UNREACHABLE_OUTCOME] * 99 for number in range(1, 31)
    }
    for _ in range(4):
        await build_worker(store, ScriptedSender(outcomes=everybody), clock, concurrency=1).drain()
        clock.advance(timedelta(minutes=20))
    before = list((await states_by_address(store)).values()).count("gone")

    await store.outbox.allow_unreachable(Channel.TELEGRAM, clock() + timedelta(hours=1))
    await build_worker(store, ScriptedSender(outcomes=everybody), clock, concurrency=1).drain()

    assert before == 5
    assert set((await states_by_address(store)).values()) == {"gone"}


async def test_nobody_is_lost_while_the_operator_mends_the_set_up(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock, 9)
    broken = ScriptedSender(outcomes={str(number): [OUR_FAULT] for number in range(1, 10)})
    stuck = build_worker(store, broken, clock, concurrency=1)
    await stuck.drain()
    waited = stuck.pause_reason
    before = sorted((await states_by_address(store)).values())
    clock.advance(timedelta(minutes=1))

    await build_worker(store, ScriptedSender(), clock).drain()

    assert waited == server_reply("535 who are you")
    assert before == ["due"] * 7 + ["refused"] * 2
    assert sorted((await states_by_address(store)).values()) == ["refused"] * 2 + ["sent"] * 7


async def test_a_wait_of_our_own_ends_with_a_restart(store: Store, clock: FixedClock) -> None:
    await queue_broadcast(store, clock)
    away = ScriptedSender(
        outcomes={"1": [RetryLater(reason=server_reply("away"), counts_as_attempt=False, pause_channel=True)]}
    )
    await build_worker(store, away, clock).drain()
    clock.advance(timedelta(seconds=31))

    await build_worker(store, ScriptedSender(), clock).drain()

    assert await states_by_address(store) == {"1": DeliveryState.SENT.value}
