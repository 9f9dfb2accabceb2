"""Looking after the service: what an admin should hear of is found here, each tick, and told once an hour."""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from digest.alerts import LITTLE_ROOM, NO_ROOM, Alarm, Alerts, Cause, detail_of, report_is_missing
from digest.app.core import Core
from digest.app.intake import Taken
from digest.courier import Courier
from digest.model import Locale
from digest.words import words_in

log = structlog.get_logger(__name__)

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Finds what is wrong."""

    core: Core
    alerts: Alerts
    couriers: Sequence[Courier[Any]]

    async def has_room(self) -> bool:
        """Tell whether the database's disk has room for an edition; tell the admins where it gets little."""
        folder = self.core.lock_file.parent
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        if free < LITTLE_ROOM:
            detail = f"{folder}: {free // MEGABYTE} MB"
            await self._tell(Alarm(cause=Cause.LITTLE_ROOM, detail=detail))
        return free >= NO_ROOM

    async def look(self) -> None:
        """Tell of a report that is missing, of deliveries and channels."""
        await self._look_for_report()
        await self.alerts.tell_of_outbox()
        for courier in self.couriers:
            if alarm := alarm_of(courier):
                await self._tell(alarm)

    async def look_at_reports(self, taken: Sequence[Taken]) -> None:
        """Tell of reports that were refused or odd."""
        if refused := [f"{one.path.name}: {one.refused}" for one in taken if one.refused]:
            await self._tell(Alarm(cause=Cause.REPORT_REFUSED, n=len(refused), detail="; ".join(refused)))
        for one in taken:
            await self._look_at_report(one)

    async def _look_at_report(self, taken: Taken) -> None:
        name = taken.path.name
        if taken.ingested and taken.ingested.problems and not taken.ingested.known:
            first = taken.ingested.problems[0]
            detail = f"{name}:{first.line}: {first.what}"
            n = len(taken.ingested.problems)
            await self._tell(Alarm(cause=Cause.REPORT_PROBLEMS, n=n, detail=detail))

    async def _look_for_report(self) -> None:
        settings = self.core.settings
        if settings.report_due is None:
            return
        newest = await self.core.store.papers.last_arrival()
        if report_is_missing(newest, self.core.clock(), due=settings.report_due, zone=settings.timezone):
            await self._tell(Alarm(cause=Cause.NO_REPORT))

    async def _tell(self, alarm: Alarm) -> None:
        told = await self.alerts.tell(alarm)
        if told and not self.alerts.admins:
            log.warning("nobody to tell; set TELEGRAM_ADMIN_IDS or ADMIN_EMAILS", cause=alarm.cause.value)
        elif told:
            log.warning("admins told", cause=alarm.cause.value, detail=detail_of(alarm, words_in(Locale.EN)))


def alarm_of(courier: Courier[Any]) -> Alarm | None:
    """Return what an admin should hear of a channel that waits, None where it does not."""
    if reason := courier.stopped_because:
        return Alarm(cause=Cause.CHANNEL_STOPPED, detail=courier.channel, reason=reason)
    if reason := courier.doubts_gone:
        return Alarm(cause=Cause.MANY_GONE, detail=courier.channel, reason=reason)
    if reason := courier.waits_because:
        return Alarm(cause=Cause.CHANNEL_WAITS, detail=courier.channel, reason=reason)
    return None
