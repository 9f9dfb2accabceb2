"""Reports from a folder: regular ``.md`` files, whole or not at all, each read once until it changes."""

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.model.errors import InvalidInput

MAX_REPORT_SIZE = 5_000_000
"""Bytes of a report; what is larger is read up to one byte more, so that the parser refuses it."""

STABLE_SECONDS = 2.0
"""A file that changed more recently may be half-written; it waits for a look that finds it unchanged."""

FileState = tuple[int, int, int]
"""What tells one state of a file from another: which file, the time of its last change, and its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A report file's bytes, read in one go."""

    path: Path
    data: bytes


@dataclass(slots=True, kw_only=True)
class ReportFolder:
    """Looks for new and changed reports under a folder; ``now`` gives seconds since the epoch."""

    root: Path
    _known: dict[Path, FileState] = field(default_factory=dict)
    _unstable: dict[Path, FileState] = field(default_factory=dict)

    async def find_new(self, now: float) -> Sequence[ReportFile]:
        """Return the reports that are new or changed since the last look, oldest name first."""
        return await asyncio.to_thread(lambda: list(self._scan(now)))

    def retry(self, path: Path) -> None:
        """Return this file again at the next poll, because it could not be ingested."""
        self._known.pop(path, None)

    def _scan(self, now: float) -> Iterator[ReportFile]:
        waited, self._unstable = self._unstable, {}
        for path in find_report_files(self.root):
            mark = _file_state(path)
            if mark is None or self._known.get(path) == mark:
                continue
            if not _is_stable(mark, now) and waited.get(path) != mark:
                self._unstable[path] = mark
                continue
            data = _read(path)
            if data is not None and _file_state(path) == mark:
                self._known[path] = mark
                yield ReportFile(path=path, data=data)


def find_report_files(root: Path) -> list[Path]:
    """Return the report files at ``root``: the file itself, or the ``.md`` files of a folder, by name.

    Raises ``InvalidInput`` where there is nothing of that name.
    """
    try:
        if root.is_file():
            return [root]
        names = sorted(entry.name for entry in os.scandir(root) if _is_report(entry))
    except OSError as error:
        raise InvalidInput(f"{root}: no such file or folder, or not to be read ({error.strerror})") from error
    return [root / name for name in names]


def read_report(path: Path) -> bytes:
    """Return a report file's bytes; raises ``InvalidInput`` with one line where it cannot be read."""
    data = _read(path)
    if data is None:
        raise InvalidInput(f"{path}: cannot be read, or is no regular file")
    return data


def _is_report(entry: os.DirEntry[str]) -> bool:
    if not entry.name.endswith(".md") or entry.name.startswith((".", "README")):
        return False
    try:
        return entry.is_file()
    except OSError:
        return False


def _file_state(path: Path) -> FileState | None:
    """Return the present state of a file, None where it has vanished."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _is_stable(state: FileState, now: float) -> bool:
    """Return whether the last change lies back far enough; one in the future says nothing."""
    _, changed, _ = state
    return now - changed / 1e9 >= STABLE_SECONDS


def _read(path: Path) -> bytes | None:
    """Read a regular file, never waiting on a pipe or device; None where that is not possible."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(MAX_REPORT_SIZE + 1)
    except OSError:
        return None
    finally:
        os.close(handle)
