"""A mailbox that is a folder."""

import asyncio
import os
from pathlib import Path

import pytest

from digest.mail.mailbox import BATCH_SIZE, MAX_MAIL_SIZE, RawMail
from digest.mail.mailbox.maildir import MaildirMailbox
from digest.model.errors import MailboxUnavailable


def make_mailbox(root: Path, *, min_age: float = 0.05) -> MaildirMailbox:
    """Return a mailbox whose files settle soon."""
    return MaildirMailbox(root=root, stable_seconds=min_age)


def create_maildir(root: Path) -> Path:
    """Lay out a Maildir."""
    for name in ("new", "cur", "tmp"):
        (root / name).mkdir()
    return root


async def read_all(mailbox: MaildirMailbox, *, mark: bool = True, for_person: bool = False) -> list[RawMail]:
    """Read a mailbox to its end."""
    letters: list[RawMail] = []
    async with mailbox.open_session() as visit:
        while batch := await visit.next_batch():
            assert len(batch) <= BATCH_SIZE
            letters += batch
            if mark:
                await visit.mark_processed(batch, needs_review=for_person)
    return letters


def file_names(root: Path) -> set[str]:
    """Return the names of all files below a folder."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


async def test_what_was_taken_from_a_maildir_is_seen(tmp_path: Path) -> None:
    root = create_maildir(tmp_path)
    (root / "new" / "1.host").write_bytes(b"one")
    (root / "cur" / "2.host:2,").write_bytes(b"two")
    (root / "cur" / "3.host:2,R").write_bytes(b"three")
    (root / "cur" / "4.host:2,S").write_bytes(b"four")

    letters = await read_all(make_mailbox(root))

    assert [one.raw for one in letters] == [b"one", b"two", b"three"]
    assert file_names(root) == {"cur/1.host:2,S", "cur/2.host:2,S", "cur/3.host:2,RS", "cur/4.host:2,S"}
    assert await read_all(make_mailbox(root)) == []


async def test_what_a_person_must_look_at_is_flagged_in_a_maildir(tmp_path: Path) -> None:
    root = create_maildir(tmp_path)
    (root / "new" / "1.host").write_bytes(b"one")

    await read_all(make_mailbox(root), for_person=True)

    assert file_names(root) == {"cur/1.host:2,FS"}


async def test_what_was_taken_from_a_plain_folder_is_moved_and_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")
    await read_all(make_mailbox(tmp_path))
    (tmp_path / "a.eml").write_bytes(b"two")
    (tmp_path / "b.txt").write_bytes(b"no mail")
    (tmp_path / ".c.eml").write_bytes(b"hidden")

    letters = await read_all(make_mailbox(tmp_path))

    assert [one.raw for one in letters] == [b"two"]
    assert file_names(tmp_path) == {"done/a.eml", "done/a.2.eml", "b.txt", ".c.eml"}
    assert (tmp_path / "done" / "a.eml").read_bytes() == b"one"


async def test_what_a_person_must_look_at_goes_to_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")

    await read_all(make_mailbox(tmp_path), for_person=True)

    assert file_names(tmp_path) == {"attention/a.eml"}


async def test_what_is_not_marked_comes_again(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")

    first = await read_all(make_mailbox(tmp_path), mark=False)
    second = await read_all(make_mailbox(tmp_path))

    assert first == second


async def test_a_file_that_is_being_written_waits(tmp_path: Path) -> None:
    whole, growing = tmp_path / "a.eml", tmp_path / "b.eml"
    whole.write_bytes(b"whole")
    growing.write_bytes(b"ha")
    reading = asyncio.create_task(read_all(make_mailbox(tmp_path, min_age=0.5)))
    await asyncio.sleep(0.1)
    growing.write_bytes(b"half")

    letters = await reading

    assert [one.raw for one in letters] == [b"whole"]
    assert [one.raw for one in await read_all(make_mailbox(tmp_path))] == [b"half"]


async def test_nothing_but_regular_files_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not a mail")
    root = create_maildir(tmp_path)
    for place in (root / "new" / "link", root / "cur" / "link"):
        place.symlink_to(secret)
    os.mkfifo(root / "new" / "pipe")
    (root / "new" / "folder").mkdir()
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "link.eml").symlink_to(secret)
    os.mkfifo(plain / "pipe.eml")

    assert await read_all(make_mailbox(root)) == []
    assert await read_all(make_mailbox(plain)) == []


async def test_a_large_letter_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"a" * (MAX_MAIL_SIZE + 10))

    (letter,) = await read_all(make_mailbox(tmp_path))

    assert len(letter.raw) == MAX_MAIL_SIZE


async def test_a_folder_that_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MailboxUnavailable, match=r"BOUNCE_DIR=.*nowhere cannot be read \(No such file"):
        await read_all(make_mailbox(tmp_path / "nowhere"))


async def test_a_letter_that_vanished_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")

    async with make_mailbox(tmp_path).open_session() as visit:
        letters = await visit.next_batch()
        (tmp_path / "a.eml").unlink()
        await visit.mark_processed(letters)

    assert file_names(tmp_path) == set()
