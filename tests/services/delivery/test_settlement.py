"""From an outcome to what is written down."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.model import (
    Announcement,
    Channel,
    Delivery,
    DeliveryContent,
    DeliveryState,
    Digest,
    Locale,
    Target,
    VerificationCode,
)
from digest.model.clock import FixedClock
from digest.model.outcome import Migrated, Outcome, Refused, RetryLater, Unreachable
from digest.model.reasons import server_reply
from digest.services.delivery import Settlement, build_settlement
from digest.services.subscriptions import SubscriptionService
from digest.storage import Store
from tests.services.delivery.email_worker import build_email_worker, queue_digests
from tests.support.database import NOW, TODAY, subscription_service
from tests.support.smtp_faults import SmtpFaultStage
from tests.support.smtp_server import SmtpServer

ANN, CHAT = Target.email("ann@example.org"), Target.telegram(42)
DIGEST = Digest(date=TODAY, locale=Locale.EN, papers=(), candidate_count=0)
DELIVERY = Delivery(id=1, key="d-1", endpoint_id=1, subscriber_id=1, target=ANN, content=DIGEST, created_at=NOW)
TOO_LARGE = Refused(reason=server_reply("552 5.3.4 too big"), is_our_fault=True, is_too_large=True)


def settle_after(outcome: Outcome, delivery: Delivery = DELIVERY, *, hours: int = 0) -> Settlement:
    """Return the end of a try so many hours after the delivery was written."""
    return build_settlement(outcome, delivery, delivery.receipts, NOW + timedelta(hours=hours), 0)


@pytest.mark.parametrize("attempts", range(6))
def test_our_own_waits_grow(attempts: int) -> None:
    minutes = (5, 15, 30, 60, 120, 240)[attempts]

    ended = settle_after(RetryLater(reason=server_reply("busy")), replace(DELIVERY, attempts=attempts))

    assert (ended.state, ended.counts_as_attempt) == (DeliveryState.DUE, True)
    assert ended.not_before == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("attempts", "hours", "over"), [(6, 0, True), (5, 47, False), (1, 48, True), (0, 48, False), (0, 99, False)]
)
def test_trying_by_ourselves_ends_after_six_waits_or_two_days_and_a_second_try(
    attempts: int, hours: int, *, over: bool
) -> None:
    ended = settle_after(RetryLater(reason=server_reply("busy")), replace(DELIVERY, attempts=attempts), hours=hours)

    assert ended.given_up is over
    assert ended.state is (DeliveryState.REFUSED if over else DeliveryState.DUE)


@pytest.mark.parametrize(
    "outcome",
    [
        RetryLater(reason=server_reply("flood"), counts_as_attempt=False),
        RetryLater(reason=server_reply("x"), retry_after=timedelta(1)),
    ],
)
def test_what_is_nobodys_try_and_what_was_asked_for_is_never_given_up_for_its_age(outcome: RetryLater) -> None:
    ended = settle_after(outcome, replace(DELIVERY, attempts=6), hours=99)

    assert ended.state is DeliveryState.DUE


def test_points_end_the_endpoint() -> None:
    full = RetryLater(reason=server_reply("full"), retry_after=timedelta(days=1), max_failures=5)

    fourth, fifth = (
        settle_after(full, replace(DELIVERY, failure_count=3)),
        settle_after(full, replace(DELIVERY, failure_count=4)),
    )

    assert (fourth.state, fourth.add_failure, fourth.endpoint_unreachable) == (DeliveryState.DUE, True, False)
    assert (fifth.state, fifth.endpoint_unreachable) == (DeliveryState.UNREACHABLE, True)


def test_a_digest_is_shortened_once_and_nothing_else_is() -> None:
    first, second = settle_after(TOO_LARGE), settle_after(TOO_LARGE, replace(DELIVERY, shortened=True))
    word = settle_after(TOO_LARGE, replace(DELIVERY, content=Announcement(text="hello")))

    assert (first.state, first.shorten, first.not_before) == (DeliveryState.DUE, True, NOW)
    assert (second.state, word.state) == (DeliveryState.REFUSED, DeliveryState.REFUSED)


def test_a_chat_that_moves_for_ever_is_given_up() -> None:
    moved = Migrated(new_target=CHAT, reason=server_reply("supergroup"))

    assert settle_after(moved, replace(DELIVERY, attempts=5)).moved_to == CHAT
    assert settle_after(moved, replace(DELIVERY, attempts=6)).state is DeliveryState.REFUSED


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        (Locale.EN, "Email to a…@example.org can no longer be delivered (550 <a…@example.org>: unknown)."),
        (Locale.ZH, "发往 a…@example.org 的邮件已无法送达"),
    ],
)
def test_a_reader_hears_in_telegram_that_mail_has_ended(locale: Locale, words: str) -> None:
    delivery = replace(DELIVERY, content=replace(DIGEST, locale=locale))

    ended = settle_after(Unreachable(reason=server_reply("550 <ann@example.org>: unknown")), delivery)

    assert ended.subscriber_notice is not None
    assert ended.subscriber_notice.text.startswith(words)
    assert "ann@example.org" not in ended.subscriber_notice.text


@pytest.mark.parametrize(
    ("target", "content"), [(CHAT, DIGEST), (ANN, VerificationCode(code="123456", valid_minutes=15))]
)
def test_of_a_chat_and_of_an_address_not_proved_nobody_hears(target: Target, content: DeliveryContent) -> None:
    ended = settle_after(Unreachable(reason=server_reply("gone")), replace(DELIVERY, target=target, content=content))

    assert ended.subscriber_notice is None


async def test_the_line_waits_in_each_of_the_readers_chats_and_in_no_other(
    mail: SmtpServer, store: Store, clock: FixedClock
) -> None:
    people: SubscriptionService = subscription_service(store, clock)
    await people.add_subscriber([CHAT, ANN], None)
    await people.subscribe(Target.telegram(43), None)
    await queue_digests(store, clock)
    mail.plan_reply(SmtpFaultStage.RCPT, 550, "5.1.1", "No such user", to=ANN.address)
    courier, postbox = build_email_worker(mail, store, clock)

    await courier.drain()

    await postbox.close()
    told = [
        (one.target, one.content.text)
        for one in await store.outbox.claim(
            Channel.TELEGRAM, "a test", due_at=clock(), now=clock(), until=clock(), limit=9
        )
        if isinstance(one.content, Announcement)
    ]
    reader = await people.find_profile(CHAT)
    words = "can no longer be delivered (550 5.1.1 No such user (rcpt)). Use /email to link another address."
    assert told == [(CHAT, f"Email to a…@example.org {words}")]
    assert reader is not None
    assert reader.active_addresses(Channel.EMAIL) == ()
    assert reader.subscriber.next_digest_at is not None
