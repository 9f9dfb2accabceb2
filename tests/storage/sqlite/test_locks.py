"""Locks of processes on one database, which the operating system frees when their holder dies."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest.model.errors import StoreError
from digest.storage.sqlite.locks import ProcessLock, SenderLocks

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


SENDER_SCRIPT = """
import sys
from pathlib import Path
from digest.storage.sqlite.locks import SenderLocks
with SenderLocks(database=Path(sys.argv[1]), own_name=sys.argv[2]).register():
    print("present", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return the place of a database."""
    return tmp_path / "digest.db"


@contextmanager
def run_sender(database: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that sends."""
    words = [sys.executable, "-c", SENDER_SCRIPT, str(database), name]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own interpreter
        assert process.stdout is not None
        assert process.stdout.readline() == "present\n"
        try:
            yield process
        finally:
            process.kill()


def sender_files(database: Path) -> list[str]:
    """Return the files of senders."""
    return [file.name for file in database.parent.glob("*.sender")]


def test_a_sender_that_runs_or_is_frozen_lives_and_one_that_was_killed_does_not(database: Path) -> None:
    me = SenderLocks(database=database, own_name="me")
    with run_sender(database, "host.1.a") as other:
        runs = me.is_alive("host.1.a"), me.is_alone()
        other.send_signal(signal.SIGSTOP)
        frozen = me.is_alive("host.1.a"), me.is_alone()
        other.kill()
        other.wait()

        assert runs == frozen == (True, False)
        assert (me.is_alive("host.1.a"), me.is_alone()) == (False, True)
        assert sender_files(database) == []


def test_a_sender_that_ended_in_order_leaves_nothing(database: Path) -> None:
    with run_sender(database, "host.1.a") as other:
        other.communicate("")

    assert sender_files(database) == []
    assert not SenderLocks(database=database, own_name="me").is_alive("host.1.a")


def test_one_lives_for_oneself_and_is_not_another(database: Path) -> None:
    me = SenderLocks(database=database, own_name="me")

    with me.register():
        assert me.is_alive("me")
        assert me.is_alone()


def test_several_live_beside_each_other(database: Path) -> None:
    one, two = (SenderLocks(database=database, own_name=name) for name in ("one", "two"))

    with one.register(), two.register():
        assert (one.is_alone(), two.is_alone()) == (False, False)
        assert (one.is_alive("two"), two.is_alive("one")) == (True, True)

    assert not one.is_alive("two")


def test_senders_of_another_database_beside_it_do_not_count(database: Path) -> None:
    with run_sender(database.with_name("digest.db2"), "host.1.a"):
        assert SenderLocks(database=database, own_name="me").is_alone()


def test_a_file_that_was_taken_for_a_dead_ones_is_made_again(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    me, other = (SenderLocks(database=database, own_name=name) for name in ("me", "other"))
    import fcntl  # noqa: PLC0415 - patched here alone

    real, swept = fcntl.flock, list[bool]()

    def sweep_first(handle: int, how: int) -> None:
        if how == fcntl.LOCK_EX and not swept:
            swept.append(other.is_alone())
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with me.register():
        assert swept == [True]
        assert other.is_alive("me")


def test_a_sender_whose_file_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    me = SenderLocks(database=tmp_path / "nowhere" / "digest.db", own_name="me")

    with pytest.raises(StoreError, match="cannot be made") as told, me.register():
        pass

    assert "\n" not in str(told.value)
