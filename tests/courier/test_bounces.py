"""A mail server's refusal of a recipient counts as mail does that came back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from digest.alerts import Alerts
from digest.bounces import Against
from digest.channel import Gone, Later, Outcome, Refused
from digest.clock import SetClock
from digest.courier import settlement
from digest.edition import EditionDesk
from digest.model import (
    AddressCode,
    Announcement,
    Channel,
    Content,
    Delivery,
    Digest,
    EndpointState,
    Locale,
    OptIn,
    Target,
)
from digest.reasons import server_reply
from digest.store import Store
from digest.store.tables import bounces, endpoints
from tests.courier.mailing import courier_to, digests_for
from tests.support.mail_faults import MailStage
from tests.support.mail_server import MailServer
from tests.support.stores import NOW, TODAY, a_paper, membership_on, take_in

ANN, CHAT = Target.email("ann@example.org"), Target.telegram(42)
DIGEST = Digest(date=TODAY, locale=Locale.EN, picks=(), total=0)
DELIVERY = Delivery(id=1, key="d-1", endpoint=1, subscriber=1, target=ANN, content=DIGEST, created_at=NOW)


def bounce_of(outcome: Outcome, delivery: Delivery = DELIVERY) -> Against | None:
    """Give what counts against the address after a try that ended so."""
    return settlement(outcome, delivery, (), NOW, 0, 7.0).bounce


def test_a_refusal_that_is_the_recipients_own_counts() -> None:
    against = bounce_of(Refused(reason=server_reply("554 <ann@example.org> is not wanted")))

    assert against is not None
    assert (against.reason.detail, against.threshold) == ("554 <a…@example.org> is not wanted", 7.0)
    assert against.tell is not None
    assert against.tell.notice


@pytest.mark.parametrize(
    "outcome",
    [
        Refused(reason=server_reply("5.7.1"), our_fault=True),
        Refused(reason=server_reply("5.3.4"), our_fault=True, too_big=True),
        Refused(reason=server_reply("5.2.3"), too_big=True),
        Refused(reason=server_reply("5.4.6"), nobodys_fault=True),
        Later(reason=server_reply("450")),
        Later(reason=server_reply("5.2.2"), after=timedelta(days=1), points=5),
        Gone(reason=server_reply("5.1.1")),
    ],
)
def test_nothing_else_counts(outcome: Outcome) -> None:
    assert bounce_of(outcome, replace(DELIVERY, shorter=True)) is None


def test_a_chat_has_no_bounces() -> None:
    assert bounce_of(Refused(reason=server_reply("Bad Request")), replace(DELIVERY, target=CHAT)) is None


@pytest.mark.parametrize("content", [AddressCode(code="123456", minutes=15), OptIn(nonce="n", hours=48)])
def test_of_an_address_that_was_not_proved_nobody_hears(content: Content) -> None:
    against = bounce_of(Refused(reason=server_reply("554")), replace(DELIVERY, content=content))

    assert against is not None
    assert against.tell is None


async def test_three_days_of_refusals_stop_an_address_and_its_reader_hears_of_it(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    people = membership_on(store, clock)
    await people.enrol([CHAT, ANN], None)
    mail.answer(MailStage.RCPT, 554, "5.0.0", f"<{ANN.address}> is not wanted here", times=None)
    await digests_for(store, clock)
    states = []
    with capture_logs() as logs:
        for day in range(1, 4):
            courier, postbox = courier_to(mail, store, clock)
            await courier.drain()
            await postbox.close()
            reader = await people.reader(CHAT)
            assert reader is not None
            states.append(next(one.state for one in reader.endpoints if one.target == ANN))
            clock.forward(timedelta(days=1))
            await take_in(store, TODAY + timedelta(days=day), a_paper(day + 1))
            await EditionDesk(editions=store.editions, clock=clock).serve()

    assert states == [EndpointState.ACTIVE, EndpointState.ACTIVE, EndpointState.SUPPRESSED]
    assert ANN.address not in repr(logs)
    assert [one["reason"] for one in logs if one["event"] == "refused"] == [
        "554 5.0.0 <a…@example.org> is not wanted here (rcpt)"
    ] * 3
    rows = await store.outbox.rows()
    assert [row.reason for row in rows if row.target == ANN] == [
        server_reply(f"554 5.0.0 <{ANN.address}> is not wanted here (rcpt)")
    ] * 3
    async with store.database.reading() as connection:
        noted = (
            await connection.execute(select(bounces.c.kind, bounces.c.reason_code, bounces.c.reason_detail))
        ).all()
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
        (MailStage.RCPT, 550, "5.7.606", "Access denied, banned sending IP [192.0.2.9]"),
        (MailStage.RCPT, 550, "5.1.1", "<ann@example.org> listed at zen.spamhaus.org"),
        (MailStage.RCPT, 535, "", "Error: authentication failed"),
        (MailStage.RCPT, 550, "5.4.6", "Too many hops"),
        (MailStage.END, 554, "", "Transaction failed"),
    ],
)
async def test_a_week_of_refusals_that_are_not_the_readers_costs_the_reader_nothing(
    mail: MailServer, store: Store, clock: SetClock, stage: MailStage, code: int, enhanced: str, words: str
) -> None:
    admin = Target.telegram(9001)
    await membership_on(store, clock).join(admin)
    alerts = Alerts(book=store.alerts, admins=[admin], clock=clock)
    mail.answer(stage, code, enhanced, words, times=None)
    await digests_for(store, clock, ANN.address)
    with capture_logs() as logs:
        for day in range(1, 8):
            courier, postbox = courier_to(mail, store, clock)
            await courier.drain()
            await postbox.close()
            await alerts.tell_of_outbox()
            clock.forward(timedelta(days=1))
            await take_in(store, TODAY + timedelta(days=day), a_paper(day + 1))
            await EditionDesk(editions=store.editions, clock=clock).serve()

    async with store.database.reading() as connection:
        found = select(endpoints.c.state, endpoints.c.bounce_score)
        ann = (await connection.execute(found.where(endpoints.c.address == ANN.address))).one()
    assert tuple(ann) == (EndpointState.ACTIVE, 0.0)
    assert ANN.address not in repr(logs)
    told = [row for row in await store.outbox.rows() if row.target == admin and row.kind == "alert"]
    contents = await store.outbox.claim(
        Channel.TELEGRAM, "a test", due=clock(), now=clock(), until=clock(), most=20
    )
    texts = [one.content.text for one in contents if isinstance(one.content, Announcement)]
    assert len(told) == 7
    assert any(words.replace(ANN.address, "a…@example.org") in text for text in texts)
    assert not any(ANN.address in text for text in texts)


async def test_many_refusals_on_one_day_are_one_point(
    mail: MailServer, store: Store, clock: SetClock
) -> None:
    await digests_for(store, clock, ANN.address)
    mail.answer(MailStage.RCPT, 554, "5.0.0", "no", times=None)
    for _ in range(6):
        courier, postbox = courier_to(mail, store, clock)
        await courier.drain()
        await postbox.close()
        clock.forward(timedelta(minutes=1))
        await store.outbox.resend([row.id for row in await store.outbox.rows()], clock())

    async with store.database.reading() as connection:
        row = (await connection.execute(select(endpoints.c.state, endpoints.c.bounce_score))).one()
    assert tuple(row) == (EndpointState.ACTIVE, 1.0)


def test_an_announcement_is_told_in_its_own_language() -> None:
    content = Announcement(text="hello", locale=Locale.ZH)

    against = bounce_of(Refused(reason=server_reply("554")), replace(DELIVERY, content=content))

    assert against is not None
    assert against.tell is not None
    assert against.tell.locale is Locale.ZH
