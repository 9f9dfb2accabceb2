"""A mailbox that is a folder: a Maildir, or plain files that end in ``.eml``.

Regular files alone, never through a link. What was taken is marked as seen in a Maildir (``cur/…:2,S``) and
moved to ``mark_processed`` in a plain folder; what a person must look at is flagged, or moved to
``attention``.
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
        maildir = await asyncio.to_thread(self._is_maildir)
        paths = await self._wrap_errors(self._unseen_files if maildir else self._plain_files)
        if paths and not maildir:
            paths = await self._stable_files(paths)
        yield MaildirSession(mailbox=self, maildir=maildir, unread=deque(paths))

    async def _stable_files(self, paths: Sequence[Path]) -> list[Path]:
        """Return the files that stay as they are for a while."""
        before = await asyncio.to_thread(lambda: {path: _file_state(path) for path in paths})
        await asyncio.sleep(self.stable_seconds)
        return [path for path in paths if before[path] and before[path] == _file_state(path)]

    def _is_maildir(self) -> bool:
        return all((self.root / name).is_dir() for name in ("new", "cur"))

    def _unseen_files(self) -> list[Path]:
        fresh = _list_files(self.root / "new", lambda _: True)
        looked_at = _list_files(self.root / "cur", lambda name: _SEEN not in _flags(name))
        return [*fresh, *looked_at]

    def _plain_files(self) -> list[Path]:
        return _list_files(self.root, lambda name: name.endswith(".eml"))

    async def _wrap_errors(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise MailboxUnavailable(f"BOUNCE_DIR={self.root} cannot be read ({error.strerror})") from error

    async def move_processed(self, mails: Sequence[RawMail], *, maildir: bool, needs_review: bool) -> None:
        """Move letters to where what was taken lies."""
        target = _maildir_target if maildir else _plain_target

        def move() -> None:
            for letter in mails:
                path = Path(letter.id)
                if path.exists():
                    place = path.rename(target(self.root, path, needs_review))
                    make_private([] if maildir else [place])

        await self._wrap_errors(move)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirSession:
    """Implements ``digest.mail.mailbox.MailboxSession``."""

    mailbox: MaildirMailbox
    maildir: bool
    unread: deque[Path]

    async def next_batch(self) -> Sequence[RawMail]:
        """Return the next letters; what is no regular file, or cannot be opened, is left where it is."""
        while self.unread:
            paths = [self.unread.popleft() for _ in range(min(BATCH_SIZE, len(self.unread)))]
            letters = await asyncio.to_thread(lambda paths=paths: list(_read_mails(paths)))  # type: ignore[misc]
            if letters:
                return letters
        return ()

    async def mark_processed(self, mails: Sequence[RawMail], *, needs_review: bool = False) -> None:
        """Move letters to where what was taken lies.

        Raises ``MailboxUnavailable`` where that is not possible.
        """
        await self.mailbox.move_processed(mails, maildir=self.maildir, needs_review=needs_review)


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
        data = _read(path)
        if data is not None:
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


def _flags(name: str) -> str:
    return name.partition(":2,")[2]


def _maildir_target(root: Path, path: Path, needs_review: bool) -> Path:  # noqa: FBT001 - one of two like signatures
    bare, _, flags = path.name.partition(":2,")
    wanted = {*flags, _SEEN, *(_FLAGGED if needs_review else "")}
    return root / "cur" / f"{bare}:2,{''.join(sorted(wanted))}"


def _plain_target(root: Path, path: Path, needs_review: bool) -> Path:  # noqa: FBT001 - one of two like signatures
    """Return a name that is free; a mail that comes under a name of before replaces nothing."""
    folder = root / (ATTENTION_FOLDER if needs_review else DONE_FOLDER)
    make_private_folder(folder)
    free = folder / path.name
    number = 1
    while free.exists() or free.is_symlink():
        number += 1
        free = folder / f"{path.stem}.{number}{path.suffix}"
    return free
