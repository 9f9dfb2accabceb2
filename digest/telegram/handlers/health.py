"""How the service does: everything an admin would otherwise look for in logs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from digest.model.errors import DatabaseCorrupted, StoreError
from digest.services.admin import QueueStatus, ServiceStatus
from digest.services.admin_alerts import DISK_FULL_BYTES, DISK_LOW_BYTES
from digest.services.channels import CHANNELS, waiting_text
from digest.telegram.dependencies import HandlerDependencies
from digest.telegram.lookups import timezone_of
from digest.telegram.request import Request, Response, html_response, join_paragraphs
from digest.telegram.routes import Command
from digest.telegram.texts.outbox import format_reason
from digest.text.i18n import Translator, gettext_noop
from digest.text.redact import redact_addresses

_LOOKBACK = timedelta(days=7)
MAX_QUEUE_AGE = timedelta(minutes=15)
"""So long something may be due before an admin should look at it."""

MAX_REPORT_AGE = timedelta(days=4)
"""So long no report may come, a long weekend with it, before an admin should look at it."""

_MEGABYTE, _GIGABYTE = 1_000_000, 1_000_000_000
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class _ComponentHealth:
    """One part: its name, what was seen, and what to do; no ``advice`` means that it is well.

    ``runs_elsewhere``: another program does this, and how it does cannot be seen from here.
    """

    name: str
    details: str
    advice: str = ""
    runs_elsewhere: bool = False


async def health(deps: HandlerDependencies, request: Request) -> Response:
    """Answer ``/health``."""
    zone = timezone_of(deps, request)
    signs = await deps.status()
    now = deps.clock()
    return html_response(_health_report(request.tr, signs, await _queue_status(deps), now, zone))


async def _queue_status(deps: HandlerDependencies) -> QueueStatus | None:
    """Ask the store; None where it does not answer."""
    try:
        return await deps.stats.queue_status(deps.clock() - _LOOKBACK)
    except (StoreError, DatabaseCorrupted):
        return None


def _health_report(
    tr: Translator, status: ServiceStatus, queues: QueueStatus | None, now: datetime, timezone: str
) -> str:
    parts = [
        _process_health(tr, status, now, timezone),
        _database_health(tr, queues),
        _disk_health(tr, status),
        *_scheduler_health(tr, status, timezone),
        *_worker_health(tr, status),
        *_update_source_health(tr, status),
        *(_stored_health(tr, queues, now, timezone) if queues else ()),
        _web_pages_health(tr, status),
    ]
    bad = sum(bool(part.advice) for part in parts)
    head = (
        tr.ngettext("<b>{n} thing needs a look.</b>", "<b>{n} things need a look.</b>", bad)
        if bad
        else tr.gettext("<b>All is well.</b>")
        if not any(part.runs_elsewhere for part in parts)
        else tr.gettext("<b>All that can be seen from here is well.</b>")
    )
    return join_paragraphs(head, "\n".join(_component_line(tr, part) for part in parts))


def _component_line(tr: Translator, component: _ComponentHealth) -> str:
    if component.runs_elsewhere:
        return tr.gettext("<b>{part}</b>: not seen from here. {seen}", part=component.name, seen=component.details)
    if not component.advice:
        return tr.gettext("<b>{part}</b>: ok. {seen}", part=component.name, seen=component.details)
    return tr.gettext(
        "<b>{part}</b>: look at this. {seen} {advice}",
        part=component.name,
        seen=component.details,
        advice=component.advice,
    )


def _process_health(tr: Translator, status: ServiceStatus, now: datetime, timezone: str) -> _ComponentHealth:
    return _ComponentHealth(
        name=tr.gettext("Program"),
        details=tr.gettext(
            "Version {version}, running for {time}, since {at}.",
            version=status.version,
            time=_format_uptime(tr, now - status.started_at),
            at=tr.format_datetime(status.started_at, timezone),
        ),
    )


def _database_health(tr: Translator, queues: QueueStatus | None) -> _ComponentHealth:
    name = tr.gettext("Database")
    if queues is None:
        return _ComponentHealth(
            name=name,
            details=tr.gettext("It does not answer."),
            advice=tr.gettext("Look at the log, and run <code>python bot.py doctor</code>."),
        )
    return _ComponentHealth(name=name, details=tr.gettext("It answers."))


def _disk_health(tr: Translator, status: ServiceStatus) -> _ComponentHealth:
    gigabytes = status.free_bytes >= _GIGABYTE
    free = f"{status.free_bytes / _GIGABYTE:.1f} GB" if gigabytes else f"{status.free_bytes // _MEGABYTE} MB"
    advice = (
        tr.gettext("Make room; below {least} MB no digest is begun.", least=DISK_FULL_BYTES // _MEGABYTE)
        if status.free_bytes < DISK_LOW_BYTES
        else ""
    )
    return _ComponentHealth(name=tr.gettext("Disk"), details=tr.gettext("{free} are free.", free=free), advice=advice)


def _scheduler_health(tr: Translator, status: ServiceStatus, timezone: str) -> Iterator[_ComponentHealth]:
    name = tr.gettext("Scheduler")
    if status.last_tick_at is None:
        yield _ComponentHealth(name=name, details=tr.gettext("It runs in the service, not here."), runs_elsewhere=True)
        return
    seen = tr.gettext("It last looked at {at}.", at=tr.format_datetime(status.last_tick_at, timezone))
    late = "" if status.on_schedule else tr.gettext("It should look every 20 seconds. Restart the service.")
    yield _ComponentHealth(name=name, details=seen, advice=late)


def _worker_health(tr: Translator, status: ServiceStatus) -> Iterator[_ComponentHealth]:
    for channel, info in CHANNELS.items():
        name = tr.gettext(info.label)
        folder = status.output_folders.get(channel)
        reason = status.pause_reasons.get(channel)
        if reason:
            yield _ComponentHealth(
                name=name,
                details=tr.gettext("Nothing leaves: {reason}.", reason=_escape_line(format_reason(tr, reason))),
                advice=tr.gettext("It tries again by itself; mend what it says."),
            )
        elif folder is not None:
            yield _ComponentHealth(
                name=name,
                details=tr.gettext(
                    "Messages are written to the folder {folder} until {setting} is set.",
                    folder=_escape_line(folder),
                    setting=info.required_setting,
                ),
            )
        elif channel in status.pause_reasons:
            yield _ComponentHealth(name=name, details=tr.gettext("Messages leave."))
        else:
            yield _ComponentHealth(
                name=name, details=tr.gettext("The service sends, not this program."), runs_elsewhere=True
            )


def _update_source_health(tr: Translator, status: ServiceStatus) -> Iterator[_ComponentHealth]:
    if status.update_source is None:
        return
    seen = (
        tr.gettext("Telegram brings what people say to the webhook.")
        if status.update_source.is_webhook
        else tr.gettext("I fetch from Telegram what people say.")
    )
    if trouble := status.update_source.last_error:
        seen = tr.gettext(
            "Not all that people say gets through: {reason}.", reason=_escape_line(format_reason(tr, trouble))
        )
    advice = tr.gettext("Run <code>python bot.py doctor</code> beside the service.") if trouble else ""
    yield _ComponentHealth(
        name=tr.gettext("Webhook") if status.update_source.is_webhook else tr.gettext("Polling"),
        details=seen,
        advice=advice,
    )


def _stored_health(tr: Translator, queues: QueueStatus, now: datetime, timezone: str) -> Iterator[_ComponentHealth]:
    yield _queue_health(tr, queues, now, timezone)
    yield _undecided_health(tr, queues)
    yield _report_health(tr, queues, now, timezone)


def _queue_health(tr: Translator, queues: QueueStatus, now: datetime, timezone: str) -> _ComponentHealth:
    seen = waiting_text(tr, queues.waiting)
    if queues.oldest_due is None:
        return _ComponentHealth(name=tr.gettext("Queue"), details=seen)
    oldest = tr.gettext("The oldest is due since {at}.", at=tr.format_datetime(queues.oldest_due, timezone))
    late = now - queues.oldest_due > MAX_QUEUE_AGE
    advice = tr.gettext("Is the service running? Is a broadcast paused? /outbox due, /broadcast list")
    return _ComponentHealth(name=tr.gettext("Queue"), details=f"{seen} {oldest}", advice=advice if late else "")


def _undecided_health(tr: Translator, queues: QueueStatus) -> _ComponentHealth:
    seen = tr.gettext(
        "{uncertain} are held because nobody knows whether they arrived, {refused} were refused in 7 days.",
        uncertain=queues.uncertain,
        refused=queues.refused,
    )
    advice = tr.gettext("Why, and what you can do: /outbox") if queues.uncertain or queues.refused else ""
    return _ComponentHealth(name=tr.gettext("Held and refused"), details=seen, advice=advice)


def _report_health(tr: Translator, queues: QueueStatus, now: datetime, timezone: str) -> _ComponentHealth:
    name, last = tr.gettext("Reports"), queues.report
    how = tr.gettext("Is whoever writes them running? You can also send me one as a file.")
    if last is None:
        return _ComponentHealth(name=name, details=tr.gettext("None has come yet."), advice=how)
    seen = tr.gettext(
        "The last is of {day} with {papers} papers and {problems} problems; it came {at}.",
        day=tr.format_long_date(last.date),
        papers=last.papers,
        problems=last.problems,
        at=tr.format_datetime(last.received_at, timezone),
    )
    return _ComponentHealth(name=name, details=seen, advice=how if now - last.received_at > MAX_REPORT_AGE else "")


def _web_pages_health(tr: Translator, status: ServiceStatus) -> _ComponentHealth:
    name = tr.gettext("Web pages")
    if status.web_url is None:
        return _ComponentHealth(
            name=name, details=tr.gettext("The service serves them, not this program."), runs_elsewhere=True
        )
    seen = tr.gettext("They are at {address}.", address=_escape_line(status.web_url))
    if status.is_public:
        return _ComponentHealth(name=name, details=seen)
    unknown = tr.gettext("Mails do not lead there until PUBLIC_URL is set.")
    return _ComponentHealth(name=name, details=f"{seen} {unknown}")


def _format_uptime(tr: Translator, duration: timedelta) -> str:
    seconds = int(duration.total_seconds())
    if seconds >= 2 * _DAY:
        return tr.ngettext("{n} day", "{n} days", seconds // _DAY)
    if seconds >= 2 * _HOUR:
        return tr.ngettext("{n} hour", "{n} hours", seconds // _HOUR)
    return tr.ngettext("{n} minute", "{n} minutes", seconds // _MINUTE)


def _escape_line(text: str) -> str:
    return escape(" ".join((redact_addresses(text) or "").split()), quote=False)


COMMANDS = (
    Command(
        name="health",
        handle=health,
        aliases=("健康", "状态"),
        menu=gettext_noop("How each part of the service does"),
        help=(gettext_noop("/health – how each part of the service does"),),
        admin_only=True,
    ),
)
