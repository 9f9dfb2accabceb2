"""A mailbox that is a folder."""

import asyncio
import os
from pathlib import Path

import pytest

from digest.errors import MailboxAway
from digest.source.mail_folder import MailFolder
from digest.source.mailbox import BATCH, LARGEST, Letter


def folder(root: Path, *, settling: float = 0.05) -> MailFolder:
    """Give a mailbox whose files settle soon."""
    return MailFolder(root=root, settling=settling)


def maildir(root: Path) -> Path:
    """Lay out a Maildir."""
    for name in ("new", "cur", "tmp"):
        (root / name).mkdir()
    return root


async def read(mailbox: MailFolder, *, mark: bool = True, for_person: bool = False) -> list[Letter]:
    """Read a mailbox to its end."""
    letters: list[Letter] = []
    async with mailbox.visit() as visit:
        while batch := await visit.next():
            assert len(batch) <= BATCH
            letters += batch
            if mark:
                await visit.done(batch, for_person=for_person)
    return letters


def names(root: Path) -> set[str]:
    """Give the names of all files below a folder."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir()}


async def test_what_was_taken_from_a_maildir_is_seen(tmp_path: Path) -> None:
    root = maildir(tmp_path)
    (root / "new" / "1.host").write_bytes(b"one")
    (root / "cur" / "2.host:2,").write_bytes(b"two")
    (root / "cur" / "3.host:2,R").write_bytes(b"three")
    (root / "cur" / "4.host:2,S").write_bytes(b"four")

    letters = await read(folder(root))

    assert [one.raw for one in letters] == [b"one", b"two", b"three"]
    assert names(root) == {"cur/1.host:2,S", "cur/2.host:2,S", "cur/3.host:2,RS", "cur/4.host:2,S"}
    assert await read(folder(root)) == []


async def test_what_a_person_must_look_at_is_flagged_in_a_maildir(tmp_path: Path) -> None:
    root = maildir(tmp_path)
    (root / "new" / "1.host").write_bytes(b"one")

    await read(folder(root), for_person=True)

    assert names(root) == {"cur/1.host:2,FS"}


async def test_what_was_taken_from_a_plain_folder_is_moved_and_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")
    await read(folder(tmp_path))
    (tmp_path / "a.eml").write_bytes(b"two")
    (tmp_path / "b.txt").write_bytes(b"no mail")
    (tmp_path / ".c.eml").write_bytes(b"hidden")

    letters = await read(folder(tmp_path))

    assert [one.raw for one in letters] == [b"two"]
    assert names(tmp_path) == {"done/a.eml", "done/a.2.eml", "b.txt", ".c.eml"}
    assert (tmp_path / "done" / "a.eml").read_bytes() == b"one"


async def test_what_a_person_must_look_at_goes_to_a_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")

    await read(folder(tmp_path), for_person=True)

    assert names(tmp_path) == {"attention/a.eml"}


async def test_what_is_not_marked_comes_again(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")

    first = await read(folder(tmp_path), mark=False)
    second = await read(folder(tmp_path))

    assert first == second


async def test_a_file_that_is_being_written_waits(tmp_path: Path) -> None:
    whole, growing = tmp_path / "a.eml", tmp_path / "b.eml"
    whole.write_bytes(b"whole")
    growing.write_bytes(b"ha")
    reading = asyncio.create_task(read(folder(tmp_path, settling=0.5)))
    await asyncio.sleep(0.1)
    growing.write_bytes(b"half")

    letters = await reading

    assert [one.raw for one in letters] == [b"whole"]
    assert [one.raw for one in await read(folder(tmp_path))] == [b"half"]


async def test_nothing_but_regular_files_is_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"not a mail")
    root = maildir(tmp_path)
    for place in (root / "new" / "link", root / "cur" / "link"):
        place.symlink_to(secret)
    os.mkfifo(root / "new" / "pipe")
    (root / "new" / "folder").mkdir()
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "link.eml").symlink_to(secret)
    os.mkfifo(plain / "pipe.eml")

    assert await read(folder(root)) == []
    assert await read(folder(plain)) == []


async def test_a_large_letter_is_cut(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"a" * (LARGEST + 10))

    (letter,) = await read(folder(tmp_path))

    assert len(letter.raw) == LARGEST


async def test_a_folder_that_is_missing_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MailboxAway, match=r"BOUNCE_DIR=.*nowhere cannot be read \(No such file"):
        await read(folder(tmp_path / "nowhere"))


async def test_a_letter_that_vanished_meanwhile_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"one")

    async with folder(tmp_path).visit() as visit:
        letters = await visit.next()
        (tmp_path / "a.eml").unlink()
        await visit.done(letters)

    assert names(tmp_path) == set()
