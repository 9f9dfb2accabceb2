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

from digest.errors import MailboxAway
from digest.private_files import make_private, make_private_folder
from digest.source.mailbox import BATCH, LARGEST, Letter

T = TypeVar("T")

SETTLING_SECONDS = 2.0
"""How long a plain file must stay as it is: one that is still being written grows."""

DONE, ATTENTION = "done", "attention"
_SEEN, _FLAGGED = "S", "F"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFolder:
    """Implements ``digest.source.mailbox.Mailbox`` for a folder."""

    root: Path
    settling: float = SETTLING_SECONDS

    def __str__(self) -> str:
        """Name the folder."""
        return str(self.root)

    @asynccontextmanager
    async def visit(self) -> AsyncIterator["FolderVisit"]:
        """List what is new there; raises ``MailboxAway`` where the folder is missing or cannot be read."""
        maildir = await asyncio.to_thread(self._is_maildir)
        paths = await self._told(self._unseen if maildir else self._plain)
        if paths and not maildir:
            paths = await self._settled(paths)
        yield FolderVisit(folder=self, maildir=maildir, waiting=deque(paths))

    async def _settled(self, paths: Sequence[Path]) -> list[Path]:
        """Give the files that stay as they are for a while."""
        before = await asyncio.to_thread(lambda: {path: _mark(path) for path in paths})
        await asyncio.sleep(self.settling)
        return [path for path in paths if before[path] and before[path] == _mark(path)]

    def _is_maildir(self) -> bool:
        return all((self.root / name).is_dir() for name in ("new", "cur"))

    def _unseen(self) -> list[Path]:
        fresh = _names(self.root / "new", lambda _: True)
        looked_at = _names(self.root / "cur", lambda name: _SEEN not in _flags(name))
        return [*fresh, *looked_at]

    def _plain(self) -> list[Path]:
        return _names(self.root, lambda name: name.endswith(".eml"))

    async def _told(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise MailboxAway(f"BOUNCE_DIR={self.root} cannot be read ({error.strerror})") from error

    async def mark(self, letters: Sequence[Letter], *, maildir: bool, for_person: bool) -> None:
        """Move letters to where what was taken lies."""
        target = _maildir_target if maildir else _plain_target

        def move() -> None:
            for letter in letters:
                path = Path(letter.place)
                if path.exists():
                    place = path.rename(target(self.root, path, for_person))
                    make_private([] if maildir else [place])

        await self._told(move)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderVisit:
    """Implements ``digest.source.mailbox.Visit``."""

    folder: MailFolder
    maildir: bool
    waiting: deque[Path]

    async def next(self) -> Sequence[Letter]:
        """Give the next letters; what is no regular file, or cannot be opened, is left where it is."""
        while self.waiting:
            paths = [self.waiting.popleft() for _ in range(min(BATCH, len(self.waiting)))]
            letters = await asyncio.to_thread(lambda paths=paths: list(_letters(paths)))  # type: ignore[misc]
            if letters:
                return letters
        return ()

    async def done(self, taken: Sequence[Letter], *, for_person: bool = False) -> None:
        """Move letters to where what was taken lies; raises ``MailboxAway`` where that is not possible."""
        await self.folder.mark(taken, maildir=self.maildir, for_person=for_person)


def _names(folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    with os.scandir(folder) as entries:
        names = sorted(
            one.name
            for one in entries
            if not one.name.startswith(".") and wanted(one.name) and one.is_file(follow_symlinks=False)
        )
    return [folder / name for name in names]


def _letters(paths: Sequence[Path]) -> Iterator[Letter]:
    for path in paths:
        data = _read(path)
        if data is not None:
            yield Letter(place=str(path), raw=data)


def _read(path: Path) -> bytes | None:
    """Read a regular file, never through a link, never waiting on a pipe; None where that is not possible."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(LARGEST)


def _mark(path: Path) -> tuple[int, int, int] | None:
    """Give what tells one state of a file from another, None where it has vanished."""
    try:
        status = path.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _flags(name: str) -> str:
    return name.partition(":2,")[2]


def _maildir_target(root: Path, path: Path, for_person: bool) -> Path:  # noqa: FBT001 - one of two like signatures
    bare, _, flags = path.name.partition(":2,")
    wanted = {*flags, _SEEN, *(_FLAGGED if for_person else "")}
    return root / "cur" / f"{bare}:2,{''.join(sorted(wanted))}"


def _plain_target(root: Path, path: Path, for_person: bool) -> Path:  # noqa: FBT001 - one of two like signatures
    """Give a name that is free; a mail that comes under a name of before replaces nothing."""
    folder = root / (ATTENTION if for_person else DONE)
    make_private_folder(folder)
    free = folder / path.name
    number = 1
    while free.exists() or free.is_symlink():
        number += 1
        free = folder / f"{path.stem}.{number}{path.suffix}"
    return free
