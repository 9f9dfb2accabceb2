"""A mail server's refusal of a recipient counts as mail does that came back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from digest.model import (
    Announcement,
    Channel,
    Delivery,
    DeliveryContent,
    Digest,
    EndpointState,
    Locale,
    SignupConfirmation,
    Target,
    VerificationCode,
)
from digest.model.bounce import BouncePenalty
from digest.model.clock import FixedClock
from digest.model.outcome import Outcome, Refused, RetryLater, Unreachable
from digest.model.reasons import server_reply
from digest.services.admin_alerts import AlertService
from digest.services.delivery import build_settlement
from digest.services.editions import EditionService
from digest.storage import Store
from digest.storage.tables import bounces, endpoints
from tests.services.delivery.email_worker import build_email_worker, queue_digests
from tests.support.database import NOW, TODAY, make_paper, save_report, subscription_service
from tests.support.smtp_faults import SmtpFaultStage
from tests.support.smtp_server import SmtpServer

ANN, CHAT = Target.email("ann@example.org"), Target.telegram(42)
DIGEST = Digest(date=TODAY, locale=Locale.EN, papers=(), candidate_count=0)
DELIVERY = Delivery(id=1, key="d-1", endpoint_id=1, subscriber_id=1, target=ANN, content=DIGEST, created_at=NOW)


def penalty_of(outcome: Outcome, delivery: Delivery = DELIVERY) -> BouncePenalty | None:
    """Return what counts against the address after a try that ended so."""
    return build_settlement(outcome, delivery, (), NOW, 0, 7.0).bounce


def test_a_refusal_that_is_the_recipients_own_counts() -> None:
    against = penalty_of(Refused(reason=server_reply("554 <ann@example.org> is not wanted")))

    assert against is not None
    assert (against.reason.detail, against.threshold) == ("554 <a…@example.org> is not wanted", 7.0)
    assert against.notice is not None
    assert against.notice.is_system


@pytest.mark.parametrize(
    "outcome",
    [
        Refused(reason=server_reply("5.7.1"), is_our_fault=True),
        Refused(reason=server_reply("5.3.4"), is_our_fault=True, is_too_large=True),
        Refused(reason=server_reply("5.2.3"), is_too_large=True),
        Refused(reason=server_reply("5.4.6"), is_external_fault=True),
        RetryLater(reason=server_reply("450")),
        RetryLater(reason=server_reply("5.2.2"), retry_after=timedelta(days=1), max_failures=5),
        Unreachable(reason=server_reply("5.1.1")),
    ],
)
def test_nothing_else_counts(outcome: Outcome) -> None:
    assert penalty_of(outcome, replace(DELIVERY, shortened=True)) is None


def test_a_chat_has_no_bounces() -> None:
    assert penalty_of(Refused(reason=server_reply("Bad Request")), replace(DELIVERY, target=CHAT)) is None


@pytest.mark.parametrize(
    "content", [VerificationCode(code="123456", valid_minutes=15), SignupConfirmation(nonce="n", valid_hours=48)]
)
def test_of_an_address_that_was_not_proved_nobody_hears(content: DeliveryContent) -> None:
    against = penalty_of(Refused(reason=server_reply("554")), replace(DELIVERY, content=content))

    assert against is not None
    assert against.notice is None


async def test_three_days_of_refusals_stop_an_address_and_its_reader_hears_of_it(
    mail: SmtpServer, store: Store, clock: FixedClock
) -> None:
    people = subscription_service(store, clock)
    await people.add_subscriber([CHAT, ANN], None)
    mail.plan_reply(SmtpFaultStage.RCPT, 554, "5.0.0", f"<{ANN.address}> is not wanted here", times=None)
    await queue_digests(store, clock)
    states = []
    with capture_logs() as logs:
        for day in range(1, 4):
            courier, postbox = build_email_worker(mail, store, clock)
            await courier.drain()
            await postbox.close()
            reader = await people.find_profile(CHAT)
            assert reader is not None
            states.append(next(one.state for one in reader.endpoints if one.target == ANN))
            clock.advance(timedelta(days=1))
            await save_report(store, TODAY + timedelta(days=day), make_paper(day + 1))
            await EditionService(store=store.editions, clock=clock).queue_due_digests()

    assert states == [EndpointState.ACTIVE, EndpointState.ACTIVE, EndpointState.SUPPRESSED]
    assert ANN.address not in repr(logs)
    assert [one["reason"] for one in logs if one["event"] == "refused"] == [
        "554 5.0.0 <a…@example.org> is not wanted here (rcpt)"
    ] * 3
    rows = await store.outbox.list_deliveries()
    assert [row.reason for row in rows if row.target == ANN] == [
        server_reply(f"554 5.0.0 <{ANN.address}> is not wanted here (rcpt)")
    ] * 3
    async with store.database.read_only() as connection:
        noted = (await connection.execute(select(bounces.c.kind, bounces.c.reason_code, bounces.c.reason_detail))).all()
        ann = (await connection.execute(select(endpoints).where(endpoints.c.address == ANN.address))).one()
    assert {tuple(row) for row in noted} == {
        ("refused", "server_reply", "554 5.0.0 <a…@example.org> is not wanted here (rcpt)")
    }
    assert len(noted) == 3
    assert (ann.reason_code, ann.reason_cause) == ("bounced_too_often", "server_reply")
    assert ann.reason_detail.startswith("554 5.0.0 <a…@example.org>")
    told = [row for row in rows if row.target == CHAT and row.kind == "alert"]
    assert len(told) == 1


@pytest.mark.parametrize(
    ("stage", "code", "enhanced", "words"),
    [
        (SmtpFaultStage.RCPT, 550, "5.7.606", "Access denied, banned sending IP [192.0.2.9]"),
        (SmtpFaultStage.RCPT, 550, "5.1.1", "<ann@example.org> listed at zen.spamhaus.org"),
        (SmtpFaultStage.RCPT, 535, "", "Error: authentication failed"),
        (SmtpFaultStage.RCPT, 550, "5.4.6", "Too many hops"),
        (SmtpFaultStage.END, 554, "", "Transaction failed"),
    ],
)
async def test_a_week_of_refusals_that_are_not_the_readers_costs_the_reader_nothing(
    mail: SmtpServer, store: Store, clock: FixedClock, stage: SmtpFaultStage, code: int, enhanced: str, words: str
) -> None:
    admin = Target.telegram(9001)
    await subscription_service(store, clock).get_or_create(admin)
    alerts = AlertService(store=store.admin_alerts, admins=[admin], clock=clock)
    mail.plan_reply(stage, code, enhanced, words, times=None)
    await queue_digests(store, clock, ANN.address)
    with capture_logs() as logs:
        for day in range(1, 8):
            courier, postbox = build_email_worker(mail, store, clock)
            await courier.drain()
            await postbox.close()
            await alerts.send_outbox_alerts()
            clock.advance(timedelta(days=1))
            await save_report(store, TODAY + timedelta(days=day), make_paper(day + 1))
            await EditionService(store=store.editions, clock=clock).queue_due_digests()

    async with store.database.read_only() as connection:
        found = select(endpoints.c.state, endpoints.c.bounce_score)
        ann = (await connection.execute(found.where(endpoints.c.address == ANN.address))).one()
    assert tuple(ann) == (EndpointState.ACTIVE, 0.0)
    assert ANN.address not in repr(logs)
    told = [row for row in await store.outbox.list_deliveries() if row.target == admin and row.kind == "alert"]
    contents = await store.outbox.claim(
        Channel.TELEGRAM, "a test", due_at=clock(), now=clock(), until=clock(), limit=20
    )
    texts = [one.content.text for one in contents if isinstance(one.content, Announcement)]
    assert len(told) == 7
    assert any(words.replace(ANN.address, "a…@example.org") in text for text in texts)
    assert not any(ANN.address in text for text in texts)


async def test_many_refusals_on_one_day_are_one_point(mail: SmtpServer, store: Store, clock: FixedClock) -> None:
    await queue_digests(store, clock, ANN.address)
    mail.plan_reply(SmtpFaultStage.RCPT, 554, "5.0.0", "no", times=None)
    for _ in range(6):
        courier, postbox = build_email_worker(mail, store, clock)
        await courier.drain()
        await postbox.close()
        clock.advance(timedelta(minutes=1))
        await store.outbox.resend([row.id for row in await store.outbox.list_deliveries()], clock())

    async with store.database.read_only() as connection:
        row = (await connection.execute(select(endpoints.c.state, endpoints.c.bounce_score))).one()
    assert tuple(row) == (EndpointState.ACTIVE, 1.0)


def test_an_announcement_is_told_in_its_own_language() -> None:
    content = Announcement(text="hello", locale=Locale.ZH)

    against = penalty_of(Refused(reason=server_reply("554")), replace(DELIVERY, content=content))

    assert against is not None
    assert against.notice is not None
    assert against.notice.locale is Locale.ZH
