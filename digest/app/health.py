"""Looking after the service: what an admin should hear of is found here, each tick, and told once an hour."""

import asyncio
import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import structlog

from digest.app.container import Container, public_base_url
from digest.app.report_watcher import FileResult
from digest.model import Locale
from digest.model.clock import system_clock
from digest.services.admin import ServiceStatus, UpdateSource
from digest.services.admin_alerts import (
    DISK_FULL_BYTES,
    DISK_LOW_BYTES,
    Alert,
    AlertKind,
    AlertService,
    detail_of,
    is_report_missing,
)
from digest.services.channels import CHANNELS
from digest.services.delivery import DeliveryWorker
from digest.text.i18n import translator_for

log = structlog.get_logger(__name__)

MEGABYTE = 1_000_000


async def free_disk_bytes(folder: Path) -> int:
    """Return how many bytes are free where a folder lies; raises ``OSError``."""
    return (await asyncio.to_thread(shutil.disk_usage, folder)).free


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthMonitor:
    """Finds what is wrong."""

    container: Container
    admin_alerts: AlertService
    workers: Sequence[DeliveryWorker[Any]]

    async def has_disk_space(self) -> bool:
        """Return whether the database's disk has room for an edition.

        Tell the admins where it gets little.
        """
        folder = self.container.lock_file.parent
        free = await free_disk_bytes(folder)
        if free < DISK_LOW_BYTES:
            detail = f"{folder}: {free // MEGABYTE} MB"
            await self._send_alert(Alert(kind=AlertKind.DISK_LOW, detail=detail))
        return free >= DISK_FULL_BYTES

    async def check(self) -> None:
        """Alert about a missing report, about deliveries and about channels."""
        await self._check_missing_report()
        await self.admin_alerts.send_outbox_alerts()
        for courier in self.workers:
            if alarm := build_worker_alert(courier):
                await self._send_alert(alarm)

    async def check_reports(self, results: Sequence[FileResult]) -> None:
        """Alert about reports that were rejected or have problems."""
        if refused := [f"{one.path.name}: {one.error}" for one in results if one.error]:
            await self._send_alert(Alert(kind=AlertKind.REPORT_REJECTED, count=len(refused), detail="; ".join(refused)))
        for one in results:
            await self._check_problems(one)

    async def _check_problems(self, result: FileResult) -> None:
        name = result.path.name
        if result.ingested and result.ingested.problems and not result.ingested.already_ingested:
            first = result.ingested.problems[0]
            detail = f"{name}:{first.line}: {first.message}"
            n = len(result.ingested.problems)
            await self._send_alert(Alert(kind=AlertKind.REPORT_PROBLEMS, count=n, detail=detail))

    async def _check_missing_report(self) -> None:
        settings = self.container.settings
        if settings.report_due is None:
            return
        newest = await self.container.store.papers.last_ingested_at()
        if is_report_missing(newest, self.container.clock(), due_minute=settings.report_due, zone=settings.timezone):
            await self._send_alert(Alert(kind=AlertKind.NO_REPORT))

    async def _send_alert(self, alert: Alert) -> None:
        told = await self.admin_alerts.send(alert)
        if told and not self.admin_alerts.admins:
            log.warning("nobody to tell; set TELEGRAM_ADMIN_IDS or ADMIN_EMAILS", cause=alert.kind.value)
        elif told:
            log.warning("admins told", cause=alert.kind.value, detail=detail_of(alert, translator_for(Locale.EN)))


def build_worker_alert(worker: DeliveryWorker[Any]) -> Alert | None:
    """Return what an admin should hear of a channel that waits, None where it does not."""
    if reason := worker.misconfigured_reason:
        return Alert(kind=AlertKind.CHANNEL_MISCONFIGURED, detail=worker.channel, reason=reason)
    if reason := worker.many_unreachable_reason:
        return Alert(kind=AlertKind.MANY_UNREACHABLE, detail=worker.channel, reason=reason)
    if reason := worker.pause_reason:
        return Alert(kind=AlertKind.CHANNEL_PAUSED, detail=worker.channel, reason=reason)
    return None


STARTED_AT = system_clock()
"""When this program began."""

_PROJECT_FILE = Path(__file__).parents[2] / "pyproject.toml"


async def build_status(
    container: Container,
    *,
    workers: Sequence[DeliveryWorker[Any]] = (),
    last_tick_at: datetime | None = None,
    on_schedule: bool = True,
    serves_pages: bool = False,
    update_source: UpdateSource | None = None,
) -> ServiceStatus:
    """Return the signs of a program; ``serves_pages``: it has the web pages.

    Without couriers it sends nothing.
    """
    settings = container.settings
    folders = {
        one.channel: str(settings.mail_dir)
        for one in CHANNELS.values()
        if getattr(settings, one.required_setting.lower()) is None
    }
    return ServiceStatus(
        version=app_version(),
        started_at=STARTED_AT,
        free_bytes=await free_disk_bytes(container.lock_file.parent),
        last_tick_at=last_tick_at,
        on_schedule=on_schedule,
        pause_reasons={courier.channel: courier.pause_reason for courier in workers},
        output_folders=folders,
        web_url=public_base_url(settings) if serves_pages else None,
        is_public=settings.public_url is not None,
        update_source=update_source,
    )


@cache
def app_version() -> str:
    """Return the version of this program as its project file says, "?" where that is not there."""
    try:
        project = tomllib.loads(_PROJECT_FILE.read_text(encoding="utf-8"))
    except OSError:
        return "?"
    return str(project["project"]["version"])
