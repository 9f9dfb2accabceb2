"""The table "Retries", cell by cell: a mail server answers so, and this is what is written down.

Three readers meet the same answer one after the other, so that a fault of one recipient, of the server and
of ours can be told apart: who waits, who is refused, and whether the channel does.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from itertools import product

import pytest

from digest.model import DeliveryState, EndpointState, Target
from digest.model.clock import FixedClock
from digest.storage import Store
from digest.text.reason_texts import reason_in_english
from tests.services.delivery.email_worker import build_email_worker, queue_digests
from tests.support.smtp_faults import DropConnection, RawReply, SmtpFault, SmtpFaultStage
from tests.support.smtp_server import SmtpServer

READERS = ("ann@example.org", "bob@example.org", "cleo@example.org")
Stage = SmtpFaultStage
OPENING_STAGES = (Stage.GREETING, Stage.EHLO)
TRANSACTION_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.END)
STAGES_AFTER_MAIL = (Stage.RCPT, Stage.DATA, Stage.END)

State = DeliveryState
NO_WAIT = (timedelta(0), timedelta(0))
HALF_MINUTE = (timedelta(seconds=30), timedelta(seconds=30))
FIVE_MINUTES = (timedelta(minutes=4), timedelta(minutes=6))
ONE_DAY = (timedelta(days=1), timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryResult:
    """What is written down: the three states, the first one's tries and wait, and what the channel does.

    ``send_count`` counts how often the server was met.
    """

    states: tuple[DeliveryState, ...]
    attempts: int = 0
    wait: tuple[timedelta, timedelta] = NO_WAIT
    channel_paused: bool = False
    send_count: int = 3


class RetryRule(Enum):
    """The right side of the table."""

    EVERYBODY_WAITS = RetryResult(
        states=(State.DUE, State.DUE, State.DUE), wait=HALF_MINUTE, channel_paused=True, send_count=1
    )
    COUNTED_RETRY = RetryResult(states=(State.DUE, State.DUE, State.DUE), attempts=1, wait=FIVE_MINUTES)
    UNCOUNTED_RETRY = RetryResult(states=(State.DUE, State.DUE, State.DUE), wait=HALF_MINUTE)
    DAILY = RetryResult(states=(State.DUE, State.DUE, State.DUE), attempts=1, wait=ONE_DAY)
    UNREACHABLE = RetryResult(states=(State.UNREACHABLE, State.UNREACHABLE, State.UNREACHABLE))
    REFUSED = RetryResult(states=(State.REFUSED, State.REFUSED, State.REFUSED))
    OUR_FAULT = RetryResult(states=(State.REFUSED, State.REFUSED, State.DUE), channel_paused=True)
    SHORTENED_ONCE = RetryResult(states=(State.REFUSED, State.REFUSED, State.REFUSED), send_count=6)
    UNCERTAIN = RetryResult(states=(State.UNCERTAIN, State.UNCERTAIN, State.UNCERTAIN), channel_paused=True)


Cell = tuple[SmtpFaultStage, str, RetryRule]


def expand_cells(stages: Iterable[SmtpFaultStage], replies: Iterable[str], rule: RetryRule) -> list[Cell]:
    """Return every cell of a part of the table."""
    return [(stage, reply, rule) for stage, reply in product(stages, replies)]


TABLE = [
    *expand_cells(OPENING_STAGES, ["421", "450", "451 4.7.1", "550 5.7.1", "554"], RetryRule.EVERYBODY_WAITS),
    *expand_cells(TRANSACTION_STAGES, ["421", "421 4.4.2", "450 4.3.2", "451 4.3.2"], RetryRule.EVERYBODY_WAITS),
    *expand_cells(
        TRANSACTION_STAGES, ["450", "451", "450 4.2.1", "452 4.2.2", "450 4.7.0", "451 4.7.1"], RetryRule.COUNTED_RETRY
    ),
    *expand_cells(TRANSACTION_STAGES, ["452 4.5.3"], RetryRule.UNCOUNTED_RETRY),
    *expand_cells([Stage.RCPT], ["452", "452 4.3.1"], RetryRule.UNCOUNTED_RETRY),
    *expand_cells([Stage.MAIL, Stage.DATA, Stage.END], ["452"], RetryRule.EVERYBODY_WAITS),
    *expand_cells([Stage.MAIL, Stage.DATA, Stage.END], ["452 4.3.1"], RetryRule.EVERYBODY_WAITS),
    *expand_cells(STAGES_AFTER_MAIL, ["550 5.1.1", "551 5.1.6", "553 5.1.3", "550 5.2.1"], RetryRule.UNREACHABLE),
    *expand_cells([Stage.RCPT], ["550 User unknown", "553 no such mailbox"], RetryRule.UNREACHABLE),
    *expand_cells([Stage.RCPT], ["550", "551", "553", "554", "501 bad address"], RetryRule.REFUSED),
    *expand_cells(STAGES_AFTER_MAIL, ["552", "552 5.2.2"], RetryRule.DAILY),
    *expand_cells(TRANSACTION_STAGES, ["552 5.3.4", "554 5.2.3", "554 5.6.0"], RetryRule.SHORTENED_ONCE),
    *expand_cells(
        TRANSACTION_STAGES, ["554 5.5.0", "550 5.7.1", "500", "501", "503", "530", "535"], RetryRule.OUR_FAULT
    ),
    *expand_cells(
        [Stage.MAIL], ["550", "552", "553", "554", "550 5.1.1", "553 5.1.8", "552 5.2.2"], RetryRule.OUR_FAULT
    ),
    *expand_cells([Stage.DATA, Stage.END], ["550", "551", "553", "554"], RetryRule.OUR_FAULT),
    *expand_cells(
        [Stage.RCPT], ["550 Ip frequency limited", "550 5.1.1 listed at zen.spamhaus.org"], RetryRule.OUR_FAULT
    ),
    *expand_cells(STAGES_AFTER_MAIL, ["550 5.4.6", "554 5.3.0"], RetryRule.REFUSED),
]

LOSSES: list[tuple[SmtpFaultStage, SmtpFault, RetryRule]] = [
    (Stage.GREETING, DropConnection(), RetryRule.EVERYBODY_WAITS),
    (Stage.EHLO, DropConnection(), RetryRule.EVERYBODY_WAITS),
    (Stage.MAIL, DropConnection(), RetryRule.UNCOUNTED_RETRY),
    (Stage.RCPT, DropConnection(), RetryRule.UNCOUNTED_RETRY),
    (Stage.DATA, DropConnection(), RetryRule.UNCOUNTED_RETRY),
    (Stage.END, DropConnection(stored=False), RetryRule.UNCERTAIN),
    (Stage.END, DropConnection(stored=True), RetryRule.UNCERTAIN),
    (Stage.END, RawReply(raw=b"what?\r\n"), RetryRule.UNCERTAIN),
    (Stage.RCPT, RawReply(raw=b"what?\r\n"), RetryRule.EVERYBODY_WAITS),
]


def cell_id(cell: object) -> str | None:
    """Name a cell in the test's id."""
    return cell.name.lower() if isinstance(cell, RetryRule) else str(cell)


