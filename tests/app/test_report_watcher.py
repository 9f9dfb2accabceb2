"""Reports are taken in beside the ticks, one look at a time; no tick waits for a report that takes long."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from digest.app.report_watcher import FileResult, ReportWatcher, ReportWatcherTask
from digest.model import Report
from digest.model.clock import FixedClock
from digest.model.errors import StoreError
from digest.papers.report import parse_report
from digest.services.archive import Archive
from digest.sources.report_folder import ReportFolder
from digest.storage import Store
from tests.render.email.sample_emails import seed_taxonomy

SEED = Path("seeds/2026-01-24.md").read_bytes()
NOW = 4e9
"""Seconds since the epoch, long after any file was written."""


@dataclass(slots=True)
class SlowParser:
    """A parser that ends when it is let go."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    call_count: int = 0
    error: Exception | None = None

    async def parse(self, data: bytes) -> Report:
        """Return the report in the end."""
        self.call_count += 1
        await self.released.wait()
        if self.error:
            raise self.error
        return parse_report(data)


@dataclass(slots=True)
class IngestRecorder:
    """What was told of."""

    results: list[FileResult] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, taken: Sequence[FileResult]) -> None:
        """Hear it."""
        self.results += taken
        self.arrived.set()


@dataclass(frozen=True, slots=True)
class WatcherEnv:
    """What a test holds."""

    watcher: ReportWatcherTask
    parser: SlowParser
    recorder: IngestRecorder


@pytest.fixture
def watcher_env(store: Store, clock: FixedClock, tmp_path: Path) -> WatcherEnv:
    """Return an intake with the seed in its folder; it waits a moment only."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "2026-01-24.md").write_bytes(SEED)
    parser, told = SlowParser(), IngestRecorder()
    archive = Archive(store=store.papers, taxonomy=seed_taxonomy(), clock=clock, parse=parser.parse)
    looking = ReportWatcher(archive=archive, folder=ReportFolder(root=tmp_path / "reports"))
    return WatcherEnv(ReportWatcherTask(watcher=looking, on_results=told, wait_timeout=0.05), parser, told)


async def test_a_report_that_is_quick_is_there_when_the_tick_goes_on(watcher_env: WatcherEnv) -> None:
    watcher_env.parser.released.set()
    watcher_env.watcher.wait_timeout = 60

    await watcher_env.watcher.poll(NOW)

    assert [one.ingested and one.ingested.new for one in watcher_env.recorder.results] == [27]


async def test_ticks_go_on_while_a_report_is_being_read(watcher_env: WatcherEnv) -> None:
    await watcher_env.watcher.poll(NOW)
    await watcher_env.watcher.poll(NOW)

    assert watcher_env.parser.call_count == 1
    assert watcher_env.recorder.results == []
    watcher_env.parser.released.set()
    await watcher_env.recorder.arrived.wait()
    await watcher_env.watcher.poll(NOW)
    assert [one.ingested and one.ingested.new for one in watcher_env.recorder.results] == [27]


async def test_a_stop_ends_the_reading_and_the_report_is_read_again(watcher_env: WatcherEnv) -> None:
    await watcher_env.watcher.poll(NOW)

    await watcher_env.watcher.stop()
    await watcher_env.watcher.poll(NOW)

    assert (watcher_env.parser.call_count, watcher_env.recorder.results) == (1, [])
    assert [found.path.name for found in await watcher_env.watcher.watcher.folder.find_new(NOW)] == ["2026-01-24.md"]


async def test_what_went_wrong_meanwhile_is_raised_at_the_next_tick_once(watcher_env: WatcherEnv) -> None:
    watcher_env.parser.error = StoreError("the disk is full")
    await watcher_env.watcher.poll(NOW)
    watcher_env.parser.released.set()
    await asyncio.wait([task for task in asyncio.all_tasks() if task.get_name() == "intake"])

    with pytest.raises(StoreError, match="the disk is full"):
        await watcher_env.watcher.poll(NOW)

    watcher_env.parser.error = None
    watcher_env.watcher.wait_timeout = 60
    await watcher_env.watcher.poll(NOW)
    assert len(watcher_env.recorder.results) == 1
