"""Whether a database's files are still those that were opened.

SQLite goes on writing to a file that was deleted or renamed, and reads one that was overwritten as if it
were its own (https://sqlite.org/howtocorrupt.html, 2 and 4). So the program looks itself: at the place and
inode of the file, of its log (-wal) and of the log's index (-shm), and at a mark in the file's header.
"""

import os
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from digest.errors import StoreDamaged, StoreError
from digest.store.damage import damaged

_MAGIC = b"SQLite format 3\x00"
_HEADER = 100
"""Bytes of the header (https://sqlite.org/fileformat2.html, 1.3)."""

_LARGEST_PAGE = 65_536
_LARGEST_MARK = 2**31 - 1


def new_mark() -> int:
    """Return a mark for a file, unlike that of any other."""
    return secrets.randbelow(_LARGEST_MARK) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the header of a database's file says; ``mark`` is ``PRAGMA user_version``."""

    size: int
    mark: int

    @classmethod
    def read(cls, raw: bytes) -> Self | None:
        """Return what a header says, None where it is none; ``size`` is in bytes."""
        if len(raw) < _HEADER or not raw.startswith(_MAGIC):
            return None
        (page,) = struct.unpack_from(">H", raw, 16)
        (pages,) = struct.unpack_from(">I", raw, 28)
        (mark,) = struct.unpack_from(">i", raw, 60)
        return cls(size=pages * (_LARGEST_PAGE if page == 1 else page), mark=mark)


class Identity:
    """What the files of an open database are known by."""

    def __init__(self, file: Path, names: Iterable[Path], mark: int) -> None:
        """Know ``file``, opened under ``names``, by its inodes and its ``mark``.

        The mark may still stand in the log alone: what the header says now is believed too, until it says
        the mark. Raises ``StoreError`` where a file cannot be looked at.
        """
        beside = [path for path in (Path(f"{file}-wal"), Path(f"{file}-shm")) if path.exists()]
        self._inodes = {path: _inode(path) for path in (file, *names, *beside)}
        # Closing a file gives up every lock that this process has on it, SQLite's too (POSIX): the handle
        # stays open as long as the database does.
        self._handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        self._size = os.fstat(self._handle).st_size
        header = self._header()
        self._mark = mark
        self._before = header.mark if header else mark

    def check(self) -> None:
        """Look at the files; raises ``StoreDamaged`` where they are not those that were opened."""
        for path, known in self._inodes.items():
            try:
                found = _inode(path)
            except FileNotFoundError as error:
                raise _lost(path, "deleted or moved away") from error
            except OSError as error:
                raise StoreError(f"{path}: cannot be looked at ({error.strerror})") from error
            if found != known:
                raise _lost(path, "replaced")
        self._check_contents()

    def close(self) -> None:
        """Look no more; only after every connection to the database was closed."""
        os.close(self._handle)

    def _check_contents(self) -> None:
        file, size, header = next(iter(self._inodes)), os.fstat(self._handle).st_size, self._header()
        if header is None:
            raise damaged(f"{file} does not begin as a database does")
        if header.mark not in (self._mark, self._before):
            raise _lost(file, "overwritten with another database")
        if header.mark == self._mark:
            self._before = self._mark
        if size < self._size and size < header.size:
            raise damaged(f"{file} was cut short")
        self._size = size

    def _header(self) -> Header | None:
        try:
            return Header.read(os.pread(self._handle, _HEADER, 0))
        except OSError as error:
            raise StoreError(f"database: its file cannot be read ({error.strerror})") from error


def _inode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _lost(path: Path, how: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path} was {how} while the program ran; nothing more was sent; put the right file in its place (a "
        "backup: without -wal and -shm files beside it) and start again"
    )
