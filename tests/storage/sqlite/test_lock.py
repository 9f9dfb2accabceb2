"""One service on one database, held by the operating system."""

import subprocess
import sys
from pathlib import Path

import pytest

from digest.model.errors import StoreError
from digest.storage.sqlite.locks import ProcessLock

LOCK_SCRIPT = """
import sys
from pathlib import Path
from digest.storage.sqlite.locks import ProcessLock
print(ProcessLock(Path(sys.argv[1])).acquire(), flush=True)
sys.stdin.read()
"""


def start_lock_process(path: Path) -> subprocess.Popen[str]:
    """Start a process that takes the lock and says whether it could."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", LOCK_SCRIPT, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    """Return the first line that a process says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "digest.db.lock"
    with start_lock_process(path) as holder:
        holds = first_line(holder)
        lock = ProcessLock(path)

        taken = lock.acquire()

        assert holds == "True"
        assert not taken
        assert lock.read_holder() == str(holder.pid)
        holder.kill()


def test_a_holder_that_dies_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "digest.db.lock"
    with start_lock_process(path) as holder:
        first_line(holder)
        holder.kill()

    assert ProcessLock(path).acquire()


def test_a_lock_that_was_given_back_can_be_taken(tmp_path: Path) -> None:
    path = tmp_path / "digest.db.lock"
    first, second = ProcessLock(path), ProcessLock(path)
    assert first.acquire()
    assert not second.acquire()

    first.release()
    first.release()

    assert second.acquire()
    second.release()


def test_a_lock_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be opened") as caught:
        ProcessLock(tmp_path / "file" / "digest.db.lock").acquire()

    assert "\n" not in str(caught.value)


def test_nobody_known_holds_a_lock_without_a_number(tmp_path: Path) -> None:
    assert ProcessLock(tmp_path / "digest.db.lock").read_holder() == "?"
