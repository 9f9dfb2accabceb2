"""The gate of a channel: who makes everybody wait, and for how long."""

from datetime import timedelta

import pytest

from digest.channel import Gone, Later, Outcome, Refused, Sent, Uncertain
from digest.clock import SetClock
from digest.courier.gate import Gate
from digest.model import DeliveryState
from digest.store import Store
from tests.courier.post import ScriptedPostbox, courier_on, queue_for, states

OURS = Refused(reason="535 who are you", our_fault=True)
SENT = Sent(receipt="1")


def after(*outcomes: Outcome) -> tuple[Gate, Outcome]:
    """Give a gate that has judged these, and its judgement of the last."""
    gate = Gate()
    for one in outcomes[:-1]:
        gate.judge(one)
    return gate, gate.judge(outcomes[-1])


def test_the_third_fault_of_ours_in_a_row_shuts_the_gate_and_is_not_refused() -> None:
    gate, judged = after(OURS, OURS, OURS)

    assert gate.waits_because == "535 who are you"
    assert judged == Later(reason="535 who are you", counts=False, whole_channel=True)


@pytest.mark.parametrize("between", [Gone(reason="x"), Uncertain(reason="x"), Later(reason="x")])
def test_other_ends_between_them_prove_nothing(between: Outcome) -> None:
    gate, _ = after(OURS, between, OURS, between, OURS)

    assert gate.shut


@pytest.mark.parametrize(
    "outcomes",
    [
        (OURS, OURS),
        (OURS, OURS, SENT, OURS),
        (Refused(reason="spam"),) * 5,
        (Refused(reason="too big", our_fault=True, too_big=True),) * 5,
    ],
)
def test_fewer_a_success_and_other_refusals_leave_it_open(outcomes: tuple[Outcome, ...]) -> None:
    gate, judged = after(*outcomes)

    assert not gate.shut
    assert judged == outcomes[-1]


async def test_nobody_is_lost_while_the_operator_mends_the_set_up(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock, 9)
    broken = ScriptedPostbox(script={str(number): [OURS] for number in range(1, 10)})
    stuck = courier_on(store, broken, clock, width=1)
    await stuck.drain()
    waited = stuck.waits_because
    before = sorted((await states(store)).values())
    clock.forward(timedelta(minutes=1))

    await courier_on(store, ScriptedPostbox(), clock).drain()

    assert waited == "535 who are you"
    assert before == ["due"] * 7 + ["refused"] * 2
    assert sorted((await states(store)).values()) == ["refused"] * 2 + ["sent"] * 7


async def test_a_wait_of_our_own_ends_with_a_restart(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock)
    away = ScriptedPostbox(script={"1": [Later(reason="away", counts=False, whole_channel=True)]})
    await courier_on(store, away, clock).drain()
    clock.forward(timedelta(seconds=31))

    await courier_on(store, ScriptedPostbox(), clock).drain()

    assert await states(store) == {"1": DeliveryState.SENT.value}
