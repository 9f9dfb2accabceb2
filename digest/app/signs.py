"""Signs of life: what this program knows of itself, for ``/health``."""

import asyncio
import shutil
import tomllib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from digest.app.core import Core, pages_of
from digest.clock import system_clock
from digest.courier import Courier
from digest.model import Channel
from digest.overview import Hearing, Signs

STARTED_AT = system_clock()
"""When this program began."""

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"


async def signs_of(
    core: Core,
    *,
    couriers: Sequence[Courier[Any]] = (),
    ticked_at: datetime | None = None,
    punctual: bool = True,
    serves: bool = False,
    hearing: Hearing | None = None,
) -> Signs:
    """Give the signs of a program; ``serves``: it has the web pages. Without couriers it sends nothing."""
    settings = core.settings
    folders = {}
    if settings.telegram_bot_token is None:
        folders[Channel.TELEGRAM] = str(settings.mail_dir)
    if settings.smtp_host is None:
        folders[Channel.EMAIL] = str(settings.mail_dir)
    usage = await asyncio.to_thread(shutil.disk_usage, core.lock_file.parent)
    return Signs(
        version=own_version(),
        started_at=STARTED_AT,
        room=usage.free,
        ticked_at=ticked_at,
        punctual=punctual,
        couriers={courier.channel: courier.waits_because for courier in couriers},
        folders=folders,
        pages=pages_of(settings) if serves else None,
        public=settings.public_url is not None,
        hearing=hearing,
    )


@cache
def own_version() -> str:
    """Give the version of this program as its project file says, "?" where that is not there."""
    try:
        project = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))
    except OSError:
        return "?"
    return str(project["project"]["version"])
