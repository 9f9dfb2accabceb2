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

from digest.clock import SetClock
from digest.model import DeliveryState, EndpointState, Target
from digest.reason_texts import reason_in_english
from digest.store import Store
from tests.courier.mailing import courier_to, digests_for
from tests.support.mail_faults import Drop, MailFault, MailStage, Say
from tests.support.mail_server import MailServer

READERS = ("ann@example.org", "bob@example.org", "cleo@example.org")
S = MailStage
OPENING = (S.GREETING, S.EHLO)
TRANSACTION = (S.MAIL, S.RCPT, S.DATA, S.END)
BEHIND_MAIL = (S.RCPT, S.DATA, S.END)

End = DeliveryState
NOW = (timedelta(0), timedelta(0))
SOON = (timedelta(seconds=30), timedelta(seconds=30))
MINUTES = (timedelta(minutes=4), timedelta(minutes=6))
A_DAY = (timedelta(days=1), timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is written down: the three states, the first one's tries and wait, and what the channel does.

    ``asked`` counts how often the server was met.
    """

    states: tuple[DeliveryState, ...]
    attempts: int = 0
    wait: tuple[timedelta, timedelta] = NOW
    held: bool = False
    asked: int = 3


class Fate(Enum):
    """The right side of the table."""

    EVERYBODY_WAITS = Kept(states=(End.DUE, End.DUE, End.DUE), wait=SOON, held=True, asked=1)
    A_TRY = Kept(states=(End.DUE, End.DUE, End.DUE), attempts=1, wait=MINUTES)
    NOT_A_TRY = Kept(states=(End.DUE, End.DUE, End.DUE), wait=SOON)
    DAILY = Kept(states=(End.DUE, End.DUE, End.DUE), attempts=1, wait=A_DAY)
    GONE = Kept(states=(End.GONE, End.GONE, End.GONE))
    REFUSED = Kept(states=(End.REFUSED, End.REFUSED, End.REFUSED))
    OUR_FAULT = Kept(states=(End.REFUSED, End.REFUSED, End.DUE), held=True)
    SHORTENED_ONCE = Kept(states=(End.REFUSED, End.REFUSED, End.REFUSED), asked=6)
    UNCERTAIN = Kept(states=(End.UNCERTAIN, End.UNCERTAIN, End.UNCERTAIN), held=True)


Cell = tuple[MailStage, str, Fate]


def cells(stages: Iterable[MailStage], replies: Iterable[str], fate: Fate) -> list[Cell]:
    """Give every cell of a part of the table."""
    return [(stage, reply, fate) for stage, reply in product(stages, replies)]


TABLE = [
    *cells(OPENING, ["421", "450", "451 4.7.1", "550 5.7.1", "554"], Fate.EVERYBODY_WAITS),
    *cells(TRANSACTION, ["421", "421 4.4.2", "450 4.3.2", "451 4.3.2"], Fate.EVERYBODY_WAITS),
    *cells(TRANSACTION, ["450", "451", "450 4.2.1", "452 4.2.2", "450 4.7.0", "451 4.7.1"], Fate.A_TRY),
    *cells(TRANSACTION, ["452 4.5.3"], Fate.NOT_A_TRY),
    *cells([S.RCPT], ["452", "452 4.3.1"], Fate.NOT_A_TRY),
    *cells([S.MAIL, S.DATA, S.END], ["452"], Fate.EVERYBODY_WAITS),
    *cells([S.MAIL, S.DATA, S.END], ["452 4.3.1"], Fate.EVERYBODY_WAITS),
    *cells(BEHIND_MAIL, ["550 5.1.1", "551 5.1.6", "553 5.1.3", "550 5.2.1"], Fate.GONE),
    *cells([S.RCPT], ["550 User unknown", "553 no such mailbox"], Fate.GONE),
    *cells([S.RCPT], ["550", "551", "553", "554", "501 bad address"], Fate.REFUSED),
    *cells(BEHIND_MAIL, ["552", "552 5.2.2"], Fate.DAILY),
    *cells(TRANSACTION, ["552 5.3.4", "554 5.2.3", "554 5.6.0"], Fate.SHORTENED_ONCE),
    *cells(TRANSACTION, ["554 5.5.0", "550 5.7.1", "500", "501", "503", "530", "535"], Fate.OUR_FAULT),
    *cells([S.MAIL], ["550", "552", "553", "554", "550 5.1.1", "553 5.1.8", "552 5.2.2"], Fate.OUR_FAULT),
    *cells([S.DATA, S.END], ["550", "551", "553", "554"], Fate.OUR_FAULT),
    *cells([S.RCPT], ["550 Ip frequency limited", "550 5.1.1 listed at zen.spamhaus.org"], Fate.OUR_FAULT),
    *cells(BEHIND_MAIL, ["550 5.4.6", "554 5.3.0"], Fate.REFUSED),
]

LOSSES: list[tuple[MailStage, MailFault, Fate]] = [
    (S.GREETING, Drop(), Fate.EVERYBODY_WAITS),
    (S.EHLO, Drop(), Fate.EVERYBODY_WAITS),
    (S.MAIL, Drop(), Fate.NOT_A_TRY),
    (S.RCPT, Drop(), Fate.NOT_A_TRY),
    (S.DATA, Drop(), Fate.NOT_A_TRY),
    (S.END, Drop(stored=False), Fate.UNCERTAIN),
    (S.END, Drop(stored=True), Fate.UNCERTAIN),
    (S.END, Say(raw=b"what?\r\n"), Fate.UNCERTAIN),
    (S.RCPT, Say(raw=b"what?\r\n"), Fate.EVERYBODY_WAITS),
]


def named(cell: object) -> str | None:
    """Name a cell in the test's id."""
    return cell.name.lower() if isinstance(cell, Fate) else str(cell)


async def written_down(mail: MailServer, store: Store, clock: SetClock) -> Kept:
    """Let three readers be sent their digest; give what became of them."""
    courier, postbox = courier_to(mail, store, clock)
    async with asyncio.timeout(120):
        await courier.drain()
    held = courier.waits_because is not None
    await postbox.close()
    rows = sorted(await store.outbox.rows(), key=lambda row: row.target.address)
    first = rows[0]
    wait = max(first.not_before - clock(), timedelta(0)) if first.state is End.DUE else timedelta(0)
    return Kept(
        states=tuple(row.state for row in rows), attempts=first.attempts, wait=(wait, wait), held=held
    )


def check(kept: Kept, promised: Kept) -> None:
    """Compare what was written down with the table."""
    assert kept.states == promised.states
    assert kept.attempts == promised.attempts
    assert promised.wait[0] <= kept.wait[0] <= promised.wait[1]
    assert kept.held is promised.held


@pytest.mark.parametrize(("stage", "reply", "fate"), TABLE, ids=named)
async def test_a_reply_is_written_down_as_the_table_says(
    mail: MailServer, store: Store, clock: SetClock, stage: MailStage, reply: str, fate: Fate
) -> None:
    await digests_for(store, clock, *READERS)
    old = stage is S.EHLO and not reply.startswith("421")  # who hangs up is not greeted the old way
    for place in (S.EHLO, S.HELO) if old else (stage,):
        mail.order(place, Say(raw=f"{reply} as ordered\r\n".encode()), times=None)

    kept = await written_down(mail, store, clock)

    check(kept, fate.value)
    assert mail.messages == []
    if stage in TRANSACTION:
        assert sum(line.startswith("MAIL") for line in mail.commands) == fate.value.asked


@pytest.mark.parametrize(("stage", "fault", "fate"), LOSSES, ids=named)
async def test_an_answer_that_does_not_come_is_written_down_as_the_table_says(
    mail: MailServer, store: Store, clock: SetClock, stage: MailStage, fault: MailFault, fate: Fate
) -> None:
    await digests_for(store, clock, *READERS)
    mail.order(stage, fault, times=None)

    kept = await written_down(mail, store, clock)

    check(kept, fate.value)


async def test_a_server_that_is_away_makes_everybody_wait(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    await digests_for(store, clock, *READERS)
    await mail.close()

    kept = await written_down(mail, store, clock)

    check(kept, Fate.EVERYBODY_WAITS.value)


async def test_what_was_too_big_goes_out_shorter(mail: MailServer, store: Store, clock: SetClock) -> None:
    await digests_for(store, clock, *READERS[:1])
    mail.answer(S.END, 552, "5.3.4", "Message too big", to=READERS[0])

    await written_down(mail, store, clock)

    (row,) = await store.outbox.rows()
    assert row.state is End.SENT
    assert b"short" in mail.messages[0].raw


async def test_an_address_that_is_no_more_stops_and_the_others_get_theirs(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    await digests_for(store, clock, *READERS)
    mail.answer(S.RCPT, 550, "5.1.1", "No such user", to=READERS[1])

    await written_down(mail, store, clock)

    assert [message.recipients for message in mail.messages] == [(READERS[0],), (READERS[2],)]
    gone = await store.people.reader(Target.email(READERS[1]))
    assert gone is not None
    assert [one.state for one in gone.endpoints] == [EndpointState.GONE]
    assert gone.subscriber.next_at is None


async def test_a_success_between_them_takes_our_faults_for_those_of_messages(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    many = [f"reader{number}@example.org" for number in range(6)]
    await digests_for(store, clock, *many)
    for address in (many[0], many[1], many[3], many[4]):
        mail.answer(S.END, 554, "5.7.1", "Looks like spam", to=address, times=None)

    kept = await written_down(mail, store, clock)

    sent = End.SENT
    assert kept.states == (End.REFUSED, End.REFUSED, sent, End.REFUSED, End.REFUSED, sent)
    assert not kept.held


async def test_five_days_with_a_full_mailbox_end_an_address(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    await digests_for(store, clock, *READERS[:1])
    mail.answer(S.RCPT, 552, "5.2.2", "Mailbox full", times=None)
    states = []

    for _ in range(6):
        kept = await written_down(mail, store, clock)
        states.append(kept.states)
        clock.forward(timedelta(days=1))

    assert states == [(End.DUE,)] * 4 + [(End.GONE,)] * 2
    assert sum(line.startswith("RCPT") for line in mail.commands) == 5


async def test_greylisting_is_given_up_after_two_days(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    await digests_for(store, clock, *READERS[:1])
    mail.answer(S.RCPT, 451, "4.7.1", "Greylisted", times=None)
    await written_down(mail, store, clock)
    clock.forward(timedelta(hours=48))

    await written_down(mail, store, clock)

    (row,) = await store.outbox.rows()
    assert (row.state, row.attempts) == (End.REFUSED, 1)
    assert reason_in_english(row.reason) == "given up: 451 4.7.1 Greylisted (rcpt)"
