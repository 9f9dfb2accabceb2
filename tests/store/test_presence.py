"""Senders see each other: whoever lives, frozen or not, is never taken for dead."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digest.errors import StoreError
from digest.store.presence import Senders

SEND = """
import sys
from pathlib import Path
from digest.store.presence import Senders
with Senders(database=Path(sys.argv[1]), own=sys.argv[2]).present():
    print("present", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Give the place of a database."""
    return tmp_path / "digest.db"


@contextmanager
def another(database: Path, name: str) -> Iterator[subprocess.Popen[str]]:
    """Run a process that sends."""
    words = [sys.executable, "-c", SEND, str(database), name]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own interpreter
        assert process.stdout is not None
        assert process.stdout.readline() == "present\n"
        try:
            yield process
        finally:
            process.kill()


def left_by(database: Path) -> list[str]:
    """Give the files of senders."""
    return [file.name for file in database.parent.glob("*.sender")]


def test_a_sender_that_runs_or_is_frozen_lives_and_one_that_was_killed_does_not(database: Path) -> None:
    me = Senders(database=database, own="me")
    with another(database, "host.1.a") as other:
        runs = me.lives("host.1.a"), me.alone()
        other.send_signal(signal.SIGSTOP)
        frozen = me.lives("host.1.a"), me.alone()
        other.kill()
        other.wait()

        assert runs == frozen == (True, False)
        assert (me.lives("host.1.a"), me.alone()) == (False, True)
        assert left_by(database) == []


def test_a_sender_that_ended_in_order_leaves_nothing(database: Path) -> None:
    with another(database, "host.1.a") as other:
        other.communicate("")

    assert left_by(database) == []
    assert not Senders(database=database, own="me").lives("host.1.a")


def test_one_lives_for_oneself_and_is_not_another(database: Path) -> None:
    me = Senders(database=database, own="me")

    with me.present():
        assert me.lives("me")
        assert me.alone()


def test_several_live_beside_each_other(database: Path) -> None:
    one, two = (Senders(database=database, own=name) for name in ("one", "two"))

    with one.present(), two.present():
        assert (one.alone(), two.alone()) == (False, False)
        assert (one.lives("two"), two.lives("one")) == (True, True)

    assert not one.lives("two")


def test_senders_of_another_database_beside_it_do_not_count(database: Path) -> None:
    with another(database.with_name("digest.db2"), "host.1.a"):
        assert Senders(database=database, own="me").alone()


def test_a_file_that_was_taken_for_a_dead_ones_is_made_again(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = (Senders(database=database, own=name) for name in ("me", "other"))
    import fcntl  # noqa: PLC0415 - patched here alone

    real, swept = fcntl.flock, list[bool]()

    def sweep_first(handle: int, how: int) -> None:
        if how == fcntl.LOCK_EX and not swept:
            swept.append(other.alone())
        real(handle, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    with me.present():
        assert swept == [True]
        assert other.lives("me")


def test_a_sender_whose_file_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    me = Senders(database=tmp_path / "nowhere" / "digest.db", own="me")

    with pytest.raises(StoreError, match="cannot be made") as told, me.present():
        pass

    assert "\n" not in str(told.value)
