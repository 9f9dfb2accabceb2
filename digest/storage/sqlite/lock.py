"""One service on one SQLite file: a lock that the operating system frees when its holder dies."""

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path

from digest.model.errors import StoreError
from digest.model.private_files import make_private_folder


@dataclass(slots=True)
class ProcessLock:
    """A lock file beside the database."""

    path: Path
    _fd: int | None = field(default=None)

    def acquire(self) -> bool:
        """Take the lock; False where another process holds it."""
        try:
            make_private_folder(self.path.parent)
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be opened ({error.strerror}); mend its rights") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._fd = handle
        return True

    def read_holder(self) -> str:
        """Return the process id that the holder wrote, or a question mark."""
        try:
            return self.path.read_text(encoding="ascii").strip() or "?"
        except (OSError, UnicodeDecodeError):
            return "?"

    def release(self) -> None:
        """Return the lock back."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
