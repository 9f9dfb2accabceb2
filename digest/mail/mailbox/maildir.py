"""A mailbox that is a folder: a Maildir, or plain files that end in ``.eml``.

Regular files alone, never through a link. What was taken is marked as seen in a Maildir (``cur/…:2,S``) and
moved to ``done`` in a plain folder; what a person must look at is flagged, or moved to ``attention``.
"""

import asyncio
import os
import stat
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from digest.mail.mailbox import BATCH_SIZE, MAX_MAIL_SIZE, RawMail
from digest.model.errors import MailboxUnavailable
from digest.model.private_files import make_private, make_private_folder

T = TypeVar("T")

STABLE_SECONDS = 2.0
"""How long a plain file must stay as it is: one that is still being written grows."""

DONE_FOLDER, ATTENTION_FOLDER = "done", "attention"
_SEEN, _FLAGGED = "S", "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirMailbox:
    """Implements ``digest.mail.mailbox.Mailbox`` for a folder."""

    root: Path
    stable_seconds: float = STABLE_SECONDS

    def __str__(self) -> str:
        """Name the folder."""
        return str(self.root)

    @asynccontextmanager
    async def open_session(self) -> AsyncIterator["MaildirSession"]:
        """List what is new there.

        Raises ``MailboxUnavailable`` where the folder is missing or cannot be read.
        """
        is_maildir, paths = await _run_wrapped(self.root, self._list_new)
        if paths and not is_maildir:
            before = await asyncio.to_thread(lambda: {path: _file_state(path) for path in paths})
            await asyncio.sleep(self.stable_seconds)
            paths = [path for path in paths if before[path] and before[path] == _file_state(path)]
        yield MaildirSession(root=self.root, is_maildir=is_maildir, unread=deque(paths))

    def _list_new(self) -> tuple[bool, list[Path]]:
        """Return whether the folder is a Maildir, and the files there that were not taken yet."""
        if not all((self.root / name).is_dir() for name in ("new", "cur")):
            return False, _list_files(self.root, lambda name: name.endswith(".eml"))
        new = _list_files(self.root / "new", lambda _: True)
        return True, new + _list_files(self.root / "cur", lambda name: _SEEN not in name.partition(":2,")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirSession:
    """Implements ``digest.mail.mailbox.MailboxSession``."""

    root: Path
    is_maildir: bool
    unread: deque[Path]

    async def next_batch(self) -> Sequence[RawMail]:
        """Return the next emails; what is no regular file, or cannot be opened, is left where it is."""
        while self.unread:
            paths = [self.unread.popleft() for _ in range(min(BATCH_SIZE, len(self.unread)))]
            emails = await asyncio.to_thread(lambda paths=paths: list(_read_mails(paths)))  # type: ignore[misc]
            if emails:
                return emails
        return ()

    async def mark_processed(self, mails: Sequence[RawMail], *, needs_review: bool = False) -> None:
        """Mark emails in a Maildir, and move them out of a plain folder."""

        def move() -> None:
            for path in (Path(mail.id) for mail in mails):
                if path.exists() and self.is_maildir:
                    bare, _, flags = path.name.partition(":2,")
                    wanted = {*flags, _SEEN, *(_FLAGGED if needs_review else "")}
                    path.rename(self.root / "cur" / f"{bare}:2,{''.join(sorted(wanted))}")
                elif path.exists():
                    folder = self.root / (ATTENTION_FOLDER if needs_review else DONE_FOLDER)
                    make_private_folder(folder)
                    make_private([path.rename(_free_name(folder / path.name))])

        await _run_wrapped(self.root, move)


async def _run_wrapped(root: Path, work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise MailboxUnavailable(f"BOUNCE_DIR={root} cannot be read ({error.strerror})") from error


def _list_files(folder: Path, is_wanted: Callable[[str], bool]) -> list[Path]:
    with os.scandir(folder) as entries:
        names = sorted(
            one.name
            for one in entries
            if not one.name.startswith(".") and is_wanted(one.name) and one.is_file(follow_symlinks=False)
        )
    return [folder / name for name in names]


def _read_mails(paths: Sequence[Path]) -> Iterator[RawMail]:
    for path in paths:
        if (data := _read(path)) is not None:
            yield RawMail(id=str(path), raw=data)


def _read(path: Path) -> bytes | None:
    """Read a regular file, never through a link, never waiting on a pipe; None where that is not possible."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(MAX_MAIL_SIZE)


def _file_state(path: Path) -> tuple[int, int, int] | None:
    """Return what tells one state of a file from another, None where it has vanished."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _free_name(path: Path) -> Path:
    """Return ``path``, or with a number where that is taken: no email replaces an earlier one."""
    free, number = path, 1
    while free.exists() or free.is_symlink():
        number += 1
        free = path.with_name(f"{path.stem}.{number}{path.suffix}")
    return free
