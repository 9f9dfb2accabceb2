"""Signs of life: what this program knows of itself, for ``/health``."""

import asyncio
import shutil
import tomllib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from digest.app.container import Container, public_base_url
from digest.model import Channel
from digest.model.clock import system_clock
from digest.services.admin import ServiceStatus, UpdateSource
from digest.services.delivery import DeliveryWorker

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
    folders = {}
    if settings.telegram_bot_token is None:
        folders[Channel.TELEGRAM] = str(settings.mail_dir)
    if settings.smtp_host is None:
        folders[Channel.EMAIL] = str(settings.mail_dir)
    usage = await asyncio.to_thread(shutil.disk_usage, container.lock_file.parent)
    return ServiceStatus(
        version=app_version(),
        started_at=STARTED_AT,
        free_bytes=usage.free,
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
