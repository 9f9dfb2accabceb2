"""Reports from a folder: regular ``.md`` files, whole or not at all, each read once until it changes."""

import asyncio
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from digest.errors import BadRequest

LARGEST = 5_000_000
"""Bytes of a report; what is larger is read up to one byte more, so that the parser refuses it."""

SETTLED_SECONDS = 2.0
"""A file that changed more recently may still be half-written; it waits for the next look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A report file's bytes, read in one go."""

    path: Path
    data: bytes


@dataclass(slots=True, kw_only=True)
class ReportFolder:
    """Looks for new and changed reports under a folder; ``now`` gives seconds since the epoch."""

    root: Path
    _known: dict[Path, tuple[int, int]] = field(default_factory=dict)

    async def new(self, now: float) -> Sequence[Found]:
        """Give the reports that are new or changed since the last look, oldest name first."""
        return await asyncio.to_thread(lambda: list(self._look(now)))

    def _look(self, now: float) -> Iterator[Found]:
        for path in report_files(self.root):
            mark = _mark(path)
            if mark is None or self._known.get(path) == mark or now - mark[0] / 1e9 < SETTLED_SECONDS:
                continue
            data = _read(path)
            if data is not None and _mark(path) == mark:
                self._known[path] = mark
                yield Found(path=path, data=data)


def report_files(root: Path) -> list[Path]:
    """Give the report files at ``root``: the file itself, or the ``.md`` files of a folder, by name.

    Raises ``BadRequest`` where there is nothing of that name.
    """
    if root.is_file():
        return [root]
    if not root.is_dir():
        raise BadRequest(f"{root}: no such file or folder")
    return sorted(
        path for path in root.glob("*.md") if path.is_file() and not path.name.startswith((".", "README"))
    )


def read_report(path: Path) -> bytes:
    """Give a report file's bytes; raises ``BadRequest`` with one line where it cannot be read."""
    data = _read(path)
    if data is None:
        raise BadRequest(f"{path}: cannot be read, or is no regular file")
    return data


def _mark(path: Path) -> tuple[int, int] | None:
    """Give what tells one state of a file from another: the time of its last change, and its size."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _read(path: Path) -> bytes | None:
    """Read a regular file, never waiting on a pipe or device; None where that is not possible."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        try:
            return file.read(LARGEST + 1)
        except OSError:
            return None
