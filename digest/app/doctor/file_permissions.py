"""Files with addresses, letters or keys that others than their owner can read."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from digest.app.doctor.context import CheckContext
from digest.app.doctor.result import Area, CheckResult
from digest.app.file_sender import list_sent_files
from digest.app.settings import Settings
from digest.model.errors import StoreError
from digest.model.private_files import find_exposed_files, format_paths
from digest.storage.database import database_file
from digest.storage.sqlite.backup import list_database_files

DOTENV = Path(".env")

_NAME = "rights"


async def check_file_permissions(ctx: CheckContext) -> AsyncIterator[CheckResult]:
    """Look at the rights to what we write, and to the operator's own files that hold secrets."""
    ours, theirs = await asyncio.to_thread(_find_open_files, ctx.settings)
    if stuck := [path for path in ours if not _is_own_file(path)]:
        yield Area.FILES.problem(
            _NAME,
            f"others can read {format_paths(stuck)}, and the start cannot mend it: they are another user's",
            f"sudo chown {_own_uid()} FILE and chmod 600 FILE, for each",
        )
    elif ours:
        yield Area.FILES.warning(_NAME, f"others can read {format_paths(ours)}", "the next start mends it")
    if theirs:
        yield Area.FILES.warning(
            _NAME, f"others can read {format_paths(theirs)}, which may hold secrets", "chmod 600 FILE, for each"
        )
    if not ours and not theirs:
        yield Area.FILES.ok(_NAME, "what holds addresses, letters or keys is read by its owner alone")


def _find_open_files(settings: Settings) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return which of our files, and of the operator's, others can read."""
    try:
        file = database_file(settings.database_url)
    except StoreError:
        file = None
    ours = [*(list_database_files(file) if file else ()), *list_sent_files(settings.mail_dir)]
    keys = (settings.dkim_key_file, settings.dkim_ed25519_key_file)
    return find_exposed_files(ours), find_exposed_files([DOTENV, *(key for key in keys if key)])


def _is_own_file(path: Path) -> bool:
    try:
        return os.geteuid() in (0, path.stat().st_uid)
    except OSError:
        return True


def _own_uid() -> str:
    return str(os.geteuid())