async def send_and_read(mail: SmtpServer, store: Store, clock: FixedClock) -> RetryResult:
    """Let three readers be sent their digest; give what became of them."""
    courier, postbox = build_email_worker(mail, store, clock)
    async with asyncio.timeout(120):
        await courier.drain()
    held = courier.pause_reason is not None
    await postbox.close()
    rows = sorted(await store.outbox.list_deliveries(), key=lambda row: row.target.address)
    first = rows[0]
    wait = max(first.not_before - clock(), timedelta(0)) if first.state is State.DUE else timedelta(0)
    return RetryResult(
        states=tuple(row.state for row in rows), attempts=first.attempts, wait=(wait, wait), channel_paused=held
    )


def assert_result(actual: RetryResult, expected: RetryResult) -> None:
    """Compare what was written down with the table."""
    assert actual.states == expected.states
    assert actual.attempts == expected.attempts
    assert expected.wait[0] <= actual.wait[0] <= expected.wait[1]
    assert actual.channel_paused is expected.channel_paused


@pytest.mark.parametrize(("stage", "reply", "fate"), TABLE, ids=cell_id)
async def test_a_reply_is_written_down_as_the_table_says(
    mail: SmtpServer, store: Store, clock: FixedClock, stage: SmtpFaultStage, reply: str, fate: RetryRule
) -> None:
    await queue_digests(store, clock, *READERS)
    old = stage is Stage.EHLO and not reply.startswith("421")  # who hangs up is not greeted the old way
    for place in (Stage.EHLO, Stage.HELO) if old else (stage,):
        mail.plan_fault(place, RawReply(raw=f"{reply} as ordered\r\n".encode()), times=None)

    kept = await send_and_read(mail, store, clock)

    assert_result(kept, fate.value)
    assert mail.messages == []
    if stage in TRANSACTION_STAGES:
        assert sum(line.startswith("MAIL") for line in mail.commands) == fate.value.send_count


