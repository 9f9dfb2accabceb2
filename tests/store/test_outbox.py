"""Rows of the outbox: listed, resent, cancelled, and claimed by an index however many there are."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from time import process_time

import pytest

from digest.broadcast import Audience
from digest.clock import SetClock
from digest.courier import Settlement
from digest.edition import EditionDesk
from digest.model import Channel, DeliveryState, Target
from digest.reasons import server_reply
from digest.store import Store
from tests.support.stores import NOW, TODAY, a_paper, linking_on, membership_on, take_in

CHAT = Target.telegram(42)
LATER = NOW + timedelta(hours=1)


async def queue(store: Store, clock: SetClock, *texts: str) -> list[int]:
    """Queue messages for one chat; give their numbers, the oldest first."""
    await membership_on(store, clock).subscribe(CHAT, None)
    for text in texts:
        await store.broadcasts.queue(text, Audience(), "a test", NOW)
    return sorted(row.id for row in await store.outbox.rows())


async def end(store: Store, number: int, state: DeliveryState) -> None:
    """Claim everything, and end one row in a state."""
    await store.outbox.claim(Channel.TELEGRAM, "one", due=NOW, now=NOW, until=LATER, most=100)
    await store.outbox.sending(number, "one")
    await store.outbox.settle(number, "one", Settlement(state=state, reason=server_reply("a test")), NOW)


async def test_rows_are_listed_the_newest_first_and_by_state(store: Store, clock: SetClock) -> None:
    first, second, third = await queue(store, clock, "a", "b", "c")
    await end(store, second, DeliveryState.SENT)

    assert [row.id for row in await store.outbox.rows()] == [third, second, first]
    assert [row.id for row in await store.outbox.rows(DeliveryState.SENT)] == [second]
    assert [row.id for row in await store.outbox.rows(most=1)] == [third]


@pytest.mark.parametrize("state", [DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.CANCELLED])
async def test_an_admin_may_resend_what_did_not_arrive(
    store: Store, clock: SetClock, state: DeliveryState
) -> None:
    (number,) = await queue(store, clock, "a")
    await end(store, number, state)

    resent = await store.outbox.resend([number, 999], LATER)

    claimed = await store.outbox.claim(
        Channel.TELEGRAM, "two", due=LATER, now=LATER, until=LATER + timedelta(hours=1), most=9
    )
    assert resent == [number]
    assert [one.id for one in claimed] == [number]


async def test_what_was_sent_or_waits_is_not_resent(store: Store, clock: SetClock) -> None:
    sent, waiting = await queue(store, clock, "a", "b")
    await end(store, sent, DeliveryState.SENT)

    assert await store.outbox.resend([sent, waiting], NOW) == []


async def test_nothing_is_resent_to_an_address_that_left(store: Store, clock: SetClock) -> None:
    mail = Target.email("ann@example.org")
    people = membership_on(store, clock)
    await people.enrol([CHAT, mail], None)
    await store.broadcasts.queue("hello", Audience(channel=Channel.EMAIL), "a test", NOW)
    (row,) = await store.outbox.rows()
    await linking_on(store, clock).unlink(CHAT)

    assert await store.outbox.resend([row.id], NOW) == []


async def test_an_admin_may_cancel_what_was_not_sent(store: Store, clock: SetClock) -> None:
    sent, waiting = await queue(store, clock, "a", "b")
    await end(store, sent, DeliveryState.SENT)

    cancelled = await store.outbox.cancel([sent, waiting], NOW)

    assert cancelled == [waiting]
    assert await store.outbox.sending(waiting, "one") is False


async def test_many_numbers_at_once_are_no_trouble(store: Store, clock: SetClock) -> None:
    (number,) = await queue(store, clock, "a")

    assert await store.outbox.cancel([], NOW) == []
    assert await store.outbox.cancel(range(30_000), NOW) == [number]


async def test_a_code_is_forgotten_with_its_mail_and_never_resent(
    store: Store, clock: SetClock, url: str
) -> None:
    linking = linking_on(store, clock)
    codes = []
    for name in ("sent", "crashed", "cancelled"):
        await linking.ask(CHAT, f"{name}@example.org")
    claimed = await store.outbox.claim(Channel.EMAIL, "one", due=NOW, now=NOW, until=LATER, most=2)
    for one in claimed:
        codes.append(one.content)
        await store.outbox.sending(one.id, "one")
    await store.outbox.settle(claimed[0].id, "one", Settlement(state=DeliveryState.SENT), NOW)
    await store.outbox.recover(NOW)
    numbers = [row.id for row in await store.outbox.rows()]
    await store.outbox.cancel(numbers, NOW)

    resent = await store.outbox.resend(numbers, NOW)

    with closing(sqlite3.connect(file_of(url))) as other:
        kept = other.execute("SELECT DISTINCT content FROM outbox").fetchall()
    assert len(codes) == 2
    assert resent == []
    assert kept == [("{}",)]


async def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_claimed(
    store: Store, clock: SetClock, url: str
) -> None:
    broken, whole = await queue(store, clock, "a", "b")
    with closing(sqlite3.connect(file_of(url), isolation_level=None)) as other:
        other.execute("UPDATE outbox SET content = ? WHERE id = ?", ('{"nonsense": 1}', broken))

    claimed = await store.outbox.claim(Channel.TELEGRAM, "one", due=NOW, now=NOW, until=LATER, most=9)

    states = {row.id: row.state for row in await store.outbox.rows()}
    assert [one.id for one in claimed] == [whole]
    assert states == {broken: DeliveryState.REFUSED, whole: DeliveryState.LEASED}


async def test_what_a_person_waits_for_goes_before_digests_and_those_before_broadcasts(
    store: Store, clock: SetClock
) -> None:
    people = membership_on(store, clock)
    mail = Target.email("ann@example.org")
    await people.enrol([CHAT, mail], None)
    await take_in(store, TODAY, a_paper(1))
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    clock.forward(timedelta(hours=1))
    await EditionDesk(editions=store.editions, clock=clock).serve()
    await linking_on(store, clock).ask(CHAT, "new@example.org")

    claimed = await store.outbox.claim(
        Channel.EMAIL, "one", due=LATER, now=LATER, until=LATER + timedelta(hours=1), most=9
    )

    assert [type(one.content).__name__ for one in claimed] == ["AddressCode", "Digest", "Announcement"]


def file_of(url: str) -> Path:
    """Give the file of a database."""
    return Path(url.removeprefix("sqlite+aiosqlite:///"))


async def test_a_claim_is_quick_among_a_hundred_thousand_sent_rows(
    store: Store, clock: SetClock, url: str
) -> None:
    (number,) = await queue(store, clock, "a")
    await end(store, number, DeliveryState.SENT)
    with closing(sqlite3.connect(file_of(url))) as other:
        every = [
            name
            for _, name, *_ in other.execute("PRAGMA table_info(outbox)")
            if name not in ("id", "key", "edition_id")
        ]
        other.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "  # noqa: S608 - our own names
            f"INSERT INTO outbox (key, {', '.join(every)}) SELECT 'k' || i, {', '.join(every)} FROM outbox, n"
        )
        other.commit()
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)

    started = process_time()
    claimed = await store.outbox.claim(Channel.TELEGRAM, "one", due=NOW, now=NOW, until=LATER, most=9)
    took = process_time() - started

    assert len(claimed) == 1
    assert took < 0.25
