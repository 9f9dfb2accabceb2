"""From an outcome to what is written down."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.channel import Gone, Later, Moved, Outcome, Refused
from digest.clock import SetClock
from digest.courier import Settlement, settlement
from digest.membership import Membership
from digest.model import (
    AddressCode,
    Announcement,
    Channel,
    Content,
    Delivery,
    DeliveryState,
    Digest,
    Locale,
    Target,
)
from digest.reasons import server_reply
from digest.store import Store
from tests.courier.mailing import courier_to, digests_for
from tests.support.mail_faults import MailStage
from tests.support.mail_server import MailServer
from tests.support.stores import NOW, TODAY, membership_on

ANN, CHAT = Target.email("ann@example.org"), Target.telegram(42)
DIGEST = Digest(date=TODAY, locale=Locale.EN, picks=(), total=0)
DELIVERY = Delivery(id=1, key="d-1", endpoint=1, subscriber=1, target=ANN, content=DIGEST, created_at=NOW)
TOO_BIG = Refused(reason=server_reply("552 5.3.4 too big"), our_fault=True, too_big=True)


def end(outcome: Outcome, delivery: Delivery = DELIVERY, *, hours: int = 0) -> Settlement:
    """Give the end of a try so many hours after the delivery was written."""
    return settlement(outcome, delivery, delivery.receipts, NOW + timedelta(hours=hours), 0)


@pytest.mark.parametrize("attempts", range(6))
def test_our_own_waits_grow(attempts: int) -> None:
    minutes = (5, 15, 30, 60, 120, 240)[attempts]

    ended = end(Later(reason=server_reply("busy")), replace(DELIVERY, attempts=attempts))

    assert (ended.state, ended.counts) == (DeliveryState.DUE, True)
    assert ended.not_before == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("attempts", "hours", "over"),
    [(6, 0, True), (5, 47, False), (1, 48, True), (0, 48, False), (0, 99, False)],
)
def test_trying_by_ourselves_ends_after_six_waits_or_two_days_and_a_second_try(
    attempts: int, hours: int, *, over: bool
) -> None:
    ended = end(Later(reason=server_reply("busy")), replace(DELIVERY, attempts=attempts), hours=hours)

    assert ended.given_up is over
    assert ended.state is (DeliveryState.REFUSED if over else DeliveryState.DUE)


@pytest.mark.parametrize(
    "outcome",
    [Later(reason=server_reply("flood"), counts=False), Later(reason=server_reply("x"), after=timedelta(1))],
)
def test_what_is_nobodys_try_and_what_was_asked_for_is_never_given_up_for_its_age(outcome: Later) -> None:
    ended = end(outcome, replace(DELIVERY, attempts=6), hours=99)

    assert ended.state is DeliveryState.DUE


def test_points_end_the_endpoint() -> None:
    full = Later(reason=server_reply("full"), after=timedelta(days=1), points=5)

    fourth, fifth = end(full, replace(DELIVERY, points=3)), end(full, replace(DELIVERY, points=4))

    assert (fourth.state, fourth.point, fourth.endpoint_gone) == (DeliveryState.DUE, True, False)
    assert (fifth.state, fifth.endpoint_gone) == (DeliveryState.GONE, True)


def test_a_digest_is_shortened_once_and_nothing_else_is() -> None:
    first, second = end(TOO_BIG), end(TOO_BIG, replace(DELIVERY, shorter=True))
    word = end(TOO_BIG, replace(DELIVERY, content=Announcement(text="hello")))

    assert (first.state, first.shorter, first.not_before) == (DeliveryState.DUE, True, NOW)
    assert (second.state, word.state) == (DeliveryState.REFUSED, DeliveryState.REFUSED)


def test_a_chat_that_moves_for_ever_is_given_up() -> None:
    moved = Moved(to=CHAT, reason=server_reply("supergroup"))

    assert end(moved, replace(DELIVERY, attempts=5)).moved_to == CHAT
    assert end(moved, replace(DELIVERY, attempts=6)).state is DeliveryState.REFUSED


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (Locale.EN, "Mail to a…@example.org does not arrive any more (550 <a…@example.org>: unknown)."),
        (Locale.ZH, "发往 a…@example.org 的邮件已无法送达"),
    ],
)
def test_a_reader_hears_in_telegram_that_mail_has_ended(locale: Locale, words: str) -> None:
    delivery = replace(DELIVERY, content=replace(DIGEST, locale=locale))

    ended = end(Gone(reason=server_reply("550 <ann@example.org>: unknown")), delivery)

    assert ended.tell is not None
    assert ended.tell.text.startswith(words)
    assert "ann@example.org" not in ended.tell.text


@pytest.mark.parametrize(
    ("target", "content"), [(CHAT, DIGEST), (ANN, AddressCode(code="123456", minutes=15))]
)
def test_of_a_chat_and_of_an_address_not_proved_nobody_hears(target: Target, content: Content) -> None:
    ended = end(Gone(reason=server_reply("gone")), replace(DELIVERY, target=target, content=content))

    assert ended.tell is None


async def test_the_line_waits_in_each_of_the_readers_chats_and_in_no_other(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    people: Membership = membership_on(store, clock)
    await people.enrol([CHAT, ANN], None)
    await people.subscribe(Target.telegram(43), None)
    await digests_for(store, clock)
    mail.answer(MailStage.RCPT, 550, "5.1.1", "No such user", to=ANN.address)
    courier, postbox = courier_to(mail, store, clock)

    await courier.drain()

    await postbox.close()
    told = [
        (one.target, one.content.text)
        for one in await store.outbox.claim(
            Channel.TELEGRAM, "a test", due=clock(), now=clock(), until=clock(), most=9
        )
        if isinstance(one.content, Announcement)
    ]
    reader = await people.reader(CHAT)
    words = "does not arrive any more (550 5.1.1 No such user (rcpt)). /email links another address."
    assert told == [(CHAT, f"Mail to a…@example.org {words}")]
    assert reader is not None
    assert reader.addresses(Channel.EMAIL) == ()
    assert reader.subscriber.next_at is not None
