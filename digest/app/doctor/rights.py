"""Files with addresses, letters or keys that others than their owner can read."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from digest.app.doctor.case import Case
from digest.app.doctor.finding import Area, Finding
from digest.deliver.folder import files_in
from digest.errors import StoreError
from digest.private_files import names_of, open_to_others
from digest.settings import Settings
from digest.store.backup import files_beside
from digest.store.condition import database_file

DOTENV = Path(".env")

_NAME = "rights"


async def check(case: Case) -> AsyncIterator[Finding]:
    """Look at the rights to what we write, and to the operator's own files that hold secrets."""
    ours, theirs = await asyncio.to_thread(_open_files, case.settings)
    if stuck := [path for path in ours if not _is_mine(path)]:
        yield Area.FILES.problem(
            _NAME,
            f"others can read {names_of(stuck)}, and the start cannot mend it: they are another user's",
            f"sudo chown {_user()} FILE and chmod 600 FILE, for each",
        )
    elif ours:
        yield Area.FILES.warning(_NAME, f"others can read {names_of(ours)}", "the next start mends it")
    if theirs:
        yield Area.FILES.warning(
            _NAME, f"others can read {names_of(theirs)}, which may hold secrets", "chmod 600 FILE, for each"
        )
    if not ours and not theirs:
        yield Area.FILES.ok(_NAME, "what holds addresses, letters or keys is read by its owner alone")


def _open_files(settings: Settings) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return which of our files, and of the operator's, others can read."""
    try:
        file = database_file(settings.database_url)
    except StoreError:
        file = None
    ours = [*(files_beside(file) if file else ()), *files_in(settings.mail_dir)]
    keys = (settings.dkim_key_file, settings.dkim_ed25519_key_file)
    return open_to_others(ours), open_to_others([DOTENV, *(key for key in keys if key)])


def _is_mine(path: Path) -> bool:
    try:
        return os.geteuid() in (0, path.stat().st_uid)
    except OSError:
        return True


def _user() -> str:
    return str(os.geteuid())