@pytest.mark.parametrize(("stage", "fault", "fate"), LOSSES, ids=cell_id)
async def test_an_answer_that_does_not_come_is_written_down_as_the_table_says(
    mail: SmtpServer, store: Store, clock: FixedClock, stage: SmtpFaultStage, fault: SmtpFault, fate: RetryRule
) -> None:
    await queue_digests(store, clock, *READERS)
    mail.plan_fault(stage, fault, times=None)

    kept = await send_and_read(mail, store, clock)

    assert_result(kept, fate.value)


async def test_a_server_that_is_away_makes_everybody_wait(mail: SmtpServer, store: Store, clock: FixedClock) -> None:
    await queue_digests(store, clock, *READERS)
    await mail.close()

    kept = await send_and_read(mail, store, clock)

    assert_result(kept, RetryRule.EVERYBODY_WAITS.value)


async def test_what_was_too_big_goes_out_shorter(mail: SmtpServer, store: Store, clock: FixedClock) -> None:
    await queue_digests(store, clock, *READERS[:1])
    mail.plan_reply(Stage.END, 552, "5.3.4", "Message too big", to=READERS[0])

    await send_and_read(mail, store, clock)

    (row,) = await store.outbox.list_deliveries()
    assert row.state is State.SENT
    assert b"short" in mail.messages[0].raw


async def test_an_address_that_is_no_more_stops_and_the_others_get_theirs(
    mail: SmtpServer, store: Store, clock: FixedClock
) -> None:
    await queue_digests(store, clock, *READERS)
    mail.plan_reply(Stage.RCPT, 550, "5.1.1", "No such user", to=READERS[1])

    await send_and_read(mail, store, clock)

    assert [message.recipients for message in mail.messages] == [(READERS[0],), (READERS[2],)]
    gone = await store.subscribers.find_profile(Target.email(READERS[1]))
    assert gone is not None
    assert [one.state for one in gone.endpoints] == [EndpointState.UNREACHABLE]
    assert gone.subscriber.next_digest_at is None


async def test_a_success_between_them_takes_our_faults_for_those_of_messages(
    mail: SmtpServer, store: Store, clock: FixedClock
) -> None:
    many = [f"reader{number}@example.org" for number in range(6)]
    await queue_digests(store, clock, *many)
    for address in (many[0], many[1], many[3], many[4]):
        mail.plan_reply(Stage.END, 554, "5.7.1", "Looks like spam", to=address, times=None)

    kept = await send_and_read(mail, store, clock)

    sent = State.SENT
    assert kept.states == (State.REFUSED, State.REFUSED, sent, State.REFUSED, State.REFUSED, sent)
    assert not kept.channel_paused


async def test_five_days_with_a_full_mailbox_end_an_address(mail: SmtpServer, store: Store, clock: FixedClock) -> None:
    await queue_digests(store, clock, *READERS[:1])
    mail.plan_reply(Stage.RCPT, 552, "5.2.2", "Mailbox full", times=None)
    states = []

    for _ in range(6):
        kept = await send_and_read(mail, store, clock)
        states.append(kept.states)
        clock.advance(timedelta(days=1))

    assert states == [(State.DUE,)] * 4 + [(State.UNREACHABLE,)] * 2
    assert sum(line.startswith("RCPT") for line in mail.commands) == 5


async def test_greylisting_is_given_up_after_two_days(mail: SmtpServer, store: Store, clock: FixedClock) -> None:
    await queue_digests(store, clock, *READERS[:1])
    mail.plan_reply(Stage.RCPT, 451, "4.7.1", "Greylisted", times=None)
    await send_and_read(mail, store, clock)
    clock.advance(timedelta(hours=48))

    await send_and_read(mail, store, clock)

    (row,) = await store.outbox.list_deliveries()
    assert (row.state, row.attempts) == (State.REFUSED, 1)
    assert reason_in_english(row.reason) == "given up: 451 4.7.1 Greylisted (rcpt)"
