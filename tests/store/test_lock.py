"""One service on one database, held by the operating system."""

import subprocess
import sys
from pathlib import Path

import pytest

from digest.errors import StoreError
from digest.store.lock import ProcessLock

HOLD = """
import sys
from pathlib import Path
from digest.store.lock import ProcessLock
print(ProcessLock(Path(sys.argv[1])).take(), flush=True)
sys.stdin.read()
"""


def another_process(path: Path) -> subprocess.Popen[str]:
    """Start a process that takes the lock and says whether it could."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer_of(process: subprocess.Popen[str]) -> str:
    """Give the first line that a process says."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "var" / "digest.db.lock"
    with another_process(path) as holder:
        holds = answer_of(holder)
        lock = ProcessLock(path)

        taken = lock.take()

        assert holds == "True"
        assert not taken
        assert lock.holder() == str(holder.pid)
        holder.kill()


def test_a_holder_that_dies_frees_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "digest.db.lock"
    with another_process(path) as holder:
        answer_of(holder)
        holder.kill()

    assert ProcessLock(path).take()


def test_a_lock_that_was_given_back_can_be_taken(tmp_path: Path) -> None:
    path = tmp_path / "digest.db.lock"
    first, second = ProcessLock(path), ProcessLock(path)
    assert first.take()
    assert not second.take()

    first.free()
    first.free()

    assert second.take()
    second.free()


def test_a_lock_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreError, match="cannot be opened") as caught:
        ProcessLock(tmp_path / "file" / "digest.db.lock").take()

    assert "\n" not in str(caught.value)


def test_nobody_known_holds_a_lock_without_a_number(tmp_path: Path) -> None:
    assert ProcessLock(tmp_path / "digest.db.lock").holder() == "?"
