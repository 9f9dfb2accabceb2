"""Admins are told what needs them, on every channel they have, and at most once an hour for each cause."""

from datetime import UTC, datetime, timedelta

import pytest

from digest.model import Announcement, Channel, DeliveryState, Locale, Target
from digest.model.clock import FixedClock
from digest.model.reasons import server_reply
from digest.services.admin_alerts import (
    Alert,
    AlertKind,
    AlertService,
    alert_text,
    detail_of,
    is_report_missing,
    most_relevant_reason,
)
from digest.storage import Store
from digest.text.i18n import translator_for
from tests.support.database import NOW, subscription_service

ADMIN = Target.telegram(9001)
EMAIL_TARGET = Target.email("ops@example.org")
STRANGER = Target.telegram(9002)
UNCERTAIN_ALERT = Alert(kind=AlertKind.DELIVERIES_UNCERTAIN, count=2)


@pytest.fixture
async def alerts(store: Store, clock: FixedClock) -> AlertService:
    """Return alerts to one admin with a chat and an address, in Chinese, and one who never wrote to the bot."""
    membership = subscription_service(store, clock)
    reader = await membership.get_or_create(ADMIN, locale=Locale.ZH)
    await store.email_verification.link(reader.subscriber.id, EMAIL_TARGET)
    return AlertService(store=store.admin_alerts, admins=[ADMIN, EMAIL_TARGET, STRANGER], clock=clock)


async def test_an_admin_is_told_once_on_each_channel_in_their_language(alerts: AlertService, store: Store) -> None:
    told = await alerts.send(UNCERTAIN_ALERT)

    chat = await store.outbox.claim(
        Channel.TELEGRAM, "me", due_at=NOW, now=NOW, until=NOW + timedelta(minutes=1), limit=9
    )
    mail = await store.outbox.claim(Channel.EMAIL, "me", due_at=NOW, now=NOW, until=NOW + timedelta(minutes=1), limit=9)
    assert told
    assert [one.target for one in (*chat, *mail)] == [ADMIN, EMAIL_TARGET]
    text = alert_text(UNCERTAIN_ALERT, translator_for(Locale.ZH))
    assert {one.content for one in (*chat, *mail)} == {Announcement(text=text, locale=Locale.ZH, is_system=True)}


async def test_the_same_cause_is_silent_for_an_hour_and_another_is_not(
    alerts: AlertService, store: Store, clock: FixedClock
) -> None:
    ends = [await alerts.send(UNCERTAIN_ALERT)]
    clock.advance(timedelta(minutes=59))
    ends += [await alerts.send(UNCERTAIN_ALERT), await alerts.send(Alert(kind=AlertKind.DELIVERIES_REFUSED))]
    clock.advance(timedelta(minutes=2))
    ends += [await alerts.send(UNCERTAIN_ALERT)]

    assert ends == [True, False, True, True]
    assert len(await store.outbox.list_deliveries()) == 6


async def test_deliveries_that_became_uncertain_are_told_and_only_the_new_ones_again(
    alerts: AlertService, store: Store, clock: FixedClock
) -> None:
    await alerts.send(Alert(kind=AlertKind.REPORT_REJECTED, detail="x"))
    later = NOW + timedelta(minutes=1)
    (row,) = await store.outbox.claim(Channel.TELEGRAM, "me", due_at=NOW, now=NOW, until=later, limit=1)
    await store.outbox.mark_sending(row.id, "me")
    clock.advance(timedelta(hours=2))
    await store.outbox.recover(clock())

    before = (await store.admin_alerts.failures_since_alert(AlertKind.DELIVERIES_UNCERTAIN)).count
    await alerts.send_outbox_alerts()
    after = (await store.admin_alerts.failures_since_alert(AlertKind.DELIVERIES_UNCERTAIN)).count

    assert (before, after) == (1, 0)
    assert sum(one.state is DeliveryState.DUE for one in await store.outbox.list_deliveries()) == 3


@pytest.mark.parametrize(
    ("reasons", "seen"),
    [
        (["550 no <ann@example.org> (rcpt)"], "550 no <a…@example.org> (rcpt)"),
        (["given up: 450 4.2.1 busy", "550 5.7.1 blocked by us (rcpt)", "554 x"], "550 5.7.1 blocked by us (rcpt)"),
        (["the newest", "an older one"], "the newest"),
        ([], ""),
    ],
)
def test_of_several_reasons_an_admin_sees_the_one_that_is_about_us(reasons: list[str], seen: str) -> None:
    told = most_relevant_reason([server_reply(one) for one in reasons])

    assert detail_of(Alert(kind=AlertKind.DELIVERIES_REFUSED, reason=told), translator_for(Locale.EN)) == seen


@pytest.mark.parametrize("cause", list(AlertKind))
@pytest.mark.parametrize("locale", list(Locale))
def test_every_cause_has_a_sentence_with_what_it_was(cause: AlertKind, locale: Locale) -> None:
    text = alert_text(Alert(kind=cause, count=3, detail="seen-by-somebody"), translator_for(locale))

    assert "3" in text or "seen-by-somebody" in text or cause is AlertKind.NO_REPORT
    assert "\n" not in text


def test_what_is_uncertain_is_told_with_the_command_that_resends_it() -> None:
    english, chinese = (alert_text(UNCERTAIN_ALERT, translator_for(locale)) for locale in (Locale.EN, Locale.ZH))

    assert "/outbox resend uncertain" in english
    assert "/outbox 重发 不确定" in chinese
    assert all("python bot.py outbox resend --state uncertain" in told for told in (english, chinese))


@pytest.mark.parametrize(
    ("now", "newest", "missing"),
    [
        ("2026-01-26T17:59", "2026-01-25T12:00", False),  # before the hour
        ("2026-01-26T18:00", "2026-01-25T12:00", True),  # Monday, nothing since Sunday
        ("2026-01-26T18:00", "2026-01-26T09:00", False),  # came today
        ("2026-01-25T20:00", "2026-01-23T12:00", False),  # Sunday
        ("2026-01-26T18:00", None, True),  # never any
    ],
)
def test_a_report_is_missed_on_a_weekday_after_its_hour(now: str, newest: str | None, *, missing: bool) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    came = datetime.fromisoformat(newest).replace(tzinfo=UTC) if newest else None

    assert is_report_missing(came, at, due_minute=18 * 60, zone="UTC") is missing


def test_the_day_of_a_report_is_the_operators_own() -> None:
    came = datetime(2026, 1, 25, 23, 0, tzinfo=UTC)  # already Monday in Shanghai
    evening = datetime(2026, 1, 26, 12, 0, tzinfo=UTC)

    assert not is_report_missing(came, evening, due_minute=18 * 60, zone="Asia/Shanghai")
    assert is_report_missing(came, evening, due_minute=11 * 60, zone="UTC")
