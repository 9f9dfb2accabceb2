"""One service on one SQLite file: a lock that the operating system frees when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
        """Release the lock."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


_SUFFIX = ".sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderLocks:
    """The senders of one database, seen from one of them; ``own_name`` is its name."""

    database: Path
    own_name: str

    def is_alive(self, name: str) -> bool:
        """Return whether a sender lives, frozen ones too; where that cannot be seen, it does."""
        if name == self.own_name:
            return True
        try:
            handle = os.open(self._lock_file(name), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def is_alone(self) -> bool:
        """Return whether no other sender lives; files of dead ones are taken away."""
        return not [name for name in self._sender_names() if self._is_alive_else_delete(name)]

    @contextmanager
    def register(self) -> Iterator[None]:
        """Show other processes, while inside, that this sender is alive.

        Raises ``StoreError`` where its file cannot be made.
        """
        file = self._lock_file(self.own_name)
        try:
            handle = _create_locked(file)
        except OSError as error:
            why = f"cannot be made ({error.strerror}); mend the rights of its folder"
            raise StoreError(f"{file}: {why}") from error
        try:
            yield
        finally:
            file.unlink(missing_ok=True)
            os.close(handle)

    def _lock_file(self, name: str) -> Path:
        return self.database.with_name(f"{self.database.name}.{name}{_SUFFIX}")

    def _sender_names(self) -> Iterator[str]:
        start = f"{self.database.name}."
        for entry in self.database.parent.iterdir():
            if entry.name.startswith(start) and entry.name.endswith(_SUFFIX):
                yield entry.name[len(start) : -len(_SUFFIX)]

    def _is_alive_else_delete(self, name: str) -> bool:
        if name == self.own_name:
            return False
        if self.is_alive(name):
            return True
        with suppress(OSError):
            self._lock_file(name).unlink()
        return False


def _create_locked(file: Path) -> int:
    """Create a file and lock it; a process that looks at it in between may delete it as a dead one's."""
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if file.stat().st_ino == os.fstat(handle).st_ino:
                return handle
        os.close(handle)
