"""What the commands write is read by its owner alone, whatever the umask, and what was open is mended."""

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tests.support.child_process import start_child
from tests.support.program import BOT_SCRIPT, CommandResult, RunningService, run_bot, running_service

SEED = "seeds/2026-01-24.md"
SUBSCRIBERS_CSV = "email\nbob@example.org\n"


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    """Return the settings of an installation below folders that are not there yet."""
    return {
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path}/var/lib/digest.db",
        "MAIL_DIR": str(tmp_path / "letters" / "out"),
        "REPORTS_DIR": "seeds",
        "WEB_PORT": "0",
    }


async def run_with_umask(umask: str, *args: str, settings: Mapping[str, str]) -> CommandResult:
    """Run one command to its end under a umask."""
    child = await start_child("-m", "tests.support.with_umask", umask, BOT_SCRIPT, *args, settings=settings)
    out, err = await child.communicate()
    return CommandResult(exit_code=await child.wait(), stdout=out.decode(), stderr=err.decode())


def modes_below(folder: Path) -> dict[str, int]:
    """Return the rights of every file and folder below a folder, by name."""
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for root, folders, files in os.walk(folder)
        for path in (Path(root) / name for name in (*folders, *files))
    }


def readable_by_others(folder: Path) -> set[str]:
    return {name for name, mode in modes_below(folder).items() if mode & 0o077}


def file_writing_commands(folder: Path) -> Iterable[tuple[str, ...]]:
    """Return every command that writes a file, to be run in this order."""
    (folder / "list.csv").write_text(SUBSCRIBERS_CSV, encoding="utf-8")
    (folder / "list.csv").chmod(0o600)
    yield ("demo", "--out", str(folder / "shown" / "demo"))
    yield ("preview", "--channel", "telegram", "--out", str(folder / "preview"))
    yield ("migrate",)
    yield ("ingest", SEED)
    yield ("subscribers", "add", "--email", "ann@example.org", "--telegram", "42")
    yield ("subscribers", "import", str(folder / "list.csv"), "--report", str(folder / "report.csv"))
    yield ("subscribers", "export", "--out", str(folder / "export.csv"))
    yield ("broadcast", "hello", "--yes")
    yield ("tick",)
    yield ("backup", str(folder / "copy.db"))


@pytest.mark.parametrize("umask", ["000", "022"])
async def test_no_command_writes_a_file_that_others_can_read(
    settings: dict[str, str], tmp_path: Path, umask: str
) -> None:
    ended = [await run_with_umask(umask, *words, settings=settings) for words in file_writing_commands(tmp_path)]

    assert [one.stderr for one in ended if one.exit_code] == []
    written = modes_below(tmp_path)
    assert readable_by_others(tmp_path) == set()
    assert {"var/lib/digest.db", "report.csv", "export.csv", "copy.db", "shown/demo/demo.db"} <= set(written)
    assert {Path(name).suffix for name in written} >= {".eml", ".html", ".txt", ".json"}


async def wait_for_database_files(folder: Path, *, count: int) -> Iterable[str]:
    """Wait for so many files beside the database."""
    while len(found := list(modes_below(folder / "var" / "lib"))) < count:  # noqa: ASYNC110 - files tell nobody
        await asyncio.sleep(0.01)
    return found


async def test_a_service_that_runs_has_private_files_and_mends_open_ones(
    settings: dict[str, str], tmp_path: Path
) -> None:
    for words in (("ingest", SEED), ("subscribers", "add", "--email", "ann@example.org"), ("migrate",)):
        await run_bot(*words, settings=settings)
    await run_bot("broadcast", "hello", "--yes", settings=settings)
    await run_bot("tick", settings=settings)
    (tmp_path / "var/lib/digest.db.before-0001").write_bytes(b"")
    for name in modes_below(tmp_path):
        if (tmp_path / name).is_file():
            (tmp_path / name).chmod(0o644)
    was_open = readable_by_others(tmp_path)

    async with running_service(settings) as service:
        await wait_until_started(service)
        found = await wait_for_database_files(tmp_path, count=5)
        still_open = readable_by_others(tmp_path)
        log = "".join(service.log_lines)
        await service.stop()

    assert {"digest.db", "digest.db-wal", "digest.db-shm", "digest.db.lock"} <= set(found)
    assert len(was_open) > 4
    assert still_open == set()
    assert log.count("only their owner can now") == 2


async def wait_until_started(service: RunningService) -> None:
    await service.wait_for_log("SIGTERM or Ctrl-C stops it")


@pytest.mark.parametrize("words", [("subscribers", "export", "--out"), ("backup",)])
async def test_a_file_that_was_open_is_written_anew_for_its_owner_alone(
    settings: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    await run_bot("subscribers", "add", "--email", "ann@example.org", settings=settings)
    file = tmp_path / "old"
    file.write_text("x" * 1_000_000, encoding="utf-8")
    file.chmod(0o666)

    ended = await run_bot(*words, str(file), settings=settings)

    assert ended.exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"ann@example.org" in file.read_bytes()
    assert b"xxx" not in file.read_bytes()


@pytest.mark.parametrize("words", [("subscribers", "export", "--out"), ("backup",)])
async def test_a_link_is_followed_and_what_is_no_file_is_written_into(
    settings: dict[str, str], tmp_path: Path, words: tuple[str, ...]
) -> None:
    await run_bot("subscribers", "add", "--email", "ann@example.org", settings=settings)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    reading = asyncio.create_task(asyncio.to_thread(pipe.read_bytes))

    linked = await run_bot(*words, str(tmp_path / "link"), settings=settings)
    piped = await run_bot(*words, str(pipe), settings=settings)
    nowhere = await run_bot(*words, "/dev/null", settings=settings)

    assert [one.exit_code for one in (linked, piped, nowhere)] == [0, 0, 0]
    assert (tmp_path / "link").is_symlink()
    assert b"ann@example.org" in (tmp_path / "real").read_bytes()
    assert b"ann@example.org" in await reading
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116 - a test
