"""Telling admins what needs them: at most once an hour for each cause, on every channel they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from digest.bounce_reasons import Blame, reason_of
from digest.bounces import without_addresses
from digest.clock import Clock
from digest.model import Locale, Target
from digest.reason_texts import reason_text
from digest.reasons import Reason
from digest.words import Words, words_in

QUIET = timedelta(hours=1)
"""How long a cause stays silent once it was told."""

LITTLE_ROOM = 500_000_000
"""Bytes free on the database's disk below which admins are told."""

NO_ROOM = 100_000_000
"""Bytes free below which no edition starts."""

_SATURDAY = 5


class Cause(StrEnum):
    """What can need an admin."""

    NO_REPORT = "no_report"
    REPORT_REFUSED = "report_refused"
    REPORT_PROBLEMS = "report_problems"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    CHANNEL_WAITS = "channel_paused"
    CHANNEL_STOPPED = "channel_stopped"
    MANY_GONE = "many_unreachable"
    LITTLE_ROOM = "disk_low"
    RETURNS_UNREAD = "bounces_unread"
    MAIL_SENT_BACK = "mail_rejected"
    UNSUBSCRIBE_ASKED = "unsubscribe_requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that needs an admin: how many, and what it is in the words of whoever met it.

    ``reason`` follows on ``detail``, in the words of whoever reads it.
    """

    cause: Cause
    n: int = 1
    detail: str = ""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """How many deliveries ended in one state, and the reasons of the newest of them."""

    n: int = 0
    reasons: Sequence[Reason] = ()


class AlertBook(Protocol):
    """What alerts need of the store."""

    async def tell(
        self,
        cause: Cause,
        admins: Sequence[Target],
        texts: Mapping[Locale, str],
        at: datetime,
        quiet: timedelta,
    ) -> bool:
        """Queue a text for every active endpoint of the admins; False where this was told within ``quiet``.

        One transaction: two processes tell it once.
        """
        ...

    async def settled_since(self, cause: Cause) -> Ends:
        """Give the rows of an outbox cause (uncertain, refused) that ended since it was last told."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Tells the admins."""

    book: AlertBook
    admins: Sequence[Target]
    clock: Clock

    async def tell(self, alarm: Alarm) -> bool:
        """Tell the admins unless they heard of this cause within the hour; give whether they were told."""
        texts = {locale: sentence(alarm, words_in(locale)) for locale in Locale}
        return await self.book.tell(alarm.cause, self.admins, texts, self.clock(), QUIET)

    async def tell_of_outbox(self) -> None:
        """Tell of deliveries that became uncertain or were refused since the last time."""
        for cause in (Cause.UNCERTAIN, Cause.REFUSED):
            ends = await self.book.settled_since(cause)
            if ends.n:
                await self.tell(Alarm(cause=cause, n=ends.n, reason=telling(ends.reasons)))


def telling(reasons: Sequence[Reason]) -> Reason | None:
    """Return the reason that an admin should see: one that blames us, else the newest; None of none."""
    ours = (one for one in reasons if reason_of(one.detail).blame is Blame.US)
    return next(ours, reasons[0]) if reasons else None


def detail_of(alarm: Alarm, words: Words) -> str:
    """Return what an alarm is about, without addresses: its detail, its reason, or one after the other."""
    reason = without_addresses(reason_text(words, alarm.reason)) if alarm.reason else ""
    return ": ".join(filter(None, (alarm.detail, reason)))


def report_is_missing(newest: datetime | None, now: datetime, *, due: int, zone: str) -> bool:
    """Tell whether it is a weekday, past the minute ``due`` of the local day, and no report came that day.

    ``newest`` is when the last report came, None where none ever did.
    """
    here = now.astimezone(ZoneInfo(zone))
    if here.weekday() >= _SATURDAY or here.hour * 60 + here.minute < due:
        return False
    return newest is None or _day(newest, zone) < here.date()


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def sentence(alarm: Alarm, words: Words) -> str:  # noqa: C901, PLR0911, PLR0912 - one return for each cause
    """Say what is wrong and what to do, in one or two lines."""
    match alarm.cause:
        case Cause.NO_REPORT:
            return words.say("No report has come today. Is whoever writes them running?")
        case Cause.REPORT_REFUSED:
            return words.say("A report was refused: {detail}", detail=detail_of(alarm, words))
        case Cause.REPORT_PROBLEMS:
            return words.count(
                "A report has {n} problem: {detail}",
                "A report has {n} problems, the first: {detail}",
                alarm.n,
                detail=detail_of(alarm, words),
            )
        case Cause.UNCERTAIN:
            return words.count(
                "{n} delivery may have arrived or not; nobody can know. It is held: /outbox. To resend what "
                "is held: /outbox resend uncertain, or in a terminal: python bot.py outbox resend --state "
                "uncertain",
                "{n} deliveries may have arrived or not; nobody can know. They are held: /outbox. To resend "
                "them: /outbox resend uncertain, or in a terminal: python bot.py outbox resend --state "
                "uncertain",
                alarm.n,
            )
        case Cause.REFUSED:
            return words.count(
                "{n} delivery was refused and will not be tried again ({detail}): /outbox",
                "{n} deliveries were refused and will not be tried again (one of them: {detail}): /outbox",
                alarm.n,
                detail=detail_of(alarm, words),
            )
        case Cause.CHANNEL_WAITS:
            return words.say(
                "A channel waits, nothing leaves on it: {detail}", detail=detail_of(alarm, words)
            )
        case Cause.CHANNEL_STOPPED:
            return words.say(
                "A channel has stopped until you act; everything else goes on. {detail}",
                detail=detail_of(alarm, words),
            )
        case Cause.MANY_GONE:
            return words.say(
                "One address after the other is said to be gone. No more are given up; one is tried now and "
                "then. If it is true: /outbox allow-gone. {detail}",
                detail=detail_of(alarm, words),
            )
        case Cause.LITTLE_ROOM:
            return words.say("The database's disk is nearly full: {detail}", detail=detail_of(alarm, words))
        case Cause.RETURNS_UNREAD:
            return words.say("Mail that came back is not read: {detail}", detail=detail_of(alarm, words))
        case Cause.MAIL_SENT_BACK:
            return words.count(
                "{n} mail came back for a reason that is not its reader's: {detail}",
                "{n} mails came back for reasons that are not their readers', the first: {detail}",
                alarm.n,
                detail=detail_of(alarm, words),
            )
        case Cause.UNSUBSCRIBE_ASKED:
            return words.count(
                "{n} mail at BOUNCE_ADDRESS asks to unsubscribe, and does not say whom. It is flagged.",
                "{n} mails at BOUNCE_ADDRESS ask to unsubscribe, and do not say whom. They are flagged.",
                alarm.n,
            )
        case forgotten:
            assert_never(forgotten)
