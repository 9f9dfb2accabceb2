"""Telling admins what needs them: at most once an hour for each cause, on every channel they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from digest.model import Locale, Target
from digest.model.bounce import Blame
from digest.model.clock import Clock
from digest.model.reasons import Reason
from digest.text.bounce_reasons import classify_refusal
from digest.text.i18n import Translator, translator_for
from digest.text.reason_texts import reason_text
from digest.text.redact import redact_addresses

MIN_INTERVAL = timedelta(hours=1)
"""How long a cause stays silent once it was told."""

DISK_LOW_BYTES = 500_000_000
"""Bytes free on the database's disk below which admins are told."""

DISK_FULL_BYTES = 100_000_000
"""Bytes free below which no edition starts."""

_SATURDAY = 5


class AlertKind(StrEnum):
    """What can need an admin."""

    NO_REPORT = "no_report"
    REPORT_REJECTED = "report_refused"
    REPORT_PROBLEMS = "report_problems"
    DELIVERIES_UNCERTAIN = "uncertain"
    DELIVERIES_REFUSED = "refused"
    CHANNEL_PAUSED = "channel_paused"
    CHANNEL_MISCONFIGURED = "channel_stopped"
    MANY_UNREACHABLE = "many_unreachable"
    DISK_LOW = "disk_low"
    BOUNCES_UNREAD = "bounces_unread"
    BLAMELESS_BOUNCES = "mail_rejected"
    UNMATCHED_UNSUBSCRIBE = "unsubscribe_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that needs an admin: how many, and what it is in the words of whoever met it.

    ``reason`` follows on ``detail``, in the words of whoever reads it.
    """

    kind: AlertKind
    count: int = 1
    detail: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentFailures:
    """How many deliveries ended in one state, and the reasons of the newest of them."""

    count: int = 0
    reasons: Sequence[Reason] = ()


class AlertStore(Protocol):
    """What alerts need of the store."""

    async def queue_alert(
        self,
        kind: AlertKind,
        admins: Sequence[Target],
        texts: Mapping[Locale, str],
        at: datetime,
        min_interval: timedelta,
    ) -> bool:
        """Queue a text for every active endpoint of the admins.

        False where this was told within ``min_interval``.

        One transaction: two processes tell it once.
        """
        ...

    async def failures_since_alert(self, kind: AlertKind) -> RecentFailures:
        """Return the rows of an outbox cause (uncertain, refused) that ended since it was last told."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertService:
    """Tells the admins."""

    store: AlertStore
    admins: Sequence[Target]
    clock: Clock

    async def send(self, alert: Alert) -> bool:
        """Alert the admins, at most once an hour for each kind; return whether an alert was sent."""
        texts = {locale: alert_text(alert, translator_for(locale)) for locale in Locale}
        return await self.store.queue_alert(alert.kind, self.admins, texts, self.clock(), MIN_INTERVAL)

    async def send_outbox_alerts(self) -> None:
        """Alert about deliveries that became uncertain or were rejected since the last time."""
        for cause in (AlertKind.DELIVERIES_UNCERTAIN, AlertKind.DELIVERIES_REFUSED):
            ends = await self.store.failures_since_alert(cause)
            if ends.count:
                await self.send(Alert(kind=cause, count=ends.count, reason=most_relevant_reason(ends.reasons)))


def most_relevant_reason(reasons: Sequence[Reason]) -> Reason | None:
    """Return the reason that an admin should see: one that blames us, else the newest; None of none."""
    ours = (one for one in reasons if classify_refusal(one.detail).blame is Blame.US)
    return next(ours, reasons[0]) if reasons else None


def detail_of(alarm: Alert, tr: Translator) -> str:
    """Return what an alarm is about, without addresses: its detail, its reason, or one after the other."""
    reason = redact_addresses(reason_text(tr, alarm.reason)) if alarm.reason else ""
    return ": ".join(filter(None, (alarm.detail, reason)))


def is_report_missing(newest: datetime | None, now: datetime, *, due_minute: int, zone: str) -> bool:
    """Return whether it is a weekday, past the minute ``due_minute`` of the local day, and no report came that day.

    ``newest`` is when the last report came, None where none ever did.
    """
    here = now.astimezone(ZoneInfo(zone))
    if here.weekday() >= _SATURDAY or here.hour * 60 + here.minute < due_minute:
        return False
    return newest is None or _local_date(newest, zone) < here.date()


def _local_date(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def alert_text(alert: Alert, tr: Translator) -> str:  # noqa: C901, PLR0911, PLR0912 - one return for each cause
    """Return what is wrong and what to do, in one or two lines."""
    match alert.kind:
        case AlertKind.NO_REPORT:
            return tr.gettext("No report has arrived today. Is the report generator running?")
        case AlertKind.REPORT_REJECTED:
            return tr.gettext("A report was rejected: {detail}", detail=detail_of(alert, tr))
        case AlertKind.REPORT_PROBLEMS:
            return tr.ngettext(
                "A report has {n} problem: {detail}",
                "A report has {n} problems, the first: {detail}",
                alert.count,
                detail=detail_of(alert, tr),
            )
        case AlertKind.DELIVERIES_UNCERTAIN:
            return tr.ngettext(
                "It is unknown whether {n} delivery arrived. It is on hold: /outbox. To resend it: /outbox "
                "resend uncertain, or in a terminal: python bot.py outbox resend --state uncertain",
                "It is unknown whether {n} deliveries arrived. They are on hold: /outbox. To resend them: "
                "/outbox resend uncertain, or in a terminal: python bot.py outbox resend --state uncertain",
                alert.count,
            )
        case AlertKind.DELIVERIES_REFUSED:
            return tr.ngettext(
                "{n} delivery was rejected and will not be retried ({detail}): /outbox",
                "{n} deliveries were rejected and will not be retried (one of them: {detail}): /outbox",
                alert.count,
                detail=detail_of(alert, tr),
            )
        case AlertKind.CHANNEL_PAUSED:
            return tr.gettext("A channel is waiting; nothing is sent on it: {detail}", detail=detail_of(alert, tr))
        case AlertKind.CHANNEL_MISCONFIGURED:
            return tr.gettext(
                "A channel has stopped and needs your action; everything else continues. {detail}",
                detail=detail_of(alert, tr),
            )
        case AlertKind.MANY_UNREACHABLE:
            return tr.gettext(
                "Many addresses in a row were reported as nonexistent. No more are deactivated; one is tried "
                "from time to time. If this is correct: /outbox allow-gone. {detail}",
                detail=detail_of(alert, tr),
            )
        case AlertKind.DISK_LOW:
            return tr.gettext("The disk with the database is almost full: {detail}", detail=detail_of(alert, tr))
        case AlertKind.BOUNCES_UNREAD:
            return tr.gettext("Bounces cannot be read: {detail}", detail=detail_of(alert, tr))
        case AlertKind.BLAMELESS_BOUNCES:
            return tr.ngettext(
                "{n} email bounced for a reason that is not the recipient's: {detail}",
                "{n} emails bounced for reasons that are not the recipients', the first: {detail}",
                alert.count,
                detail=detail_of(alert, tr),
            )
        case AlertKind.UNMATCHED_UNSUBSCRIBE:
            return tr.ngettext(
                "{n} email to BOUNCE_ADDRESS asks to unsubscribe without naming the subscriber. It is "
                "flagged for review.",
                "{n} emails to BOUNCE_ADDRESS ask to unsubscribe without naming the subscriber. They are "
                "flagged for review.",
                alert.count,
            )
        case forgotten:
            assert_never(forgotten)
