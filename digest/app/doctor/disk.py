"""Room on the disk of the database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from digest.alerts import LITTLE_ROOM, NO_ROOM
from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.errors import StoreError
from digest.store.condition import database_file

_MEGABYTE = 1_000_000


async def check(case: Case) -> AsyncIterator[Finding]:
    """Measure the disk of the database's folder, or of the nearest folder above that is there."""
    try:
        file = database_file(case.settings.database_url)
    except StoreError as error:
        yield Area.FILES.not_checked("disk", str(error))
        return
    if file is None:
        yield Area.FILES.not_checked("disk", "the database is on a server", "watch its disk there")
        return
    folder = next((one for one in file.absolute().parents if one.is_dir()), Path("/"))
    try:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    except OSError as error:
        yield Area.FILES.not_checked("disk", f"{folder}: {error.strerror}")
        return
    yield judged(free, folder)


def judged(free: int, folder: Path) -> Finding:
    """Give the verdict on bytes that are free."""
    told = f"{free // _MEGABYTE:,} MB free in {folder}"
    if free < NO_ROOM:
        return Area.FILES.problem(
            "disk", f"{told}: below {NO_ROOM // _MEGABYTE} MB no digest begins", "make room"
        )
    if free < LITTLE_ROOM:
        return Area.FILES.warning(
            "disk", f"{told}: below {LITTLE_ROOM // _MEGABYTE} MB admins are told", "make room"
        )
    return Area.FILES.ok("disk", told)
