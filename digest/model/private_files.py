"""Files that only their owner can read, whatever the umask: they hold addresses, emails or keys."""

import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_NON_OWNER_BITS = 0o077


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone; one that is there stays.

    Raises ``OSError``.
    """
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_private_folder(folder.parent)
    try:
        folder.mkdir(FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    _set_mode(folder, FOLDER_MODE)


def create_private_file(path: Path) -> None:
    """Make an empty file where there is none; one that is there stays as it is. Raises ``OSError``."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    except FileExistsError:
        return
    try:
        _set_mode(handle, FILE_MODE)
    finally:
        os.close(handle)


def open_private(path: Path) -> BinaryIO:
    """Open a file to write it anew, for its owner alone from the first byte on; raises ``OSError``.

    What is no regular file, such as a pipe or ``/dev/stdout``, is written as it is.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            _set_mode(handle, FILE_MODE)
            os.ftruncate(handle, 0)
        return os.fdopen(handle, "wb")
    except BaseException:
        os.close(handle)
        raise


def open_private_text(path: Path) -> TextIO:
    """Open a file as ``open_private`` does, for text in UTF-8 with the line ends that are written."""
    with open_private(path) as raw:
        return os.fdopen(os.dup(raw.fileno()), "w", encoding="utf-8", newline="")


def write_private(path: Path, content: bytes) -> None:
    """Write a file as ``open_private`` does."""
    with open_private(path) as into:
        into.write(content)


def find_exposed_files(paths: Iterable[Path]) -> list[Path]:
    """Return those of ``paths`` that are regular files which others than their owner can read or write."""
    found: list[Path] = []
    for path in paths:
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) and mode & _NON_OWNER_BITS:
            found.append(path)
    return found


def make_private(paths: Iterable[Path]) -> list[Path]:
    """Take their rights to regular files from all but the owner; return the files that had to be mended.

    A file whose rights cannot be changed stays as it is: ``find_exposed_files`` tells of it.
    """
    return [path for path in find_exposed_files(paths) if _set_mode(path, path.stat().st_mode & stat.S_IRWXU)]


def format_paths(paths: Sequence[Path], *, limit: int = 5) -> str:
    """Return the names of some files for one line, and how many more there are."""
    named = ", ".join(str(path) for path in paths[:limit])
    return f"{named} and {len(paths) - limit} more" if len(paths) > limit else named


def _set_mode(file: Path | int, mode: int) -> bool:
    """Set the rights; False where the file is another's, or its disk knows no rights."""
    try:
        os.chmod(file, mode)  # noqa: PTH101 - a handle too
    except OSError:
        return False
    return True
