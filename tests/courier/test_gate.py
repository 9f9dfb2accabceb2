"""The gate of a channel: who makes everybody wait, and for how long."""

from datetime import timedelta

import pytest

from digest.channel import Gone, Later, Outcome, Refused, Sent, Uncertain
from digest.clock import SetClock
from digest.courier.gate import Gate
from digest.model import Channel, DeliveryState
from digest.reasons import server_reply
from digest.store import Store
from tests.courier.post import ScriptedPostbox, courier_on, queue_for, states

OURS = Refused(reason=server_reply("535 who are you"), our_fault=True)
SENT = Sent(receipt="1")


def after(*outcomes: Outcome) -> tuple[Gate, Outcome]:
    """Give a gate that has judged these, and its judgement of the last."""
    gate = Gate()
    for one in outcomes[:-1]:
        gate.judge(one)
    return gate, gate.judge(outcomes[-1])


def test_the_third_fault_of_ours_in_a_row_shuts_the_gate_and_is_not_refused() -> None:
    gate, judged = after(OURS, OURS, OURS)

    assert gate.waits_because == server_reply("535 who are you")
    assert judged == Later(reason=server_reply("535 who are you"), counts=False, whole_channel=True)


@pytest.mark.parametrize(
    "between",
    [Gone(reason=server_reply("x")), Uncertain(reason=server_reply("x")), Later(reason=server_reply("x"))],
)
def test_other_ends_between_them_prove_nothing(between: Outcome) -> None:
    gate, _ = after(OURS, between, OURS, between, OURS)

    assert gate.shut


@pytest.mark.parametrize(
    "outcomes",
    [
        (OURS, OURS),
        (OURS, OURS, SENT, OURS),
        (Refused(reason=server_reply("spam")),) * 5,
        (Refused(reason=server_reply("too big"), our_fault=True, too_big=True),) * 5,
    ],
)
def test_fewer_a_success_and_other_refusals_leave_it_open(outcomes: tuple[Outcome, ...]) -> None:
    gate, judged = after(*outcomes)

    assert not gate.shut
    assert judged == outcomes[-1]


DOUBT, GONE = Uncertain(reason=server_reply("no answer")), Gone(reason=server_reply("550 5.1.1 no such user"))


def test_the_third_doubt_in_a_row_makes_everybody_wait_and_stays_a_doubt() -> None:
    gate, judged = after(DOUBT, Later(reason=server_reply("busy")), DOUBT, GONE, DOUBT)

    assert gate.shut
    assert judged == DOUBT


def test_after_a_wait_one_delivery_tries_until_one_has_got_through() -> None:
    gate, _ = after(DOUBT, DOUBT, DOUBT)
    trying = gate.width(8)
    gate.judge(Refused(reason=server_reply("spam")))
    still = gate.width(8)

    gate.judge(SENT)

    assert (trying, still, gate.width(8)) == (1, 1, 8)


def test_a_server_that_answers_after_a_wait_gets_everybody_again() -> None:
    gate, _ = after(Later(reason=server_reply("away"), counts=False, whole_channel=True))
    trying = gate.width(8)

    gate.judge(Refused(reason=server_reply("spam")))

    assert (trying, gate.width(8)) == (1, 8)


def test_the_sixth_gone_address_in_a_row_is_not_believed() -> None:
    gate, fifth = after(*(GONE,) * 5)
    asked = gate.doubts_gone

    judged = gate.judge(GONE)

    assert (fifth, asked, gate.shut) == (GONE, True, True)
    assert isinstance(judged, Later)
    assert (judged.counts, judged.whole_channel) == (False, True)


def test_a_success_between_gone_addresses_begins_the_count_again() -> None:
    gate, judged = after(GONE, GONE, GONE, GONE, GONE, SENT, GONE)

    assert (judged, gate.doubts_gone, gate.shut) == (GONE, False, False)


def test_an_admin_lets_addresses_end_for_a_while() -> None:
    gate, _ = after(*(GONE,) * 6)

    gate.allow_gone(timedelta(hours=1))
    judged = [gate.judge(GONE) for _ in range(20)]

    assert judged == [GONE] * 20
    assert not gate.shut


async def test_an_outage_costs_few_doubts_and_no_address_also_for_cron(store: Store, clock: SetClock) -> None:
    """Each tick is a new program; what the one before met is not forgotten."""
    await queue_for(store, clock, 60)
    for _ in range(8):
        silent = ScriptedPostbox(script={str(number): [DOUBT] for number in range(1, 61)})
        await courier_on(store, silent, clock, width=4).drain()
        clock.forward(timedelta(minutes=1))
    doubts = list((await states(store)).values()).count("uncertain")

    await courier_on(store, ScriptedPostbox(), clock).drain()

    assert doubts <= 12
    assert sorted(set((await states(store)).values())) == ["sent", "uncertain"]


async def test_a_foreign_answer_ends_a_handful_of_readers_at_most_until_an_admin_says_so(
    store: Store, clock: SetClock
) -> None:
    await queue_for(store, clock, 30)
    everybody: dict[str, list[Outcome | Exception]] = {str(number): [GONE] * 99 for number in range(1, 31)}
    for _ in range(4):
        await courier_on(store, ScriptedPostbox(script=everybody), clock, width=1).drain()
        clock.forward(timedelta(minutes=20))
    before = list((await states(store)).values()).count("gone")

    await store.outbox.allow_gone(Channel.TELEGRAM, clock() + timedelta(hours=1))
    await courier_on(store, ScriptedPostbox(script=everybody), clock, width=1).drain()

    assert before == 5
    assert set((await states(store)).values()) == {"gone"}


async def test_nobody_is_lost_while_the_operator_mends_the_set_up(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock, 9)
    broken = ScriptedPostbox(script={str(number): [OURS] for number in range(1, 10)})
    stuck = courier_on(store, broken, clock, width=1)
    await stuck.drain()
    waited = stuck.waits_because
    before = sorted((await states(store)).values())
    clock.forward(timedelta(minutes=1))

    await courier_on(store, ScriptedPostbox(), clock).drain()

    assert waited == server_reply("535 who are you")
    assert before == ["due"] * 7 + ["refused"] * 2
    assert sorted((await states(store)).values()) == ["refused"] * 2 + ["sent"] * 7


async def test_a_wait_of_our_own_ends_with_a_restart(store: Store, clock: SetClock) -> None:
    await queue_for(store, clock)
    away = ScriptedPostbox(
        script={"1": [Later(reason=server_reply("away"), counts=False, whole_channel=True)]}
    )
    await courier_on(store, away, clock).drain()
    clock.forward(timedelta(seconds=31))

    await courier_on(store, ScriptedPostbox(), clock).drain()

    assert await states(store) == {"1": DeliveryState.SENT.value}
