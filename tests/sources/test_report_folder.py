"""Reports from a folder: regular files, whole or not at all, each read once until it changes."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from digest.model.errors import InvalidInput
from digest.sources.report_folder import MAX_REPORT_SIZE, ReportFile, ReportFolder, find_report_files, read_report

NOW = 1_800_000_000.0
LONG_AGO = NOW - 3600


def write_report(path: Path, text: str, *, at: float = LONG_AGO) -> Path:
    """Write a file that was last changed at a moment."""
    path.write_text(text)
    os.utime(path, (at, at))
    return path


def file_names(found: Sequence[ReportFile]) -> list[str]:
    """Return the names of what was found."""
    return [one.path.name for one in found]


async def test_a_file_is_given_once_with_all_its_bytes(tmp_path: Path) -> None:
    write_report(tmp_path / "2026-01-24.md", "the report")
    folder = ReportFolder(root=tmp_path)

    first, second = await folder.find_new(NOW), await folder.find_new(NOW + 20)

    assert [(one.path.name, one.data) for one in first] == [("2026-01-24.md", b"the report")]
    assert second == []


async def test_files_come_by_name_and_only_reports(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", "README.md", ".hidden.md", "notes.txt", "c.md.part"):
        write_report(tmp_path / name, name)
    (tmp_path / "folder.md").mkdir()

    assert file_names(await ReportFolder(root=tmp_path).find_new(NOW)) == ["a.md", "b.md"]


async def test_a_file_that_changed_just_now_waits_until_it_rests(tmp_path: Path) -> None:
    report = write_report(tmp_path / "a.md", "half", at=NOW - 0.5)
    folder = ReportFolder(root=tmp_path)

    half = await folder.find_new(NOW)
    write_report(report, "half and half", at=NOW + 19)
    still = await folder.find_new(NOW + 20)
    whole = await folder.find_new(NOW + 40)

    assert (file_names(half), file_names(still)) == ([], [])
    assert [one.data for one in whole] == [b"half and half"]


async def test_a_file_from_the_future_is_read_when_it_rests(tmp_path: Path) -> None:
    write_report(tmp_path / "a.md", "the report", at=NOW + 86_400)
    folder = ReportFolder(root=tmp_path)

    first, second, third = [await folder.find_new(NOW + 20 * n) for n in range(3)]

    assert (file_names(first), file_names(second), file_names(third)) == ([], ["a.md"], [])


async def test_a_changed_file_is_given_again(tmp_path: Path) -> None:
    report = write_report(tmp_path / "a.md", "first")
    folder = ReportFolder(root=tmp_path)
    await folder.find_new(NOW)

    write_report(report, "again", at=LONG_AGO + 1)
    changed = await folder.find_new(NOW)

    assert [one.data for one in changed] == [b"again"]


async def test_a_file_that_was_put_in_the_place_of_another_is_given(tmp_path: Path) -> None:
    write_report(tmp_path / "a.md", "first")
    folder = ReportFolder(root=tmp_path)
    await folder.find_new(NOW)

    write_report(tmp_path / "b.part", "other").rename(tmp_path / "a.md")
    changed = await folder.find_new(NOW)

    assert [one.data for one in changed] == [b"other"]


async def test_a_file_that_could_not_be_taken_in_is_given_again(tmp_path: Path) -> None:
    report = write_report(tmp_path / "a.md", "text")
    folder = ReportFolder(root=tmp_path)
    await folder.find_new(NOW)

    folder.retry(report)

    assert file_names(await folder.find_new(NOW)) == ["a.md"]
    assert await folder.find_new(NOW) == []


async def test_pipes_devices_and_dead_links_are_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "device.md").symlink_to("/dev/zero")
    (tmp_path / "dead.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round.md").symlink_to(tmp_path / "round.md")
    write_report(tmp_path / "real.md", "text")
    (tmp_path / "link.md").symlink_to(tmp_path / "real.md")

    assert file_names(await ReportFolder(root=tmp_path).find_new(NOW)) == ["link.md", "real.md"]


@pytest.mark.parametrize("name", ["pipe.md", "folder.md", "nowhere.md"])
def test_what_is_no_regular_file_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()

    with pytest.raises(InvalidInput, match="cannot be read"):
        read_report(tmp_path / name)


async def test_a_file_that_vanishes_is_no_trouble(tmp_path: Path) -> None:
    report = write_report(tmp_path / "a.md", "text", at=NOW)
    folder = ReportFolder(root=tmp_path)
    await folder.find_new(NOW)

    report.unlink()

    assert await folder.find_new(NOW + 20) == []
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_report(report)


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file or folder"):
        await ReportFolder(root=tmp_path / "nowhere").find_new(NOW)


def test_a_file_is_its_own_list(tmp_path: Path) -> None:
    report = write_report(tmp_path / "anything.txt", "text")

    assert find_report_files(report) == [report]
    assert read_report(report) == b"text"


def test_a_huge_file_is_read_just_far_enough_to_be_refused(tmp_path: Path) -> None:
    huge = tmp_path / "a.md"
    with huge.open("wb") as file:
        file.truncate(50_000_000)

    assert len(read_report(huge)) == MAX_REPORT_SIZE + 1
