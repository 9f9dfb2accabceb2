"""Room on the disk of the database."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from digest.app.doctor.context import CheckContext
from digest.app.doctor.result import Area, CheckResult
from digest.model.errors import StoreError
from digest.services.admin_alerts import DISK_FULL_BYTES, DISK_LOW_BYTES
from digest.storage.database import database_file

_MEGABYTE = 1_000_000


async def check_disk(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Measure the disk of the database's folder, or of the nearest folder above that is there."""
    try:
        file = database_file(ctx.settings.database_url)
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
    yield evaluate_disk(free, folder)


def evaluate_disk(free_bytes: int, folder: Path) -> CheckResult:
    """Return the verdict on bytes that are free."""
    told = f"{free_bytes // _MEGABYTE:,} MB free in {folder}"
    if free_bytes < DISK_FULL_BYTES:
        return Area.FILES.problem(
            "disk", f"{told}: below {DISK_FULL_BYTES // _MEGABYTE} MB no digest begins", "make room"
        )
    if free_bytes < DISK_LOW_BYTES:
        return Area.FILES.warning(
            "disk", f"{told}: below {DISK_LOW_BYTES // _MEGABYTE} MB admins are told", "make room"
        )
    return Area.FILES.ok("disk", told)
