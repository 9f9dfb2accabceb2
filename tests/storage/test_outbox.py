"""Rows of the outbox: listed, resent, cancelled and claimed."""

import sqlite3
from contextlib import closing
from datetime import timedelta

from digest.model import Channel, DeliveryState, Target
from digest.model.clock import FixedClock
from digest.model.reasons import server_reply
from digest.services.broadcasts import Audience
from digest.services.delivery import Settlement
from digest.services.editions import EditionService
from digest.storage import Store
from tests.support.database import (
    NOW,
    TODAY,
    database_path,
    email_linking_service,
    make_paper,
    save_report,
    subscription_service,
)

CHAT = Target.telegram(42)
LATER = NOW + timedelta(hours=1)


async def queue_messages(store: Store, clock: FixedClock, *texts: str) -> list[int]:
    """Queue messages for one chat; give their numbers, the oldest first."""
    await subscription_service(store, clock).subscribe(CHAT, None)
    for text in texts:
        await store.broadcasts.queue(text, Audience(), "a test", NOW)
    return sorted(row.id for row in await store.outbox.list_deliveries())


async def settle_one(store: Store, number: int, state: DeliveryState) -> None:
    """Claim everything, and end one row in a state."""
    await store.outbox.claim(Channel.TELEGRAM, "one", due_at=NOW, now=NOW, until=LATER, limit=100)
    await store.outbox.mark_sending(number, "one")
    await store.outbox.settle(number, "one", Settlement(state=state, reason=server_reply("a test")), NOW)


async def test_rows_are_listed_the_newest_first_and_by_state(store: Store, clock: FixedClock) -> None:
    first, second, third = await queue_messages(store, clock, "a", "b", "c")
    await settle_one(store, second, DeliveryState.SENT)

    assert [row.id for row in await store.outbox.list_deliveries()] == [third, second, first]
    assert [row.id for row in await store.outbox.list_deliveries(DeliveryState.SENT)] == [second]
    assert [row.id for row in await store.outbox.list_deliveries(limit=1)] == [third]


async def test_an_admin_may_resend_what_did_not_arrive(store: Store, clock: FixedClock) -> None:
    states = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.CANCELLED)
    numbers = await queue_messages(store, clock, "a", "b", "c")
    for number, state in zip(numbers, states, strict=True):
        await settle_one(store, number, state)

    resent = await store.outbox.resend([*numbers, 999], LATER)

    claimed = await store.outbox.claim(
        Channel.TELEGRAM, "two", due_at=LATER, now=LATER, until=LATER + timedelta(hours=1), limit=9
    )
    assert resent == numbers
    assert sorted(one.id for one in claimed) == numbers


async def test_what_was_sent_or_waits_is_not_resent(store: Store, clock: FixedClock) -> None:
    sent, waiting = await queue_messages(store, clock, "a", "b")
    await settle_one(store, sent, DeliveryState.SENT)

    assert await store.outbox.resend([sent, waiting], NOW) == []


async def test_nothing_is_resent_to_an_address_that_left(store: Store, clock: FixedClock) -> None:
    mail = Target.email("ann@example.org")
    people = subscription_service(store, clock)
    await people.add_subscriber([CHAT, mail], None)
    await store.broadcasts.queue("hello", Audience(channel=Channel.EMAIL), "a test", NOW)
    (row,) = await store.outbox.list_deliveries()
    await email_linking_service(store, clock).unlink(CHAT)

    assert await store.outbox.resend([row.id], NOW) == []


async def test_an_admin_may_cancel_what_was_not_sent(store: Store, clock: FixedClock) -> None:
    sent, waiting = await queue_messages(store, clock, "a", "b")
    await settle_one(store, sent, DeliveryState.SENT)

    cancelled = await store.outbox.cancel([sent, waiting], NOW)

    assert cancelled == [waiting]
    assert await store.outbox.mark_sending(waiting, "one") is False


async def test_many_numbers_at_once_are_no_trouble(store: Store, clock: FixedClock) -> None:
    (number,) = await queue_messages(store, clock, "a")

    assert await store.outbox.cancel([], NOW) == []
    assert await store.outbox.cancel(range(30_000), NOW) == [number]


async def test_a_code_is_forgotten_with_its_mail_and_never_resent(store: Store, clock: FixedClock, url: str) -> None:
    linking = email_linking_service(store, clock)
    codes = []
    for name in ("sent", "crashed", "cancelled"):
        await linking.send_code(CHAT, f"{name}@example.org")
    claimed = await store.outbox.claim(Channel.EMAIL, "one", due_at=NOW, now=NOW, until=LATER, limit=2)
    for one in claimed:
        codes.append(one.content)
        await store.outbox.mark_sending(one.id, "one")
    await store.outbox.settle(claimed[0].id, "one", Settlement(state=DeliveryState.SENT), NOW)
    await store.outbox.recover(NOW)
    numbers = [row.id for row in await store.outbox.list_deliveries()]
    await store.outbox.cancel(numbers, NOW)

    resent = await store.outbox.resend(numbers, NOW)

    with closing(sqlite3.connect(database_path(url))) as other:
        kept = other.execute("SELECT DISTINCT content FROM outbox").fetchall()
    assert len(codes) == 2
    assert resent == []
    assert kept == [("{}",)]


async def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_claimed(
    store: Store, clock: FixedClock, url: str
) -> None:
    broken, whole = await queue_messages(store, clock, "a", "b")
    with closing(sqlite3.connect(database_path(url), isolation_level=None)) as other:
        other.execute("UPDATE outbox SET content = ? WHERE id = ?", ('{"nonsense": 1}', broken))

    claimed = await store.outbox.claim(Channel.TELEGRAM, "one", due_at=NOW, now=NOW, until=LATER, limit=9)

    states = {row.id: row.state for row in await store.outbox.list_deliveries()}
    assert [one.id for one in claimed] == [whole]
    assert states == {broken: DeliveryState.REFUSED, whole: DeliveryState.LEASED}


async def test_what_a_person_waits_for_goes_before_digests_and_those_before_broadcasts(
    store: Store, clock: FixedClock
) -> None:
    people = subscription_service(store, clock)
    mail = Target.email("ann@example.org")
    await people.add_subscriber([CHAT, mail], None)
    await save_report(store, TODAY, make_paper(1))
    await store.broadcasts.queue("hello", Audience(), "a test", NOW)
    clock.advance(timedelta(hours=1))
    await EditionService(store=store.editions, clock=clock).queue_due_digests()
    await email_linking_service(store, clock).send_code(CHAT, "new@example.org")

    claimed = await store.outbox.claim(
        Channel.EMAIL, "one", due_at=LATER, now=LATER, until=LATER + timedelta(hours=1), limit=9
    )

    assert [type(one.content).__name__ for one in claimed] == ["VerificationCode", "Digest", "Announcement"]
